"""Two changes of one order: the second waits, or takes the place of the first; and what is taken back is put back."""

from __future__ import annotations

from typing import Any

import pytest

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbCase
from services.database import db
from services.errors import Conflict
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.address_change import (
    NEW,
    OLD,
    act,
    add_order,
    failed,
    move,
    request,
    standing,
    start,
    where,
    work,
)
from tests.support.hospitality import open_tasks

pytestmark = pytest.mark.usefixtures("app")

# two changes of one order

SECOND = {"address": "杭州市西湖区文三路 90 号 3 幢"}


def both(**changes: Any) -> tuple[DbCase, DbCase]:
    add_order()
    return start(), start("supervisor", **SECOND, **changes)


def test_the_second_waits_and_says_for_which() -> None:
    first, second = both()
    assert standing(second) == ("running", [])
    assert db.session.get_one(DbCase, second.id).variables["order_ahead"] == first.number


def test_and_has_its_turn_when_the_first_is_done() -> None:
    first, second = both()
    act(first, "presales", "change_in_system", "changed")
    work()
    assert standing(second) == ("running", ["change_in_system"])
    assert where() == NEW
    act(second, "presales", "change_in_system", "changed")
    assert where() == {**NEW, **SECOND}


def test_by_the_state_that_the_order_has_then() -> None:
    first, second = both()
    move("printed", by="warehouse")
    act(first, "warehouse", "change_in_warehouse", "changed")
    work()
    assert standing(second) == ("running", ["change_in_warehouse"])


@pytest.mark.parametrize("way", ["withdraw", "cancel", "reorder", "delivered"])
def test_also_when_the_first_ends_otherwise(way: str) -> None:
    first, second = both()
    starter = find_actor("specialist")
    if way == "withdraw":
        withdraw_case(starter, CaseId(first.id), now=MONDAY)
    elif way == "cancel":
        cancel_case(starter, CaseId(first.id), "客户不改了", now=MONDAY)
    elif way == "reorder":
        act(first, "presales", "change_in_system", "reorder")
    else:
        move("delivered")
    work()
    expected = ("rejected", []) if way == "delivered" else ("running", ["change_in_system"])
    assert standing(second) == expected
    assert where() == OLD


def test_also_when_the_first_is_returned_to_its_applicant_who_then_waits() -> None:
    first, second = both()
    item = TaskId(open_tasks(first)["change_in_system"].id)
    return_task(find_actor("presales"), item, to=None, comment="地址不完整", now=MONDAY)
    work()
    assert standing(second) == ("running", ["change_in_system"])

    again = TaskId(open_tasks(first)["request"].id)
    complete_task(find_actor("specialist"), again, outcome="submit", comment="", typed=request(), now=MONDAY)
    assert standing(first) == ("running", [])
    act(second, "presales", "change_in_system", "changed")
    work()
    assert standing(first) == ("running", ["change_in_system"])


def test_the_third_waits_behind_the_second_also_if_the_second_is_withdrawn() -> None:
    first, second = both()
    third = start("manager", address="苏州市工业园区星湖街 1 号")
    withdraw_case(find_actor("supervisor"), CaseId(second.id), now=MONDAY)
    work()
    assert standing(third) == ("running", [])
    act(first, "presales", "change_in_system", "changed")
    work()
    assert standing(third) == ("running", ["change_in_system"])


def test_a_turn_that_came_and_was_not_taken_goes_to_the_next() -> None:
    first, second = both()
    third = start("manager", address="苏州市工业园区星湖街 1 号")
    act(first, "presales", "change_in_system", "changed")
    withdraw_case(find_actor("supervisor"), CaseId(second.id), now=MONDAY)
    work()
    work()
    assert standing(third) == ("running", ["change_in_system"])


def test_the_second_takes_the_place_of_one_that_nobody_acted_on() -> None:
    first, second = both(replace=True)
    assert standing(second) == ("running", ["change_in_system"])
    with pytest.raises(Conflict, match=second.number):
        act(first, "presales", "change_in_system", "changed")
    work()
    assert standing(first) == ("cancelled", [])
    act(second, "presales", "change_in_system", "changed")
    assert where() == {**NEW, **SECOND}


def test_but_not_of_one_that_somebody_acted_on() -> None:
    add_order(state="collected")
    first = start()
    act(first, "courier", "intercept", "failed")
    second = start("supervisor", **SECOND, replace=True)
    assert standing(second) == ("running", [])
    assert standing(first) == ("running", ["customer_choice"])


def test_it_takes_the_places_of_those_that_wait_too() -> None:
    first, second = both()
    third = start("manager", address="苏州市工业园区星湖街 1 号", replace=True)
    work()
    assert standing(first)[0] == standing(second)[0] == "cancelled"
    assert standing(third) == ("running", ["change_in_system"])


# taking back


def done_task(case: DbCase, step: str) -> TaskId:
    return TaskId(db.session.query(DbTask).filter_by(case_id=case.id, step=step, state="done").one().id)


def test_a_change_that_is_taken_back_is_put_back() -> None:
    add_order()
    case = start()
    act(case, "presales", "change_in_system", "changed")
    withdraw_task(find_actor("presales"), done_task(case, "change_in_system"), now=MONDAY)
    assert standing(case) == ("running", ["change_in_system"])
    assert where() == OLD
    act(case, "presales", "change_in_system", "changed")
    assert where() == NEW


def test_but_not_once_the_order_has_gone_on() -> None:
    add_order()
    case = start()
    act(case, "presales", "change_in_system", "changed")
    move("printed", by="warehouse")
    with pytest.raises(Conflict, match="已打印，更改已经生效"):
        withdraw_task(find_actor("presales"), done_task(case, "change_in_system"), now=MONDAY)
    assert where() == NEW


def test_nor_once_the_next_change_has_begun() -> None:
    first, second = both()
    act(first, "presales", "change_in_system", "changed")
    work()
    assert standing(second) == ("running", ["change_in_system"])
    with pytest.raises(Conflict, match="别的地址更改"):
        withdraw_task(find_actor("presales"), done_task(first, "change_in_system"), now=MONDAY)


def test_a_choice_that_is_taken_back_may_be_made_anew() -> None:
    case = failed()
    act(case, "presales", "customer_choice", "collect")
    withdraw_task(find_actor("presales"), done_task(case, "customer_choice"), now=MONDAY)
    act(case, "presales", "customer_choice", "resend")
    assert (standing(case)[0], where()) == ("completed", NEW)
