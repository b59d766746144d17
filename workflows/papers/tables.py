"""Tables on paper: a row for each that was filled in, blank ones up to what the paper has, and totals."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.forms.fields import Field
from workflows.forms.printing import written_amount
from workflows.papers.document import CENTER, END, START, UNITS, Cell, Grid, Row, Words, cell, label, shares
from workflows.papers.specification import Block
from workflows.papers.writing import Registers, added, capital, written

_WIDEST, _NARROWEST = 14.0, 2.0
_LEAST_PART = 8


Record = tuple[Mapping[str, Field], Mapping[str, Any]]
"""What fields there are, and what they hold."""


def table(
    block: Block,
    fields: Mapping[str, Field],
    lines: Sequence[Mapping[str, Any]],
    registers: Registers,
    *,
    form: Record = ({}, {}),
) -> Grid:
    """The table that ``block`` declares over ``lines``; its head comes again on every page.

    A column with ``of_form`` says on every line what ``form`` says once.
    """
    columns: Sequence[Block] = block["columns"]
    texts = [
        [_text(column, form if column.get("of_form") else (fields, line), number, registers) for column in columns]
        for number, line in enumerate(lines, start=1)
    ]
    for number in range(len(lines) + 1, block.get("min_rows", 0) + 1):
        texts.append([_text(column, (fields, {}), number, registers) for column in columns])
    spans = _spans(columns, texts)
    rows: list[Row] = [tuple(label(column["label"], span) for column, span in zip(columns, spans, strict=True))]
    aligned = [_alignment(column, fields) for column in columns]
    rows += [
        tuple(cell(text, span, align=align) for text, span, align in zip(line, spans, aligned, strict=True))
        for line in texts
    ]
    if any(column.get("total") for column in columns):
        rows.append(_totals(columns, spans, lines))
    return Grid(rows=tuple(rows), head=1)


def _text(column: Block, record: Record, number: int, registers: Registers) -> str:
    if column.get("number"):
        return str(number)
    return written(column, *record, registers, short=True)


def _alignment(column: Block, fields: Mapping[str, Field]) -> str:
    if column.get("number") or "choices" in column:
        return CENTER
    numeric = fields.get(column.get("field", ""), {}).get("type") in ("number", "integer")
    return END if column.get("money") or (numeric and "of" not in column) else START


def _spans(columns: Sequence[Block], texts: Sequence[Sequence[str]]) -> list[int]:
    """A column is as wide as its texts ask for, within bounds, unless its ``width`` says how much of 120 it wants."""
    wishes = [
        float(column["width"]) if "width" in column else 5.0 * _wish(column["label"], [line[at] for line in texts])
        for at, column in enumerate(columns)
    ]
    return shares(wishes, UNITS, least=min(_LEAST_PART, UNITS // len(columns)))


def _wish(heading: str, texts: Sequence[str]) -> float:
    # a heading of many characters is written in two lines, where it does not say itself how
    lines = heading.split("\n")
    head = max(map(width_of, lines)) if len(lines) > 1 or len(heading) <= 3 else max(2.0, width_of(heading) / 2)
    longest = max((width_of(line) for text in texts for line in text.split("\n")), default=0.0)
    return max(_NARROWEST, head, min(longest, _WIDEST)) + 1


def width_of(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.55 for character in text)


def _totals(columns: Sequence[Block], spans: Sequence[int], lines: Sequence[Mapping[str, Any]]) -> Row:
    """合计 under the first columns, then each sum under its column; the capital amount of the first sum of money is
    written before it, or below it where it stands at the very front."""
    sums = {
        at: added(line.get(column.get("field", "")) for line in lines)
        for at, column in enumerate(columns)
        if column.get("total")
    }
    money = next((at for at in sums if columns[at].get("money")), None)
    row: list[Cell] = []
    first = min(sums)
    if first > 1 and money is not None:
        row = [label("合计", spans[0] + (spans[1] if spans[0] < 12 else 0))]
        row.append(cell(f"大写：{capital(sums[money])}", sum(spans[:first]) - row[0].span))
        row = [each for each in row if each.span]
    elif first:
        row = [label("合计", sum(spans[:first]))]
    spoken = len(row) > 1
    for at in range(first, len(columns)):
        row.append(_sum_cell(columns[at], spans[at], sums.get(at), spoken=spoken or at != money))
    return tuple(row)


def _sum_cell(column: Block, span: int, amount: Any, *, spoken: bool) -> Cell:
    if amount is None:
        return cell("", span)
    if not column.get("money"):
        return cell(f"{amount.normalize():f}", span, align=END)
    words = [Words(text=written_amount(amount))]
    if not spoken:
        words.append(Words(text=capital(amount), style="small"))
    return Cell(span=span, words=tuple(words), align=END)
