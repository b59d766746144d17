"""退回: taking a case back to a step that was completed before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import CannotReturn
from workflows.engine.records import OperationCall, OperationUndone
from workflows.engine.specs import CONSUMED, OPERATION, TOOK, OperationTask, ancestors
from workflows.engine.values import accepted
from workflows.engine.workflow import CaseWorkflow


def possible_returns(workflow: CaseWorkflow, task: Any) -> dict[str, Any]:
    """The newest completed visit of each step that ``task`` can go back to, by step, oldest first."""
    visits = _newest_visits(workflow, task)
    return {step: visit for step, visit in visits.items() if refusal(visit) is None}


def return_to(workflow: CaseWorkflow, task: Any, step: str) -> None:
    """Open ``step`` again with the form as it was typed there; undo every operation that ran after it, newest first."""
    visit = _newest_visits(workflow, task).get(step)
    if visit is None:
        raise CannotReturn(step, "this step was not completed on the way to the open task")
    if reason := refusal(visit):
        raise CannotReturn(step, reason)
    before = {each.id: each for each in workflow.all_tasks()}
    _reset(workflow, visit)
    after = {each.id for each in workflow.all_tasks()}
    removed = [each for task_id, each in before.items() if task_id not in after]
    _release_tokens(removed)
    workflow.forget_dead_waiters()
    _undo(workflow, removed)


def _newest_visits(workflow: CaseWorkflow, task: Any) -> dict[str, Any]:
    open_steps = {
        each.task_spec.bpmn_id
        for each in workflow.all_tasks()
        if each.task_spec.manual and each.state == TaskState.READY
    }
    newest: dict[str, Any] = {}
    for visit in _way_back(workflow, task):
        step = _step_of(visit)
        if step is not None and step not in open_steps:
            newest.setdefault(step, visit)
    return dict(reversed(newest.items()))


def _way_back(workflow: CaseWorkflow, task: Any) -> Iterator[Any]:
    """The tasks before ``task``, newest first: in its own sub-process, in finished ones before it, and around it."""
    while task is not None:
        for above in ancestors(task):
            inner = workflow.subprocesses.get(above.id)
            if inner is not None and inner.completed and inner.last_task is not None:
                yield from _way_back_inside(workflow, inner.last_task)
            yield above
        task = workflow.get_task_from_id(task.workflow.parent_task_id) if task.workflow is not workflow else None


def _way_back_inside(workflow: CaseWorkflow, task: Any) -> Iterator[Any]:
    for above in ancestors(task):
        inner = workflow.subprocesses.get(above.id)
        if inner is not None and inner.completed and inner.last_task is not None:
            yield from _way_back_inside(workflow, inner.last_task)
        yield above


def _step_of(task: Any) -> str | None:
    """The user step that ``task`` completed; of a multi-instance step only the whole counts."""
    if task.state != TaskState.COMPLETED:
        return None
    spec = task.task_spec
    if isinstance(spec, MultiInstanceTask):
        child = task.workflow.spec.task_specs[spec.task_spec]
        return str(spec.name) if child.manual else None
    if spec.manual and not isinstance(task.parent.task_spec, MultiInstanceTask):
        return str(spec.bpmn_id)
    return None


def refusal(visit: Any) -> str | None:
    """Why a return to ``visit`` is impossible, or None.

    Its token may have gone on through a join that fired on another branch. The library would then open the step again
    and leave the task behind the join open as well: one token too many.
    """
    below = {task.id for task in visit}
    reachable = _reachable(visit.task_spec)
    for task in visit.workflow.tasks.values():
        spec = task.task_spec
        if (
            isinstance(spec, UnstructuredJoin)
            and task.state == TaskState.COMPLETED
            and task.id not in below
            and spec.name in reachable
            and task.last_state_change >= visit.last_state_change
            and all(above is not task for above in ancestors(visit))
        ):
            return "its branch has been joined with others meanwhile; return to a step before they split"
    return None


def _reachable(spec: Any) -> set[str]:
    found: set[str] = set()
    stack = [spec]
    while stack:
        for name in stack.pop()._outputs:
            if name not in found:
                found.add(name)
                stack.append(spec._wf_spec.task_specs[name])
    return found


def _reset(workflow: CaseWorkflow, visit: Any) -> None:
    around = visit.workflow
    while around is not workflow:
        around.completed = False
        around = around.parent_workflow
    workflow.completed, workflow.success = False, True
    is_loop = isinstance(visit.task_spec, MultiInstanceTask)
    typed = None if is_loop else accepted(visit.data)
    with workflow.translated(visit):
        workflow.reset_from_task_id(visit.id, None if is_loop else {})
    if typed is not None:
        # handed to the reset, the form would be overwritten in place by the values of the step before
        visit.data = typed


def _release_tokens(removed: list[Any]) -> None:
    """Give back the tokens that removed joins had taken from branches which are still there."""
    for join in removed:
        for task_id in join.internal_data.get(TOOK, ()):
            other = join.workflow.tasks.get(UUID(task_id))
            if other is not None:
                other.internal_data.pop(CONSUMED, None)


def _undo(workflow: CaseWorkflow, removed: list[Any]) -> None:
    ran = [task for task in removed if task.state == TaskState.COMPLETED and OPERATION in task.internal_data]
    for task in sorted(ran, key=lambda each: each.internal_data[OPERATION]["order"], reverse=True):
        spec: OperationTask = task.task_spec
        call: OperationCall = spec.call(task.internal_data[OPERATION]["parameters"], accepted(task.data))
        workflow.foreign(workflow.surroundings.undo, call)
        workflow.record(OperationUndone(call=call))
