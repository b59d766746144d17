"""Two people, or one person twice, at the same moment: exactly one wins. On real, concurrent connections."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from flask import Flask

from services.cases.models import DbCase, DbHistory
from services.cases.start_case import start_case
from services.database import db
from services.errors import Conflict
from services.tasks.claim_task import claim_task
from services.tasks.complete_task import complete_task
from services.types import Actor
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, application, budget, open_tasks, start, task_id
from tests.support.racing import at_once


def test_eight_clicks_on_one_task_complete_it_once(app: Flask) -> None:
    manager = find_actor("manager")
    for _round in range(10):
        case = start()
        wanted = task_id(case, "manager_review")

        def click(_number: int, wanted: Any = wanted, manager: Actor = manager) -> str:
            complete_task(manager, wanted, outcome="approve", comment="", typed={}, now=MONDAY)
            return "done"

        results = at_once(app, 8, click)
        refusals = [result for result in results if result != "done"]
        assert len(refusals) == 7
        assert all(isinstance(refusal, Conflict) and "王雅琴" in str(refusal) for refusal in refusals), refusals
        signed = db.session.query(DbHistory).filter_by(case_id=case.id, step="manager_review", action="completed")
        assert signed.count() == 1
        assert list(open_tasks(case)) == ["gm_review"]


def test_an_approval_and_a_rejection_at_once_leave_one_decision(app: Flask) -> None:
    manager = find_actor("manager")
    outcomes = Counter()
    for _round in range(10):
        case = start()
        wanted = task_id(case, "manager_review")

        def decide(number: int, wanted: Any = wanted) -> str:
            outcome = ("approve", "reject")[number]
            complete_task(manager, wanted, outcome=outcome, comment="意见", typed={}, now=MONDAY)
            return outcome

        won = [result for result in at_once(app, 2, decide) if isinstance(result, str)]
        assert len(won) == 1
        outcomes[won[0]] += 1
        db.session.expire_all()
        assert db.session.get(DbCase, case.id).status == ("running" if won == ["approve"] else "rejected")
    assert sum(outcomes.values()) == 10


def test_numbers_have_no_gaps_and_no_doubles_under_load(app: Flask) -> None:
    specialist = find_actor("specialist")

    def begin(number: int) -> str:
        changes = {"customer": "nobody"} if number % 4 == 0 else {}
        return start_case(specialist, "hospitality", application(**changes), now=MONDAY).number

    numbers = [result for _round in range(4) for result in at_once(app, 8, begin) if isinstance(result, str)]
    assert sorted(numbers) == [f"ZD-2026-{number:04d}" for number in range(1, 25)]


def test_one_key_starts_one_case_however_often_it_is_sent(app: Flask) -> None:
    specialist = find_actor("specialist")

    def begin(_number: int) -> int:
        return start_case(specialist, "hospitality", application(), now=MONDAY, idempotency_key="k-1").id

    results = at_once(app, 8, begin)
    assert len(set(results)) == 1, results
    assert db.session.query(DbCase).count() == 1


def test_the_last_money_is_held_once(app: Flask) -> None:
    """Two finance signatures at once on 20,000 each of 30,000: the second case needs the general manager."""
    finance = find_actor("finance")
    cases = []
    for _case in range(2):
        case = start(budget={"meal": Decimal("20000")})
        act(case, "manager", "manager_review")
        act(case, "gm", "gm_review")
        cases.append(case)
    wanted = [task_id(case, "finance_review") for case in cases]

    def sign(number: int) -> str:
        complete_task(finance, wanted[number], outcome="approve", comment="", typed={}, now=MONDAY)
        return "done"

    assert at_once(app, 2, sign) == ["done", "done"]
    assert budget(cases[0].department_id).reserved == Decimal("20000")
    assert sorted(step for case in cases for step in open_tasks(case)) == ["over_budget_approval"]


def test_a_task_is_claimed_by_one(app: Flask, second_finance_clerk: str) -> None:
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    wanted = task_id(case, "finance_review")
    clerks = [find_actor("finance"), find_actor(second_finance_clerk)]

    def claim(number: int) -> str:
        claim_task(clerks[number], wanted, now=MONDAY)
        return clerks[number].username

    results = at_once(app, 2, claim)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]
