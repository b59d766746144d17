"""Where in its case a task is, and whether it is held there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask

HELD = "held"
"""Internal data of a task that failed: it is not run until somebody mends it. ``OFF``: a timer that shall not ring."""
OFF = "off"


def element_of(task: Any) -> str:
    """The element of the diagram, or the library's own name for what it put in."""
    return str(getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name)


def holds(task: Any) -> bool:
    """Whether ``task`` must not run: it failed before, or this action is to leave it alone, which is noted on it."""
    if HELD in task.internal_data:
        return True
    held = task.workflow.top_workflow.surroundings.held
    if not held or not ({(element_of(task), branch_of(task)), (element_of(task), None)} & held):
        return False
    task.internal_data[HELD] = True
    return True


def branch_of(task: Any) -> str:
    """The instances of multi-instance sub-processes around a task, the outermost first, counted from one."""
    numbers = [str(_number(instance)) for instance in instances_around(task)]
    return ".".join(reversed(numbers))


def instances_around(task: Any) -> Iterator[Any]:
    """The sub-process tasks around ``task`` that are instances of a loop, the innermost first."""
    workflow = task.workflow
    while getattr(workflow, "parent_task_id", None) is not None:
        around = workflow.parent_workflow.get_task_from_id(workflow.parent_task_id)
        if is_instance(around):
            yield around
        workflow = around.workflow


def is_instance(task: Any) -> bool:
    """Whether ``task`` is one round of a loop; what follows a loop is a child of it as well."""
    loop = task.parent.task_spec
    return isinstance(loop, MultiInstanceTask) and loop.task_spec == task.task_spec.name


def _number(instance: Any) -> int:
    key = instance.internal_data.get("key_or_index")
    siblings = [each for each in instance.parent.children if each.task_spec is instance.task_spec]
    return key + 1 if isinstance(key, int) else siblings.index(instance) + 1
