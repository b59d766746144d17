"""地址更改: the way that the order's state allows at that moment, and never two changes of one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.background.timers import fire_until
from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput
from services.notices.models import DbNotice
from services.people.models import DbUser
from services.registers import orders
from services.registers.changes import list_changes
from services.registers.models import DbOrderEvent
from services.tasks.complete_task import complete_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.address_change import (
    NEW,
    NUMBER,
    OLD,
    act,
    add_order,
    failed,
    move,
    order,
    standing,
    start,
    where,
    work,
)
from tests.support.hospitality import open_tasks

pytestmark = pytest.mark.usefixtures("app")


def holder(case: DbCase, step: str) -> list[str]:
    task = open_tasks(case)[step]
    return [task.lane]


def notes(number: str = NUMBER) -> list[tuple[str, str]]:
    rows = db.session.query(DbOrderEvent).filter_by(order_id=order(number).id).order_by(DbOrderEvent.id)
    return [(row.source, row.note) for row in rows]


# the three ways


@pytest.mark.parametrize(
    ("state", "step", "lane"),
    [
        ("unprinted", "change_in_system", "售前客服"),
        ("printed", "change_in_warehouse", "仓库人员"),
        ("collected", "intercept", "物流专员"),
    ],
)
def test_the_state_of_the_order_at_that_moment_decides_who_is_asked(state: str, step: str, lane: str) -> None:
    add_order(state=state)
    case = start()
    assert standing(case) == ("running", [step])
    assert open_tasks(case)[step].lane == lane


def test_presales_changes_the_note_and_the_order_goes_elsewhere() -> None:
    add_order()
    case = start()
    act(case, "presales", "change_in_system", "changed")
    assert standing(case) == ("completed", [])
    assert where() == NEW
    event = db.session.query(DbOrderEvent).order_by(DbOrderEvent.id.desc()).first()
    assert event is not None
    assert (event.source, event.case_id) == ("case", case.id)
    change = list_changes(db.session, "orders", NUMBER)[0]
    assert {field.field: (field.before, field.after) for field in change.fields} == {
        name: (OLD[name], NEW[name]) for name in OLD
    }


def test_when_the_postage_changes_the_customer_is_asked_to_reorder() -> None:
    add_order()
    case = start()
    act(case, "presales", "change_in_system", "reorder", comment="邮费多 12 元")
    assert standing(case) == ("completed", [])
    assert where() == OLD


def test_presales_may_ask_and_change_by_themselves() -> None:
    add_order()
    case = start("presales")
    act(case, "presales", "change_in_system", "changed")
    assert where() == NEW


def test_the_warehouse_changes_and_prints_again() -> None:
    add_order(state="printed")
    case = start()
    act(case, "warehouse", "change_in_warehouse", "changed")
    assert (standing(case)[0], where()) == ("completed", NEW)


def test_the_courier_redirects() -> None:
    add_order(state="collected", tracking_number="SF1000000001")
    case = start()
    act(case, "courier", "intercept", "intercepted")
    assert (standing(case)[0], where()) == ("completed", NEW)


def test_the_form_keeps_what_was_on_the_order() -> None:
    add_order(state="printed")
    case = start()
    form = db.session.get_one(DbCase, case.id).forms["request"]
    assert {name: form[f"original_{name}"] for name in OLD} == OLD
    assert (form["customer"], form["state_at_request"]) == ("C001", "printed")


# the order moves on while a task is open


def test_collected_while_the_warehouse_works_becomes_an_interception_by_itself() -> None:
    add_order(state="printed")
    case = start()
    item = open_tasks(case)["change_in_warehouse"].id
    move("collected", by="courier", tracking_number="SF1000000001")
    assert standing(case) == ("running", ["intercept"])
    with pytest.raises(Conflict):
        finish(item, "warehouse", "changed")
    assert where() == OLD
    history = db.session.query(DbHistory).filter_by(case_id=case.id, action="message").one()
    assert history.detail["payload"] == {"order": NUMBER, "state": "collected"}


def finish(item: int, username: str, outcome: str) -> None:

    complete_task(find_actor(username), TaskId(item), outcome=outcome, comment="", typed={}, now=MONDAY)


def test_printed_while_presales_works_goes_to_the_warehouse() -> None:
    add_order()
    case = start()
    move("printed", by="warehouse")
    assert standing(case) == ("running", ["change_in_warehouse"])
    move("collected")
    assert standing(case) == ("running", ["intercept"])


def test_a_correction_backwards_is_followed_too() -> None:
    add_order(state="printed")
    case = start()
    move("unprinted", by="warehouse", reason="打印错了订单")
    assert standing(case) == ("running", ["change_in_system"])


def test_delivered_in_the_meantime_ends_the_change() -> None:
    add_order(state="printed")
    case = start()
    move("delivered")
    assert standing(case) == ("rejected", [])
    assert where() == OLD


def test_the_warehouse_that_finds_the_parcel_gone_says_so() -> None:
    add_order(state="printed")
    case = start()
    act(case, "warehouse", "change_in_warehouse", "collected")
    assert standing(case) == ("running", ["intercept"])
    assert order().state == "collected"


def test_a_task_that_is_finished_a_moment_too_late_is_refused_with_the_reason() -> None:
    """The message is not handed over yet, but the order has moved on: the step no longer applies."""
    add_order(state="printed")
    case = start()
    item = open_tasks(case)["change_in_warehouse"].id
    found = orders.lock_order(db.session, NUMBER)
    orders.move(db.session, found, "collected", source="webhook", user_id=None, now=MONDAY)
    db.session.commit()
    with pytest.raises(Conflict, match="刚刚变为“已收件”"):
        finish(item, "warehouse", "changed")
    assert where() == OLD
    work()
    assert standing(case) == ("running", ["intercept"])


# time


def test_the_warehouse_has_half_an_hour_of_working_time() -> None:
    add_order(state="printed")
    case = start(now=MONDAY)
    assert open_tasks(case)["change_in_warehouse"].due_at == MONDAY + timedelta(minutes=30)
    fire_until(MONDAY + timedelta(minutes=29))
    assert told("escalation") == []
    fire_until(MONDAY + timedelta(minutes=30))
    assert "gm" in told("escalation")


def told(kind: str) -> list[str]:
    db.session.expire_all()
    query = (
        db.session.query(DbUser.username).join(DbNotice, DbNotice.user_id == DbUser.id).filter(DbNotice.kind == kind)
    )
    return sorted(name for (name,) in query)


def test_or_until_the_courier_comes_whichever_is_first() -> None:
    soon = MONDAY + timedelta(minutes=12)
    add_order(state="printed", pickup_at=soon.isoformat())
    case = start()
    assert open_tasks(case)["change_in_warehouse"].due_at == soon
    fire_until(soon)
    assert "gm" in told("escalation")


def test_half_an_hour_before_closing_time_ends_the_next_morning() -> None:
    evening = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
    add_order(state="printed")
    case = start(now=evening)
    due = open_tasks(case)["change_in_warehouse"].due_at
    assert due is not None
    assert due.date() == (evening + timedelta(days=1)).date()


# the interception fails


def test_then_the_customer_chooses_to_refuse_and_have_it_sent_anew() -> None:
    case = failed()
    assert standing(case) == ("running", ["customer_choice"])
    act(case, "presales", "customer_choice", "resend")
    assert (standing(case)[0], where(), order().state) == ("completed", NEW, "unprinted")
    assert order().tracking_number == ""
    assert ("case", "更正：客户拒收，重新发货") in notes()


def test_or_to_collect_it() -> None:
    case = failed()
    act(case, "presales", "customer_choice", "collect")
    assert (standing(case)[0], where(), order().state) == ("completed", OLD, "collected")


def test_or_it_was_delivered_already() -> None:
    add_order(state="collected")
    case = start()
    move("delivered")
    assert standing(case) == ("running", ["intercept"])
    act(case, "courier", "intercept", "failed")
    assert standing(case) == ("rejected", [])


def test_redirected_and_delivered_before_the_courier_post_said_so() -> None:
    add_order(state="collected")
    case = start()
    move("delivered")
    act(case, "courier", "intercept", "intercepted")
    assert (standing(case)[0], where()) == ("completed", NEW)


# refused at the submit


def test_an_order_that_is_not_there() -> None:
    with pytest.raises(InvalidInput) as refusal:
        start(number="DD999")
    assert refusal.value.errors == {"order": ["没有这个订单，请核对订单编号"]}


def test_an_order_that_was_delivered() -> None:
    add_order(state="delivered")
    with pytest.raises(InvalidInput) as refusal:
        start()
    assert refusal.value.errors == {"order": ["订单已送达，不能再更改地址；客户没有收到的，请登记客户投诉"]}
    assert db.session.query(DbCase).count() == 0


def test_a_change_that_changes_nothing() -> None:
    add_order()
    with pytest.raises(InvalidInput) as refusal:
        start(**OLD)
    assert list(refusal.value.errors) == ["address"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "打我手机"}, "phone"),
        ({"address": "家"}, "address"),
        ({"recipient": "名" * 41}, "recipient"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_cannot_be_right_is_named(changes: dict[str, Any], field: str) -> None:
    add_order()
    with pytest.raises(InvalidInput) as refusal:
        start(**changes)
    assert list(refusal.value.errors) == [field]
