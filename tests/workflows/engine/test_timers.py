from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.workflows.engine.diagrams import Process, timer
from tests.workflows.engine.driving import BEGIN, Case, World
from workflows.engine import ElementPassed, EngineFailed, TimerFired


def reviewed(kind: str, expression: str, *, interrupting: bool = True) -> bytes:
    return (
        Process()
        .start()
        .user("review")
        .boundary("late", "review", timer(kind, expression), interrupting=interrupting)
        .service("act", "act")
        .end("acted")
        .user("check")
        .end()
        .line("start", "review", "check", "end")
        .line("late", "act", "acted")
        .xml()
    )


def waiting(kind: str, expression: str) -> bytes:
    process = Process().start().node("intermediateCatchEvent", "wait", timer(kind, expression)).user("after").end()
    return process.line("start", "wait", "after", "end").xml()


class Counted(Case):
    """Counts how often the action behind the timer ran."""

    def __init__(self, xml: bytes, **functions: Any) -> None:
        self.count = 0
        world = World(act=self.act)
        world.functions.update(functions)
        super().__init__(xml, world=world)

    def act(self, call: Any) -> None:
        self.count += 1


def due(case: Case) -> list[datetime]:
    return [each.due_at for each in case.reload().timers()]


def test_an_interrupting_timer_ends_its_step() -> None:
    case = Counted(reviewed("timeDuration", "PT8H"))
    (running,) = case.instance.timers()
    assert (running.element, running.name, running.attached_to) == ("late", "Late", "review")
    assert running.due_at == BEGIN + timedelta(hours=8)
    assert case.after(hours=7).open() == ["review"]
    case.after(hours=1)
    assert case.instance.events[:2] == [
        TimerFired(element="late", name="Late", attached_to="review"),
        ElementPassed(element="late"),
    ]
    assert (case.open(), case.count, due(case)) == ([], 1, [])
    finished = case.instance.finished
    assert finished is not None
    assert finished.element == "acted"


def test_it_fires_at_its_due_time_and_not_before() -> None:
    case = Counted(reviewed("timeDuration", "PT8H"))
    assert case.after(hours=8, microseconds=-1).open() == ["review"]
    assert case.after(microseconds=1).open() == []


def test_a_timer_beside_the_step_fires_once_and_leaves_it_open() -> None:
    case = Counted(reviewed("timeDuration", "PT8H", interrupting=False))
    case.after(hours=9).after(hours=9)
    assert (case.open(), case.count, due(case)) == (["review"], 1, [])


def test_a_reminder_repeats_as_often_as_it_says() -> None:
    case = Counted(reviewed("timeCycle", "R3/P1D", interrupting=False))
    for day in range(1, 6):
        case.after(days=1)
        assert case.count == min(day, 3)
    assert (case.open(), due(case)) == (["review"], [])
    assert case.walk("review", "check").instance.finished


def test_missed_reminders_are_caught_up_with() -> None:
    case = Counted(reviewed("timeCycle", "R/P1D", interrupting=False)).after(days=5, hours=1)
    assert case.count == 5
    assert due(case) == [BEGIN + timedelta(days=6)]


def test_an_endless_reminder_that_slept_for_years_does_not_run_away() -> None:
    case = Counted(reviewed("timeCycle", "R/PT1H", interrupting=False)).after(days=2 * 365)
    assert 100 <= case.count <= 101
    assert due(case) == [case.world.now + timedelta(hours=1)]


def test_completing_the_step_ends_its_timer() -> None:
    case = Counted(reviewed("timeCycle", "R/P1D", interrupting=False)).after(days=1).walk("review")
    assert due(case) == []
    assert case.after(days=3).count == 1


def test_only_firing_fires() -> None:
    case = Counted(reviewed("timeDuration", "PT8H"))
    case.world.tick(hours=9)
    assert case.walk("review").open() == ["check"]
    assert case.count == 0


@pytest.mark.parametrize(
    ("kind", "expression", "hours"),
    [
        ("timeDuration", "PT8H", 8),
        ("timeDuration", "'PT8H'", 8),
        ("timeDuration", "P1DT2H", 26),
        ("timeDuration", "P1M", 31 * 24),
        ("timeDuration", "P2W", 14 * 24),
        ("timeDuration", "PT1.5H", 1.5),
        ("timeDuration", "str('PT') + str(hours) + 'H'", 4),
        ("timeDate", "2026-01-06T09:00:00+08:00", 24),
        ("timeDate", "'2026-01-06T01:00:00Z'", 24),
        ("timeDate", "2026-01-06T01:00:00", 24),
        ("timeDate", "2026-01-06", 23),
        ("timeDate", "tomorrow()", 24),
        ("timeDate", "day()", 23),
        ("timeCycle", "R3/PT5H", 5),
        ("timeCycle", "R/P1D", 24),
        ("timeCycle", "R3/2026-01-06T00:00:00Z/P1D", 23),
    ],
)
def test_ways_to_write_a_time(kind: str, expression: str, hours: float) -> None:
    world = World()
    world.functions.update(tomorrow=lambda: BEGIN + timedelta(days=1), day=lambda: date(2026, 1, 6))
    case = Case(waiting(kind, expression), {"hours": 4}, world)
    assert due(case) == [BEGIN + timedelta(hours=hours)]
    assert case.after(hours=hours - 0.01).open() == []
    assert case.after(hours=0.01).open() == ["after"]


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("timeDuration", "'-PT1H'"),
        ("timeDuration", "'P1D1H'"),
        ("timeDuration", "3600"),
        ("timeDuration", "PT999999999H"),
        ("timeDate", "'PT1H'"),
        ("timeDate", "'soon'"),
        ("timeDate", "5"),
        ("timeCycle", "R/PT0S"),
        ("timeCycle", "R0/P1D"),
        ("timeCycle", "'0 9 * * *'"),
        ("timeCycle", "PT1H"),
        ("timeDate", "nothing_known"),
    ],
)
def test_times_that_make_no_sense_name_the_element(kind: str, expression: str) -> None:
    with pytest.raises(EngineFailed) as failed:
        Case(waiting(kind, expression))
    assert failed.value.element == "wait"
    assert failed.value.expression == expression


def test_a_moment_that_has_passed_does_not_wait() -> None:
    assert Case(waiting("timeDate", "2026-01-01T00:00:00Z")).open() == ["after"]


def test_several_due_timers_fire_oldest_first() -> None:
    process = Process().start().user("review").end().line("start", "review", "end")
    for name, length in (("second", "PT2H"), ("first", "PT1H"), ("third", "PT3H")):
        process.boundary(name, "review", timer("timeDuration", length), interrupting=False)
        process.end(f"{name}_end").line(name, f"{name}_end")
    case = Case(process.xml()).after(hours=5)
    fired = [event.element for event in case.instance.events if isinstance(event, TimerFired)]
    assert fired == ["first", "second", "third"]
