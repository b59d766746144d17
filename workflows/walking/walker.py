"""All ways through a process, each really gone by the engine: with example data, and operations answering as asked.

Ways are sought by how far they depart from the usual one: first the way on which everybody agrees, then those with one
other result, other data or other answer, then two, so that a bound cuts off what is far-fetched. A loop is gone round
once at most; people's own returns (退回) are no part of the diagram and left out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from workflows.branches import place_of
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.checks.folder.context import Folder
from workflows.checks.model import drawn, read_scope
from workflows.decisions import decide
from workflows.definition import ProcessDefinition, Task
from workflows.engine import Decided, ElementPassed, Instance, OpenTask, OperationCall, Surroundings, WaitingTimer
from workflows.errors import WorkflowError
from workflows.expressions import FUNCTIONS, evaluate
from workflows.forecast import Pace
from workflows.walking.answering import Answering, answers_of
from workflows.walking.deciding import deciding_of
from workflows.walking.drawing import beside, interrupting, payloads
from workflows.walking.entries import COMMENT, entry_of, typed_in, votes_of
from workflows.walking.filling import Desk, Filler
from workflows.walking.way import ANSWERED, FILLED, LATE, MESSAGE, OUTCOME, Chosen, Dead, Done, Way, Ways

MAX_WAYS = 200
MAX_SECONDS = 5.0
"""Of the processor, so that a busy machine cuts off nothing that a quiet one would find."""
MAX_STATES = 4_000
MAX_EVENTS = 120
MAX_VISITS = 2
"""An element is passed twice at most: a loop is gone round once, or not at all."""

PaceOf = Callable[[OpenTask, datetime], Pace | None]


@dataclass(frozen=True, kw_only=True)
class _State:
    """A case between two actions of its way."""

    dump: bytes
    now: datetime
    latest: datetime
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    """How often each operation was called."""
    opened: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
    visited: tuple[str, ...] = ()
    steps: tuple[Done, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    entries: tuple[Mapping[str, Any], ...] = ()
    departs: int = 0
    events: int = 0


Act = Callable[[Instance], None]


class Walker:
    """Looks for all ways through one process."""

    def __init__(
        self,
        folder: Folder,
        definition: ProcessDefinition,
        *,
        now: datetime,
        calendar: CompanyCalendar | None = None,
        pace_of: PaceOf = lambda _task, _moment: None,
        knows: Mapping[str, Any] | None = None,
    ) -> None:
        self.definition = definition
        self.now = now
        self.calendar = calendar or CompanyCalendar()
        self.pace_of = pace_of
        self.knows = dict(knows or {})
        deciding = deciding_of(folder, definition)
        self.filler = Filler(definition, deciding)
        self.answers = answers_of(folder, definition, deciding)
        self._messages = payloads(definition)
        process = folder.process
        scopes = list(read_scope(process).and_inner()) if process is not None else []
        self._flows = [flow for scope in scopes for flow in scope.flows.values()]
        self._joins = [node.id for scope in scopes for node in scope.of_kind("parallelGateway")]
        self.beside = beside(scopes)
        self._interrupting = interrupting(scopes)
        self._queue: list[tuple[int, int, _State]] = []
        self._order = count()
        self._found: dict[tuple[str, ...], Way] = {}
        self._dead: dict[tuple[str, str], Dead] = {}
        self._marks: set[Any] = set()

    def walk(self, *, max_ways: int = MAX_WAYS, seconds: float = MAX_SECONDS) -> Ways:
        """Everything within the bounds. Never raises for what the process does."""
        began, tried = time.thread_time(), 0
        until = began + seconds
        self._begin()
        while self._queue and len(self._found) < max_ways and tried < MAX_STATES and time.thread_time() < until:
            tried += 1
            self._go_on(heappop(self._queue)[2], until)
        ways = sorted(self._found.values(), key=lambda way: (way.departs, len(way.steps)))
        return Ways(
            ways=ways,
            dead=list(self._dead.values()),
            complete=not self._queue,
            tried=tried,
            took=timedelta(seconds=time.thread_time() - began),
        )

    # one action after another

    def _begin(self) -> None:
        first = {**self.definition.settings.variables, **self._about_starter(), **self.knows}
        state = _State(dump=b"", now=self.now, latest=self.now)
        self._act(state, lambda _instance: None, start=first)

    def _about_starter(self) -> dict[str, Any]:
        started = self.calendar.local_day(self.now).isoformat()
        return {"starter_name": "申请人", "starter_department": "", "started_on": started}

    def _go_on(self, state: _State, until: float) -> None:
        instance = Instance.load(self.definition.diagram, state.dump, self._surroundings(state, None))
        open_tasks = instance.open_tasks()
        timers, messages = instance.timers(), instance.waiting_messages()
        if open_tasks:
            task = min(open_tasks, key=lambda each: self._times(each, state)[0])
            self._do(state, task, beside=len(open_tasks) > 1, until=until)
            self._wait_beside(state, [each for each in timers if each.element in self._interrupting])
        elif timers:
            self._wait(state, timers[0], departs=0)
        for name in messages:
            self._send(state, name, departs=1 if open_tasks or timers else 0)
        if not open_tasks and not timers and not messages:
            self._note_dead(state, "", "流程在这里停住：没有人办理，也没有等待的时间或消息")

    def _do(self, state: _State, task: OpenTask, *, beside: bool, until: float) -> None:
        step = self.definition.tasks[task.step]
        done_at, latest = self._times(task, state)
        moved = replace(state, now=max(state.now, done_at), latest=max(state.latest, latest))
        fillings, refusal = self._fillings(moved, task, step)
        if refusal:
            self._note_dead(state, task.step, f"“{task.name}”的表单填不出例子（{refusal}）")
        for number, (values, changed) in enumerate(fillings):
            for place, outcome in enumerate(step.outcomes):
                if time.thread_time() > until:
                    return
                chosen = [*self._chosen(step, outcome, values, changed, first=number == 0)]
                done = self._done(task, state, outcome, done_at, latest, beside=beside)
                forms = {**state.forms, place_of(step.form, task.branch): values} if values else state.forms
                following = replace(
                    moved,
                    forms=forms,
                    steps=(*state.steps, done),
                    chosen=(*state.chosen, *chosen),
                    entries=(
                        *state.entries,
                        entry_of(step, task, outcome, moved.now, typed_in(self.definition, step, values)),
                    ),
                    departs=state.departs + min(place, 1) + min(number, 1),
                )
                variables = {"outcome": outcome, "comment": COMMENT, **votes_of(step, outcome), **values}
                self._act(following, lambda instance, given=variables: instance.complete(task.id, given))  # type: ignore[misc]

    def _fillings(
        self, state: _State, task: OpenTask, step: Task
    ) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, Any]]], str]:
        if not self.definition.fills_fields(step.id):
            return [({}, {})], ""
        form = self.definition.form_of(step.id)
        desk = Desk(
            form=form,
            step=step.id,
            known=task.variables,
            kept=state.forms.get(place_of(step.form, task.branch), {}),
            functions=self._functions(state.now),
            today=self.calendar.local_day(state.now),
        )
        found, refusal = self.filler.fill(desk)
        empty = dict.fromkeys(form.properties)
        return [({**empty, **each.values}, each.changed) for each in found], refusal

    def _chosen(
        self, step: Task, outcome: str, values: Mapping[str, Any], changed: Mapping[str, Any], *, first: bool
    ) -> Iterator[Chosen]:
        deciding = self.filler.deciding.names
        shown = {name: value for name, value in values.items() if name in deciding and value is not None}
        if shown or changed:
            yield Chosen(kind=FILLED, element=step.id, values={**shown, **changed})
        if len(step.outcomes) > 1:
            yield Chosen(kind=OUTCOME, element=step.id, values={"outcome": outcome})

    def _done(
        self, task: OpenTask, state: _State, outcome: str, done_at: datetime, latest: datetime, *, beside: bool
    ) -> Done:
        return Done(
            task_id=task.id,
            step=task.step,
            name=task.name,
            lane=task.lane,
            branch=task.branch,
            outcome=outcome,
            opens_at=state.opened.get(task.id, (state.now, state.latest))[0],
            done_at=done_at,
            latest_at=latest,
            beside=beside,
        )

    def _wait_beside(self, state: _State, timers: Sequence[WaitingTimer]) -> None:
        """Nobody does the step in time, and its timer takes it away."""
        for timer in timers[:1]:
            self._wait(state, timer, departs=1)

    def _wait(self, state: _State, timer: WaitingTimer, *, departs: int) -> None:
        moment = max(state.now, timer.due_at)
        late = (Chosen(kind=LATE, element=timer.element),) if departs else ()
        following = replace(
            state,
            now=moment,
            latest=max(state.latest, moment),
            chosen=(*state.chosen, *late),
            entries=(*state.entries, {"at": moment}),
            departs=state.departs + departs,
        )
        self._act(following, lambda instance: instance.fire_timers())

    def _send(self, state: _State, name: str, *, departs: int) -> None:
        payload = self._messages.get(name, {})
        following = replace(
            state,
            chosen=(*state.chosen, Chosen(kind=MESSAGE, element="", values={"message": name})),
            entries=(*state.entries, {"message": name, **({"payload": payload} if payload else {})}),
            departs=state.departs + departs,
        )
        self._act(following, lambda instance: _sent(instance, name, payload))

    # the engine

    def _act(self, state: _State, act: Act, *, start: Mapping[str, Any] | None = None) -> None:
        """Do something, once for each answer of the operations on the way that would lead on differently."""
        for tried in (pending := [state]):
            answering = Answering(self.answers, tried.answers, tried.made)
            try:
                surroundings = self._surroundings(tried, answering)
                if start is not None:
                    instance = Instance.start(self.definition.diagram, start, surroundings)
                else:
                    instance = Instance.load(self.definition.diagram, tried.dump, surroundings)
                act(instance)
            except WorkflowError as error:
                self._note_dead(tried, getattr(error, "element", ""), str(error))
                continue
            for call in dict.fromkeys(answering.calls):
                if call not in tried.answers:
                    pending += self._otherwise(tried, call, pending)
            self._arrive(replace(tried, made=answering.made), instance)

    def _otherwise(self, state: _State, call: str, pending: Sequence[_State]) -> list[_State]:
        """The same with each other answer to a call that was answered as usual."""
        found = []
        operation = call.partition("#")[0]
        for answer in self.answers.get(operation, ())[1:]:
            answers = {**state.answers, call: answer}
            if all(other.answers != answers for other in pending):
                chosen = Chosen(kind=ANSWERED, element=operation, values=answer)
                departs = state.departs + 1
                found.append(replace(state, answers=answers, chosen=(*state.chosen, chosen), departs=departs))
        return found

    def _arrive(self, state: _State, instance: Instance) -> None:
        passed = [event.element for event in instance.events if isinstance(event, ElementPassed)]
        visited = (*state.visited, *(each for each in passed if each not in self.beside))
        if state.events >= MAX_EVENTS or max(Counter(_looped(visited, state)).values(), default=0) > MAX_VISITS:
            return
        if instance.finished is not None:
            self._note(state, visited, instance)
            return
        waiting = instance.open_tasks()
        if self._is_known(visited, waiting, instance, state):
            return
        opened = {task.id: state.opened.get(task.id, (state.now, state.latest)) for task in waiting}
        following = replace(state, dump=instance.dump(), visited=visited, opened=opened, events=state.events + 1)
        heappush(self._queue, (following.departs, next(self._order), following))

    def _is_known(
        self, visited: tuple[str, ...], waiting: Sequence[OpenTask], instance: Instance, state: _State
    ) -> bool:
        """Whether a case came here before, on the same way, for which everything that decides is the same."""
        known = [task.variables for task in waiting] or [instance.variables()]
        judged = tuple(self.filler.judged(each, self._functions(self.now)) for each in known[:3])
        mark = (visited, tuple(task.place for task in waiting), judged)
        if mark in self._marks:
            return True
        self._marks.add(mark)
        return False

    def _note(self, state: _State, visited: tuple[str, ...], instance: Instance) -> None:
        end = instance.finished
        assert end is not None
        path = self._drawn(visited)
        way = Way(
            path=path,
            steps=state.steps,
            chosen=state.chosen,
            end=end.element,
            end_name=end.name,
            status=end.properties.get("status", "completed"),
            begins_at=self.now,
            ends_at=state.now,
            latest_end=max(state.now, state.latest),
            departs=state.departs,
            entries=state.entries,
            answers=self._in_order(state),
        )
        known = self._found.get(path)
        if known is None or way.departs < known.departs:
            self._found[path] = way

    def _in_order(self, state: _State) -> dict[str, list[Mapping[str, Any]]]:
        """What each operation answered, call by call."""
        return {
            operation: [
                state.answers.get(f"{operation}#{number}", next(iter(self.answers.get(operation, ())), {}))
                for number in range(1, made + 1)
            ]
            for operation, made in sorted(state.made.items())
            if any(self.answers.get(operation, ()))
        }

    def _note_dead(self, state: _State, element: str, reason: str) -> None:
        path = self._drawn((*state.visited, *([element] if element else [])))
        place = element or (path[-1] if path else "")
        self._dead.setdefault((place, reason), Dead(path=path, element=place, reason=reason))

    def _drawn(self, visited: Sequence[str]) -> tuple[str, ...]:
        return drawn(self._flows, visited, joins=self._joins)

    # the world

    def _functions(self, moment: datetime) -> dict[str, Any]:
        return {**FUNCTIONS, **calendar_functions(self.calendar, moment)}

    def _surroundings(self, state: _State, answering: Answering | None) -> Surroundings:
        names = {each.operation for each in self.definition.diagram.elements.values() if each.operation}
        ask: Callable[[OperationCall], Mapping[str, Any] | None] = answering or _nothing
        return Surroundings(
            now=state.now,
            operations=dict.fromkeys(names, ask),
            undo=lambda _call: None,
            functions=self._functions(state.now),
            decide=self._decide,
        )

    def _decide(self, name: str, variables: Mapping[str, Any]) -> Decided:
        outputs, _trace = decide(self.definition.decisions[name], name, variables)
        return Decided(outputs=outputs)

    def _times(self, task: OpenTask, state: _State) -> tuple[datetime, datetime]:
        """When a step is usually done, and when if everybody takes long: by its people's pace, else by its due time,
        else a working day later."""
        opened, late = state.opened.get(task.id, (state.now, state.latest))
        pace = self.pace_of(task, opened)
        if pace is not None:
            return self.calendar.add_work_time(opened, pace.usual), self.calendar.add_work_time(late, pace.slow)
        due = [self._due(task, moment) or self.calendar.add_workdays(moment, 1) for moment in (opened, late)]
        return max(due[0], opened), max(due[1], late)

    def _due(self, task: OpenTask, moment: datetime) -> datetime | None:
        source = self.definition.tasks[task.step].due
        try:
            found = (
                datetime.fromisoformat(evaluate(source, task.variables, self._functions(moment))) if source else None
            )
        except (WorkflowError, ValueError, TypeError, OverflowError):
            return None
        return found if found is not None and found.tzinfo else None


def _nothing(_call: OperationCall) -> Mapping[str, Any]:
    return {}


def _looped(visited: Sequence[str], state: _State) -> list[str]:
    """What counts as going round again: branches of a list side by side do not."""
    branched = {done.step for done in state.steps if done.branch}
    return [each for each in visited if each not in branched] if branched else list(visited)


def _sent(instance: Instance, name: str, payload: Mapping[str, Any]) -> None:
    instance.send_message(name, payload)
