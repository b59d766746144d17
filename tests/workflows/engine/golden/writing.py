"""The cases whose states are kept, each at a point where much is open."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.workflows.engine.diagrams import Process, timer
from tests.workflows.engine.driving import Case, World
from tests.workflows.engine.test_branches import DAYS, tour_of_days
from tests.workflows.engine.test_mending import Failing, Stuck
from tests.workflows.engine.test_random_walks import (
    branches_with_timers,
    inner_process_with_timers,
    votes_in_turn,
    votes_with_timer,
)

FOLDER = Path(__file__).parent
FORMAT = "state_1"
PEOPLE = ["p1", "p2", "p3"]


def world() -> World:
    return World(book=lambda call: {"booked": True}, mark=lambda call: {"marked": True})


def branches() -> Case:
    case = Case(branches_with_timers().xml(), {"price": Decimal("19.90"), "day": date(2026, 1, 5)}, world())
    return case.do("a", again=False).do("c").after(hours=9)


def second_round() -> Case:
    case = Case(branches_with_timers().xml(), {}, world()).do("a", again=True).do("c").do("b").do("a", again=False)
    return case.do("b").after(hours=9)


def votes() -> Case:
    case = Case(votes_with_timer().xml(), {}, world()).do("a", approvers=PEOPLE, again=True)
    return case.do("sign", vote=1).do("sign", vote=2).do("a", again=False).do("sign", vote=3)


def in_turn() -> Case:
    return Case(votes_in_turn().xml(), {}, world()).do("a", approvers=PEOPLE, again=False).do("sign", vote=1)


def inner_process() -> Case:
    case = Case(inner_process_with_timers().xml(), {}, world()).do("a").after(hours=6)
    return case.do("u1").do("u2", again=True)


def inner_process_behind() -> Case:
    return Case(inner_process_with_timers().xml(), {}, world()).walk("a", "u1").do("u2", again=False)


def loops_in_loops() -> Case:
    case = Case(tour_of_days().xml(), {"note": ""}, world()).do("plan", days=DAYS)
    second = next(task for task in case.reload().open_tasks() if task.branch == "1.2")
    case.instance.complete(second.id, {"note": "prepared"})
    return case


def held() -> Case:
    """A gateway whose condition fails, beside a step whose timer does."""
    process = Process().start().user("a").parallel("split").choice("which", default="no").user("yes").user("no")
    process.choice("merge").user("b").boundary("late", "b", timer("timeDuration", "limit")).user("chase")
    process.choice("meet").parallel("join").user("z").end()
    process.line("start", "a", "split", "which").flow("which", "yes", "missing > 1").flow("which", "no")
    process.line("yes", "merge", "join", "z", "end").line("no", "merge").line("split", "b", "meet", "join")
    process.line("late", "chase", "meet")
    return Stuck(process.xml(), {"price": Decimal("19.90")}, Failing()).do("a")


CASES: dict[str, Callable[[], Case]] = {
    each.__name__: each
    for each in (branches, second_round, votes, in_turn, inner_process, inner_process_behind, loops_in_loops, held)
}


def write_missing() -> None:
    for name, make in CASES.items():
        path = FOLDER / f"{FORMAT}_{name}.json"
        if not path.exists():
            case = make()
            path.with_suffix(".bpmn").write_bytes(case.diagram.xml)
            path.write_text(json.dumps(described(case), ensure_ascii=False, indent=1) + "\n")


def described(case: Case) -> dict[str, Any]:
    """The state, and what a later version must find in it."""
    instance = case.reload()
    return {
        "now": case.world.now.isoformat(),
        "open": [[task.step, task.item] for task in instance.open_tasks()],
        "returnable": [instance.returnable_to(task.id) for task in instance.open_tasks()],
        "timers": [[each.element, each.due_at.isoformat()] for each in instance.timers()],
        "held": [[place.element, place.branch] for place in instance.held()],
        "state": json.loads(instance.dump()),
    }
