"""Hundreds of gift applications at one stock, while it is bought, cancelled and handed out."""

from __future__ import annotations

import os
import random

from flask import Flask

from services.cases.end_case import cancel_case
from services.errors import Conflict
from services.registers.gift_register import purchase
from services.tasks.complete_task import complete_task
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.gift import check_gifts, reviewed
from tests.support.gift_races import both_gifts, finish
from tests.support.hospitality import task_id
from tests.support.racing import at_once

ROUNDS = int(os.environ.get("ROUNDS", "25"))
AT_ONCE = 50


def test_no_gift_is_lost_or_given_twice(app: Flask) -> None:
    chance = random.Random("gifts")
    keeper, starter = find_actor("gifts"), find_actor("specialist")
    for number in range(max(ROUNDS // 5, 1)):
        cases = [reviewed(both_gifts(each), "head_review") for each in range(AT_ONCE)]
        results = finish(app, "gifts", [task_id(case, "keeper_review") for case in cases], "approve")
        assert not [result for result in results if isinstance(result, Exception)]
        check_gifts(f"round {number}")
        for username, step in (("office", "office_review"), ("deputy", "deputy_review")):
            finish(app, username, [task_id(case, step) for case in cases], "approve")
        tasks = [task_id(case, "hand_out") for case in cases]
        kinds = [chance.choice(("hand_out", "hand_out", "cancel", "purchase")) for _case in cases]

        def act(at: int, kinds: list[str] = kinds, tasks: list[int] = tasks, cases: list[object] = cases) -> object:
            if kinds[at] == "purchase":
                return purchase(keeper, chance.choice(("G004", "G008")), 2, "", now=MONDAY)
            if kinds[at] == "cancel":
                return cancel_case(starter, CaseId(cases[at].id), "不办了", now=MONDAY)  # type: ignore[attr-defined]
            return complete_task(
                keeper,
                tasks[at],
                outcome="submit",
                comment="",
                typed={},
                now=MONDAY,
                with_defaults=True,  # type: ignore[arg-type]
            )

        results = at_once(app, AT_ONCE, act)
        refused = [result for result in results if isinstance(result, Exception)]
        assert all(isinstance(each, Conflict) and "还缺" in str(each) for each in refused), refused
        check_gifts(f"round {number}")
