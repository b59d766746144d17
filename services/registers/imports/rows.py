"""The rows of a file as entries of a register: each is read, or refused with its number, column and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.registers.imports.bounds import FileRefused
from services.registers.imports.cells import Cell, Refused, Value, is_blank, shown
from services.registers.imports.files import Sheet
from services.registers.imports.layouts import CONTACT_FIELDS, Column, Layout, key_of, missing

REPORT_HEADINGS = ("原行号", "原因")
"""What a file of refused rows has beside their columns; nothing to import when it comes back corrected."""
_REQUIRED = "此项必填"
_TWICE = "与第 {row} 行重复"
_NO_CONTACT = "填写了联系人的资料，但没有联系人姓名"
_CONTACT = "contact"


@dataclass(frozen=True)
class Problem:
    """``column`` is the label of the column that it stands in."""

    column: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReadRow:
    """``values`` are the fields that the file sets, the key among them; ``number`` is the row's in the file."""

    number: int
    key: str
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """``typed`` is what stood in the columns that were read."""

    number: int
    key: str
    problems: list[Problem]
    typed: list[str]


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """``unknown`` are headings that mean no column, ``told`` those of an export that a file cannot change."""

    name: str
    read_as: str
    columns: tuple[Column, ...]
    unknown: list[str]
    told: list[str]
    rows: list[ReadRow]
    refused: list[RefusedRow]
    typed: Callable[[int], list[str]]
    """What stood in the columns of a row."""


def read_rows(layout: Layout, sheet: Sheet) -> ReadFile:
    """Raises FileRefused when there is no heading, or one without the columns that every row needs."""
    top = next((number for number, row in enumerate(sheet.rows) if not all(map(is_blank, row))), None)
    if top is None:
        raise FileRefused("文件是空的")
    headings = [shown(cell).strip() for cell in sheet.rows[top]]
    places, unknown, told = _places(layout, headings)
    _refuse_missing(layout, [column for _at, column in places], headings)
    reader = _Reader(layout, places)
    for number, row in enumerate(sheet.rows[top + 1 :], top + 2):
        if not all(map(is_blank, row)):
            reader.take(number, row)
    if not reader.rows and not reader.refused:
        raise FileRefused("文件只有标题行，没有要导入的内容")
    return ReadFile(
        name=sheet.name,
        read_as=sheet.read_as,
        columns=tuple(column for _at, column in places),
        unknown=unknown,
        told=told,
        rows=reader.rows,
        refused=reader.refused,
        typed=lambda number: reader.typed(sheet.rows[number - 1]),
    )


def _places(layout: Layout, headings: list[str]) -> tuple[list[tuple[int, Column]], list[str], list[str]]:
    """Where each column stands, the headings that are unknown and those of columns that are not imported."""
    places: list[tuple[int, Column]] = []
    unknown: list[str] = []
    told: list[str] = []
    for at, heading in enumerate(headings):
        column = layout.find(heading) if heading else None
        if not heading or heading in REPORT_HEADINGS:
            continue
        if column is None:
            unknown.append(heading[:60])
        elif column in layout.told:
            told.append(column.label)
        elif column in (known for _at, known in places):
            raise FileRefused("“{label}”这一列出现了两次，请只保留一列", label=column.label)
        else:
            places.append((at, column))
    return places, unknown, told


def _refuse_missing(layout: Layout, found: list[Column], headings: list[str]) -> None:
    lacking = missing(layout, found)
    keys = {column.key for column in found}
    if keys & set(CONTACT_FIELDS) and _CONTACT not in keys:
        lacking.append(layout.by_key[_CONTACT])
    if lacking:
        raise FileRefused(
            "缺少必需的列：{lacking}。第一行应为标题，读到的是：{headings}",
            lacking="、".join(column.label for column in lacking),
            headings="、".join(heading[:20] for heading in headings[:15] if heading),
        )


class _Reader:
    """Reads row after row, and remembers where each key was met first."""

    def __init__(self, layout: Layout, places: list[tuple[int, Column]]) -> None:
        self.rows: list[ReadRow] = []
        self.refused: list[RefusedRow] = []
        self._layout = layout
        self._places = places
        self._first: dict[str, int] = {}

    def take(self, number: int, row: list[Cell]) -> None:
        values: dict[str, Value] = {}
        problems: list[Problem] = []
        for at, column in self._places:
            self._read(column, row[at] if at < len(row) else None, values, problems)
        key = key_of(self._layout, values) if all(name in values for name in self._layout.key) else ""
        problems += self._about_row(key, number, values)
        if problems:
            self.refused.append(RefusedRow(number=number, key=key, problems=problems, typed=self.typed(row)))
        else:
            self.rows.append(ReadRow(number=number, key=key, values=values))

    def typed(self, row: list[Cell]) -> list[str]:
        """What stands in the columns that are read."""
        return [shown(row[at]) if at < len(row) else "" for at, _column in self._places]

    def _read(self, column: Column, cell: Cell, values: dict[str, Value], problems: list[Problem]) -> None:
        if is_blank(cell):
            if column.required:
                problems.append(Problem(column.label, _REQUIRED))
            elif not column.fixed:
                values[column.key] = column.empty
            return
        try:
            values[column.key] = column.read(cell)
        except Refused as refusal:
            problems.append(Problem(column.label, str(refusal)))

    def _about_row(self, key: str, number: int, values: dict[str, Value]) -> Iterable[Problem]:
        if key:
            first = self._first.setdefault(key, number)
            if first != number:
                yield Problem(self._layout.by_key[self._layout.key[0]].label, _TWICE.format(row=first))
        if _CONTACT in self._layout.by_key and _CONTACT not in values:
            if any(values.get(name) for name in CONTACT_FIELDS):
                yield Problem(self._layout.by_key[_CONTACT].label, _NO_CONTACT)
            for name in CONTACT_FIELDS:
                values.pop(name, None)
