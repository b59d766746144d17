"""Runs the examples of the guide with the real code: what comes of each line, beside what the page says."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from webapp.guide import Block, Case, find_page, read_blocks
from webapp.guide.blocks import OPEN, REFUSED, read_json
from webapp.guide.topics import FOLDER
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.checks.reading import read_diagram
from workflows.comparing.elements import Element, read_elements
from workflows.decisions import evaluate as evaluate_decision
from workflows.decisions import read_decisions
from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.expressions import FUNCTIONS, ExpressionError, evaluate
from workflows.forms import AnyCode, from_json, read_form, submit
from workflows.signing import Signature, new_sheet, open_seats, read_policy, result, sign

LANGUAGES = ("zh", "en")
_CLOCK = datetime(2026, 11, 23, 1, tzinfo=UTC)
_DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def blocks_of(topic: str, language: str) -> list[Block]:
    page = find_page(topic, language)
    assert page is not None
    return read_blocks(page.text)


def outcomes(block: Block) -> Iterator[tuple[str, Any, Any]]:
    """Of each line what it is, what the page says comes out, and what does."""
    for case in block.cases:
        yield case.given, *_RUN[block.kind](block, case)


def plain(value: Any) -> Any:
    """Numbers as numbers, whatever carries them; lists and records throughout."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _expression(block: Block, case: Case) -> tuple[Any, Any]:
    names = dict(block.names)
    functions = {**FUNCTIONS, **calendar_functions(CompanyCalendar(), _CLOCK)}
    try:
        found = plain(evaluate(case.given, names, functions))
    except (ExpressionError, ValueError):
        return case.result, REFUSED
    return read_json(case.result), found


def _feel(block: Block, case: Case) -> tuple[Any, Any]:
    if case.value:
        names = {"subject": read_json(case.value)}
        found = _decided(_table("FIRST", ["subject"], ["found"], [[case.given, "true"], ["-", "false"]]), names)
        return read_json(case.result), found
    head = f'<definitions xmlns="{_DMN}" id="d" name="d" namespace="x">'
    inputs = "".join(f'<inputData id="i_{name}" name="{name}"/>' for name in block.names)
    body = f"<literalExpression><text>{escape(case.given)}</text></literalExpression>"
    xml = f'{head}{inputs}<decision id="x" name="x">{body}</decision></definitions>'
    return read_json(case.result), _decided(xml, block.names)


def _decision(block: Block, case: Case) -> tuple[Any, Any]:
    inputs, outputs = block.heads[: block.inputs], block.heads[block.inputs :]
    names = dict(part.strip().split(" = ", 1) for part in case.given.split(";"))
    found = _decided(
        _table(block.head, inputs, outputs, block.rows), {name: read_json(value) for name, value in names.items()}
    )
    return read_json(case.result), found


def _decided(xml: str, names: Mapping[str, Any]) -> Any:
    return plain(evaluate_decision(read_decisions(xml.encode(), file="x.dmn"), None, names).outputs)


def _table(head: str, inputs: Any, outputs: Any, rows: Any) -> str:
    words = head.split(" ")
    aggregation = words[1] if words[0] == "COLLECT" and len(words) > 1 else ""
    policy = "COLLECT" if words[0] == "COLLECT" else head
    columns = "".join(f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in inputs)
    for each in outputs:
        name, _colon, listed = each.partition(":")
        values = f"<outputValues><text>{escape(listed.strip())}</text></outputValues>" if listed else ""
        columns += f'<output name="{name}">{values}</output>'
    rules = ""
    for row in rows:
        tags = ["inputEntry"] * len(inputs) + ["outputEntry"] * len(outputs)
        cells = (f"<{tag}><text>{escape(cell)}</text></{tag}>" for tag, cell in zip(tags, row, strict=True))
        rules += f"<rule>{''.join(cells)}</rule>"
    attributes = f'hitPolicy="{policy}"' + (f' aggregation="{aggregation}"' if aggregation else "")
    return (
        f'<definitions xmlns="{_DMN}" id="d" name="d" namespace="x"><decision id="x" name="x">'
        f"<decisionTable {attributes}>{columns}{rules}</decisionTable></decision></definitions>"
    )


def _signing(block: Block, case: Case) -> tuple[Any, Any]:
    people = int(block.names["people"])
    policy = read_policy({name: value for name, value in block.names.items() if name != "people"})
    assert policy is not None
    votes = case.given.split()
    weights = [policy.weights.get(str(number), 1) for number in range(1, people + 1)]
    sheet = new_sheet([[number] for number in range(1, people + 1)], policy, weights)
    for at, vote in enumerate(votes):
        seat = open_seats(sheet)[0]
        sheet = sign(sheet, seat.id, Signature(outcome=vote, by=seat.people[0], at=f"2026-11-23T0{at}:00:00+00:00"))
    return case.result, result(sheet) or OPEN


def _form(block: Block, case: Case) -> tuple[Any, Any]:
    document = block.names
    schema = {"type": "object", "properties": document["properties"], "required": document.get("required", [])}
    rest = {key: value for key, value in document.items() if key not in ("properties", "required")}
    fields = [[name, 6] for name in document["properties"]]
    whole = {"key": "x", "title": "x", "schema": schema, "layout": [{"fields": fields}], **rest}
    form = read_form(json.dumps(whole).encode(), file="forms/x.json")
    typed = from_json(form.properties, read_json(case.given))
    found = submit(form, typed, context={}, functions=FUNCTIONS, lookups=AnyCode())
    if case.result.startswith(REFUSED):
        place, _colon, sentence = case.result.removeprefix(REFUSED).partition(":")
        return (place.strip(), sentence.strip()), next(((name, said[0]) for name, said in found.errors.items()), None)
    expected = read_json(case.result)
    assert not found.errors, found.errors
    return expected, {name: plain(found.values.get(name)) for name in expected}


_RUN: Mapping[str, Callable[[Block, Case], tuple[Any, Any]]] = {
    "expression": _expression,
    "feel": _feel,
    "table": _decision,
    "signing": _signing,
    "form": _form,
}


@cache
def example(name: str) -> ProcessDefinition:
    return read_process(read_folder(FOLDER / "examples" / name))


@cache
def elements(name: str) -> dict[str, Element]:
    diagram = example(name).diagram
    return read_elements(read_diagram(diagram.xml, diagram.file))


def called(source: str) -> set[str]:
    """The functions that an expression calls."""
    nodes = ast.walk(ast.parse(source, mode="eval"))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
