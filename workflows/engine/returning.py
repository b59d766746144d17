"""退回: taking a case back to a step that was completed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import INSTANCE, JOINED, MESSAGE, NOT_ON_THE_WAY, CannotReturn
from workflows.engine.places import branch_of, instances_around, is_instance
from workflows.engine.records import JoinedStep, OperationCall, OperationUndone, Visit
from workflows.engine.specs import CONSUMED, OPERATION, TOOK, CaseMessage, OperationTask, ancestors
from workflows.engine.values import accepted
from workflows.engine.workflow import CaseWorkflow


def possible_returns(workflow: CaseWorkflow, task: Any) -> dict[str, Any]:
    """The newest completed visit of each step that ``task`` can go back to, by step, oldest first."""
    visits = _newest_visits(workflow, task)
    return {step: visit for step, visit in visits.items() if refusal(visit) is None}


def return_to(workflow: CaseWorkflow, task: Any, step: str) -> list[Visit]:
    """Open ``step`` again with the form as it was typed there; undo every operation that ran after it, newest first.

    Gives the completed visits of user steps that were taken back with it, oldest first.
    """
    visit = _newest_visits(workflow, task).get(step)
    if visit is None:
        raise CannotReturn(step, NOT_ON_THE_WAY)
    if reason := refusal(visit):
        raise CannotReturn(step, reason)
    return _open_again(workflow, visit)


def joined_steps(workflow: CaseWorkflow, task: Any) -> dict[str, JoinedStep]:
    """Completed steps of branches that were joined before ``task``. Their tokens are gone: see JoinedStep."""
    direct = possible_returns(workflow, task)
    open_steps = _open_steps(workflow)
    found: dict[str, JoinedStep] = {}
    for visit in sorted(workflow.all_tasks(), key=lambda each: each.last_state_change):
        step = _step_of(visit)
        join = _join_between(visit, task) if step is not None and step not in direct else None
        if step is None or join is None or (visit.workflow, step) in open_steps:
            continue
        before = next((name for above in _way_back(workflow, visit) if (name := _step_of(above)) in direct), None)
        if before is not None:
            behind = {*_below(workflow, visit), *_below(workflow, join)}
            later = frozenset(each.step for each in _visits(behind))
            found[step] = JoinedStep(step=step, before=before, later=later)
    return found


def _join_between(visit: Any, task: Any) -> Any:
    """The join on the way to ``task`` that took the token of ``visit``, if one did."""
    if visit in ancestors(task):
        return None
    ahead = reachable(visit.task_spec)
    line = [above for above in ancestors(task) if above.workflow is visit.workflow]
    joins = [above for above in line if isinstance(above.task_spec, UnstructuredJoin)]
    taken = [join for join in joins if join.last_state_change >= visit.last_state_change]
    return next((join for join in reversed(taken) if join.task_spec.name in ahead), None)


def later_visits(workflow: CaseWorkflow, visit: Any) -> list[Visit]:
    """The user steps that were completed after ``visit``, because it was. Raises CannotReturn if they cannot be undone.

    A message that came in or went out after it has told others already.
    """
    step = str(visit.task_spec.bpmn_id)
    if is_instance(visit) or _is_in_finished_instance(visit):
        raise CannotReturn(step, INSTANCE)
    if reason := refusal(visit):
        raise CannotReturn(step, reason)
    below = list(_below(workflow, visit))
    if any(_tells_others(each) for each in below):
        raise CannotReturn(step, MESSAGE)
    return _visits(below)


def _is_in_finished_instance(visit: Any) -> bool:
    """Whether a loop has already collected the result of an instance around ``visit``."""
    return any(instance.state == TaskState.COMPLETED for instance in instances_around(visit))


def opened_by(workflow: CaseWorkflow, visit: Any) -> list[str]:
    """The ids of the open user tasks that follow from ``visit``."""
    below = (task for task in _below(workflow, visit) if task.state == TaskState.READY)
    return [str(task.id) for task in below if task.task_spec.manual]


def reopen(workflow: CaseWorkflow, visit: Any) -> list[Visit]:
    """Open a completed visit again as it was typed; undo every operation that ran after it, newest first."""
    later_visits(workflow, visit)
    return _open_again(workflow, visit)


def _open_again(workflow: CaseWorkflow, visit: Any) -> list[Visit]:
    before = {each.id: each for each in workflow.all_tasks()}
    visits = _visits(before.values())
    _reset(workflow, visit)
    after = {each.id for each in workflow.all_tasks()}
    removed = [each for task_id, each in before.items() if task_id not in after]
    _release_tokens(removed)
    workflow.forget_dead_waiters()
    _undo(workflow, removed)
    gone = {str(each.id) for each in removed}
    return [visit for visit in visits if visit.task_id in gone]


def _visits(tasks: Iterable[Any]) -> list[Visit]:
    done = [task for task in tasks if task.state == TaskState.COMPLETED and task.task_spec.manual]
    done.sort(key=lambda each: each.last_state_change)
    return [Visit(step=str(task.task_spec.bpmn_id), task_id=str(task.id), branch=branch_of(task)) for task in done]


def _below(workflow: CaseWorkflow, visit: Any) -> Iterator[Any]:
    """Everything that followed from ``visit``, also behind the sub-processes around it."""
    while visit is not None:
        stack = [visit]
        while stack:
            task = stack.pop()
            if task is not visit:
                yield task
            stack.extend(task.workflow.tasks[child] for child in task._children)
            inner = workflow.subprocesses.get(task.id)
            if inner is not None and task is not visit:
                stack.append(inner.task_tree)
        visit = workflow.get_task_from_id(visit.workflow.parent_task_id) if visit.workflow is not workflow else None


def _tells_others(task: Any) -> bool:
    definition = getattr(task.task_spec, "event_definition", None)
    return task.state == TaskState.COMPLETED and isinstance(definition, CaseMessage)


def _newest_visits(workflow: CaseWorkflow, task: Any) -> dict[str, Any]:
    open_steps = _open_steps(workflow)
    newest: dict[str, Any] = {}
    for visit in _way_back(workflow, task):
        step = _step_of(visit)
        if step is not None and (visit.workflow, step) not in open_steps:
            newest.setdefault(step, visit)
    return dict(reversed(newest.items()))


def _open_steps(workflow: CaseWorkflow) -> set[tuple[Any, str]]:
    """The steps that wait for somebody, each with its process or instance of a sub-process."""
    return {
        (each.workflow, str(each.task_spec.bpmn_id))
        for each in workflow.all_tasks()
        if each.task_spec.manual and each.state == TaskState.READY
    }


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
    if spec.manual and not is_instance(task):
        return str(spec.bpmn_id)
    return None


def refusal(visit: Any) -> str | None:
    """Why a return to ``visit`` is impossible, or None.

    Its token may have gone on through a join that fired on another branch. The library would then open the step again
    and leave the task behind the join open as well: one token too many.
    """
    below = {task.id for task in visit}
    ahead = reachable(visit.task_spec)
    for task in visit.workflow.tasks.values():
        spec = task.task_spec
        if (
            isinstance(spec, UnstructuredJoin)
            and task.state == TaskState.COMPLETED
            and task.id not in below
            and spec.name in ahead
            and task.last_state_change >= visit.last_state_change
            and all(above is not task for above in ancestors(visit))
        ):
            return JOINED
    return None


def reachable(spec: Any) -> set[str]:
    """The names of everything that a token at ``spec`` may come to."""
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
