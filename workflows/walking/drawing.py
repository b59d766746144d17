"""What the walker reads from the diagram and the scenarios once: side paths, timers that interrupt, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.checks.model import Scope
from workflows.checks.sidepaths import find_roots
from workflows.definition import ProcessDefinition


def payloads(definition: ProcessDefinition) -> dict[str, Mapping[str, Any]]:
    """What scenarios send with each message."""
    found: dict[str, Mapping[str, Any]] = {}
    for scenario in definition.scenarios.values():
        steps = scenario.get("steps")
        for step in steps if isinstance(steps, list) else ():
            if isinstance(step, dict) and isinstance(step.get("message"), str):
                payload = step.get("payload", {})
                found.setdefault(step["message"], payload if isinstance(payload, dict) else {})
    return found


def beside(scopes: Sequence[Scope]) -> frozenset[str]:
    """What reminders and escalations do beside the way."""
    found: set[str] = set()
    for scope in scopes:
        if len(scope.of_kind("startEvent")) != 1:
            continue
        for root in find_roots(scope)[0][1:]:
            waiting = [root.node]
            while waiting:
                node = waiting.pop()
                if node not in found:
                    found.add(node)
                    waiting += [flow.target for flow in scope.outgoing.get(node, ())]
        # an end that both share is reached by the way itself
        found -= {node.id for node in scope.of_kind("endEvent") if len(scope.incoming.get(node.id, ())) > 1}
    return frozenset(found)


def interrupting(scopes: Sequence[Scope]) -> frozenset[str]:
    return frozenset(
        each.node.id for scope in scopes for found in scope.boundaries.values() for each in found if each.interrupting
    )
