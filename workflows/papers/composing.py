"""From what was filled in and signed to the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.forms import Form
from workflows.forms.fields import Field, columns_of
from workflows.forms.printing import written_amount
from workflows.papers import tables
from workflows.papers.document import CENTER, END, SMALL, UNITS, Cell, Document, Grid, Row, Signing, Words, cell, label
from workflows.papers.document import shares as shared_out
from workflows.papers.specification import HEADING, LINE, Block, Paper, kind_of
from workflows.papers.writing import (
    Registers,
    Signature,
    capital,
    day_of,
    long_day,
    plain,
    signed,
    signed_briefly,
    written,
)

_STAMPS = {"rejected": "已驳回", "withdrawn": "已撤回", "cancelled": "已撤销"}
_UNFINISHED = "未完成"
_LABEL, _LABEL_ACROSS, _ITEM = 16, 12, 30
_TALL, _LISTED_TALL, _SIGNED_TALL = 15, 12, 26


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a paper shows of its case."""

    number: str
    status: str
    values: Mapping[str, Any]
    """Of the paper's form."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    branches: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Form → its values in each branch."""
    signatures: Mapping[str, Sequence[Signature]] = field(default_factory=dict)
    """Step → who signed it."""
    registers: Registers = field(default_factory=Registers)


def compose(paper: Paper, forms: Mapping[str, Form], filled: Filled) -> Document:
    """The paper with everything on it. Pure: the same values give the same paper."""
    return _Composition(paper, forms, filled).document()


@dataclass(frozen=True)
class _Composition:
    paper: Paper
    forms: Mapping[str, Form]
    filled: Filled

    @property
    def _properties(self) -> Mapping[str, Field]:
        return self.forms[self.paper.form].properties

    @property
    def _label(self) -> int:
        return _LABEL_ACROSS if self.paper.landscape else _LABEL

    def document(self) -> Document:
        status = self.filled.status
        line = self.paper.style in (LINE, HEADING) and self.paper.signatures
        return Document(
            title=self.paper.title,
            number=self.filled.number,
            state="" if status == "completed" or status in _STAMPS else _UNFINISHED,
            stamp=_STAMPS.get(status, ""),
            landscape=self.paper.landscape,
            grids=tuple(self._grids() + ([] if line else self._signature_grid())),
            line=tuple(self._signing(place) for place in self.paper.signatures) if line else (),
            line_first=self.paper.style == HEADING,
        )

    def _grids(self) -> list[Grid]:
        """Neighbouring rows of cells are one grid; a table or amounts are a grid of their own."""
        grids: list[Grid] = []
        rows: list[Row] = []
        for blocks in self.paper.rows:
            condition = blocks[0].get("if")
            if condition is not None and not self.filled.values.get(condition):
                continue
            if kind_of(blocks[0]) in ("cell", "text"):
                rows.append(self._row(blocks))
                continue
            if rows:
                grids.append(Grid(rows=tuple(rows)))
                rows = []
            grids.append(self._own_grid(blocks[0]))
        return [*grids, Grid(rows=tuple(rows))] if rows else grids

    def _own_grid(self, block: Block) -> Grid:
        kind, registers = kind_of(block), self.filled.registers
        if kind == "amounts":
            return self._amounts_across(block) if block.get("across") else self._amounts(block)
        if kind == "table":
            columns = columns_of(self._properties.get(block["table"], {}))
            given = self.filled.values.get(block["table"]) or ()
            lines = [line for line in given if isinstance(line, Mapping)] if isinstance(given, list) else []
        else:
            listed = self.forms.get(block["branches"])
            columns = listed.properties if listed else {}
            lines = list(self.filled.branches.get(block["branches"], ()))
        form = (self._properties, self.filled.values)
        return tables.table(block, columns, lines, registers, form=form)

    def _row(self, blocks: Sequence[Block]) -> Row:
        if kind_of(blocks[0]) == "text":
            return (cell(blocks[0]["text"], UNITS),)
        ends = [UNITS * (at + 1) // len(blocks) for at in range(len(blocks))]
        starts = [0, *ends[:-1]]
        wide = self._label if len(blocks) < 4 else self._label - 2
        row: list[Cell] = []
        for block, start, end in zip(blocks, starts, ends, strict=True):
            row += [label(block["label"], wide), self._cell(block, end - start - wide)]
        return tuple(row)

    def _cell(self, block: Block, span: int) -> Cell:
        if "step" in block:
            return Cell(span=span, words=signed_briefly(self._signatures(block["step"])))
        if "variable" in block:
            text = written_amount(self.filled.variables.get(block["variable"]))
        else:
            text = self._written(block)
        listed = self._properties.get(block.get("field", ""), {}).get("type") == "array"
        return cell(text, span, tall=(_LISTED_TALL if listed else _TALL) if block.get("wide") else 0)

    def _written(self, block: Block) -> str:
        return written(block, self._properties, self.filled.values, self.filled.registers)

    def _items(self, block: Block) -> list[tuple[str, str, str]]:
        """Each item of a field of amounts: its title, amount and note."""
        field_, given = self._properties.get(block["amounts"], {}), self.filled.values.get(block["amounts"])
        noted = self.filled.values.get(block.get("notes", ""))
        amounts = given if isinstance(given, Mapping) else {}
        notes = noted if isinstance(noted, Mapping) else {}
        return [
            (str(item.get("title", key)), written_amount(amounts.get(key)), plain(str(notes.get(key, ""))))
            for key, item in field_.get("properties", {}).items()
        ]

    def _amounts(self, block: Block) -> Grid:
        items, total = self._items(block), self.filled.values.get(block.get("total", ""))
        noted = "notes" in block
        money, notes = (38, UNITS - self._label - _ITEM - 38) if noted else (UNITS - self._label - _ITEM, 0)
        heading = (label(block.get("head", "项目"), _ITEM), label("金额(元)", money))
        rows = [(*heading, label("备注", notes)) if noted else heading]
        for title, amount, note in items:
            line = (cell(title, _ITEM), cell(amount, money, align=END))
            rows.append((*line, cell(note, notes)) if noted else line)
        if "total" in block:
            words = (Words(text=written_amount(total)), Words(text=capital(total), style=SMALL))
            spoken = self.filled.values.get(block.get("notes", ""))
            sums = (label("合计", _ITEM), Cell(span=money, align=END, words=tuple(w for w in words if w.text)))
            note = plain(spoken) if isinstance(spoken, str) else ""
            rows.append((*sums, cell(note, notes)) if noted else sums)
        first = (label(block["label"], self._label, rows=len(rows)), *rows[0])
        return Grid(rows=(first, *rows[1:]))

    def _amounts_across(self, block: Block) -> Grid:
        """The items side by side, as the application's paper has them, and the capital amount below."""
        items, total = self._items(block), self.filled.values.get(block.get("total", ""))
        titles, amounts = [title for title, _, _ in items], [amount for _, amount, _ in items]
        if "total" in block:
            titles, amounts = [*titles, "合计"], [*amounts, written_amount(total)]
        first = 14
        parts = shared_out([1.0] * len(titles), UNITS - self._label - first)
        rows: list[Row] = [
            (label("", first), *(label(title, part) for title, part in zip(titles, parts, strict=True))),
            (
                label("金额(元)", first),
                *(cell(each, part, align=CENTER) for each, part in zip(amounts, parts, strict=True)),
            ),
        ]
        if "total" in block:
            rows.append((label("大写", first), cell(capital(total), sum(parts))))
        lead = label(block["label"], self._label, rows=len(rows))
        return Grid(rows=((lead, *rows[0]), *rows[1:]))

    def _signature_grid(self) -> list[Grid]:
        places = self.paper.signatures
        if not places:
            return []
        parts = shared_out([1.0] * len(places), UNITS)
        heads = tuple(label(place["label"], part) for place, part in zip(places, parts, strict=True))
        below = tuple(
            Cell(span=part, words=self._signed(place), tall=_SIGNED_TALL)
            for place, part in zip(places, parts, strict=True)
        )
        return [Grid(rows=(heads, below), head=1)]

    def _signed(self, place: Mapping[str, str]) -> tuple[Words, ...]:
        if "step" in place:
            return signed(self._signatures(place["step"]))
        return self._in_words(place)

    def _signing(self, place: Mapping[str, str]) -> Signing:
        words = self._in_words(place)
        if "step" in place:
            dated = any(other.get("day") == place["step"] for other in self.paper.signatures)
            words = signed_briefly(self._signatures(place["step"]), day=not dated)
        return Signing(label=place["label"], words=words)

    def _in_words(self, place: Mapping[str, str]) -> tuple[Words, ...]:
        """A value of the form, or the day on which a step was done."""
        if "day" in place:
            return tuple(Words(text=long_day(day_of(each))) for each in self._signatures(place["day"])[-1:])
        text = self._written(place)
        return (Words(text=text),) if text else ()

    def _signatures(self, step: str) -> Sequence[Signature]:
        return self.filled.signatures.get(step, ())
