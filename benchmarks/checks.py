"""How long the check of a process takes: sixty elements, the largest shipped processes, a hostile one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.product import Product
from benchmarks.results import Results
from services.processes.checking import check_files
from services.processes.words import KNOWN
from workflows.checks.folder import Folder
from workflows.definition import read_folder, read_process
from workflows.definition.parts import read_parts
from workflows.walking.walker import Walker

LIBRARY = Path(__file__).parents[1] / "bpmn"
ELEMENTS = 60
BRANCHES = 30
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
_FORM = b"""{"key": "apply", "title": "Request", "schema": {"type": "object", "required": ["amount"], "properties":
 {"amount": {"type": "number", "title": "Amount"}}}, "layout": [{"fields": [["amount", 12]]}]}"""
_PROPERTIES = (
    '<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="form" value="apply"/>'
    '<spiffworkflow:property name="outcomes" value="{outcomes}"/></spiffworkflow:properties></bpmn:extensionElements>'
)


def run(_product: Product, results: Results) -> None:
    results.add("check_60_elements_ms", _quickest(lambda: check_files(_row())), unit="ms", goal=1000)
    for key in ("visit", "complaint"):
        files = read_folder(LIBRARY / key)
        results.add(f"check_{key}_ms", _quickest(lambda files=files: check_files(files)), unit="ms", goal=1000)  # type: ignore[misc]
    results.add("check_hostile_ms", _quickest(lambda: check_files(_wide()), times=1), unit="ms", goal=5000)
    files = read_folder(LIBRARY / "visit")
    results.add("all_ways_visit_ms", _quickest(lambda: _walk(files), times=1), unit="ms", goal=5000)


def _walk(files: Mapping[str, bytes]) -> None:
    Walker(Folder(read_parts(files), KNOWN), read_process(files), now=MONDAY).walk()


def _quickest(check: Callable[[], object], *, times: int = 5) -> float:
    """Milliseconds of the quickest run: other work on the machine only ever adds."""
    found = []
    for _time in range(times):
        began = time.perf_counter()
        check()
        found.append(1000 * (time.perf_counter() - began))
    return min(found)


def _row() -> dict[str, bytes]:
    """Steps in a row, each with a gateway that goes on or ends: sixty nodes."""
    nodes, flows, steps, before = [], [], [], "apply"
    for number in range((ELEMENTS - 3) // 3):
        step, gate, end = f"step{number}", f"gate{number}", f"end{number}"
        steps.append(step)
        nodes += [_user(step, "approve,reject"), f'<bpmn:exclusiveGateway id="{gate}" default="{gate}_on"/>']
        nodes.append(f'<bpmn:endEvent id="{end}"/>')
        flows += [_flow(before, step), _flow(step, gate), _flow(gate, end, "outcome == 'reject' and amount &gt; 10")]
        before = f"{gate} {gate}_on"
    flows.append(_flow(before, "done"))
    return _folder(["apply", *steps], nodes, [_flow("start", "apply"), *flows])


def _wide() -> dict[str, bytes]:
    """Thirty branches side by side: more situations than anybody could go through."""
    steps = [f"step{number}" for number in range(BRANCHES)]
    nodes = ['<bpmn:parallelGateway id="split"/>', '<bpmn:parallelGateway id="join"/>']
    nodes += [_user(step, "approve,reject") for step in steps]
    nodes += [f'<bpmn:exclusiveGateway id="gate{step}" default="gate{step}_join"/>' for step in steps]
    nodes += [f'<bpmn:exclusiveGateway id="in{step}"/>' for step in steps]
    flows = [_flow("start", "apply"), _flow("apply", "split"), _flow("join", "done")]
    for step in steps:
        flows += [
            _flow("split", f"in{step}"),
            _flow(f"in{step}", step),
            _flow(step, f"gate{step}"),
            _flow(f"gate{step} gate{step}_join", "join"),
        ]
        flows.append(_flow(f"gate{step} back{step}", f"in{step}", "outcome == 'reject'"))
    return _folder(["apply", *steps], nodes, flows)


def _user(step: str, outcomes: str) -> str:
    return f'<bpmn:userTask id="{step}" name="{step}">{_PROPERTIES.format(outcomes=outcomes)}</bpmn:userTask>'


def _flow(source: str, target: str, condition: str = "") -> str:
    source, _, name = source.partition(" ")
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    name = name or f"{source}_{target}"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _folder(steps: list[str], nodes: list[str], flows: list[str]) -> dict[str, bytes]:
    references = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in steps)
    diagram = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"><bpmn:process id="p" isExecutable="true">'
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="GM">{references}</bpmn:lane></bpmn:laneSet>'
        f'<bpmn:startEvent id="start"/>{_user("apply", "submit")}<bpmn:endEvent id="done"/>'
        f"{''.join(nodes)}{''.join(flows)}</bpmn:process></bpmn:definitions>"
    )
    manifest = 'key = "p"\ntitle = "P"\nnumber = "P"\nsubject = "P"\nstarters = ["*"]\n'
    return {"process.toml": manifest.encode(), "p.bpmn": diagram.encode(), "forms/apply.json": _FORM}
