"""How nodes are connected: starts, ends, splits, merges, conditions, boundary events (BPMN 2.0, 8.3.13, 10.5, 10.6)."""

from __future__ import annotations

from workflows.checks.model import Flow, Node, Scope, reachable
from workflows.checks.reading import local_name, text_of
from workflows.checks.report import Report

MAX_IMPLICIT_MERGES = 3

_REFUSED_CHOICES = frozenset({"complexGateway", "inclusiveGateway"})
_AUTOMATIC = frozenset({"businessRuleTask", "exclusiveGateway", "parallelGateway", "scriptTask", "serviceTask"})


def check_flows(scope: Scope, report: Report) -> None:
    """Flows connect nodes of one scope, and only those that leave an exclusive gateway have a condition."""
    for element in scope.dangling:
        report.error(element, "连线没有接到同一流程内的两个节点，请重新连接或删去它。")
    for flow in scope.flows.values():
        source = scope.nodes[flow.source]
        if flow.condition is None or source.kind in _REFUSED_CHOICES:
            continue
        if source.kind != "exclusiveGateway":
            report.error(flow.element, f"{source.title}后面的连线上的条件不会起作用，请在中间加一个排他网关。")
        elif len(scope.outgoing[flow.source]) == 1:
            report.error(flow.element, f"{source.title}只有一条出线，条件不成立时流程会停住，请删去条件。")
        if flow.condition.get("language"):
            report.warning(flow.element, "条件的语言（language）不会起作用，可以删去。")


def check_starts_and_ends(scope: Scope, report: Report) -> None:
    """Exactly one way in, at least one way out."""
    starts = scope.of_kind("startEvent")
    what = "子流程" if local_name(scope.element) == "subProcess" else "流程"
    if not starts:
        report.error(scope.element, f"{what}没有开始事件，请加一个。")
    for start in starts[1:]:
        report.error(start.element, f"{what}有 {len(starts)} 个开始事件，请只留一个。")
    if not scope.of_kind("endEvent"):
        report.error(scope.element, f"{what}没有结束事件，请加一个。")
    for start in starts:
        if start.id in scope.incoming:
            report.error(start.element, f"连线指向了开始事件{start.title}，请改接到它后面的节点。")
    for end in scope.of_kind("endEvent"):
        if end.id in scope.outgoing:
            report.error(end.element, f"结束事件{end.title}后面还有连线，请删去。")


def check_exits(scope: Scope, report: Report) -> None:
    """Every node leads on, by one flow unless it is a gateway; a splitting exclusive gateway always knows where to."""
    for node in scope.nodes.values():
        flows = scope.outgoing.get(node.id, [])
        if not flows and node.kind != "endEvent":
            report.error(node.element, f"{node.title}后面没有连线，流程会停在这里，请连到下一步或结束事件。")
        elif len(flows) > 1 and not node.is_gateway:
            report.error(node.element, f"{node.title}后面有 {len(flows)} 条连线，请在它后面加一个网关。")
        if node.kind == "exclusiveGateway":
            _check_choice(node, flows, report)


def check_entries(scope: Scope, report: Report) -> list[Node]:
    """Every node can be come to. Returns the nodes with an implicit merge, which are counted over the whole diagram."""
    starts = [node.id for node in scope.of_kind("startEvent")]
    seen = reachable(scope, starts)
    if starts:
        for node in scope.nodes.values():
            if node.id not in seen and not _is_event_triggered(node):
                report.error(node.element, f"从开始事件走不到{node.title}，请连上它或删去它。")
    return [
        node
        for node in scope.nodes.values()
        if not node.is_gateway and node.kind != "endEvent" and len(scope.incoming.get(node.id, ())) > 1
    ]


def check_merges(nodes: list[Node], report: Report) -> None:
    """An activity with several ways in runs once for each token, and each one doubles the engine's predicted tree."""
    for node in nodes:
        if len(nodes) > MAX_IMPLICIT_MERGES:
            report.error(node.element, f"几条连线直接进入{node.title}，这样的地方太多，请在它前面加一个网关汇合。")
        else:
            report.warning(node.element, f"几条连线直接进入{node.title}，最好在它前面加一个排他网关汇合。")


def check_boundaries(scope: Scope, report: Report) -> None:
    """A boundary event sits on an activity and is entered by its event alone (BPMN 2.0, 10.5.4)."""
    for node in scope.of_kind("boundaryEvent"):
        host = scope.nodes.get(node.element.get("attachedToRef", ""))
        if host is None:
            report.error(node.element, f"边界事件{node.title}没有附着在任务上，请拖到任务的边框上。")
        elif not host.is_activity:
            report.error(node.element, f"边界事件{node.title}附着在{host.title}上，请改放到任务上。")
        if node.id in scope.incoming:
            report.error(node.element, f"连线指向了边界事件{node.title}，请改接到别的节点。")


def check_automatic_loops(scope: Scope, report: Report) -> None:
    """A cycle without a person, timer or message would keep the engine busy for ever."""
    automatic = {node.id for node in scope.nodes.values() if _is_automatic(scope, node)}
    after = {node: _automatic_after(scope, node, automatic) for node in automatic}
    reported: set[str] = set()
    for node in (node for node in scope.nodes.values() if node.id in automatic and node.id not in reported):
        cycle = {other for other in after[node.id] if node.id in after[other]}
        if cycle:
            reported |= cycle
            names = "、".join(scope.nodes[each].title for each in scope.nodes if each in cycle)
            report.error(node.element, f"{names}构成自动循环，会不停地运行，请在循环中加入人工任务或等待事件。")


def _automatic_after(scope: Scope, node_id: str, automatic: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = [node_id]
    while waiting:
        for flow in scope.outgoing.get(waiting.pop(), ()):
            if flow.target in automatic and flow.target not in seen:
                seen.add(flow.target)
                waiting.append(flow.target)
    return seen


def _is_automatic(scope: Scope, node: Node) -> bool:
    """A sub-process is, if nothing within it waits."""
    if node.kind != "subProcess":
        return node.kind in _AUTOMATIC
    within = next((inner for inner in scope.inner if inner.element is node.element), None)
    return within is not None and all(
        each.kind in ("startEvent", "endEvent", "boundaryEvent") or _is_automatic(within, each)
        for each in within.nodes.values()
    )


def _check_choice(node: Node, flows: list[Flow], report: Report) -> None:
    default = node.default_flow
    if default and default not in {flow.id for flow in flows}:
        report.error(node.element, f"{node.title}的默认连线不是从它出去的，请重新指定默认连线。")
        return
    if len(flows) < 2:
        return
    if not default:
        report.error(node.element, f"{node.title}没有默认连线，条件都不成立时流程会停住，请指定一条默认连线。")
    for flow in flows:
        _check_branch(node, flow, flow.id == default, report)


def _check_branch(node: Node, flow: Flow, is_default: bool, report: Report) -> None:
    has_condition = bool(text_of(flow.condition))
    if is_default and has_condition:
        report.error(flow.element, f"{node.title}的默认连线不能带条件，请删去条件或改设默认连线。")
    elif not is_default and not has_condition:
        report.error(flow.element, f"{node.title}的这条连线既没有条件也不是默认连线，请填写条件。")


def _is_event_triggered(node: Node) -> bool:
    """Already refused as an event sub-process; that nothing leads there is no second mistake."""
    return node.element.get("triggeredByEvent") in ("true", "1")
