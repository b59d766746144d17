"""A case as the library sees it: its workflow with our clock, our budget of steps and our record of what happened."""
# mypy: allow-subclassing-any

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from workflows.engine.diagram import Diagram
from workflows.engine.errors import EngineFailed, RefusedValue, RunawayProcess
from workflows.engine.places import branch_of, element_of, holds
from workflows.engine.records import ElementPassed, EndReached, Event, MessageSent, Surroundings
from workflows.engine.scripts import BoundedEngine
from workflows.engine.specs import CaseMessage
from workflows.engine.timers import due_at
from workflows.expressions import ExpressionError

MAX_STEPS = 2_000
"""Automatic steps within one action."""

_Input = TypeVar("_Input")
_Result = TypeVar("_Result")
_STUMBLES = (
    SpiffWorkflowException,
    ExpressionError,
    RefusedValue,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    TypeError,
    ValueError,
)


class _QuickScan:
    """Replaces the library's walks over the whole tree, which cost most of its time and end at depth 1,000."""

    tasks: dict[Any, Any]

    def update_waiting_tasks(self) -> None:
        """Look at waiting joins again. Timers have their own time: they fire in ``fire_timers`` alone."""
        waiting = [task for task in self.tasks.values() if task._state == TaskState.WAITING and not is_timer(task)]
        for task in waiting:
            if task._state == TaskState.WAITING:
                task.task_spec._update(task)


class InnerWorkflow(_QuickScan, BpmnSubWorkflow):
    """A sub-process or called process of a case."""


class CaseWorkflow(_QuickScan, BpmnWorkflow):
    """The workflow of one case."""

    def __init__(self, diagram: Diagram, surroundings: Surroundings, *, loading: bool = False) -> None:
        self.diagram = diagram
        self.surroundings = surroundings
        self.happened: list[Event] = []
        self.operations_run = 0
        self.steps_left = MAX_STEPS
        self._foreign: BaseException | None = None
        super().__init__(
            diagram._spec,
            dict(diagram._inner_specs),
            script_engine=BoundedEngine(surroundings.functions),
            deserializing=loading,
        )

    def create_subprocess(self, my_task: Any, spec_name: str) -> InnerWorkflow:
        inner = InnerWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = inner
        return inner

    def surround(self, surroundings: Surroundings) -> None:
        """Other surroundings, and a record of what happens in them that begins empty."""
        self.surroundings = surroundings
        self.script_engine = BoundedEngine(surroundings.functions)
        self.happened = []

    # what happened

    def record(self, event: Event) -> None:
        self.happened.append(event)

    def next_number(self) -> int:
        self.operations_run += 1
        return self.operations_run

    def record_passed(self, task: Any) -> None:
        """Note that the token left the element of ``task``; children of a multi-instance task are only parts of one."""
        spec = task.task_spec
        element = self.diagram.elements.get(getattr(spec, "bpmn_id", None) or "")
        if element is None or spec.name != element.id or task.state != TaskState.COMPLETED:
            return
        self.record(ElementPassed(element=element.id))
        if isinstance(spec, EndEvent):
            self.record(EndReached(element=element.id, name=element.name, properties=element.properties))

    # running

    def begin_action(self) -> None:
        self.steps_left = MAX_STEPS

    def run_automatic(self) -> None:
        """Run gateways, scripts, services and events until only people, timers and messages are waited for."""
        while (task := self._next_automatic()) is not None:
            self.run_task(task)
        # left in the library's list, what nothing in the case caught would pile up in its state
        for event in self.get_events():
            if isinstance(event.event_definition, CaseMessage):
                self.record(MessageSent(name=event.event_definition.name, payload=event.payload))

    def run_task(self, task: Any) -> None:
        """Run one task. Raises EngineFailed naming its element; exceptions of operations pass unchanged."""
        self.steps_left -= 1
        with self.translated(task):
            if self.steps_left < 0:
                raise RunawayProcess(
                    f"more than {MAX_STEPS} automatic steps in one action",
                    file=self.diagram.file,
                    element=getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name,
                )
            task.run()
        self.record_passed(task)

    def _next_automatic(self) -> Any:
        for workflow in self._innermost_first():
            ready = [
                task
                for task in workflow.tasks.values()
                if task._state == TaskState.READY and not task.task_spec.manual and not holds(task)
            ]
            if len(ready) == 1:
                return ready[0]
            if ready:
                return next(task for task in walk(workflow) if task in ready)
        return None

    def _innermost_first(self) -> list[Any]:
        if not self.subprocesses:
            return [self]
        running = [inner for inner in self.subprocesses.values() if not inner.completed]
        return [*sorted(running, key=lambda inner: inner.depth, reverse=True), self]

    def refresh_due_timers(self) -> None:
        """Let every timer look at the clock, the oldest first."""
        waiting = [(due_at(task), task) for task in self.event_manager.tasks.values() if is_timer(task)]
        due = [(at, task) for at, task in waiting if at is None or at <= self.surroundings.now]
        for _, task in sorted(due, key=lambda pair: (pair[0] is not None, pair[0], pair[1].task_spec.name)):
            if task.state == TaskState.WAITING:
                with self.translated(task):
                    task.task_spec._update(task)

    # errors

    def foreign(self, work: Callable[[_Input], _Result], argument: _Input) -> _Result:
        """Call into the surroundings and remember what they raise, so that it passes through unchanged."""
        try:
            return work(argument)
        except BaseException as error:
            self._foreign = error
            raise

    @contextmanager
    def translated(self, task: Any) -> Iterator[None]:
        """Turn the library's exceptions into EngineFailed with the name of the element."""
        try:
            yield
        except EngineFailed as error:
            self._place(error, task)
            raise
        except _STUMBLES as error:
            if error is self._foreign:
                raise
            spec = getattr(error, "task_spec", None) or task.task_spec
            element = getattr(spec, "bpmn_id", None) or getattr(spec, "name", "")
            text = str(error.args[0]) if isinstance(error, SpiffWorkflowException) else str(error)
            if not isinstance(error, SpiffWorkflowException | ExpressionError | RefusedValue):
                text = f"{type(error).__name__}: {error}"
            failed = EngineFailed(text, file=self.diagram.file, element=str(element))
            self._place(failed, task)
            raise failed from error

    def _place(self, error: EngineFailed, task: Any) -> None:
        """Say where it happened; the failure of another case, that an operation started, is of that one already."""
        if error.case is None:
            error.case = self.surroundings.case
            error.element = error.element or element_of(task)
            error.branch = branch_of(task) if error.branch is None else error.branch

    # bookkeeping

    def all_tasks(self) -> Iterator[Any]:
        """Every task of the case, parents first, sub-processes right after the task they belong to."""
        return walk(self, inner=self.subprocesses)

    def forget_dead_waiters(self) -> None:
        """Drop what no longer waits from the event manager.

        A reset in the library leaves removed tasks there, and the next look at the timers crashes on them.
        """
        alive = {id(self), *(id(inner) for inner in self.subprocesses.values())}
        waiters = self.event_manager.tasks
        for task_id, task in list(waiters.items()):
            gone = id(task.workflow) not in alive or task.workflow.tasks.get(task_id) is not task
            if gone or task.state != TaskState.WAITING:
                waiters.pop(task_id)


def walk(workflow: Any, inner: dict[Any, Any] | None = None) -> Iterator[Any]:
    """The tasks of a workflow in depth-first order: the same order whether the case lives on or was loaded."""
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        yield task
        stack.extend(task.workflow.tasks[child] for child in reversed(task._children))
        if inner and task.id in inner:
            stack.append(inner[task.id].task_tree)


def is_timer(task: Any) -> bool:
    return isinstance(getattr(task.task_spec, "event_definition", None), TimerEventDefinition)
