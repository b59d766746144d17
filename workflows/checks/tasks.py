"""What each task must say: who does it, with which form, what it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from workflows.checks.model import Node, Scope, read_scope
from workflows.checks.reading import MODEL, SPIFF, bpmn_children, line_of, local_name, read_diagram, text_of
from workflows.checks.report import Report

_OUTCOME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class UserTask:
    """A task for people. ``lane`` is the post's name; empty where the diagram does not say."""

    id: str
    name: str
    lane: str
    form: str
    outcomes: tuple[str, ...]
    due: str
    line: int | None


def user_tasks(xml: bytes, *, file: str = "") -> list[UserTask]:
    """All user tasks of a diagram, those of sub-processes after the outer ones. Raises DefinitionError."""
    root = read_diagram(xml, file)
    lanes = _lane_names(root)
    return [
        _user_task(node, lane)
        for process in bpmn_children(root, "process")
        for node, lane in _with_lanes(read_scope(process), lanes, "")
        if node.kind == "userTask"
    ]


def check_tasks(root: etree._Element, process: Scope, report: Report) -> None:
    """User tasks have a post and a form; other tasks name what they run."""
    for node, lane in _with_lanes(process, _lane_names(root), ""):
        if node.kind == "userTask":
            _check_user_task(node, lane, report)
        elif node.kind in _NEEDS:
            _NEEDS[node.kind](node, report)
        _check_properties(node, report)
        for loop in bpmn_children(node.element, "multiInstanceLoopCharacteristics"):
            if "signing" not in properties_of(node.element):  # there the marker only shows that several people sign
                _check_multi_instance(node, loop, report)


def check_lanes(root: etree._Element, report: Report) -> None:
    """Lanes bear the name of a post and hold each node once (BPMN 2.0, 10.7)."""
    holders: dict[str, str] = {}
    for lane in root.iter(f"{{{MODEL}}}lane"):
        name = (lane.get("name") or "").strip()
        if not name:
            report.error(lane, "泳道没有名称，请填写岗位名称。")
        if bpmn_children(lane, "childLaneSet"):
            report.warning(lane, f"泳道“{name}”内还有泳道，只有最内层的岗位有效，最好只用一层。")
            continue
        for node_id in _node_refs(lane):
            if holders.setdefault(node_id, name) != name:
                report.error(lane, f"节点 {node_id} 同时在泳道“{holders[node_id]}”和“{name}”中，请只放在一个泳道。")


def check_messages(root: etree._Element, report: Report) -> None:
    """Every message event names a message that has a name (BPMN 2.0, 8.3.11)."""
    messages = {message.get("id"): message for message in bpmn_children(root, "message")}
    for message in messages.values():
        if not (message.get("name") or "").strip():
            report.error(message, "消息没有名称，请填写名称，发送方用它找到流程。")
    for definition in root.iter(f"{{{MODEL}}}messageEventDefinition"):
        holder = definition.getparent()
        if definition.get("messageRef") not in messages:
            report.error(definition if holder is None else holder, "消息事件没有指定消息，请选择或新建一条消息。")


def check_timers(scope: Scope, report: Report) -> None:
    """A timer says one thing; a cycle only reminds, because the engine does not interrupt before its last round."""
    for node in scope.nodes.values():
        for definition in bpmn_children(node.element, "timerEventDefinition"):
            kinds = [local_name(child) for child in definition if isinstance(child.tag, str)]
            times = [kind for kind in kinds if kind.startswith("time")]
            if len(times) != 1:
                report.error(node.element, f"定时事件{node.title}应填写日期、时长、周期三者之一。")
            elif times == ["timeCycle"] and node.kind != "boundaryEvent":
                report.error(node.element, f"{node.title}不能用周期，请改用时长或日期。")
            elif times == ["timeCycle"] and node.element.get("cancelActivity", "true") in ("true", "1"):
                report.error(node.element, f"{node.title}用周期定时，不能中断任务，请改为非中断的边界事件。")


def properties_of(element: etree._Element) -> dict[str, str]:
    """The ``spiffworkflow:property`` entries of a node."""
    path = f"{{{MODEL}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property"
    return {each.get("name", ""): each.get("value", "").strip() for each in element.findall(path)}


def _user_task(node: Node, lane: str) -> UserTask:
    properties = properties_of(node.element)
    return UserTask(
        id=node.id,
        name=node.element.get("name") or "",
        lane=lane,
        form=properties.get("form", ""),
        outcomes=tuple(_outcomes(properties)),
        due=properties.get("due", ""),
        line=line_of(node.element),
    )


def _outcomes(properties: Mapping[str, str]) -> list[str]:
    text = properties.get("outcomes", "")
    return [outcome.strip() for outcome in text.split(",")] if text else []


def _check_user_task(node: Node, lane: str, report: Report) -> None:
    properties = properties_of(node.element)
    if not lane:
        report.error(node.element, f"人工任务{node.title}不在任何泳道中，请拖到办理岗位的泳道内。")
    if not properties.get("form"):
        report.error(node.element, f"人工任务{node.title}没有表单，请在属性面板中选择表单（form）。")
    outcomes = _outcomes(properties)
    for outcome in outcomes:
        if not _OUTCOME.fullmatch(outcome):
            report.error(
                node.element, f"{node.title}的结果 {outcome!r} 不合规则：英文字母开头，只含字母、数字和“_”，逗号分隔。"
            )
    if len(set(outcomes)) < len(outcomes):
        report.error(node.element, f"{node.title}的结果（outcomes）有重复，请删去重复的。")


def _check_script(node: Node, report: Report) -> None:
    if not any(text_of(script) for script in bpmn_children(node.element, "script")):
        report.error(node.element, f"脚本任务{node.title}没有脚本，请填写或删去它。")


def _check_service(node: Node, report: Report) -> None:
    operators = list(node.element.iter(f"{{{SPIFF}}}serviceTaskOperator"))
    if len(operators) != 1 or not operators[0].get("id"):
        report.error(node.element, f"服务任务{node.title}没有指定一个服务，请在属性面板中选择。")
    for parameter in node.element.iter(f"{{{SPIFF}}}parameter"):
        if not parameter.get("id") or parameter.get("type") is None or parameter.get("value") is None:
            report.error(node.element, f"服务任务{node.title}的参数要有编号（id）、类型（type）和值（value），请补全。")


def _check_decision(node: Node, report: Report) -> None:
    named = [text_of(each) for each in node.element.iter(f"{{{SPIFF}}}calledDecisionId")]
    if len(named) != 1 or not named[0]:
        report.error(node.element, f"决策任务{node.title}没有指定决策表，请在属性面板中选择。")


_NEEDS = {"scriptTask": _check_script, "serviceTask": _check_service, "businessRuleTask": _check_decision}


def _check_properties(node: Node, report: Report) -> None:
    path = f"{{{MODEL}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property"
    for each in node.element.findall(path):
        if not each.get("name") or each.get("value") is None:
            report.error(node.element, f"{node.title}有一个属性缺少名称或值，请补全或删去它。")


def _check_multi_instance(node: Node, loop: etree._Element, report: Report) -> None:
    if not node.is_activity:
        report.error(node.element, f"{node.title}不能设为多人任务，请删去多实例标记。")
    counted, listed = bpmn_children(loop, "loopCardinality"), bpmn_children(loop, "loopDataInputRef")
    if len(counted) + len(listed) != 1:
        report.error(node.element, f"多人任务{node.title}应填写人数或名单之一。")


def _with_lanes(scope: Scope, lanes: Mapping[str, str], outer: str) -> Iterator[tuple[Node, str]]:
    """Every node with the name of its lane; what is inside a sub-process shares the lane of the sub-process."""
    for node in scope.nodes.values():
        yield node, lanes.get(node.id, outer)
    for inner in scope.inner:
        yield from _with_lanes(inner, lanes, lanes.get(inner.element.get("id", ""), outer))


def _lane_names(root: etree._Element) -> dict[str, str]:
    """Lane name by node id. Inner lanes come later in the file and win, as in the engine."""
    return {
        node_id: (lane.get("name") or "").strip()
        for lane in root.iter(f"{{{MODEL}}}lane")
        for node_id in _node_refs(lane)
    }


def _node_refs(lane: etree._Element) -> list[str]:
    return [text_of(reference) for reference in bpmn_children(lane, "flowNodeRef")]
