"""A page of the guide as what it consists of: prose, and examples that can be run.

| fence | what stands in it |
|---|---|
| ``expression`` | ``name = JSON`` lines, then ``expression → JSON``; ``✗`` where it is refused |
| ``feel`` | ``name = JSON`` lines, then ``expression → JSON`` or ``cell ← value → true`` |
| ``table`` | hit policy, ``inputs => outputs``, the rules, an empty line, then ``name = JSON; … → answer`` |
| ``signing`` | properties of a user task, an empty line, then ``approve reject → approve``; ``…`` while it is open |
| ``form`` | a form's schema and rules, an empty line, then ``values → values``, or ``values → ✗ field: sentence`` |
| ``example`` | ``folder: element, element.property``: a process of ``examples/`` and what of it the page is about |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

KINDS = frozenset({"expression", "feel", "table", "signing", "form", "example"})
REFUSED, OPEN = "✗", "…"
_ASSIGNMENT = re.compile(r"([a-z]\w*) = (.+)", re.ASCII)
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


class GuideError(ValueError):
    """An example is not written as its kind demands."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of an example: what is put in, and what comes out."""

    given: str
    result: str
    value: str = ""
    """Of a cell: the value that it is tested with."""


@dataclass(frozen=True, kw_only=True)
class Highlight:
    """An element of an example's diagram, and the property of it that the page is about."""

    element: str
    property: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """``html`` for prose; otherwise an example of that kind."""

    kind: str
    html: str = ""
    source: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    folder: str = ""
    highlights: tuple[Highlight, ...] = ()
    heads: tuple[str, ...] = ()
    """Of a table: the headings of its columns."""
    inputs: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    head: str = ""
    """Of a table: its hit policy."""


def read_blocks(text: str) -> list[Block]:
    """The page in order. Raises GuideError for an example that cannot be read."""
    found: list[Block] = []
    prose: list[Token] = []
    for token in _markdown.parse(text):
        if token.type == "fence" and token.info.strip() in KINDS:
            found += _prose(prose)
            found.append(_READ[token.info.strip()](token.info.strip(), token.content))
            prose = []
        else:
            prose.append(token)
    return found + _prose(prose)


def _prose(tokens: list[Token]) -> list[Block]:
    if not tokens:
        return []
    return [Block(kind="html", html=_markdown.renderer.render(tokens, _markdown.options, {}))]


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _case(line: str) -> Case:
    given, arrow, result = line.rpartition("→")
    if not arrow:
        raise GuideError(f"no result: {line!r}")
    cell, sign, value = given.rpartition("←")
    if sign:
        return Case(given=cell.strip(), value=value.strip(), result=result.strip())
    return Case(given=given.strip(), result=result.strip())


def _calculated(kind: str, text: str) -> Block:
    names: dict[str, Any] = {}
    cases: list[Case] = []
    for line in _lines(text):
        found = _ASSIGNMENT.fullmatch(line)
        if found and "→" not in line:
            names[found[1]] = read_json(found[2])
        else:
            cases.append(_case(line))
    return Block(kind=kind, source=text, names=names, cases=tuple(cases))


def read_json(text: str) -> Any:
    """Raises GuideError."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise GuideError(f"no JSON: {text!r}") from error


def _parts(text: str) -> tuple[str, str]:
    first, _gap, second = text.strip().partition("\n\n")
    return first, second


def _table(kind: str, text: str) -> Block:
    table, cases = _parts(text)
    policy, head, *rules = _lines(table)
    inputs, _sign, outputs = head.partition("=>")
    heads = [each.strip() for each in (*inputs.split("|"), *outputs.split("|"))]
    rows = [tuple(each.strip() for side in rule.partition("=>")[::2] for each in side.split("|")) for rule in rules]
    if any(len(row) != len(heads) for row in rows):
        raise GuideError(f"a rule has not {len(heads)} cells: {table!r}")
    return Block(
        kind=kind,
        source=text,
        head=policy,
        heads=tuple(heads),
        inputs=len(inputs.split("|")),
        rows=tuple(rows),
        cases=tuple(map(_case, _lines(cases))),
    )


def _signing(kind: str, text: str) -> Block:
    properties, cases = _parts(text)
    names = dict(line.split(" = ", 1) for line in _lines(properties))
    return Block(kind=kind, source=text, names=names, cases=tuple(map(_case, _lines(cases))))


def _form(kind: str, text: str) -> Block:
    document, cases = _parts(text)
    return Block(kind=kind, source=document, names=read_json(document), cases=tuple(map(_case, _lines(cases))))


def _example(kind: str, text: str) -> Block:
    folder, _colon, elements = text.strip().partition(":")
    found = [each.strip().partition(".") for each in elements.split(",") if each.strip()]
    return Block(
        kind=kind,
        source=text,
        folder=folder.strip(),
        highlights=tuple(Highlight(element=element, property=name) for element, _dot, name in found),
    )


_READ = {
    "expression": _calculated,
    "feel": _calculated,
    "table": _table,
    "signing": _signing,
    "form": _form,
    "example": _example,
}
