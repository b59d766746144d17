"""The library as it comes, to show what it does without our repairs; an upgrade that repairs it fails these tests."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState

SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))


def parse(xml: bytes, key: str = "process") -> tuple[Any, dict[str, Any]]:
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(xml))
    return parser.get_spec(key), parser.get_subprocess_specs(key)


def begin(xml: bytes, *, script_engine: Any = None, run: bool = True) -> Any:
    workflow = BpmnWorkflow(*parse(xml), script_engine=script_engine)
    if run:
        workflow.do_engine_steps()
    return workflow


def ready(workflow: Any) -> list[Any]:
    return list(workflow.get_tasks(state=TaskState.READY, manual=True))


def names(workflow: Any) -> list[str]:
    return [task.task_spec.name for task in ready(workflow)]


def do(workflow: Any, name: str, **variables: Any) -> None:
    task = next(task for task in ready(workflow) if task.task_spec.name == name)
    task.data.update(variables)
    task.run()
    workflow.do_engine_steps()


def dumped(workflow: Any) -> dict[str, Any]:
    """The state with the diagram left out."""
    record: dict[str, Any] = json.loads(SERIALIZER.serialize_json(workflow))
    record.pop("serializer_version")
    return record


def loaded(record: dict[str, Any], spec: Any, inner_specs: dict[str, Any]) -> Any:
    return SERIALIZER.from_dict({**record, "spec": spec, "subprocess_specs": dict(inner_specs)})
