"""The positive list: what a diagram may contain. Everything else is refused by its name.

The engine reads many BPMN elements and then does nothing, or something else (compensation, links,
signals, event sub-processes). Nobody can see that in a drawing, so whatever is not known to work is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from workflows.checks.model import Node, Scope
from workflows.checks.reading import MODEL, SPIFF, bpmn_children, local_name, namespace
from workflows.checks.report import Report
from workflows.checks.words import instead_of, word_for

_DRAWING = (
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DC",
)
_HARMLESS_ATTRIBUTES = (
    *_DRAWING,
    SPIFF,
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://camunda.org/schema/modeler/1.0",
)
_NODES = frozenset(
    {
        "boundaryEvent",
        "businessRuleTask",
        "endEvent",
        "exclusiveGateway",
        "intermediateCatchEvent",
        "parallelGateway",
        "scriptTask",
        "serviceTask",
        "startEvent",
        "subProcess",
        "userTask",
    }
)
_PARTS = frozenset(
    {
        "association",
        "category",
        "categoryValue",
        "childLaneSet",
        "collaboration",
        "completionCondition",
        "conditionExpression",
        "definitions",
        "documentation",
        "extensionElements",
        "flowNodeRef",
        "group",
        "incoming",
        "inputDataItem",
        "lane",
        "laneSet",
        "loopCardinality",
        "loopDataInputRef",
        "loopDataOutputRef",
        "message",
        "messageEventDefinition",
        "multiInstanceLoopCharacteristics",
        "outgoing",
        "outputDataItem",
        "participant",
        "process",
        "script",
        "sequenceFlow",
        "terminateEventDefinition",
        "text",
        "textAnnotation",
        "timeCycle",
        "timeDate",
        "timeDuration",
        "timerEventDefinition",
    }
)
_EXTENSIONS = frozenset(
    {
        "calledDecisionId",
        "instructionsForEndUser",
        "messageVariable",
        "parameter",
        "parameters",
        "properties",
        "property",
        "serviceTaskOperator",
    }
)
_EVENT_DEFINITIONS: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset({"messageEventDefinition"}),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}


def supported_elements() -> dict[str, Any]:
    """The positive list for an editor: nodes, and the event definitions that each kind of event may have."""
    return {
        "nodes": sorted(_NODES),
        "definitions": {kind: sorted(names) for kind, names in _EVENT_DEFINITIONS.items()},
    }


def check_elements(root: etree._Element, report: Report) -> None:
    """Everything in the file is on the list, and carries nothing that would be ignored."""
    for element in _meaningful(root):
        name, space = local_name(element), namespace(element)
        if space == MODEL and name not in _NODES | _PARTS:
            report.error(_place(element), f"不支持{word_for(name)}。{instead_of(name)}")
        elif space == SPIFF and name not in _EXTENSIONS:
            report.error(_place(element), f"不支持扩展{word_for(name)}。{instead_of(name)}")
        elif space not in (MODEL, SPIFF):
            report.error(_place(element), f"扩展元素 {name} 不会起作用，请删去它。")
        else:
            _check_attributes(element, report)


def is_supported(name: str) -> bool:
    """Whether the BPMN element of this name may stand in a diagram."""
    return name in _NODES | _PARTS


def check_pools(root: etree._Element, report: Report) -> None:
    """One process, drawn in one pool at most (BPMN 2.0, 9.3)."""
    processes = bpmn_children(root, "process")
    if not processes:
        report.error(root, "文件中没有流程，请画出一个流程。")
    for process in processes[1:]:
        report.error(process, "一个文件只能有一个流程，请把它放到另一个文件。")
    if processes and processes[0].get("isExecutable") != "true":
        report.error(processes[0], "流程没有标记为可执行，请在流程属性中勾选“可执行”。")
    participants = list(root.iter(f"{{{MODEL}}}participant"))
    for participant in participants[1:]:
        report.error(participant, "只能画一个泳池，请用泳道区分岗位。")
    known = {process.get("id") for process in processes}
    if participants and participants[0].get("processRef") not in known:
        report.error(participants[0], "泳池没有对应的流程，请把流程画在泳池内。")


def check_kinds(scope: Scope, report: Report) -> None:
    """Each event has the one definition its kind may have; an activity has no mark that would be ignored."""
    for node in scope.nodes.values():
        if node.kind in _EVENT_DEFINITIONS:
            _check_event(scope, node, report)
        if node.element.get("triggeredByEvent") in ("true", "1"):
            report.error(node.element, f"不支持事件子流程{node.title}，请改用任务上的边界事件。")
        if node.element.get("isForCompensation") in ("true", "1"):
            report.error(node.element, f"不支持补偿活动{node.title}，请改用服务任务撤销。")


def _check_event(scope: Scope, node: Node, report: Report) -> None:
    names = [name for name in map(local_name, _elements(node.element)) if name.endswith("EventDefinition")]
    allowed = _EVENT_DEFINITIONS[node.kind]
    for name in names:
        if name in _PARTS and name not in allowed:
            report.error(node.element, f"{word_for(node.kind)}{node.title}不能是{word_for(name)}，请改用其他类型。")
    if len(names) > 1:
        report.error(node.element, f"{node.title}有几个事件定义，请只留一个。")
    if not names and node.kind in ("boundaryEvent", "intermediateCatchEvent"):
        report.error(node.element, f"{node.title}没有说明等待什么，请设为定时或消息事件。")
    if names and node.kind == "startEvent" and local_name(scope.element) == "subProcess":
        report.error(node.element, f"子流程的开始事件{node.title}不能等待消息，请改为普通开始事件。")


def _meaningful(root: etree._Element) -> Iterator[etree._Element]:
    """All elements but the drawing, which is for the eye only. Bounded by the parser's depth of 256."""
    yield root
    for child in _elements(root):
        if namespace(child) not in _DRAWING:
            yield from _meaningful(child)


def _elements(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _place(element: etree._Element) -> etree._Element:
    """The element itself, or the nearest around it that has an id to point at."""
    place: etree._Element | None = element
    while place is not None and not place.get("id"):
        place = place.getparent()
    return element if place is None else place


def _check_attributes(element: etree._Element, report: Report) -> None:
    for key in map(str, element.attrib):
        space, _, name = key.removeprefix("{").rpartition("}")
        if space and space not in _HARMLESS_ATTRIBUTES:
            report.warning(_place(element), f"属性 {name} 不会起作用，可以删去。")
    if local_name(element) == "scriptTask" and element.get("scriptFormat"):
        report.warning(element, "脚本格式（scriptFormat）不会起作用：脚本总是用流程的表达式语言，可以删去。")
    for name in ("startQuantity", "completionQuantity"):
        if element.get(name, "1") != "1":
            report.error(element, f"属性 {name} 不会起作用，请删去。")
    if element.get("behavior", "All") != "All":
        report.error(_place(element), "多人任务的 behavior 不会起作用，请删去。")
    if element.get("parallelMultiple") in ("true", "1"):
        report.error(element, "不支持并行多重事件，请只等待一个事件。")
