"""The whole diagram as one graph, sub-processes opened out: where one can come from, and what is given on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from workflows.checks.model import Flow, Node, Scope
from workflows.checks.reading import bpmn_children

Names = frozenset[str]
IN, OUT = "in", "out"
_MAX_ROUNDS = 60


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Nodes and flows by their ids. ``sources`` says where each node is come to from: a node and whether it was only
    entered (``in``: a boundary event, the inside of a sub-process) or finished (``out``)."""

    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    outgoing: Mapping[str, list[Flow]]
    sources: Mapping[str, list[tuple[str, str]]]
    ends_of: Mapping[str, list[str]]
    """The ends inside each sub-process."""
    looping: frozenset[str]
    """Sub-processes with a branch for each entry of a list: what happens inside stays there."""
    start: str


def build_graph(process: Scope) -> Graph:
    """The graph of a process of any shape."""
    nodes: dict[str, Node] = {}
    flows: dict[str, Flow] = {}
    outgoing: dict[str, list[Flow]] = {}
    sources: dict[str, list[tuple[str, str]]] = {}
    ends: dict[str, list[str]] = {}
    for scope in process.and_inner():
        nodes.update(scope.nodes)
        flows.update(scope.flows)
        outgoing.update(scope.outgoing)
        for node_id in scope.nodes:
            sources[node_id] = [(flow.source, OUT) for flow in scope.incoming.get(node_id, ())]
        for host, boundaries in scope.boundaries.items():
            for boundary in boundaries:
                sources[boundary.node.id] = [(host, IN)]
        around = scope.element.get("id", "")
        if scope is not process:
            ends[around] = [node.id for node in scope.of_kind("endEvent")]
            for start in scope.of_kind("startEvent"):
                sources[start.id] = [(around, IN)]
    starts = process.of_kind("startEvent")
    return Graph(
        nodes=nodes,
        flows=flows,
        outgoing=outgoing,
        sources=sources,
        ends_of=ends,
        looping=frozenset(node_id for node_id, node in nodes.items() if _is_looping(node)),
        start=starts[0].id if starts else "",
    )


def _is_looping(node: Node) -> bool:
    return node.kind == "subProcess" and bool(bpmn_children(node.element, "multiInstanceLoopCharacteristics"))


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is given at each node when it is come to, on every way that leads there."""

    before: Mapping[str, Names]
    after: Mapping[str, Names]
    steps: Mapping[str, Names]
    """Which steps for people may have been the last before each node is left: theirs is the outcome."""


@dataclass
class _Solving:
    graph: Graph
    gives: Callable[[Node], Names]
    inside: Callable[[Node], Names]
    before: dict[str, Names | None] = field(default_factory=dict)
    after: dict[str, Names | None] = field(default_factory=dict)

    def run(self, at_start: Names) -> None:
        order = list(self.graph.nodes)
        for _round in range(_MAX_ROUNDS):
            changed = False
            for node_id in order:
                changed |= self._visit(node_id, at_start)
            if not changed:
                return

    def _visit(self, node_id: str, at_start: Names) -> bool:
        node = self.graph.nodes[node_id]
        before = at_start if node_id == self.graph.start else self._arriving(node)
        after = None if before is None else self._leaving(node, before)
        changed = before != self.before.get(node_id) or after != self.after.get(node_id)
        self.before[node_id], self.after[node_id] = before, after
        return changed

    def _arriving(self, node: Node) -> Names | None:
        found = []
        for source, side in self.graph.sources.get(node.id, ()):
            known = (self.before if side == IN else self.after).get(source)
            if known is not None:
                found.append(known | self.inside(self.graph.nodes[source]) if side == IN else known)
        if not found:
            return None
        return frozenset.union(*found) if node.kind == "parallelGateway" else frozenset.intersection(*found)

    def _leaving(self, node: Node, before: Names) -> Names | None:
        if node.kind == "subProcess" and node.id not in self.graph.looping:
            ends = [self.after.get(end) for end in self.graph.ends_of.get(node.id, ())]
            known = [end for end in ends if end is not None]
            return frozenset.intersection(*known) | before if known else None
        return before | self.gives(node)


def solve(graph: Graph, *, at_start: Names, gives: Callable[[Node], Names], inside: Callable[[Node], Names]) -> Given:
    """``gives`` are the names that finishing a node brings, ``inside`` those that only its inside sees."""
    solving = _Solving(graph, gives, inside)
    solving.run(at_start)
    return Given(
        before={node_id: names for node_id, names in solving.before.items() if names is not None},
        after={node_id: names for node_id, names in solving.after.items() if names is not None},
        steps=_last_steps(graph),
    )


def _last_steps(graph: Graph) -> dict[str, Names]:
    """Forward over the graph: the steps whose outcome is the newest when a node is left."""
    found: dict[str, Names] = {
        node_id: frozenset({node_id}) if node.kind == "userTask" else frozenset()
        for node_id, node in graph.nodes.items()
    }
    arriving = dict.fromkeys(graph.nodes, frozenset[str]())
    for _round in range(_MAX_ROUNDS):
        changed = False
        for node_id, node in graph.nodes.items():
            came = [(arriving if side == IN else found)[source] for source, side in graph.sources.get(node_id, ())]
            arriving[node_id] = frozenset().union(*came)
            inner = [found[end] for end in graph.ends_of.get(node_id, ())] if node_id not in graph.looping else []
            after = found[node_id] if node.kind == "userTask" else frozenset().union(*inner) or arriving[node_id]
            changed |= after != found[node_id]
            found[node_id] = after
        if not changed:
            break
    return found


def way_to(graph: Graph, target: str, *, avoiding: Iterable[str] = ()) -> tuple[str, ...]:
    """Nodes and flows of a shortest way from the start to ``target`` that passes none of ``avoiding``."""
    shut = set(avoiding) - {target}
    came: dict[str, tuple[str, str] | None] = {graph.start: None}
    waiting = deque([graph.start])
    nexts = _nexts(graph)
    while waiting and target not in came:
        here = waiting.popleft()
        for flow, other in nexts.get(here, ()):
            if other not in came and other not in shut:
                came[other] = (here, flow)
                waiting.append(other)
    if target not in came:
        return ()
    way, step = [target], came[target]
    while step is not None:
        way += [each for each in (step[1], step[0]) if each]
        step = came[step[0]]
    return tuple(reversed(way))


def _nexts(graph: Graph) -> dict[str, list[tuple[str, str]]]:
    """Where one can go on from each node: the flow, empty where none is drawn, and the node."""
    found: dict[str, list[tuple[str, str]]] = {}
    for flow in graph.flows.values():
        found.setdefault(flow.source, []).append((flow.id, flow.target))
    for node_id, sources in graph.sources.items():
        for source, side in sources:
            if side == IN:
                found.setdefault(source, []).append(("", node_id))
    return found
