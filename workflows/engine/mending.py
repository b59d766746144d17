"""What somebody can do about an element that failed: run it again, count it as done, or move the case elsewhere.

A held task waits in its place of the tree: an automatic one is ready and not run, a loop has no instances yet, a timer
has no due time. Everything else of the case goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins import ExclusiveGatewayMixin
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine.compaction import on_side_path
from workflows.engine.errors import NO_SUCH_STEP, NO_SUCH_WAY, NOT_HELD, NotMendable
from workflows.engine.places import HELD, OFF, branch_of, element_of, is_instance
from workflows.engine.records import HeldPlace
from workflows.engine.returning import possible_returns, reachable, return_to
from workflows.engine.specs import CONSUMED, MergingEnd, RoundJoin
from workflows.engine.values import accepted, accepted_record
from workflows.engine.votes import Votes
from workflows.engine.workflow import CaseWorkflow, is_timer

BACK, ALONG, ALONE = "back", "along", "alone"
"""How a move goes: to a step that was done before, which undoes what came after it; within the branch, beside which the
others go on; or out of all branches, whose open steps are withdrawn."""

_SPLIT = ".BoundaryEventSplit"
_ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def held_tasks(workflow: CaseWorkflow) -> Iterator[Any]:
    for task in workflow.all_tasks():
        if task.internal_data.get(HELD) is True and not task.has_state(TaskState.FINISHED_MASK):
            yield task


def described(task: Any) -> HeldPlace:
    ways = _ways(task) if isinstance(task.task_spec, ExclusiveGatewayMixin) else {}
    return HeldPlace(
        task_id=str(task.id),
        element=element_of(task),
        branch=branch_of(task),
        variables=accepted({key: item for key, item in task.data.items() if key != "data_objects"}),
        ways=tuple(ways),
    )


def find_held(workflow: CaseWorkflow, task_id: str) -> Any:
    """Raises NotMendable if it is not held any more."""
    for task in held_tasks(workflow):
        if str(task.id) == task_id:
            return task
    raise NotMendable(NOT_HELD)


def correct(task: Any, variables: Mapping[str, Any]) -> None:
    """Give the task other variables. What waits takes them from the task before it again and again."""
    changed = accepted_record(variables)
    for each in [task, task.parent] if task.state != TaskState.READY else [task]:
        each.data = {**each.data, **changed}


def release(workflow: CaseWorkflow, task: Any) -> None:
    """Let it run again; what has begun to wait looks at its expression now."""
    del task.internal_data[HELD]
    if task.state == TaskState.READY:
        return
    with workflow.translated(task):
        if isinstance(task.task_spec, Votes) and "merged" in task.internal_data:
            task.task_spec.look_again(task)
        else:
            task.task_spec._update(task)


def skip(workflow: CaseWorkflow, task: Any, variables: Mapping[str, Any], way: str | None) -> None:
    """Count it as done: with ``variables`` as what it would have brought, on ``way`` out of a gateway.

    A timer on a step does not ring; any other passes at once. Raises NotMendable.
    """
    spec = task.task_spec
    if is_timer(task):
        _skip_timer(workflow, task)
    elif isinstance(spec, Votes) and "merged" in task.internal_data and task.state != TaskState.READY:
        del task.internal_data[HELD]
    else:
        output = _chosen(task, way)
        del task.internal_data[HELD]
        task.data = {**task.data, **accepted_record(variables)}
        if output is not None:
            task._sync_children([output], TaskState.FUTURE)
            for child in task.children:
                child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        with workflow.translated(task):
            task.complete()
        workflow.record_passed(task)


def _skip_timer(workflow: CaseWorkflow, task: Any) -> None:
    if isinstance(task.task_spec, BoundaryEvent):
        task.internal_data[HELD] = OFF
        return
    del task.internal_data[HELD]
    task.internal_data["event_fired"] = True
    with workflow.translated(task):
        task.task_spec._update(task)


def _ways(task: Any) -> dict[str, Any]:
    return {spec.name.removesuffix(_SPLIT): spec for spec in task.task_spec.outputs}


def _chosen(task: Any, way: str | None) -> Any:
    if not isinstance(task.task_spec, ExclusiveGatewayMixin):
        return None
    found = _ways(task).get(way or "")
    if found is None:
        raise NotMendable(NO_SUCH_WAY)
    return found


def possible_moves(workflow: CaseWorkflow, task: Any) -> dict[str, str]:
    """The user steps that the case can be moved to from a held task, each with how.

    From anywhere else the case could not go on to its end: a join would wait for a branch that nobody is in, or two
    tokens would be on one way.
    """
    back = dict.fromkeys(possible_returns(workflow, task), BACK)
    spec = task.task_spec
    if isinstance(spec, BoundaryEvent) or is_instance(task):
        return {}
    ahead = reachable(spec) if on_side_path(task) else None
    here = _joins_ahead(spec)
    moves = {}
    for step in workflow.diagram.steps:
        target = _target(task, step)
        if target is None or (ahead is not None and target.name not in ahead):
            continue
        joins = _joins_ahead(target)
        if joins == here:
            moves[step] = ALONG
        elif not joins:
            moves[step] = ALONE
    return {**moves, **back}


def move(workflow: CaseWorkflow, task: Any, step: str) -> list[Any]:
    """Open ``step`` in place of the held task. Gives the visits that were taken back. Raises NotMendable."""
    how = possible_moves(workflow, task).get(step)
    if how is None:
        raise NotMendable(NO_SUCH_STEP)
    if how == BACK:
        return return_to(workflow, task, step)
    if how == ALONE:
        _withdraw(workflow, _others(task))
    _withdraw(workflow, [task, *_boundaries(task)])
    target = _target(task, step)
    child = task._add_child(target, TaskState.FUTURE)
    with workflow.translated(child):
        target._predict(child, mask=TaskState.NOT_FINISHED_MASK)
        target._update(child)
    return []


def _target(task: Any, step: str) -> Any:
    specs = task.workflow.spec.task_specs
    return specs.get(step + _SPLIT) or specs.get(step)


def _joins_ahead(spec: Any) -> frozenset[tuple[str, str]]:
    """The joins that a token at ``spec`` is expected by, each with the way it comes."""
    found: set[tuple[str, str]] = set()
    seen: set[tuple[str, int]] = set()
    stack = [(spec, 0)]
    while stack:
        at, depth = stack.pop()
        for after in at.outputs:
            below = depth
            if isinstance(after, RoundJoin) and len(after._inputs) > 1:
                if depth == 0:
                    found.add((after.name, at.name))
                below = max(depth - 1, 0)
            if isinstance(after, RoundJoin) and len(after._outputs) > 1:
                below += 1
            if (after.name, below) not in seen and below < len(spec._wf_spec.task_specs):
                seen.add((after.name, below))
                stack.append((after, below))
    return frozenset(found)


def _others(task: Any) -> list[Any]:
    """What else is under way in the process, or the instance of a sub-process, of ``task``."""
    found = []
    for each in task.workflow.tasks.values():
        if each is task or isinstance(each.task_spec, MergingEnd):
            continue
        if each.has_state(_ACTIVE) or (isinstance(each.task_spec, RoundJoin) and each.task_spec.holds_token(each)):
            found.append(each)
    return found


def _boundaries(task: Any) -> list[Any]:
    if not isinstance(task.parent.task_spec, BoundaryEventSplit):
        return []
    return [each for each in task.parent.children if each is not task and not each.has_state(TaskState.FINISHED_MASK)]


def _withdraw(workflow: CaseWorkflow, tasks: Iterable[Any]) -> None:
    for task in tasks:
        if isinstance(task.task_spec, RoundJoin):
            task.internal_data[CONSUMED] = True
        for each in [*task]:
            if each.id in workflow.subprocesses:
                workflow.cancel(workflow.subprocesses[each.id])
        task.internal_data.pop(HELD, None)
        task.cancel()
