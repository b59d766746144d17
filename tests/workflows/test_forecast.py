"""The clock of a dry run: what runs side by side, what waits, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.workflows.definition.test_reading import FILES
from tests.workflows.engine.diagrams import Process, message_catch, message_head, timer
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.definition import ProcessDefinition, Task, read_process
from workflows.engine import Decided, Instance, Surroundings, read_diagram
from workflows.expressions import FUNCTIONS
from workflows.forecast import MAX_STEPS, Forecast, Outlook, Pace, find_consequence, forecast_running

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CALENDAR = CompanyCalendar()


@cache
def any_definition() -> ProcessDefinition:
    return read_process(FILES)


def around(moment: datetime) -> Surroundings:
    return Surroundings(
        now=moment,
        operations={},
        undo=lambda _call: None,
        functions={**FUNCTIONS, **calendar_functions(CALENDAR, moment)},
        decide=lambda _name, _variables: Decided(outputs={}),
    )


def defined(process: Process) -> ProcessDefinition:
    diagram = read_diagram(process.xml(), file="test.bpmn")
    tasks = {
        step.id: Task(id=step.id, name=step.name, lane="", form="", shows=(), outcomes=("approve", "reject"), due="")
        for step in diagram.steps.values()
    }
    return replace(any_definition(), diagram=diagram, tasks=tasks)


def foreseen(process: Process, hours: Mapping[str, tuple[int, int]] | None = None, **variables: Any) -> Forecast:
    """A dry run of a case that starts now; ``hours`` says what each step usually takes, and when it takes long."""
    definition = defined(process)
    state = Instance.start(definition.diagram, variables, around(NOW)).dump()
    outlook = Outlook(
        surroundings_at=around,
        calendar=CALENDAR,
        pace_of=lambda waiting, _opens: (
            Pace(usual=timedelta(hours=hours[waiting.step][0]), slow=timedelta(hours=hours[waiting.step][1]))
            if hours
            else None
        ),
    )
    return forecast_running(definition, state, outlook, NOW)


def after(hours: float) -> datetime:
    return CALENDAR.add_work_time(NOW, timedelta(hours=hours))


def branches() -> Process:
    return (
        Process()
        .start()
        .node("parallelGateway", "split")
        .user("quick")
        .user("slow")
        .node("parallelGateway", "join")
        .user("last")
        .end()
        .line("start", "split", "quick", "join", "last", "end")
        .line("split", "slow", "join")
    )


def test_branches_run_side_by_side_and_the_slower_one_counts() -> None:
    found = foreseen(branches(), {"quick": (1, 6), "slow": (3, 4), "last": (1, 1)})
    assert [(step.task.id, step.expected_at) for step in found.steps] == [
        ("quick", after(1)),
        ("slow", after(3)),
        ("last", after(4)),
    ]
    last = found.steps[-1]
    assert last.opens_at == after(3)
    assert last.latest_at == after(7), "at the latest both branches are there when the quick one took long"
    assert (found.ends_at, found.latest_end) == (after(4), after(7))


def test_a_wait_beside_a_task_does_not_wait_for_it() -> None:
    process = (
        Process()
        .start()
        .node("parallelGateway", "split")
        .user("task")
        .node("intermediateCatchEvent", "pause", timer("timeDuration", "'PT2H'"))
        .user("meanwhile")
        .node("parallelGateway", "join")
        .end()
        .line("start", "split", "task", "join", "end")
        .line("split", "pause", "meanwhile", "join")
    )
    found = foreseen(process, {"task": (8, 8), "meanwhile": (1, 1)})
    assert [step.task.id for step in found.steps] == ["meanwhile", "task"]
    assert found.steps[0].opens_at == NOW + timedelta(hours=2)


def test_nothing_known_is_a_working_day_a_step() -> None:
    found = foreseen(Process().start().user("one").user("two").end().line("start", "one", "two", "end"))
    assert [step.rests_on for step in found.steps] == ["day", "day"]
    assert found.ends_at == CALENDAR.add_workdays(NOW, 2)


def test_a_loop_without_end_is_cut() -> None:
    endless = (
        Process()
        .start()
        .user("again")
        .choice("enough", default="again")
        .end()
        .line("start", "again", "enough", "again")
        .flow("enough", "end", "outcome == 'reject'")
    )
    found = foreseen(endless)
    assert len(found.steps) == MAX_STEPS
    assert found.ends_at is None


def test_what_comes_before_a_step_that_fails_is_told() -> None:
    process = Process().start().user("one").script("broken", "x = unknown").user("two").end()
    found = foreseen(process.line("start", "one", "broken", "two", "end"))
    assert [step.task.id for step in found.steps] == ["one"]
    assert found.ends_at is None


def test_the_end_is_not_in_sight_behind_a_message() -> None:
    process = Process(head=message_head()).start().user("one").node("intermediateCatchEvent", "paid", message_catch())
    found = foreseen(process.user("two").end().line("start", "one", "paid", "two", "end"), {"one": (1, 2)})
    assert [step.task.id for step in found.steps] == ["one"]
    assert found.ends_at is None


def test_what_an_answer_leads_to_is_told_without_giving_it() -> None:
    definition = defined(branches())
    instance = Instance.start(definition.diagram, {}, around(NOW))
    state = instance.dump()
    quick, slow = instance.open_tasks()
    came = find_consequence(definition, state, quick.id, "approve", around(NOW))
    assert came is not None
    assert (came.opens, came.end) == ([], "")
    after_quick = Instance.load(definition.diagram, state, around(NOW))
    after_quick.complete(quick.id, {"outcome": "approve"})
    came = find_consequence(definition, after_quick.dump(), slow.id, "approve", around(NOW))
    assert came is not None
    assert [task.step for task in came.opens] == ["last"]
    assert find_consequence(definition, state, "not there", "approve", around(NOW)) is None
