"""The rows of a file beside what the register holds: which are new, which change what, which change nothing.

Two temporary tables, gone with the transaction: the rows as they came, and the same with what they mean. Everything is
a few statements, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from sqlalchemy import (
    Column,
    FromClause,
    Integer,
    MetaData,
    Table,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.registers.imports.cells import Value
from services.registers.imports.entries import entries
from services.registers.imports.layouts import Layout

NEW, CHANGED, UNCHANGED, REFUSED = KINDS = ("new", "changed", "unchanged", "refused")
_STATEMENT_SECONDS = 300
_TEMPORARY = ("TEMPORARY",)

COMING = Table(
    "coming_rows",
    MetaData(),
    Column("number", Integer),
    Column("key", Text),
    Column("fields", JSONB),
    prefixes=_TEMPORARY,
    postgresql_on_commit="DROP",
)
COMPARED = Table(
    "compared_rows",
    MetaData(),
    Column("number", Integer),
    Column("key", Text),
    Column("fields", JSONB),
    Column("entry_id", Integer),
    Column("kind", Text),
    Column("changes", JSONB),
    prefixes=_TEMPORARY,
    postgresql_on_commit="DROP",
)


def allow_time(session: Session) -> None:
    """A large file takes longer than what an ordinary action is allowed."""
    session.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'"))


def bring(session: Session, rows: Iterable[tuple[int, str, Mapping[str, Value]]]) -> None:
    """Make ``COMING`` of rows: number, key and fields."""
    COMING.create(session.connection())
    driver = session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy("COPY coming_rows (number, key, fields) FROM STDIN") as copy:
        for number, key, fields in rows:
            copy.write_row((number, key, orjson.dumps(fields).decode()))
    session.execute(text("ANALYZE coming_rows"))


def bring_from(session: Session, source: FromClause, condition: object) -> None:
    """Make ``COMING`` of rows that are in the database already."""
    COMING.create(session.connection())
    rows = select(source.c.number, source.c.key, source.c.fields).where(condition)  # type: ignore[arg-type]
    session.execute(insert(COMING).from_select(["number", "key", "fields"], rows))
    session.execute(text("ANALYZE coming_rows"))


def compare(session: Session, layout: Layout) -> None:
    """Make ``COMPARED`` of ``COMING``, by what the register holds now."""
    known = entries(layout.register).subquery()
    facts = known.c.facts
    each = func.jsonb_each(COMING.c.fields).table_valued("key", Column("value", JSONB)).lateral("each_field")
    before = func.coalesce(facts.op("->")(each.c.key), cast(literal("null"), JSONB))
    empty = each.c.value.in_([cast(literal('""'), JSONB), cast(literal("null"), JSONB)])
    differs = case((facts.is_(None), ~empty), else_=before.is_distinct_from(each.c.value))
    changes = (
        select(func.jsonb_object_agg(each.c.key, func.jsonb_build_array(before, each.c.value)))
        .select_from(each)
        # the history of a new entry begins with what names it
        .where(or_(each.c.key.not_in(layout.key), facts.is_(None)), differs)
        .scalar_subquery()
    )
    asked = select(COMING, known.c.id.label("entry_id"), changes.label("changes"))
    found = asked.select_from(COMING.outerjoin(known, known.c.key == COMING.c.key)).subquery()
    kind = case((found.c.entry_id.is_(None), NEW), (found.c.changes.is_(None), UNCHANGED), else_=CHANGED)
    meant = select(
        found.c.number,
        found.c.key,
        found.c.fields,
        found.c.entry_id,
        kind,
        func.coalesce(found.c.changes, cast(literal("{}"), JSONB)),
    )
    COMPARED.create(session.connection())
    session.execute(insert(COMPARED).from_select([column.name for column in COMPARED.columns], meant))
    session.execute(text("ANALYZE compared_rows"))


def count_kinds(session: Session) -> dict[str, int]:
    """How many rows of ``COMPARED`` there are of each kind."""
    counted = dict.fromkeys(KINDS, 0)
    query = select(COMPARED.c.kind, func.count()).group_by(COMPARED.c.kind)
    return counted | dict(iter(session.execute(query)))


def differs_from(session: Session, seen: FromClause, condition: object) -> bool:
    """Whether any row of ``COMPARED`` is another than it was when somebody looked at it."""
    query = (
        select(COMPARED.c.number)
        .join(seen, seen.c.number == COMPARED.c.number)
        .where(
            condition,  # type: ignore[arg-type]
            or_(
                seen.c.kind.is_distinct_from(COMPARED.c.kind),
                seen.c.changes.is_distinct_from(COMPARED.c.changes),
            ),
        )
        .limit(1)
    )
    return session.scalar(query) is not None
