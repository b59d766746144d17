"""The way into a step: which branches of gateways lead there from the steps before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from workflows.engine import Diagram

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_CHOOSING = ("exclusiveGateway", "inclusiveGateway")
_STEP = "userTask"
MAX_NODES = 100


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch that was taken at a gateway. ``condition`` is empty for the way that is taken otherwise."""

    gateway: str
    gateway_name: str
    name: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class _Flow:
    source: str
    name: str
    condition: str


def branches_into(diagram: Diagram, step: str, passed: Collection[str]) -> list[Branch]:
    """The branches between the steps before ``step`` and itself, first things first, along elements in ``passed``."""
    flows = _flows_into(diagram)
    choices = _choices(diagram)
    found: dict[str, Branch] = {}
    waiting, seen = [step], {step}
    while waiting and len(seen) < MAX_NODES:
        for flow in flows.get(waiting.pop(0), ()):
            source = diagram.elements.get(flow.source)
            if source is None or flow.source in seen or flow.source not in passed:
                continue
            seen.add(flow.source)
            if source.kind in _CHOOSING and choices[flow.source] > 1:
                found[flow.source] = Branch(
                    gateway=flow.source, gateway_name=source.name, name=flow.name, condition=flow.condition
                )
            if source.kind != _STEP:
                waiting.append(flow.source)
    return list(found.values())[::-1]


@lru_cache(maxsize=64)
def _flows_into(diagram: Diagram) -> Mapping[str, list[_Flow]]:
    """The sequence flows by the element they lead to. A diagram never changes, so each is read once."""
    root = etree.fromstring(diagram.xml, etree.XMLParser(resolve_entities=False, no_network=True))
    found: dict[str, list[_Flow]] = defaultdict(list)
    for node in root.iter(f"{_BPMN}sequenceFlow"):
        condition = (node.findtext(f"{_BPMN}conditionExpression") or "").strip()
        found[node.get("targetRef", "")].append(
            _Flow(source=node.get("sourceRef", ""), name=node.get("name") or "", condition=condition)
        )
    return found


@lru_cache(maxsize=64)
def _choices(diagram: Diagram) -> Mapping[str, int]:
    """How many ways leave each element."""
    counted: dict[str, int] = defaultdict(int)
    for flows in _flows_into(diagram).values():
        for flow in flows:
            counted[flow.source] += 1
    return counted
