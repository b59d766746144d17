"""Who will be asked and when: a dry run of the engine, in which everybody agrees and nothing has an effect.

The clock of the dry run jumps from one event to the next: a task is finished when its people usually would, a timer of
the main path fires when it is due, and what lies on parallel branches runs side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflows.calendar import CompanyCalendar
from workflows.definition import ProcessDefinition, Task
from workflows.engine import Instance, OpenTask, Surroundings, WaitingTimer
from workflows.errors import WorkflowError
from workflows.expressions import evaluate
from workflows.forms import prefill

MAX_STEPS = 60
MAX_EVENTS = 3_000
"""A dry run ends there, whatever the diagram is: a loop without end costs its page or its sweep no more than that."""

PAST, DUE, DAY = "past", "due", "day"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The working time from a step's opening to its end: usually, and when it takes long."""

    usual: timedelta
    slow: timedelta


@dataclass(frozen=True, kw_only=True)
class ExpectedStep:
    """A step that is asked of somebody."""

    id: str
    """The engine's task; of a step that is not open yet it means nothing after the dry run."""
    task: Task
    lane: str
    opens_at: datetime
    opens_latest: datetime
    expected_at: datetime
    """When it is usually done."""
    latest_at: datetime
    """When it is done if everybody before, and here, takes long."""
    rests_on: str
    """``past`` (the pace that was given), ``due`` (the step's due time) or ``day`` (neither: a working day)."""
    after: str = ""
    """The step whose end opened it; empty where it is open already."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The steps in the order in which they are finished, and the end, if the dry run came to it."""

    steps: list[ExpectedStep]
    ends_at: datetime | None = None
    latest_end: datetime | None = None


SurroundingsAt = Callable[[datetime], Surroundings]
"""Surroundings whose operations only look, for a moment of the dry run."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a dry run knows of the world."""

    surroundings_at: SurroundingsAt
    calendar: CompanyCalendar
    pace_of: Callable[[OpenTask, datetime], Pace | None]
    """The pace of whoever is asked for a step that opens at a moment; None where nothing is known of them."""
    opened_at: Mapping[str, datetime] = field(default_factory=dict)
    """When the open tasks of a running case were opened, by the engine's task."""
    stands: Callable[[OpenTask, str], bool] = lambda _task, _before: False
    """Whether nobody is asked for a step that opens, after the step of that id, because a signature for it stands."""


def forecast_new(
    definition: ProcessDefinition, variables: Mapping[str, Any], outlook: Outlook, now: datetime
) -> Forecast:
    """The steps behind the first form, if it were submitted now with these variables; as far as that can be said."""
    try:
        instance = Instance.start(definition.diagram, variables, outlook.surroundings_at(now))
        [first] = instance.open_tasks()
        instance.complete(first.id, {**variables, "outcome": "submit", "comment": ""})
        state = instance.dump()
    except WorkflowError:
        return Forecast(steps=[])
    walk = _Walk(definition, outlook, now)
    walk.last = first.step
    return walk.follow(state)


def forecast_running(definition: ProcessDefinition, state: bytes, outlook: Outlook, now: datetime) -> Forecast:
    """The steps from where a case stands, as far as they can be foreseen."""
    return _Walk(definition, outlook, now).follow(state)


class _Walk:
    """One dry run: the clock, what is open, and what was found."""

    def __init__(self, definition: ProcessDefinition, outlook: Outlook, now: datetime) -> None:
        self.definition = definition
        self.outlook = outlook
        self.begins = self.now = now
        self.latest = self.branch_latest = now
        self.found: list[ExpectedStep] = []
        self.pending: dict[str, ExpectedStep] = {}
        self.last = ""
        self.events = 0

    def follow(self, state: bytes) -> Forecast:
        try:
            ended = self._follow(state)
        except WorkflowError:
            # what was found before a step that cannot be foreseen is true all the same
            ended = False
        end, latest = (self.now, max(self.now, self.latest)) if ended else (None, None)
        return Forecast(steps=self.found, ends_at=end, latest_end=latest)

    def _follow(self, state: bytes) -> bool:
        """Whether the case came to its end."""
        instance = Instance.load(self.definition.diagram, state, self._surroundings())
        waiting: dict[str, OpenTask] = {}
        while len(self.found) < MAX_STEPS and self.events < MAX_EVENTS:
            if instance.finished is not None:
                return True
            waiting = {task.id: task for task in instance.open_tasks(waiting)}
            if self._settle(instance, waiting):
                continue
            self._see(waiting)
            step = min(self.pending.values(), key=lambda pending: pending.expected_at, default=None)
            timer = _next_timer(instance, waiting)
            if timer is not None and (step is None or timer.due_at < step.expected_at):
                self._wait_for(timer, instance)
            elif step is not None:
                self._finish(waiting[step.id], step, instance)
            else:
                return False
            self.events += 1 + len(instance.events)
        return False

    def _settle(self, instance: Instance, waiting: Mapping[str, OpenTask]) -> bool:
        """Pass a step that has just opened and for which a signature stands."""
        known = self.pending.keys() | self.outlook.opened_at.keys()
        for task in waiting.values():
            if task.id not in known and self.outlook.stands(task, self.last):
                self.events += 1
                agreement = _agreement(self.definition, self.definition.tasks[task.step], task, self._surroundings())
                instance.complete(task.id, agreement)
                return True
        return False

    def _surroundings(self) -> Surroundings:
        return self.outlook.surroundings_at(self.now)

    def _see(self, waiting: Mapping[str, OpenTask]) -> None:
        """Note what has opened, and forget what was taken back by something else."""
        self.pending = {task_id: step for task_id, step in self.pending.items() if task_id in waiting}
        alone = not self.pending
        for task in waiting.values():
            if task.id not in self.pending:
                self.pending[task.id] = self._expected(task, alone=alone)

    def _finish(self, waiting: OpenTask, step: ExpectedStep, instance: Instance) -> None:
        self.now = max(self.now, step.expected_at)
        instance.move_to(self._surroundings())
        self.found.append(step)
        del self.pending[step.id]
        self.latest, self.last = max(self.latest, step.latest_at), step.task.id
        self.branch_latest = step.latest_at
        instance.complete(waiting.id, _agreement(self.definition, step.task, waiting, self._surroundings()))

    def _wait_for(self, timer: WaitingTimer, instance: Instance) -> None:
        self.now = max(self.now, timer.due_at)
        self.latest = self.branch_latest = max(self.latest, self.now)
        instance.move_to(self._surroundings())
        instance.fire_timers()

    def _expected(self, waiting: OpenTask, *, alone: bool) -> ExpectedStep:
        """``alone``: every branch has come together here, so that the slowest of them counts."""
        task = self.definition.tasks[waiting.step]
        opened = self.outlook.opened_at.get(waiting.id)
        late_opening = opened or max(self.now, self.latest if alone else self.branch_latest)
        usual, latest, rests_on = self._times(task, waiting, opened or self.now, late_opening)
        return ExpectedStep(
            id=waiting.id,
            task=task,
            lane=waiting.lane,
            opens_at=opened or self.now,
            opens_latest=late_opening,
            expected_at=usual,
            latest_at=max(usual, latest),
            rests_on=rests_on,
            after="" if opened else self.last,
        )

    def _times(
        self, task: Task, waiting: OpenTask, opened: datetime, late_opening: datetime
    ) -> tuple[datetime, datetime, str]:
        """What has waited longer already than it usually takes counts as if it came now."""
        pace = self.outlook.pace_of(waiting, opened)
        if pace is not None:
            return self._worked(opened, pace.usual), self._worked(late_opening, pace.slow), PAST
        due = self._due(task, waiting, opened)
        if due is not None and due > max(opened, self.begins):
            latest = self._due(task, waiting, late_opening) or due
            return due, max(latest, late_opening), DUE
        usual = self.outlook.calendar.add_workdays(max(opened, self.begins), 1)
        return usual, self.outlook.calendar.add_workdays(max(late_opening, self.begins), 1), DAY

    def _worked(self, start: datetime, amount: timedelta) -> datetime:
        end = self.outlook.calendar.add_work_time(start, amount)
        return end if end > self.begins else self.outlook.calendar.add_work_time(self.begins, amount)

    def _due(self, task: Task, waiting: OpenTask, at: datetime) -> datetime | None:
        if not task.due:
            return None
        try:
            functions = self.outlook.surroundings_at(at).functions
            due = datetime.fromisoformat(evaluate(task.due, waiting.variables, functions))
        except (WorkflowError, ValueError, TypeError, OverflowError):
            return None
        return due if due.tzinfo else None


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What comes at once of finishing a task: the tasks that open, else the end, else the moment that is waited for."""

    opens: list[OpenTask]
    end: str = ""
    """The status of the case if it ends."""
    waits_until: datetime | None = None


def find_consequence(
    definition: ProcessDefinition, state: bytes, task_id: str, outcome: str, surroundings: Surroundings
) -> Consequence | None:
    """What would come of it if the open task were finished so; None where a dry run cannot tell."""
    try:
        instance = Instance.load(definition.diagram, state, surroundings)
        waiting = {task.id: task for task in instance.open_tasks()}
        task = waiting.get(task_id)
        if task is None:
            return None
        agreement = _agreement(definition, definition.tasks[task.step], task, surroundings)
        instance.complete(task_id, {**agreement, "outcome": outcome})
    except WorkflowError:
        return None
    if instance.finished is not None:
        return Consequence(opens=[], end=instance.finished.properties.get("status", "completed"))
    opens = [task for task in instance.open_tasks() if task.id not in waiting]
    timers = instance.timers()
    waits = timers[0].due_at if timers and not opens and not instance.open_tasks() else None
    return Consequence(opens=opens, waits_until=waits)


def _next_timer(instance: Instance, waiting: Mapping[str, OpenTask]) -> WaitingTimer | None:
    """Everybody is in time, so the timers that sit on a step count only where nobody is asked for anything."""
    timers = instance.timers()
    return next((timer for timer in timers if timer.attached_to is None or not waiting), None)


def _agreement(
    definition: ProcessDefinition, task: Task, waiting: OpenTask, surroundings: Surroundings
) -> dict[str, Any]:
    """What the step would hand on if it went the usual way: its first outcome, and the form's defaults."""
    values: dict[str, Any] = {"outcome": task.outcomes[0], "comment": ""}
    if definition.fills_fields(task.id):
        values |= _filled(definition, task, waiting, surroundings)
    return values


def _filled(definition: ProcessDefinition, task: Task, waiting: OpenTask, surroundings: Surroundings) -> dict[str, Any]:
    form = definition.form_of(task.id)
    totals = {name: 0 for name, field in form.properties.items() if "x-compute" in field}
    defaults = prefill(form, waiting.variables, surroundings.functions)
    known = {name: waiting.variables[name] for name in form.properties if waiting.variables.get(name) is not None}
    return {**dict.fromkeys(form.properties), **totals, **defaults, **known}
