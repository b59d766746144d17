"""Side paths: what a reminder or escalation starts beside the main path, and never comes back from."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from workflows.checks.model import Boundary, Scope, reachable


@dataclass(frozen=True)
class Root:
    """Where a token begins: the start event, or a boundary event with the activity it sits on."""

    before: tuple[str, ...]
    node: str


def find_roots(scope: Scope) -> tuple[list[Root], set[str]]:
    """The main path and all side paths, each to be explored on its own, and the boundary events that begin the latter.

    A side path leaves by a non-interrupting boundary event and shares with the path it leaves nothing but plain end
    events. Its tokens can neither disturb the others nor be waited for, so two reminders on their way at once are fine.
    """
    paths = {
        each.node.id: reachable(scope, [each.node.id])
        for boundaries in scope.boundaries.values()
        for each in boundaries
        if not each.interrupting
    }
    roots = [Root((), node.id) for node in scope.of_kind("startEvent")[:1]]
    detached: set[str] = set()
    for root in roots:
        for boundary in _detached_from(scope, root.node, paths):
            if boundary.node.id not in detached:
                detached.add(boundary.node.id)
                roots.append(Root((boundary.host,), boundary.node.id))
    return roots, detached


def _detached_from(scope: Scope, start: str, paths: Mapping[str, Set[str]]) -> list[Boundary]:
    """Grow the path by every boundary event that leads back to it, until the rest lead nowhere near."""
    core = _within(scope, {start})
    while True:
        candidates = [each for host in core for each in scope.boundaries.get(host, ()) if not each.interrupting]
        outside = [each for each in candidates if each.node.id not in core]
        joining = {each.node.id for each in outside if not _is_apart(scope, paths[each.node.id], core)}
        if not joining:
            return sorted(outside, key=lambda each: each.node.id)
        core = _within(scope, core | joining)


def _within(scope: Scope, start: Set[str]) -> set[str]:
    """What is reached without taking a further non-interrupting boundary event."""
    seen, waiting = set(start), list(start)
    while waiting:
        node_id = waiting.pop()
        after = [flow.target for flow in scope.outgoing.get(node_id, ())]
        after += [each.node.id for each in scope.boundaries.get(node_id, ()) if each.interrupting]
        for other in after:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def _is_apart(scope: Scope, path: Set[str], core: Set[str]) -> bool:
    if any(scope.nodes[node_id].ends_everything for node_id in path):
        return False
    return all(scope.nodes[node_id].kind == "endEvent" for node_id in path & core)
