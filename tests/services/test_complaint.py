"""客户投诉 from registration to a solution: who gets it, what is told when, and what the register keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from services.cases.forecast_case import forecast_case
from services.cases.knowing import facts_of_new
from services.complaints.contacts import list_contacts
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbPost, DbPostHolder
from services.processes.versions import get_current_version, get_definition
from services.registers.models import DbCustomer, DbOrder
from services.types import CaseId, VersionId
from tests.conftest import MONDAY, find_actor
from tests.support.complaint import (
    after,
    asked,
    contact,
    handle,
    pass_time,
    register,
    revisit,
    row,
    submit,
    task_id,
    told,
)
from workflows.expressions import FUNCTIONS

pytestmark = pytest.mark.usefixtures("app")


@contextmanager
def second_holder(username: str, post: str) -> Iterator[None]:
    """For a while somebody else holds the post as well."""
    found = db.session.query(DbPost).filter_by(name=post).one()
    held = DbPostHolder(post_id=found.id, user_id=find_actor(username).id)
    db.session.add(held)
    db.session.commit()
    try:
        yield
    finally:
        db.session.delete(held)
        db.session.commit()


def find_region(customer: str) -> str:
    return db.session.query(DbCustomer).filter_by(code=customer).one().region


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"type": "质量问题", "region": "安徽"}, "presales"),
        ({"type": "质量问题", "region": "上海", "customer": "C001"}, "specialist"),
        ({"type": "少货"}, "warehouse"),
        ({"type": "错货"}, "warehouse"),
        ({"type": "运输破损"}, "courier"),
        ({"type": "物流"}, "courier"),
        ({"type": "服务态度", "customer": "C001"}, "supervisor"),
        ({"type": "服务态度"}, "specialist"),
        ({"type": "价格"}, "presales"),
        ({"type": "投诉维权"}, "manager"),
    ],
)
def test_the_table_finds_who_handles_it(changes: dict[str, str], who: str) -> None:
    assert asked(register("outsider", **changes)) == {"handle": [who]}


@pytest.mark.parametrize("changes", [{"type": "其他"}, {"type": "质量问题", "region": "海外"}])
def test_where_nobody_matches_the_supervisor_assigns_a_post_or_a_person(changes: dict[str, str]) -> None:
    case = register(**changes)
    assert asked(case) == {"assign": ["supervisor"]}
    submit(case, "supervisor", "assign", handler="courier")
    assert asked(case) == {"handle": ["courier"]}
    assert row(case).handler == "courier"
    other = register(**changes)
    submit(other, "supervisor", "assign", handler="售前客服")
    assert asked(other) == {"handle": ["presales"]}


def test_an_unknown_handler_is_refused_by_name() -> None:
    case = register(type="其他")
    with pytest.raises(InvalidInput) as refusal:
        submit(case, "supervisor", "assign", handler="nobody")
    assert refusal.value.errors == {"handler": ["没有这个岗位或同事，请从列表中选择"]}


def test_an_unknown_order_or_customer_is_refused_and_a_known_order_kept() -> None:
    with pytest.raises(InvalidInput) as refusal:
        register(order="没有这个订单", customer="C999")
    assert refusal.value.errors == {
        "order": ["没有这个订单，请核对编号，或留空"],
        "customer": ["没有这个客户，请从列表中选择"],
    }
    order = db.session.query(DbOrder).order_by(DbOrder.id).first()
    assert row(register(order=order.number, customer="C001")).order_number == order.number


def test_another_customers_order_is_warned_of() -> None:
    order = db.session.query(DbOrder).order_by(DbOrder.id).first()
    form = get_definition(db.session, VersionId(get_current_version(db.session, "complaint").id)).forms["complaint"]
    facts = [
        facts_of_new(db.session, find_actor("specialist"), form, values, functions=FUNCTIONS, now=MONDAY)
        for values in ({"order": order.number, "customer": code} for code in ("C009", "C001"))
    ]
    assert [[str(fact.values["number"]) for fact in found if fact.alert] for found in facts] == [[order.number], []]
    assert register(order=order.number, customer="C009").status == "running"


def test_a_key_customer_of_a_neighbouring_city_is_served_by_the_specialist() -> None:
    assert asked(register(customer="C002", region="")) == {"handle": ["specialist"]}


def test_after_a_reopening_one_more_round_is_foreseen() -> None:
    case = register()
    handle(case)
    revisit(case, 1)
    steps = [line.step for line in forecast_case(db.session, find_actor("supervisor"), CaseId(case.id), now=MONDAY)]
    assert steps == ["handle", "revisit"]


def test_several_holders_of_a_post_may_claim_it() -> None:
    with second_holder("outsider", "售前客服"):
        case = register()
        assert asked(case) == {"handle": ["presales", "outsider"]}


def test_who_is_given_a_complaint_by_hand_stands_on_a_level_of_their_own() -> None:
    case = register(type="其他", urgency="high")
    submit(case, "supervisor", "assign", handler="supervisor")
    pass_time(after(9 + 1))
    assert set(asked(case)) == {"handle", "escalation_2"}


def test_a_region_left_empty_is_the_customers() -> None:
    case = register(region="", type="物流", customer="C001")
    customer_region = row(case).region
    assert customer_region == find_region("C001")


def test_the_register_keeps_what_was_complained_of() -> None:
    kept = row(register())
    assert (kept.customer, kept.type, kept.source, kept.urgency) == ("C009", "质量问题", "电话", "normal")
    assert (kept.customer_grade, kept.level, kept.handler) == ("C", 0, "售前客服")
    assert kept.registered_at == MONDAY
    assert kept.respond_by == after(5)  # four working hours, with the break at noon
    assert kept.resolve_by == datetime(2026, 11, 25, 10, tzinfo=UTC)  # 24 working hours: Wednesday 18:00


# first response


def test_half_of_the_response_time_reminds_and_its_end_tells_the_supervisor() -> None:
    case = register(urgency="high")
    pass_time(after(0.5))
    assert told(case, "presales")[1:] == ["respond_soon"]
    pass_time(after(1))
    assert told(case, "presales")[1:] == ["respond_soon", "no_response"]
    assert told(case, "supervisor") == ["no_response"]
    assert asked(case) == {"handle": ["presales"]}


def test_a_contact_in_time_is_the_first_response() -> None:
    case = register(urgency="high")
    contact(case, now=after(0.25))
    pass_time(after(1))
    assert "respond_soon" not in told(case, "presales")
    assert told(case, "supervisor") == []
    assert (row(case).first_response_at, row(case).response_minutes) == (after(0.25), 15)


def test_a_contact_entered_later_counts_from_when_it_was() -> None:
    case = register()
    contact(case, now=after(2))
    contact(case, now=after(3), at=after(1))
    assert row(case).response_minutes == 60
    lines = list_contacts(db.session, find_actor("specialist"), CaseId(case.id))
    assert [line.at for line in lines] == [after(2), after(1)]


def test_a_solution_without_a_contact_is_the_first_response() -> None:
    case = register()
    handle(case, now=after(2))
    assert row(case).response_minutes == 120


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"text": "  "}, "text", "请写下和客户说了什么"),
        ({"text": "字" * 2001}, "text", "最多 2000 个字"),
        ({"person": "名" * 61}, "person", "最多 60 个字"),
        ({"channel": "鸽子"}, "channel", "请选择联系的方式"),
        ({"at": MONDAY + timedelta(days=2)}, "at", "联系时间不能晚于现在"),
        ({"at": MONDAY - timedelta(days=2)}, "at", "联系时间不能早于投诉登记的时间"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(values: dict[str, object], field: str, sentence: str) -> None:
    case = register()
    with pytest.raises(InvalidInput) as refusal:
        contact(case, now=after(1), **values)
    assert list(refusal.value.errors) == [field]
    assert sentence in refusal.value.errors[field][0]
    assert row(case).first_response_at is None


def test_who_only_sees_everything_logs_no_contact_and_strangers_see_nothing() -> None:
    case = register()
    with pytest.raises(NotPermitted):
        contact(case, "admin")
    with pytest.raises(NotFound):
        contact(case, "courier")


def test_an_ended_complaint_takes_no_contact() -> None:
    case = register()
    handle(case)
    revisit(case, 5)
    with pytest.raises(Conflict):
        contact(case)


# resolution and escalation


def test_half_of_the_time_reminds_the_handler() -> None:
    case = register(urgency="high")
    contact(case, now=after(0.1))
    pass_time(after(4 + 1))
    assert told(case, "presales")[-1] == "reminder"


def test_three_levels_are_asked_one_after_another_and_the_handler_keeps_the_task() -> None:
    case = register(urgency="high")
    task = task_id(case, "handle")
    pass_time(after(9))
    assert asked(case) == {"handle": ["presales"], "escalation_1": ["supervisor"]}
    pass_time(after(24 + 5))
    assert asked(case) == {"handle": ["presales"], "escalation_1": ["supervisor"], "escalation_2": ["manager"]}
    pass_time(after(24 + 9))
    assert asked(case)["escalation_3"] == ["gm"]
    assert task_id(case, "handle") == task
    assert row(case).escalated_level == 3
    handle(case, now=after(24 + 10))
    assert asked(case) == {"revisit": ["specialist"]}
    for superior in ("supervisor", "manager", "gm"):
        assert told(case, superior)[-1] == "settled"
    assert (row(case).resolution_minutes, row(case).escalated_level) == (16 * 60, 3)


def test_a_superior_who_instructs_leaves_the_task_where_it_is() -> None:
    case = register(urgency="high")
    pass_time(after(9))
    submit(case, "supervisor", "escalation_1", after(9.5), instruction_1="请今天上门")
    assert asked(case) == {"handle": ["presales"]}
    assert told(case, "presales")[-1] == "instructed"
    pass_time(after(24 + 5))
    assert set(asked(case)) == {"handle", "escalation_2"}


def test_a_superior_takes_over() -> None:
    case = register(urgency="high")
    pass_time(after(9))
    submit(case, "supervisor", "escalation_1", after(9.5), decision_1="take_over")
    assert asked(case) == {"handle": ["supervisor"]}
    assert row(case).handler == "supervisor"
    handle(case, "supervisor", now=after(9.6))
    assert asked(case) == {"revisit": ["specialist"]}


def test_a_superior_gives_it_to_somebody_else() -> None:
    case = register(urgency="high")
    pass_time(after(9))
    with pytest.raises(InvalidInput) as refusal:
        submit(case, "supervisor", "escalation_1", after(9.5), decision_1="reassign")
    assert refusal.value.errors == {"new_handler_1": ["请选择改派给谁"]}
    submit(case, "supervisor", "escalation_1", after(9.5), decision_1="reassign", new_handler_1="物流专员")
    assert asked(case) == {"handle": ["courier"]}
    assert told(case, "courier") == ["transferred"]
    assert told(case, "presales")[-1] == "instructed"


def test_a_dispute_begins_with_the_manager_and_goes_up_to_the_general_manager_alone() -> None:
    case = register(type="投诉维权", urgency="high")
    pass_time(after(72))
    assert asked(case) == {"handle": ["manager"], "escalation_3": ["gm"]}
    assert row(case).escalated_level == 3


def test_work_time_stands_still_at_night_and_on_rest_days() -> None:
    friday = MONDAY + timedelta(days=4, hours=8)
    case = register(now=friday, urgency="high")
    assert row(case).resolve_by == datetime(2026, 11, 30, 9, tzinfo=UTC)  # 1 hour on Friday, 7 on Monday
    contact(case, now=friday + timedelta(days=2))
    assert row(case).response_minutes == 60
