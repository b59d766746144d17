"""The state of a case as bytes, without the diagram.

Tasks are a list, parents first, and each holds only what it changed since its parent. A list keeps its order wherever
it is stored; the library writes a record by id instead and loses data silently once its keys are sorted.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine.diagram import Diagram
from workflows.engine.errors import EngineFailed
from workflows.engine.records import Surroundings
from workflows.engine.values import identical, read, written
from workflows.engine.workflow import CaseWorkflow, InnerWorkflow, walk

FORMAT = 1


def dump_state(workflow: CaseWorkflow) -> bytes:
    """The state of ``workflow``; ``load_state`` restores it onto the same diagram."""
    try:
        return written(
            {
                "format": FORMAT,
                "operations": workflow.operations_run,
                "case": _workflow_record(workflow),
                "inner": [
                    {"task": str(task.id), **_workflow_record(workflow.subprocesses[task.id])}
                    for task in workflow.all_tasks()
                    if task.id in workflow.subprocesses
                ],
            }
        )
    except TypeError as error:
        raise EngineFailed(f"the state cannot be written: {error}", file=workflow.diagram.file) from error


def _workflow_record(workflow: Any) -> dict[str, Any]:
    return {
        "data": workflow.data,
        "correlations": workflow.correlations,
        "last": str(workflow.last_task.id) if workflow.last_task is not None else None,
        "success": workflow.success,
        "completed": workflow.completed,
        "tasks": [_task_record(task) for task in walk(workflow)],
    }


def _task_record(task: Any) -> dict[str, Any]:
    parent = task.parent
    before = parent.data if parent is not None else {}
    data = task.data
    record: dict[str, Any] = {
        "id": str(task.id),
        "parent": str(parent.id) if parent is not None else None,
        "spec": task.task_spec.name,
        "state": task._state,
        "changed": task.last_state_change,
    }
    changes = {key: item for key, item in data.items() if key not in before or not identical(before[key], item)}
    if changes:
        record["set"] = changes
    if missing := [key for key in before if key not in data]:
        record["unset"] = missing
    if task.internal_data:
        record["internal"] = task.internal_data
    if task.triggered:
        record["triggered"] = True
    return record


def load_state(diagram: Diagram, state: bytes, surroundings: Surroundings) -> CaseWorkflow:
    """Raises EngineFailed if the state was not written for this diagram."""
    record = read(state)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise EngineFailed("the state was written by another version", file=diagram.file)
    workflow = CaseWorkflow(diagram, surroundings, loading=True)
    workflow.operations_run = record["operations"]
    _restore(workflow, record["case"])
    for inner in record["inner"]:
        _restore_inner(workflow, inner)
    return workflow


def _restore_inner(workflow: CaseWorkflow, record: dict[str, Any]) -> None:
    task = workflow.get_task_from_id(UUID(record["task"]))
    spec = workflow.subprocess_specs[task.task_spec.spec]
    # the library looks the depth up through the task, so that the outer workflow has to be complete by now
    inner = InnerWorkflow(spec, parent_task_id=task.id, top_workflow=workflow, deserializing=True)
    workflow.subprocesses[task.id] = inner
    _restore(inner, record)
    inner.completed_event.connect(task.task_spec._on_subworkflow_completed, task)


def _restore(workflow: Any, record: dict[str, Any]) -> None:
    for task_record in record["tasks"]:
        _restore_task(workflow, task_record)
    workflow.task_tree = workflow.tasks[UUID(record["tasks"][0]["id"])]
    workflow.data = record["data"]
    workflow.correlations = record["correlations"]
    workflow.last_task = workflow.tasks.get(UUID(record["last"])) if record["last"] else None
    workflow.success = record["success"]
    workflow.completed = record["completed"]


def _restore_task(workflow: Any, record: dict[str, Any]) -> None:
    spec = workflow.spec.task_specs.get(record["spec"])
    if spec is None:
        raise EngineFailed("the case is at an element that its diagram lacks", element=record["spec"])
    parent = workflow.tasks[UUID(record["parent"])] if record["parent"] else None
    task = Task(workflow, spec, parent, state=record["state"], id=UUID(record["id"]))
    task.last_state_change = record["changed"]
    task.triggered = record.get("triggered", False)
    task.internal_data = record.get("internal", {})
    if parent is not None:
        task.data = dict(parent.data)
    for key in record.get("unset", ()):
        del task.data[key]
    task.data.update(record.get("set", {}))
    if record["state"] == TaskState.WAITING and isinstance(spec, CatchingEvent):
        workflow.top_workflow.event_manager.add_task(task)
