"""Keeps a looping case small: the finished middle of its history is cut out of the tree, never out of the record of
events.

Without it every round makes each step slower, and at depth 1,000 the library stops finding tasks: the case stalls
silently. When the same element was visited twice on the way to everything that is still active, the later visit takes
the earlier one's place. Nothing is cut whose newest visit would be lost: a return must still find every step, and
undo every operation.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine.specs import OPERATION, MergingEnd, RoundJoin, ancestors
from workflows.engine.workflow import CaseWorkflow

_ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def compact(workflow: CaseWorkflow) -> None:
    """Cut out what no active task needs, in the case itself and in its running sub-processes."""
    for part in [workflow, *workflow.subprocesses.values()]:
        if not part.completed and (part is workflow or part.parent_task_id in workflow.subprocesses):
            while _cut_once(workflow, part):
                pass


def _cut_once(workflow: CaseWorkflow, part: Any) -> bool:
    path = _common_path(part)
    first_visit: dict[Any, list[Any]] = {}
    repeated = []
    for task in path:
        earlier = first_visit.setdefault(task.task_spec.name, [])
        if earlier:
            repeated.append((task, list(earlier)))
        earlier.append(task)
    for late, candidates in reversed(repeated):
        for early in candidates:
            doomed = _between(early, late)
            if not _loses_visit(workflow, part, doomed):
                _cut(workflow, part, early, late, doomed)
                return True
    return False


def _common_path(part: Any) -> list[Any]:
    """From the root to the last task that everything active lies below."""
    active = [task for task in part.tasks.values() if _is_active(task)]
    if not active:
        return []
    path = list(ancestors(active[0]))[::-1]
    for task in active[1:]:
        line = {above.id for above in ancestors(task)}
        while path[-1].id not in line:
            path.pop()
    return path


def _is_active(task: Any) -> bool:
    spec = task.task_spec
    if isinstance(spec, MergingEnd):
        # the end of a side path waits for the others; the last one to arrive brings its own
        return False
    if isinstance(spec, RoundJoin) and spec.holds_token(task):
        return True
    return bool(task._state & _ACTIVE)


def _between(early: Any, late: Any) -> list[Any]:
    """The tasks at and below ``early`` that are not at or below ``late``."""
    found, stack, tasks = [], [early], early.workflow.tasks
    while stack:
        task = stack.pop()
        if task is not late:
            found.append(task)
            stack.extend(tasks[child] for child in task._children)
    return found


def _loses_visit(workflow: CaseWorkflow, part: Any, doomed: list[Any]) -> bool:
    """Whether the newest visit of a step, or the newest run of an operation, is among ``doomed``."""
    lost = _newest_visits(_with_inner(workflow, doomed))
    if not lost:
        return False
    gone = {task.id for task in doomed}
    kept = _newest_visits(_with_inner(workflow, [task for task in part.tasks.values() if task.id not in gone]))
    return any(kept.get(element, 0.0) <= visited for element, visited in lost.items())


def _newest_visits(tasks: list[Any]) -> dict[str, float]:
    """When each step and each operation was last completed; a step that is open again is newer than any visit."""
    newest: dict[str, float] = {}
    for task in tasks:
        spec = task.task_spec
        if task.state == TaskState.COMPLETED and (spec.manual or OPERATION in task.internal_data):
            newest[spec.bpmn_id] = max(newest.get(spec.bpmn_id, 0.0), task.last_state_change)
        elif spec.manual and task.state == TaskState.READY:
            newest[spec.bpmn_id] = float("inf")
    return newest


def _with_inner(workflow: CaseWorkflow, tasks: list[Any]) -> list[Any]:
    found, stack = [], list(tasks)
    while stack:
        task = stack.pop()
        found.append(task)
        if task.id in workflow.subprocesses:
            stack.extend(workflow.subprocesses[task.id].tasks.values())
    return found


def _cut(workflow: CaseWorkflow, part: Any, early: Any, late: Any, doomed: list[Any]) -> None:
    above = part.tasks[early._parent]
    above._children[above._children.index(early.id)] = late.id
    late._parent = above.id
    for task in _with_inner(workflow, doomed):
        workflow.event_manager.remove_task(task)
        workflow.subprocesses.pop(task.id, None)
    for task in doomed:
        part.tasks.pop(task.id)
    if part.last_task is not None and part.last_task.id not in part.tasks:
        part.last_task = above


def on_side_path(task: Any) -> bool:
    """Whether ``task`` lies below a boundary event that does not interrupt, as a reminder."""
    return any(
        isinstance(above.task_spec, BoundaryEvent) and not above.task_spec.cancel_activity for above in ancestors(task)
    )
