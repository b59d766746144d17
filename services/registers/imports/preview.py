"""What a file would do, as it is shown before anybody confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registers.imports.comparing import CHANGED, NEW, REFUSED, UNCHANGED
from services.registers.imports.layouts import Layout, get_layout_for, said
from services.registers.imports.models import DbImport, DbImportRow
from services.registers.imports.rows import REPORT_HEADINGS, Problem
from services.registers.imports.staging import get_staged
from services.types import Actor

SHOWN = 100
"""So many rows of each kind are shown."""


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """A row with what it changes, or with what is wrong with it."""

    number: int
    key: str
    changes: list[ShownChange]
    problems: list[Problem]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """``rows`` are the first hundred of each kind."""

    head: DbImport
    layout: Layout
    rows: dict[str, list[ShownRow]]


def preview(session: Session, actor: Actor, register: str, import_id: int, *, now: datetime) -> Preview:
    """Raises NotFound, NotPermitted."""
    layout = get_layout_for(actor, register)
    head = get_staged(session, actor, register, import_id, now=now)
    rows = {kind: _rows(session, layout, head, kind) for kind in (REFUSED, CHANGED, NEW, UNCHANGED)}
    return Preview(head=head, layout=layout, rows=rows)


def _rows(session: Session, layout: Layout, head: DbImport, kind: str) -> list[ShownRow]:
    query = select(DbImportRow).where(DbImportRow.import_id == head.id, DbImportRow.kind == kind)
    found = session.scalars(query.order_by(DbImportRow.number).limit(SHOWN))
    return [
        ShownRow(
            number=row.number,
            key=row.key,
            changes=_changes(layout, row),
            problems=[Problem(**problem) for problem in row.problems],
        )
        for row in found
    ]


def _changes(layout: Layout, row: DbImportRow) -> list[ShownChange]:
    """In the order of the columns."""
    return [
        ShownChange(
            label=column.label,
            before=said(layout, column.key, row.changes[column.key][0]),
            after=said(layout, column.key, row.changes[column.key][1]),
        )
        for column in layout.columns
        if column.key in row.changes and column.key not in layout.key
    ]


def refused_rows(
    session: Session, actor: Actor, register: str, import_id: int, *, now: datetime
) -> Iterator[list[str]]:
    """The refused rows as a file to correct: the heading, then each row as it was typed, with its number and what is
    wrong. Raises NotFound, NotPermitted."""
    layout = get_layout_for(actor, register)
    head = get_staged(session, actor, register, import_id, now=now)
    yield [*(layout.by_key[name].label for name in head.columns), *REPORT_HEADINGS]
    query = select(DbImportRow).where(DbImportRow.import_id == head.id, DbImportRow.kind == REFUSED)
    for row in session.scalars(query.order_by(DbImportRow.number)).yield_per(1_000):
        reasons = "；".join(f"{problem['column']}：{problem['reason']}" for problem in row.problems)
        yield [*row.typed, str(row.number), reasons]
