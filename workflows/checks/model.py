"""The graph of a diagram: the process and each sub-process with their nodes and flows (BPMN 2.0, 10.3-10.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from workflows.checks.reading import FLOW_NODES, MODEL, bpmn_children, local_name, namespace

GATEWAYS = frozenset(name for name in FLOW_NODES if name.endswith("Gateway"))
EVENTS = frozenset(name for name in FLOW_NODES if name.endswith("Event"))
ACTIVITIES = FLOW_NODES - GATEWAYS - EVENTS


@dataclass(frozen=True, kw_only=True)
class Node:
    """An event, activity or gateway."""

    id: str
    kind: str
    element: etree._Element

    @property
    def title(self) -> str:
        """What a person reads in the diagram, for use in a sentence."""
        return f"“{self.element.get('name') or self.id}”"

    @property
    def is_gateway(self) -> bool:
        return self.kind in GATEWAYS

    @property
    def is_activity(self) -> bool:
        return self.kind in ACTIVITIES

    @property
    def default_flow(self) -> str | None:
        return self.element.get("default")

    @property
    def ends_everything(self) -> bool:
        """Whether this is a terminate end event (BPMN 2.0, 10.5.3)."""
        return self.kind == "endEvent" and bool(bpmn_children(self.element, "terminateEventDefinition"))


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sequence flow between two nodes of one scope."""

    id: str
    source: str
    target: str
    element: etree._Element

    @property
    def condition(self) -> etree._Element | None:
        return self.element.find(f"{{{MODEL}}}conditionExpression")


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """An event on the edge of an activity."""

    node: Node
    host: str
    interrupting: bool


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What runs together: a process, or one sub-process without the inside of its own sub-processes."""

    element: etree._Element
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    dangling: Sequence[etree._Element]
    inner: Sequence[Scope]
    incoming: Mapping[str, list[Flow]] = field(default_factory=dict)
    outgoing: Mapping[str, list[Flow]] = field(default_factory=dict)
    boundaries: Mapping[str, list[Boundary]] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Node]:
        """The nodes of these kinds, in the order of the file."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    def and_inner(self) -> Iterator[Scope]:
        """This scope and all within it, from outside to inside."""
        yield self
        for scope in self.inner:
            yield from scope.and_inner()

    def next_nodes(self, node_id: str) -> list[str]:
        """Where a token at the node can go on, boundary events of the node included."""
        after = [flow.target for flow in self.outgoing.get(node_id, ())]
        return after + [boundary.node.id for boundary in self.boundaries.get(node_id, ())]


def read_scope(element: etree._Element) -> Scope:
    """The graph of a process or sub-process; flows that begin or end nowhere are set aside in ``dangling``."""
    nodes = {node.id: node for node in _nodes(element)}
    flows: dict[str, Flow] = {}
    dangling = []
    for child in bpmn_children(element, "sequenceFlow"):
        source, target = child.get("sourceRef", ""), child.get("targetRef", "")
        if source in nodes and target in nodes:
            flow_id = child.get("id", "")
            flows[flow_id] = Flow(id=flow_id, source=source, target=target, element=child)
        else:
            dangling.append(child)
    incoming, outgoing = defaultdict(list), defaultdict(list)
    for flow in flows.values():
        outgoing[flow.source].append(flow)
        incoming[flow.target].append(flow)
    return Scope(
        element=element,
        nodes=nodes,
        flows=flows,
        dangling=dangling,
        inner=[read_scope(node.element) for node in nodes.values() if node.kind == "subProcess"],
        incoming=dict(incoming),
        outgoing=dict(outgoing),
        boundaries=_boundaries(nodes),
    )


def reachable(scope: Scope, start: list[str]) -> set[str]:
    """All nodes that a token can come to from these, joins taken as open."""
    seen, waiting = set(start), list(start)
    while waiting:
        for node_id in scope.next_nodes(waiting.pop()):
            if node_id not in seen:
                seen.add(node_id)
                waiting.append(node_id)
    return seen


def drawn(flows: Iterable[Flow], visited: Iterable[str], *, joins: Collection[str] = ()) -> tuple[str, ...]:
    """Nodes in the order in which they were come to, with the flows between them, so that the way can be drawn.

    Into a node leads the flow from whatever was passed last before it, into one of ``joins`` all that were passed.
    """
    entering: dict[str, list[Flow]] = {}
    for flow in flows:
        entering.setdefault(flow.target, []).append(flow)
    seen: dict[str, int] = {}
    way: dict[str, None] = {}
    for place, node_id in enumerate(visited):
        came = sorted((flow for flow in entering.get(node_id, ()) if flow.source in seen), key=lambda f: seen[f.source])
        way.update(dict.fromkeys(flow.id for flow in (came if node_id in joins else came[-1:])))
        way[node_id] = None
        seen[node_id] = place
    return tuple(way)


def _nodes(element: etree._Element) -> Iterator[Node]:
    for child in element:
        if isinstance(child.tag, str) and namespace(child) == MODEL and local_name(child) in FLOW_NODES:
            yield Node(id=child.get("id", ""), kind=local_name(child), element=child)


def _boundaries(nodes: Mapping[str, Node]) -> dict[str, list[Boundary]]:
    attached: dict[str, list[Boundary]] = defaultdict(list)
    for node in nodes.values():
        host = node.element.get("attachedToRef", "")
        if node.kind == "boundaryEvent" and host in nodes:
            interrupting = node.element.get("cancelActivity", "true") not in ("false", "0")
            attached[host].append(Boundary(node=node, host=host, interrupting=interrupting))
    return dict(attached)
