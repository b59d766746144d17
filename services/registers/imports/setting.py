"""How the fields of ``COMPARED`` become columns of a register, in one statement for all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registers.changes import IMPORT
from services.registers.imports.by import By, Moved
from services.registers.imports.comparing import CHANGED, COMPARED, NEW
from services.registers.imports.layouts import Layout
from services.registers.models import DbRegisterChange

FIELDS = COMPARED.c.fields


def field(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a file says of a column, in the column's type; NULL where it says nothing."""
    return cast(FIELDS[name].astext, column.type)


def add_new(session: Session, table: Table, key: str, values: Mapping[str, Any]) -> None:
    """Add the new entries. Raises Moved when one of them is there by now."""
    wanted = select(COMPARED.c.key, *values.values()).where(COMPARED.c.kind == NEW).order_by(COMPARED.c.number)
    # the columns that are computed for searching are filled in afterwards
    statement = insert(table).from_select([key, *values], wanted, include_defaults=False)
    added = session.execute(statement.on_conflict_do_nothing().returning(table.c.id)).all()
    if len(added) != session.scalar(select(func.count()).where(COMPARED.c.kind == NEW)):
        raise Moved


def change_old(
    session: Session, layout: Layout, table: Table, present: Sequence[str], more: Mapping[str, Any] | None = None
) -> None:
    """Give the changed entries what the file says in the columns that it has (``present``)."""
    direct = [layout.by_key[name] for name in present if name in table.c and name not in layout.key]
    values: dict[str, Any] = {
        column.key: func.coalesce(field(column.key, table.c[column.key]), table.c[column.key])
        if column.fixed
        else field(column.key, table.c[column.key])
        for column in direct
    }
    values |= more or {}
    if values:
        theirs = and_(table.c.id == COMPARED.c.entry_id, COMPARED.c.kind == CHANGED)
        session.execute(update(table).where(theirs).values(values))


def keep_history(session: Session, register: str, by: By, but: ColumnElement[bool] | None = None) -> None:
    """A line in the register's history for every entry that is new or changed, except for those of ``but``."""
    rows = select(
        literal(register),
        COMPARED.c.key,
        literal(by.now),
        literal(by.user_id, DbRegisterChange.user_id.type),
        literal(IMPORT),
        COMPARED.c.changes,
    ).where(COMPARED.c.kind.in_((NEW, CHANGED)), COMPARED.c.changes != {})
    if but is not None:
        rows = rows.where(~but)
    columns = ["register", "key", "at", "user_id", "source", "changes"]
    session.execute(
        insert(DbRegisterChange).from_select(columns, rows.order_by(COMPARED.c.number), include_defaults=False)
    )
