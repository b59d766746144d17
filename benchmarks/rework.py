"""Whether a step costs more in an old case than in a young one: round 1,000 of a rework loop against round 10."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from benchmarks.product import Product
from benchmarks.results import Results
from workflows.engine import Decided, Diagram, Instance, Surroundings, read_diagram

ROUNDS = 1_010
AROUND = 10
"""Rounds on either side of which the quickest stands for a round."""
WARM_UP = 100

_FLOWS = ("start apply", "apply review", "review gate", "gate apply again", "gate end")
_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="rework_definitions" targetNamespace="http://huiqian.example">
 <bpmn:process id="rework" isExecutable="true">
  <bpmn:startEvent id="start" />
  <bpmn:userTask id="apply" name="Apply" />
  <bpmn:userTask id="review" name="Review" />
  <bpmn:exclusiveGateway id="gate" default="gate_end" />
  <bpmn:endEvent id="end" />
  {flows}
 </bpmn:process>
</bpmn:definitions>"""


def run(_product: Product, results: Results) -> None:
    diagram = read_diagram(_DIAGRAM.format(flows="\n  ".join(map(_flow, _FLOWS))).encode(), file="rework.bpmn")
    _rounds(diagram, WARM_UP)
    seconds, sizes = _rounds(diagram, ROUNDS)
    # the quickest of some: other work on the machine only ever adds
    young, old = min(seconds[: 2 * AROUND]), min(seconds[-2 * AROUND :])
    results.add("rework_round_10_ms", 1000 * young, unit="ms")
    results.add("rework_round_1000_ms", 1000 * old, unit="ms")
    results.add("rework_cost_ratio", old / young, goal=1.5)
    results.add("rework_bytes_ratio", sizes[999] / sizes[9], goal=1.1)


def _flow(text: str) -> str:
    source, target, *condition = text.split()
    inner = "".join(
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{name}</bpmn:conditionExpression>'
        for name in condition
    )
    ends = f'id="{source}_{target}" sourceRef="{source}" targetRef="{target}"'
    return f"<bpmn:sequenceFlow {ends}>{inner}</bpmn:sequenceFlow>"


def _rounds(diagram: Diagram, count: int) -> tuple[list[float], list[int]]:
    """CPU seconds and bytes of state of each round. Every action loads and dumps the case, as in production."""
    state = Instance.start(diagram, {}, _surroundings()).dump()
    seconds, sizes = [], []
    for number in range(count):
        began = time.process_time()
        state = _step(diagram, state, text=f"{number:05}")
        state = _step(diagram, state, again=True)
        seconds.append(time.process_time() - began)
        sizes.append(len(state))
    return seconds, sizes


def _step(diagram: Diagram, state: bytes, **variables: object) -> bytes:
    instance = Instance.load(diagram, state, _surroundings())
    [task] = instance.open_tasks()
    instance.complete(task.id, variables)
    return instance.dump()


def _surroundings() -> Surroundings:
    return Surroundings(
        now=datetime.now(UTC),
        operations={},
        undo=lambda call: None,
        functions={},
        decide=lambda key, variables: Decided(outputs={}, trace=[]),
    )
