"""One case, alive for one action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine import mending, returning
from workflows.engine.compaction import compact, on_side_path
from workflows.engine.diagram import Diagram
from workflows.engine.errors import TaskNotOpen
from workflows.engine.places import branch_of
from workflows.engine.records import (
    EndReached,
    Event,
    HeldPlace,
    JoinedStep,
    OpenTask,
    StepCompleted,
    Surroundings,
    Visit,
    WaitingTimer,
)
from workflows.engine.specs import CaseMessage
from workflows.engine.state import dump_state, load_state
from workflows.engine.timers import due_at
from workflows.engine.values import accepted, accepted_record
from workflows.engine.workflow import CaseWorkflow, is_timer


class Instance:
    """A case between load and dump.

    After any exception its state is half changed: the caller rolls back and throws it away. Everything read from it
    is a copy. ``events`` tells in order what happened since it was started or loaded.
    """

    def __init__(self, workflow: CaseWorkflow) -> None:
        self._workflow = workflow

    @classmethod
    def start(cls, diagram: Diagram, variables: Mapping[str, Any], surroundings: Surroundings) -> Instance:
        """Begin a case and run it to its first waiting points. Raises RefusedValue and EngineFailed."""
        workflow = CaseWorkflow(diagram, surroundings)
        workflow.task_tree.data = accepted_record(variables)
        instance = cls(workflow)
        workflow.begin_action()
        instance._run()
        return instance

    @classmethod
    def load(cls, diagram: Diagram, state: bytes, surroundings: Surroundings) -> Instance:
        """Take up a case where ``dump`` left it. Raises EngineFailed if the state is not of this diagram."""
        return cls(load_state(diagram, state, surroundings))

    def dump(self) -> bytes:
        """The state, without the diagram."""
        return dump_state(self._workflow)

    def move_to(self, surroundings: Surroundings) -> None:
        """Go on at another moment, as if dumped and loaded there: nothing has happened yet. For dry runs."""
        self._workflow.surround(surroundings)

    # actions

    def complete(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """Finish a step with ``variables`` on top of the task's own, and run on.

        Raises TaskNotOpen, RefusedValue and EngineFailed.
        """
        task = self._open_task(task_id)
        task.data = {**accepted(task.data), **accepted_record(variables)}
        self._workflow.begin_action()
        self._workflow.record(StepCompleted(step=task.task_spec.bpmn_id))
        self._workflow.run_task(task)
        self._run()

    def returnable_to(self, task_id: str) -> list[str]:
        """The steps that a return from this open task can go to, oldest first. Raises TaskNotOpen."""
        return list(returning.possible_returns(self._workflow, self._open_task(task_id)))

    def joined_steps(self, task_id: str) -> dict[str, JoinedStep]:
        """Completed steps of branches that were joined before this open task, by step. Raises TaskNotOpen."""
        return returning.joined_steps(self._workflow, self._open_task(task_id))

    def return_to(self, task_id: str, step: str) -> list[Visit]:
        """退回: open ``step`` again as it was typed, and undo the operations that ran after it, newest first.

        Gives what was taken back, oldest first. Raises TaskNotOpen and CannotReturn.
        """
        task = self._open_task(task_id)
        self._workflow.begin_action()
        removed = returning.return_to(self._workflow, task, step)
        self._run()
        return removed

    def later_visits(self, task_id: str) -> list[Visit]:
        """What was completed after this completed task and because of it. Raises TaskNotOpen and CannotReturn."""
        return returning.later_visits(self._workflow, self._completed_task(task_id))

    def opened_by(self, task_id: str) -> list[str]:
        """The ids of the open tasks that follow from this completed one. Raises TaskNotOpen."""
        return returning.opened_by(self._workflow, self._completed_task(task_id))

    def reopen(self, task_id: str) -> list[Visit]:
        """撤回: open a completed task again as it was typed, also one that ended the case; undo what ran after it.

        Gives what was taken back with it, oldest first. Raises TaskNotOpen and CannotReturn.
        """
        task = self._completed_task(task_id)
        self._workflow.begin_action()
        removed = returning.reopen(self._workflow, task)
        self._run()
        return removed

    def held(self) -> list[HeldPlace]:
        """The elements that failed and wait to be mended."""
        return [mending.described(task) for task in mending.held_tasks(self._workflow)]

    def correct(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """Give a held place, or a task that waits for a person, other variables.

        Raises NotMendable, TaskNotOpen and RefusedValue.
        """
        held = {str(task.id): task for task in mending.held_tasks(self._workflow)}
        mending.correct(held.get(task_id) or self._open_task(task_id), variables)

    def retry(self, task_id: str) -> None:
        """Run what is held there once more. Raises NotMendable and EngineFailed."""
        task = mending.find_held(self._workflow, task_id)
        self._workflow.begin_action()
        mending.release(self._workflow, task)
        self._run()

    def skip(self, task_id: str, variables: Mapping[str, Any], way: str | None = None) -> None:
        """Count what is held there as done, with ``variables`` as what it would have brought, and run on.

        A gateway goes the ``way`` that leads to the element of that id. Raises NotMendable and EngineFailed.
        """
        task = mending.find_held(self._workflow, task_id)
        self._workflow.begin_action()
        mending.skip(self._workflow, task, variables, way)
        self._run()

    def possible_moves(self, task_id: str) -> dict[str, str]:
        """The steps that the case can be moved to from a held place, each with how: ``BACK``, ``ALONG``, ``ALONE``."""
        return mending.possible_moves(self._workflow, mending.find_held(self._workflow, task_id))

    def move(self, task_id: str, step: str) -> list[Visit]:
        """Open ``step`` in place of what is held there; gives what was taken back. Raises NotMendable, EngineFailed."""
        task = mending.find_held(self._workflow, task_id)
        self._workflow.begin_action()
        removed: list[Visit] = mending.move(self._workflow, task, step)
        self._run()
        return removed

    def cancel(self) -> None:
        """End the case where it stands. Operations are not undone."""
        self._workflow.cancel()
        self._workflow.forget_dead_waiters()

    def fire_timers(self) -> None:
        """Run everything that is due, until nothing more happens."""
        workflow = self._workflow
        workflow.begin_action()
        told = -1
        while told != len(workflow.happened):
            told = len(workflow.happened)
            workflow.refresh_due_timers()
            workflow.run_automatic()
        self._settle()

    def send_message(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Hand a message to whatever waits for it. False if nothing did; the message is then lost."""
        workflow = self._workflow
        event = BpmnEvent(CaseMessage(name), payload=accepted_record(payload))
        workflow.begin_action()
        with workflow.translated(workflow.task_tree):
            caught = workflow.event_manager.catch(event, internal=False)
        self._run()
        return bool(caught)

    # what it looks like

    @property
    def events(self) -> list[Event]:
        return self._workflow.happened

    @property
    def finished(self) -> EndReached | None:
        """The end that tells how the case came out; None while it runs, and when it was cancelled."""
        workflow = self._workflow
        if not workflow.completed or not workflow.success:
            return None
        tasks = [task for task in workflow.tasks.values() if _is_reached_end(task)]
        tasks = [task for task in tasks if not on_side_path(task)] or tasks
        tasks.sort(key=lambda task: task.last_state_change)
        main = [workflow.diagram.elements[task.task_spec.bpmn_id] for task in tasks]
        chosen = ([end for end in main if "status" in end.properties] or main)[-1]
        return EndReached(element=chosen.id, name=chosen.name, properties=chosen.properties)

    def open_tasks(self, described: Mapping[str, OpenTask] = {}) -> list[OpenTask]:
        """Everything that waits for a person.

        What a task knows stays the same as long as it is open: ``described`` are those whose description is kept from
        before, by their ids, for whoever asks again and again of a case with many branches.
        """
        return [
            described.get(str(task.id)) or self._described(task)
            for task in self._workflow.all_tasks()
            if task.state == TaskState.READY and task.task_spec.manual
        ]

    def timers(self) -> list[WaitingTimer]:
        """Every timer that runs, the next one first."""
        found = []
        for task in self._workflow.event_manager.tasks.values():
            due = due_at(task) if is_timer(task) else None
            if due is not None:
                element = self._workflow.diagram.elements[task.task_spec.bpmn_id]
                found.append(
                    WaitingTimer(
                        id=str(task.id),
                        element=element.id,
                        name=element.name,
                        attached_to=element.attached_to,
                        due_at=due.astimezone(UTC),
                    )
                )
        return sorted(found, key=lambda timer: (timer.due_at, timer.element, timer.id))

    def waiting_messages(self) -> list[str]:
        """The names of the messages that something waits for."""
        return sorted({message.name for message in self._awaited()})

    def keeps_apart(self, name: str) -> bool:
        """Whether all that wait for the message keep what it brings under a name of its own."""
        return all(message.message_var for message in self._awaited() if message.name == name)

    def _awaited(self) -> list[CaseMessage]:
        definitions = [task.task_spec.event_definition for task in self._workflow.event_manager.tasks.values()]
        parts = [part for each in definitions for part in getattr(each, "event_definitions", [each])]
        return [part for part in parts if isinstance(part, CaseMessage)]

    def variables_at(self, task_id: str) -> dict[str, Any]:
        """What an open task knows, its branch's own variables included. Raises TaskNotOpen."""
        known: dict[str, Any] = accepted(self._open_task(task_id).data)
        return known

    def variables(self) -> dict[str, Any]:
        """The newest variables: of the finished case, or of what happened last on the main path."""
        workflow = self._workflow
        if workflow.completed and workflow.success:
            data = workflow.data
        else:
            reached = [task for task in workflow.all_tasks() if task.has_state(TaskState.READY | TaskState.COMPLETED)]
            reached.sort(key=lambda task: task.last_state_change, reverse=True)
            data = next((task.data for task in reached if not on_side_path(task)), workflow.task_tree.data)
        variables: dict[str, Any] = accepted({key: item for key, item in data.items() if key != "data_objects"})
        return variables

    def remembers(self, task_id: str) -> bool:
        """Whether the task, open or completed, is still part of the case; old rounds are forgotten."""
        return UUID(task_id) in self._workflow.tasks or any(
            UUID(task_id) in inner.tasks for inner in self._workflow.subprocesses.values()
        )

    # inside

    def _run(self) -> None:
        self._workflow.run_automatic()
        self._settle()

    def _settle(self) -> None:
        compact(self._workflow)
        self._workflow.forget_dead_waiters()

    def _open_task(self, task_id: str) -> Any:
        """Raises TaskNotOpen; the library itself would run a completed or future task once more."""
        return self._user_task(task_id, TaskState.READY)

    def _completed_task(self, task_id: str) -> Any:
        return self._user_task(task_id, TaskState.COMPLETED)

    def _user_task(self, task_id: str, state: int) -> Any:
        try:
            task = self._workflow.get_task_from_id(UUID(task_id))
        except Exception as error:
            raise TaskNotOpen(task_id) from error
        if task is None or task.state != state or not task.task_spec.manual:
            raise TaskNotOpen(task_id)
        return task

    def _described(self, task: Any) -> OpenTask:
        element = self._workflow.diagram.elements[task.task_spec.bpmn_id]
        return OpenTask(
            id=str(task.id),
            step=element.id,
            name=element.name,
            lane=element.lane,
            item=_item(task),
            variables=accepted(task.data),
            branch=branch_of(task),
        )


def _item(task: Any) -> Any:
    parent = task.parent
    reference = getattr(parent.task_spec, "input_item", None) if parent is not None else None
    if reference is not None:
        return accepted(task.data.get(reference.bpmn_id))
    return task.internal_data.get("key_or_index", task.internal_data.get("item"))


def _is_reached_end(task: Any) -> bool:
    return isinstance(task.task_spec, EndEvent) and task.state == TaskState.COMPLETED
