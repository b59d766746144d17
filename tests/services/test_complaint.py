"""客户投诉 from registration to a closed case: who gets it, what is told when, and what the register keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from services.background.timers import fire_case_timers, fire_until
from services.cases.end_case import withdraw_case
from services.cases.forecast_case import forecast_case
from services.cases.history import verify
from services.cases.knowing import facts_of_new
from services.cases.models import DbCase
from services.complaints.contacts import list_contacts
from services.complaints.models import DbSolutionTemplate
from services.complaints.panel import show_complaint
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbPost, DbPostHolder
from services.processes.versions import get_current_version, get_definition
from services.registers.models import DbCustomer, DbOrder
from services.tasks.complete_task import complete_task
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, VersionId
from tests.conftest import MONDAY, find_actor
from tests.support.complaint import (
    after,
    asked,
    contact,
    handle,
    open_tasks,
    pass_time,
    register,
    revisit,
    row,
    submit,
    task_id,
    told,
)
from tests.support.racing import at_once
from workflows.expressions import FUNCTIONS

pytestmark = pytest.mark.usefixtures("app")
NEXT_DAY = MONDAY + timedelta(days=1)
LATE = after(9)
"""When an urgent complaint of Monday 9:00 is due: eight working hours later."""


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


# the call back


def test_the_handler_does_not_judge_their_own_work() -> None:
    case = register("presales")
    handle(case)
    assert asked(case) == {"revisit": ["specialist"]}
    transfer_task(find_actor("specialist"), task_id(case, "revisit"), to="presales", comment="", now=MONDAY)
    with pytest.raises(NotPermitted, match="请由别的同事回访客户"):
        revisit(case, 5, "presales")
    assert row(case).satisfaction is None


def test_the_registrar_may_call_back_and_a_handling_specialist_may_not() -> None:
    case = register("outsider", type="服务态度")
    handle(case, "specialist")
    assert asked(case) == {"revisit": ["outsider"]}
    case = register("specialist", type="服务态度")
    handle(case, "specialist")
    assert asked(case) == {"revisit": ["supervisor"]}


def test_a_satisfied_customer_closes_it_and_the_solution_may_be_kept() -> None:
    case = register()
    handle(case)
    revisit(case, 5, keep_template=True, template_title="杯盖漏水换新")
    assert db.session.get_one(DbCase, case.id).status == "completed"
    assert (row(case).satisfaction, row(case).closed_at) == (5, MONDAY)
    [kept] = db.session.query(DbSolutionTemplate).all()
    assert (kept.title, kept.type, kept.text) == ("杯盖漏水换新", "质量问题", "已寄出新的杯盖，并向客户致歉")
    assert (kept.case_id, kept.satisfaction) == (case.id, 5)


def test_only_a_good_solution_is_kept() -> None:
    case = register()
    handle(case)
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, 3, keep_template=True, template_title="杯盖漏水换新")
    assert list(refusal.value.errors) == ["keep_template"]
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, 4, keep_template=True)
    assert list(refusal.value.errors) == ["template_title"]


@pytest.mark.parametrize("satisfaction", [0, 6, "好"])
def test_satisfaction_is_one_to_five(satisfaction: object) -> None:
    case = register()
    handle(case)
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, satisfaction)  # type: ignore[arg-type]
    assert list(refusal.value.errors) == ["satisfaction"]


def test_an_unsatisfied_customer_is_handled_one_level_higher_with_new_times() -> None:
    case = register(urgency="high")
    handle(case, now=after(1))
    revisit(case, 2, now=after(2))
    assert asked(case) == {"handle": ["supervisor"]}
    kept = row(case)
    assert (kept.level, kept.reopened, kept.handler) == (1, 1, "客户关系主管")
    assert (kept.resolved_at, kept.satisfaction, kept.closed_at) == (None, None, None)
    assert kept.resolve_by == NEXT_DAY + timedelta(hours=2)  # eight working hours from 11:00
    assert open_tasks(case)["handle"].due_at == kept.resolve_by
    assert set(db.session.get_one(DbCase, case.id).forms) == {"complaint"}
    assert [tried["forms"]["revisit"]["satisfaction"] for tried in kept.rounds] == [2]
    pass_time(after(24 + 2))
    assert set(asked(case)) == {"handle", "escalation_2"}


def test_each_round_goes_up_to_the_general_manager_and_then_it_is_closed_as_it_is() -> None:
    case = register()
    for handler in ("presales", "supervisor", "manager", "gm"):
        assert asked(case) == {"handle": [handler]}
        handle(case, handler)
        revisit(case, 1)
    assert db.session.get_one(DbCase, case.id).status == "completed"
    kept = row(case)
    assert (kept.satisfaction, kept.reopened, kept.level) == (1, 3, 3)
    assert kept.closed_at is not None


def test_a_reopened_round_asks_for_a_contact_of_its_own() -> None:
    case = register(urgency="high")
    contact(case, now=after(0.1))
    handle(case, now=after(1))
    revisit(case, 1, now=after(2))
    pass_time(after(3.1) + timedelta(hours=1))
    assert "no_response" in told(case, "manager")
    assert row(case).response_minutes == 6


# taking back


def test_taking_the_solution_back_starts_nothing_anew() -> None:
    case = register()
    due = row(case).resolve_by
    task = task_id(case, "handle")
    handle(case, now=after(1))
    withdraw_task(find_actor("presales"), task, now=after(2))
    assert asked(case) == {"handle": ["presales"]}
    kept = row(case)
    assert (kept.resolved_at, kept.first_response_at, kept.handled_by) == (None, None, None)
    assert open_tasks(case)["handle"].due_at == due
    pass_time(datetime(2026, 11, 25, 11, tzinfo=UTC))
    assert set(asked(case)) == {"handle", "escalation_1"}


def test_taking_a_reopening_back_brings_the_round_back() -> None:
    case = register()
    handle(case, now=after(1))
    before = row(case).resolved_at
    task = task_id(case, "revisit")
    revisit(case, 1, now=after(2))
    withdraw_task(find_actor("specialist"), task, now=after(3))
    assert asked(case) == {"revisit": ["specialist"]}
    kept = row(case)
    assert (kept.reopened, kept.rounds, kept.level, kept.resolved_at) == (0, [], 0, before)
    assert set(db.session.get_one(DbCase, case.id).forms) == {"complaint", "solution", "revisit"}
    revisit(case, 4, now=after(4))
    assert row(case).satisfaction == 4


def test_taking_the_last_call_back_takes_the_template_with_it() -> None:
    case = register()
    handle(case)
    task = task_id(case, "revisit")
    revisit(case, 5, keep_template=True, template_title="杯盖漏水换新")
    withdraw_task(find_actor("specialist"), task, now=after(1))
    assert db.session.query(DbSolutionTemplate).count() == 0
    assert (row(case).satisfaction, row(case).closed_at) == (None, None)


def test_the_handler_returns_it_to_the_registrar_who_says_more() -> None:
    case = register()
    return_task(
        find_actor("presales"), task_id(case, "handle"), to=None, comment="缺订单号", now=after(1), resume="everybody"
    )
    assert asked(case) == {"register": ["specialist"]}
    submit(case, "specialist", "register", after(2), type="物流")
    assert asked(case) == {"handle": ["courier"]}
    assert (row(case).type, row(case).registered_at) == ("物流", MONDAY)


def test_the_revisit_goes_back_to_the_handler_while_escalations_are_over() -> None:
    case = register(urgency="high")
    pass_time(after(9))
    handle(case, now=after(10))
    return_task(
        find_actor("specialist"),
        task_id(case, "revisit"),
        to="handle",
        comment="请再看",
        now=after(11),
        resume="everybody",
    )
    assert "handle" in asked(case)
    assert row(case).resolved_at is None


def test_a_withdrawn_complaint_leaves_the_figures() -> None:
    case = register()
    withdraw_case(find_actor("specialist"), CaseId(case.id), now=after(1))
    assert (row(case).dropped, row(case).closed_at) == (True, after(1))


# races


def test_the_handler_finishes_while_the_escalation_fires(app: Flask) -> None:
    for _round in range(6):
        case = register(urgency="high")
        wanted, presales = task_id(case, "handle"), find_actor("presales")
        fire_until(after(8.9))

        def act(number: int, case: DbCase = case, wanted: object = wanted, presales: object = presales) -> None:
            if number:
                fire_case_timers(CaseId(case.id), now=LATE)
            else:
                values = {"solution": "已换新杯盖"}
                complete_task(presales, wanted, outcome="submit", comment="", typed=values, now=LATE)  # type: ignore[arg-type]

        results = at_once(app, 2, act)
        assert not any(isinstance(result, Exception) for result in results), results
        fire_until(LATE)
        assert asked(case) == {"revisit": ["specialist"]}
        assert row(case).resolved_at == LATE
    assert verify(db.session) == []


def test_the_superior_takes_over_while_the_handler_finishes(app: Flask) -> None:
    for _round in range(6):
        case = register(urgency="high")
        pass_time(after(9))
        handling, presales = task_id(case, "handle"), find_actor("presales")
        deciding, supervisor = task_id(case, "escalation_1"), find_actor("supervisor")

        def act(number: int, ids: object = (handling, deciding), people: object = (presales, supervisor)) -> None:
            typed = ({"solution": "已换新杯盖"}, {"decision_1": "take_over"})[number]
            complete_task(people[number], ids[number], outcome="submit", comment="", typed=typed, now=after(9.5))  # type: ignore[index]

        results = at_once(app, 2, act)
        won = [number for number, result in enumerate(results) if result is None]
        assert len(won) == 1, results
        assert all(isinstance(result, Conflict | NotPermitted) for result in results if result is not None), results
        assert asked(case) == ({"revisit": ["specialist"]} if won == [0] else {"handle": ["supervisor"]})
    assert verify(db.session) == []


# what the page shows


def test_the_panel_tells_how_the_deadlines_stand() -> None:
    case = register(urgency="high")
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(0.25))
    assert (shown.response.state, shown.response.minutes) == ("running", 45)
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(2))
    assert (shown.response.state, shown.response.minutes) == ("late", 60)
    assert (shown.resolution.state, shown.resolution.minutes) == ("running", 6 * 60)
    contact(case, now=after(2))
    handle(case, now=after(3))
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(4))
    assert (shown.response.state, shown.response.minutes) == ("missed", 120)
    assert (shown.resolution.state, shown.resolution.minutes) == ("met", 180)


def test_the_clocks_run_while_nobody_is_assigned() -> None:
    case = register(type="其他")
    shown = show_complaint(db.session, find_actor("supervisor"), CaseId(case.id), now=after(1))
    assert (shown.response.state, shown.response.minutes) == ("running", 3 * 60)
    submit(case, "supervisor", "assign", after(2), handler="presales")
    assert row(case).respond_by == shown.response.due_at
