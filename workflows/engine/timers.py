"""Timers that read the case's clock instead of the machine's.

A timer keeps ``due`` (ISO 8601, UTC) in the internal data of its task; a cycle also keeps how many times are ``left``
(below zero: without end) and how many seconds lie between (``every``). A moment without an offset is taken as UTC.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from workflows.durations import find_duration
from workflows.engine.places import holds
from workflows.engine.records import TimerFired
from workflows.engine.scripts import failure

_CYCLE = re.compile(r"R(?P<times>\d{0,6})/(?:(?P<start>[^/P][^/]*)/)?(?P<every>P[^/]+)")
_SHORTEST_CYCLE = timedelta(minutes=1)
_MOST_MISSED = 100
"""An endless cycle that slept longer catches up on this many occurrences only."""


class DateTimer(TimeDateEventDefinition):
    """Fires once, at a moment."""

    def has_fired(self, my_task: Any) -> bool:
        return _has_fired(self, my_task, lambda value: _moment(my_task, value, self.expression))

    def reset(self, my_task: Any) -> None:
        _forget(my_task)


class DurationTimer(DurationTimerEventDefinition):
    """Fires once, some time after its task began to wait."""

    def has_fired(self, my_task: Any) -> bool:
        return _has_fired(self, my_task, lambda value: _now(my_task) + _length(my_task, value, self.expression))

    def reset(self, my_task: Any) -> None:
        _forget(my_task)


class CycleTimer(CycleTimerEventDefinition):
    """Fires again and again; what was missed is caught up with."""

    def has_fired(self, my_task: Any) -> bool:
        return bool(my_task.internal_data.get("event_fired"))

    def update_task(self, my_task: Any) -> None:
        internal = my_task.internal_data
        if "due" not in internal:
            if holds(my_task):
                return
            self._begin(my_task)
        self._skip_long_sleep(my_task)
        while internal["left"] != 0 and datetime.fromisoformat(internal["due"]) <= _now(my_task):
            self._fire(my_task)
        if internal["left"] == 0:
            internal["event_fired"] = True

    def reset(self, my_task: Any) -> None:
        _forget(my_task)

    def _begin(self, my_task: Any) -> None:
        value = my_task.workflow.script_engine.evaluate(my_task, self.expression)
        match = _CYCLE.fullmatch(str(value).strip())
        if match is None or match["times"].strip("0") == "" != match["times"]:
            raise failure(my_task, f"{value!r} is no repeating interval like R3/P1D", self.expression)
        every = _length(my_task, match["every"], self.expression)
        if every < _SHORTEST_CYCLE:
            raise failure(my_task, "a timer cannot repeat within less than a minute", self.expression)
        start = match["start"]
        first = _moment(my_task, start, self.expression) if start else _now(my_task) + every
        times = int(match["times"]) if match["times"] else -1
        my_task.internal_data.update(due=_utc(first), left=times, every=every.total_seconds())

    def _skip_long_sleep(self, my_task: Any) -> None:
        internal = my_task.internal_data
        every = timedelta(seconds=internal["every"])
        missed = (_now(my_task) - datetime.fromisoformat(internal["due"])) // every
        if internal["left"] < 0 and missed > _MOST_MISSED:
            due = datetime.fromisoformat(internal["due"]) + (missed - _MOST_MISSED) * every
            internal["due"] = _utc(due)

    def _fire(self, my_task: Any) -> None:
        internal = my_task.internal_data
        due = datetime.fromisoformat(internal["due"]) + timedelta(seconds=internal["every"])
        internal.update(due=_utc(due), left=internal["left"] - (internal["left"] > 0))
        _record(my_task)
        for output in my_task.task_spec.outputs:
            child = my_task._add_child(output, TaskState.FUTURE)
            child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
            child.task_spec._update(child)


_OURS = {
    TimeDateEventDefinition: DateTimer,
    DurationTimerEventDefinition: DurationTimer,
    CycleTimerEventDefinition: CycleTimer,
}


def case_timer(definition: TimerEventDefinition) -> TimerEventDefinition:
    """Our timer in place of one that the library parsed."""
    return _OURS[type(definition)](definition.name, definition.expression, description=definition.description)


def due_at(task: Any) -> datetime | None:
    """When the timer of ``task`` fires next, or None if it never will."""
    internal = task.internal_data
    if "due" not in internal or internal.get("left") == 0 or internal.get("event_fired"):
        return None
    return datetime.fromisoformat(internal["due"])


def _has_fired(definition: TimerEventDefinition, my_task: Any, when: Any) -> bool:
    internal = my_task.internal_data
    if internal.get("event_fired"):
        return True
    if "due" not in internal:
        if holds(my_task):
            return False
        internal["due"] = _utc(when(my_task.workflow.script_engine.evaluate(my_task, definition.expression)))
    if datetime.fromisoformat(internal["due"]) > _now(my_task):
        return False
    internal["event_fired"] = True
    _record(my_task)
    return True


def _record(my_task: Any) -> None:
    workflow = my_task.workflow.top_workflow
    element = workflow.diagram.elements[my_task.task_spec.bpmn_id]
    workflow.record(TimerFired(element=element.id, name=element.name, attached_to=element.attached_to))


def _forget(my_task: Any) -> None:
    for key in ("event_fired", "due", "left", "every"):
        my_task.internal_data.pop(key, None)


def _now(my_task: Any) -> datetime:
    now: datetime = my_task.workflow.top_workflow.surroundings.now
    return now


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(my_task: Any, value: Any, expression: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise failure(my_task, f"{value!r} is no date or time", expression) from error
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise failure(my_task, f"{value!r} is no date or time", expression)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _length(my_task: Any, value: Any, expression: str) -> timedelta:
    if isinstance(value, timedelta) and value >= timedelta():
        return value
    text = value.strip() if isinstance(value, str) else ""
    if find_duration(text) is None:
        raise failure(my_task, f"{value!r} is no duration like PT8H or P3D", expression)
    # the library's reading counts real months and years from the start
    parts = TimerEventDefinition.parse_iso_duration(text)
    try:
        length: timedelta = TimerEventDefinition.get_timedelta_from_start(parts, _now(my_task))
        _now(my_task) + length
    except (OverflowError, ValueError) as error:
        raise failure(my_task, f"{value!r} is too long", expression) from error
    return length
