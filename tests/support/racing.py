"""Two actions on one case at the same moment, on real connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

from flask import Flask

from services.background.timers import fire_case_timers
from services.cases.end_case import withdraw_case
from services.cases.history import verify
from services.cases.models import DbCase
from services.database import db
from services.errors import Conflict, NotPermitted
from services.tasks.add_signers import add_signers
from services.tasks.complete_task import complete_task
from services.tasks.delegate_task import delegate_task
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support import acting
from tests.support.random_walk import check_case
from tests.support.shapes import branches, row, start_shape, together
from tests.workflows.engine.diagrams import timer

Acts = Sequence[Callable[[], object]]


def at_once(app: Flask, count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work`` in as many threads at the same moment; exceptions come back as values."""
    barrier = Barrier(count)

    def one(number: int) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                return work(number)
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@dataclass(frozen=True)
class Race:
    """``begin`` makes a case and what happens to it at once; ``wins`` is how many of that may succeed."""

    name: str
    begin: Callable[[], tuple[DbCase, Acts]]
    wins: tuple[int, ...] = (1,)


def run(app: Flask, race: Race) -> int:
    """One round; gives how many won. The losers were told what happened, and the case is whole."""
    case, acts = race.begin()
    results = at_once(app, len(acts), lambda number: acts[number]())
    losers = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(loser, Conflict | NotPermitted) and str(loser) for loser in losers), losers
    won = len(results) - len(losers)
    assert won in race.wins, f"{race.name}: {won} of {len(acts)} won; {losers}"
    check_case(case)
    assert verify(db.session) == []
    db.session.rollback()
    return won


def _complete(case: DbCase, username: str, outcome: str = "approve", *, step: str = "") -> Callable[[], object]:
    actor, task = find_actor(username), acting.item(case, username, step)
    return lambda: complete_task(actor, task, outcome=outcome, comment="好", typed={}, now=MONDAY, with_defaults=True)


def _back(case: DbCase, username: str, resume: str = "everybody") -> Callable[[], object]:
    actor, task = find_actor(username), acting.item(case, username)
    return lambda: return_task(actor, task, to=None, comment="请补充", now=MONDAY, resume=resume)


def _take_back(username: str, task: TaskId) -> Callable[[], object]:
    actor = find_actor(username)
    return lambda: withdraw_task(actor, task, now=MONDAY)


def _two_tabs() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    return case, [_complete(case, "manager"), _complete(case, "manager", "reject"), _back(case, "manager")]


def _transfer_and_sign() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    actor, task = find_actor("manager"), acting.item(case, "manager")
    return case, [
        _complete(case, "manager"),
        lambda: transfer_task(actor, task, to="supervisor", comment="", now=MONDAY),
        lambda: delegate_task(actor, task, to="director", comment="", now=MONDAY),
    ]


def _signature_and_taking_back() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    acting.sign(case, "manager")
    return case, [_take_back("manager", acting.done(case, "manager")), _complete(case, "gm")]


def _return_and_taking_back() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    acting.sign(case, "manager")
    return case, [_take_back("manager", acting.done(case, "manager")), _back(case, "gm")]


def _answer_and_recall() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    task = acting.item(case, "manager")
    acting.delegate(case, "manager", "supervisor")
    return case, [_take_back("manager", task), _complete(case, "supervisor")]


def _any_of_three() -> tuple[DbCase, Acts]:
    case = start_shape(together(signing="any"))
    return case, [_complete(case, username) for username in ("manager", "gm", "supervisor")]


def _the_last_of_all() -> tuple[DbCase, Acts]:
    case = start_shape(together(signing="all"))
    return case, [_complete(case, username) for username in ("manager", "gm", "supervisor")]


def _signature_and_return_in_a_countersign() -> tuple[DbCase, Acts]:
    case = start_shape(together(signing="all"))
    acting.sign(case, "supervisor")
    return case, [_complete(case, "manager"), _back(case, "gm")]


def _signature_and_added_signer() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    actor, task = find_actor("manager"), acting.item(case, "manager")
    return case, [
        _complete(case, "manager"),
        lambda: add_signers(actor, task, users=["director"], when="before", mode="all", comment="", now=MONDAY),
    ]


def _branches() -> tuple[DbCase, Acts]:
    case = start_shape(branches())
    return case, [_complete(case, "manager"), _back(case, "gm", "straight")]


def _branches_join() -> tuple[DbCase, Acts]:
    case = start_shape(branches())
    return case, [_complete(case, "manager"), _complete(case, "gm")]


def _withdrawn_and_signed() -> tuple[DbCase, Acts]:
    case = start_shape(row())
    starter = find_actor("specialist")
    return case, [_complete(case, "manager"), lambda: withdraw_case(starter, CaseId(case.id), now=MONDAY)]


def _timer_and_person() -> tuple[DbCase, Acts]:
    process = row()
    process.boundary("late", "first", timer("timeDuration", "PT1H")).flow("late", "second")
    case = start_shape(process)
    later = case.next_due
    assert later is not None

    def fire() -> None:
        if not fire_case_timers(CaseId(case.id), now=later):
            raise Conflict("nothing was due any more, or the person had the case")

    return case, [_complete(case, "manager"), fire]


RACES = (
    Race("two tabs: approve, reject, return", _two_tabs),
    Race("sign, transfer, delegate", _transfer_and_sign),
    Race("sign and take back what it rests on", _signature_and_taking_back),
    Race("return and take back what it rests on", _return_and_taking_back),
    Race("answer and recall", _answer_and_recall),
    Race("any of three", _any_of_three),
    Race("the last signatures of all", _the_last_of_all, wins=(3,)),
    Race("sign and return in a countersign", _signature_and_return_in_a_countersign, wins=(1, 2)),
    Race("sign and add a signer before", _signature_and_added_signer),
    Race("sign in one branch, return from the other", _branches, wins=(1, 2)),
    Race("both branches at once", _branches_join, wins=(2,)),
    Race("sign and withdraw the case", _withdrawn_and_signed),
    Race("a timer and a person", _timer_and_person),
)
