"""Who will be asked: a dry run of the engine, in which everybody agrees in time and nothing has an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.definition import ProcessDefinition, Task
from workflows.engine import Instance, OpenTask, Surroundings
from workflows.expressions import ExpressionError, evaluate
from workflows.forms import prefill

MAX_STEPS = 60
_AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ExpectedStep:
    task: Task
    lane: str
    expected_at: datetime


SurroundingsAt = Callable[[datetime], Surroundings]
"""Surroundings whose operations only look, for a moment of the dry run."""


def forecast_new(
    definition: ProcessDefinition, variables: Mapping[str, Any], surroundings_at: SurroundingsAt, now: datetime
) -> list[ExpectedStep]:
    """The steps behind the first form, if it were submitted now with these variables."""
    instance = Instance.start(definition.diagram, variables, surroundings_at(now))
    [first] = instance.open_tasks()
    instance.complete(first.id, {**variables, "outcome": "submit", "comment": ""})
    return list(_walk(definition, instance.dump(), surroundings_at, now))


def forecast_running(
    definition: ProcessDefinition, state: bytes, surroundings_at: SurroundingsAt, now: datetime
) -> list[ExpectedStep]:
    """The steps from where a case stands, the open ones first."""
    return list(_walk(definition, state, surroundings_at, now))


def _walk(
    definition: ProcessDefinition, state: bytes, surroundings_at: SurroundingsAt, now: datetime
) -> Iterator[ExpectedStep]:
    """Each round finishes the open tasks in order, or lets the clock run to the next timer on the main path."""
    for _round in range(MAX_STEPS):
        instance = Instance.load(definition.diagram, state, surroundings_at(now))
        waiting = instance.open_tasks()
        if instance.finished is not None:
            return
        if waiting:
            task = definition.tasks[waiting[0].step]
            now = max(now, _expected(task, waiting[0], surroundings_at(now)) or now + _AT_ONCE)
            yield ExpectedStep(task=task, lane=waiting[0].lane, expected_at=now)
            instance.complete(waiting[0].id, _agreement(definition, task, waiting[0], surroundings_at(now)))
        else:
            timers = instance.timers()
            if not timers:
                return
            now = max(now, min(timer.due_at for timer in timers))
            instance = Instance.load(definition.diagram, state, surroundings_at(now))
            instance.fire_timers()
        state = instance.dump()


def _expected(task: Task, waiting: OpenTask, surroundings: Surroundings) -> datetime | None:
    if not task.due:
        return None
    try:
        return datetime.fromisoformat(evaluate(task.due, waiting.variables, surroundings.functions))
    except ExpressionError:
        return None


def _agreement(
    definition: ProcessDefinition, task: Task, waiting: OpenTask, surroundings: Surroundings
) -> dict[str, Any]:
    """What the step would hand on if it went the usual way: its first outcome, and the form's defaults."""
    values: dict[str, Any] = {"outcome": task.outcomes[0], "comment": ""}
    if task.fills:
        form = definition.form_of(task.id)
        totals = {name: 0 for name, field in form.properties.items() if "x-compute" in field}
        defaults = prefill(form, waiting.variables, surroundings.functions)
        known = {name: waiting.variables[name] for name in form.properties if waiting.variables.get(name) is not None}
        values |= {**dict.fromkeys(form.properties), **totals, **defaults, **known}
    return values
