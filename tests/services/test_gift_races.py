"""Many people at one stock at the same moment, on real connections: nobody gets what is not there."""

from __future__ import annotations

from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select

from services.cases.end_case import cancel_case
from services.database import db
from services.errors import Conflict
from services.registers.gift_register import purchase
from services.registers.models import DbGiftHold
from services.tasks.complete_task import complete_task
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.gift import check_gifts, line, reviewed, start, stock
from tests.support.gift_races import both_gifts, finish
from tests.support.hospitality import task_id
from tests.support.racing import at_once


def test_fifty_applications_at_once_share_what_there_is(app: Flask) -> None:
    count = 50
    cases = [reviewed(both_gifts(number), "head_review") for number in range(count)]
    results = finish(app, "gifts", [task_id(case, "keeper_review") for case in cases], "approve")
    assert not [result for result in results if isinstance(result, Exception)]
    assert stock("G004") == (12, 12)
    assert stock("G008") == (3, 3)
    held = select(func.sum(DbGiftHold.quantity), func.sum(DbGiftHold.short)).group_by(DbGiftHold.gift_id)
    assert sorted(map(tuple, db.session.execute(held))) == [(3, count - 3), (12, count - 12)]
    check_gifts()


def test_the_last_piece_is_handed_out_once(app: Flask) -> None:
    cases = [reviewed(start(line(gift="G007", quantity=1, value=Decimal(10)))) for _number in range(6)]
    purchase(find_actor("gifts"), "G007", 2, "", now=MONDAY)
    results = finish(app, "gifts", [task_id(case, "hand_out") for case in cases], "submit")
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 4
    assert all(isinstance(each, Conflict) and "中秋月饼礼盒 1 盒" in str(each) for each in refused)
    assert stock("G007") == (0, 0)
    check_gifts()


def test_an_approval_and_a_withdrawal_at_once_leave_nothing_held(app: Flask) -> None:
    case = reviewed(both_gifts(0), "head_review")
    keeper, starter, task = find_actor("gifts"), find_actor("specialist"), task_id(case, "keeper_review")

    def approve() -> object:
        return complete_task(keeper, task, outcome="approve", comment="", typed={}, now=MONDAY)

    def cancel() -> object:
        return cancel_case(starter, CaseId(case.id), "客户改期", now=MONDAY)

    acts = (approve, cancel)
    results = at_once(app, 2, lambda number: acts[number]())
    assert not isinstance(results[1], Exception)
    assert stock("G004") == (12, 0)
    check_gifts()
