"""Orders and their changes at the same moment, on real connections: never both applied, nobody forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask

from services.cases.end_case import withdraw_case
from services.cases.history import verify
from services.cases.models import RUNNING, DbCase, DbCaseMessage
from services.database import db
from services.errors import Conflict, NotPermitted, Unavailable
from services.registers import order_hooks
from services.registers.models import DbOrderClaim
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.address_change import NEW, OLD, act, add_order, move, standing, start, where, work
from tests.support.hospitality import open_tasks
from tests.support.racing import at_once

SECOND = {"recipient": "王芳", "phone": "13900000002", "address": "杭州市西湖区文三路 90 号 3 幢"}
Acts = Sequence[Callable[[], object]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class OrderRace:
    """``begin`` gives the order's number and what happens at once; ``judge`` says what came of it in a word, and
    asserts what must hold."""

    name: str
    begin: Callable[[str], Acts]
    judge: Callable[[str, list[object]], str]


def run(app: Flask, race: OrderRace) -> str:
    """One round on an order of its own."""
    number = f"DR{next(_numbers):06d}"
    acts = race.begin(number)
    results = at_once(app, len(acts), lambda place: acts[place]())
    losers = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(loser, Conflict | NotPermitted) for loser in losers), losers
    assert not any(isinstance(loser, Unavailable) for loser in losers), losers
    while work():
        continue
    check(number)
    assert verify(db.session) == []
    return race.judge(number, results)


def check(number: str) -> None:
    """What holds whatever happened: one change at a time, and nobody waits for nothing."""
    db.session.expire_all()
    claims = db.session.query(DbOrderClaim).all()
    cases = {case.id: case for case in db.session.query(DbCase)}
    letters = {letter.case_id for letter in db.session.query(DbCaseMessage)}
    open_orders = [claim.order_id for claim in claims if claim.state == "open"]
    assert len(open_orders) == len(set(open_orders))
    for claim in claims:
        running = cases[claim.case_id].status == RUNNING
        steps = [task.step for task in db.session.query(DbTask).filter_by(case_id=claim.case_id, state="open")]
        if claim.state == "waiting":
            assert running, number
            assert steps == [], number
            assert claim.order_id in open_orders or claim.case_id in letters, number
        elif claim.state == "open":
            assert running, number
            assert len(steps) == 1, (number, steps)
        else:
            # given up: the case is over, or back with its applicant
            assert steps == (["request"] if running else []), (number, claim.state, steps)
    db.session.rollback()


def _finish(case: DbCase, username: str, step: str, outcome: str = "changed") -> Callable[[], object]:
    actor, task = find_actor(username), TaskId(open_tasks(case)[step].id)
    return lambda: complete_task(actor, task, outcome=outcome, comment="", typed={}, now=MONDAY)


def _cases(number: str) -> list[DbCase]:
    return db.session.query(DbCase).filter(DbCase.title.contains(number)).order_by(DbCase.id).all()


def _collected(number: str) -> Acts:
    add_order(number, state="printed")
    return [_finish(start(number=number), "warehouse", "change_in_warehouse"), lambda: move("collected", number)]


def _judge_collected(number: str, results: list[object]) -> str:
    [case] = _cases(number)
    if isinstance(results[0], Exception):
        assert (standing(case), where(number)) == ((RUNNING, ["intercept"]), OLD)
        return "collected first"
    assert (standing(case)[0], where(number)) == ("completed", NEW)
    return "changed first"


def _both_submitted(number: str) -> Acts:
    add_order(number)
    return [lambda: start(number=number), lambda: start("supervisor", number=number, **SECOND)]


def _judge_both(number: str, results: list[object]) -> str:
    assert not [result for result in results if isinstance(result, Exception)], results
    having, waiting = sorted(_cases(number), key=lambda case: standing(case)[1] == [])
    assert (standing(having)[1], standing(waiting)[1]) == (["change_in_system"], [])
    act(having, "presales", "change_in_system", "changed")
    work()
    assert standing(waiting)[1] == ["change_in_system"]
    act(waiting, "presales", "change_in_system", "changed")
    forms = db.session.get_one(DbCase, waiting.id).forms["request"]
    assert where(number)["address"] == forms["address"]
    return "first first" if having.id < waiting.id else "second first"


def _printed_at_the_submit(number: str) -> Acts:
    add_order(number)
    return [lambda: start(number=number), lambda: move("printed", number, by="warehouse")]


def _judge_printed(number: str, results: list[object]) -> str:
    assert not [result for result in results if isinstance(result, Exception)], results
    [case] = _cases(number)
    assert standing(case) == (RUNNING, ["change_in_warehouse"])
    return "in the warehouse"


def _second_while_first_ends(number: str) -> Acts:
    add_order(number)
    first = start(number=number)
    return [_finish(first, "presales", "change_in_system"), lambda: start("supervisor", number=number, **SECOND)]


def _judge_turn(number: str, results: list[object]) -> str:
    assert not [result for result in results if isinstance(result, Exception)], results
    assert standing(_cases(number)[1]) == (RUNNING, ["change_in_system"])
    return "has its turn"


def _second_while_first_is_withdrawn(number: str) -> Acts:
    add_order(number)
    first, starter = start(number=number), find_actor("specialist")
    return [
        lambda: withdraw_case(starter, CaseId(first.id), now=MONDAY),
        lambda: start("supervisor", number=number, **SECOND),
    ]


def _replaced_while_it_is_done(number: str) -> Acts:
    add_order(number)
    first = start(number=number)
    return [
        _finish(first, "presales", "change_in_system"),
        lambda: start("supervisor", number=number, replace=True, **SECOND),
    ]


def _judge_replaced(number: str, results: list[object]) -> str:
    first, second = _cases(number)
    assert standing(second) == (RUNNING, ["change_in_system"])
    if isinstance(results[0], Exception):
        assert (standing(first)[0], where(number)) == ("cancelled", OLD)
        return "replaced"
    assert (standing(first)[0], where(number)) == ("completed", NEW)
    return "done first"


def _two_senders(number: str) -> Acts:
    others = [number, f"{number}A", f"{number}B"]
    for other in others:
        add_order(other, state="printed")
        start(number=other)
    ways = (others, others[::-1])
    return [
        lambda way=way, sender=sender: order_hooks.take_events(
            [{"id": f"{sender}-{other}", "number": other, "state": "collected"} for other in way], now=MONDAY
        )
        for sender, way in enumerate(ways)
    ]


def _judge_senders(number: str, results: list[object]) -> str:
    assert not [result for result in results if isinstance(result, Exception)], results
    assert [standing(case) for case in _cases(number)] == [(RUNNING, ["intercept"])] * 3
    return "all collected"


def _both_say_collected(number: str) -> Acts:
    add_order(number, state="printed")
    case = start(number=number)
    return [_finish(case, "warehouse", "change_in_warehouse", "collected"), lambda: move("collected", number)]


def _judge_both_collected(number: str, _results: list[object]) -> str:
    [case] = _cases(number)
    assert (standing(case), where(number)) == ((RUNNING, ["intercept"]), OLD)
    return "intercepted"


RACES = (
    OrderRace("collected while the warehouse finishes", _collected, _judge_collected),
    OrderRace("two changes submitted at once", _both_submitted, _judge_both),
    OrderRace("printed while a change is submitted", _printed_at_the_submit, _judge_printed),
    OrderRace("the second comes while the first is done", _second_while_first_ends, _judge_turn),
    OrderRace("the second comes while the first is withdrawn", _second_while_first_is_withdrawn, _judge_turn),
    OrderRace("replaced while it is done", _replaced_while_it_is_done, _judge_replaced),
    OrderRace("two senders, the same orders the other way round", _two_senders, _judge_senders),
    OrderRace("warehouse and courier both say collected", _both_say_collected, _judge_both_collected),
)
