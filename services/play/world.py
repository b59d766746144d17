"""The parallel world of a rehearsal: a schema with every table, filled with people, registers and processes.

Statements name tables without a schema, and inside a world nothing else is in the path: what is played cannot reach
the real world, whatever it does. Cases, tasks, histories, notices and reservations begin empty; queues and the
triggers that wake open pages exist in the real world alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cache

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from services.errors import Conflict
from services.models import Base

PREFIX = "huiqian_play_"
MOST_ROWS = 2_000
"""So many of a register's newest rows come along, and the customers of the orders among them."""

_WHOLE = ("departments", "users", "posts", "post_holders", "substitutes", "company_days")
_NEWEST = ("gifts", "budgets", "orders", "solution_templates")
_LEFT_OUT = {
    # nobody signs in there, and no mail goes out
    "users": {"password_hash": "''", "email": "''"},
    "solution_templates": {"case_id": "NULL"},
}


def make_world(session: Session) -> str:
    """A new world in the caller's transaction, which is in the real one; its schema's name."""
    schema = f"{PREFIX}{secrets.token_hex(8)}"
    connection = session.connection()
    real = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    script = [
        f'CREATE SCHEMA "{schema}"',
        f'SET LOCAL search_path TO "{schema}"',
        *_tables(),
        *_copies(f'"{real}"'),
        *_indexes(),
        *_sequences(f'"{real}"'),
        f'SET LOCAL search_path TO "{real}"',
    ]
    _run(connection, script)
    return schema


def drop_world(session: Session, schema: str) -> None:
    """The world is gone with the caller's commit."""
    assert schema.startswith(PREFIX)
    session.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))


def list_worlds(connection: Connection) -> list[str]:
    """Every world there is, also one whose rehearsal was forgotten."""
    query = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix) ORDER BY nspname")
    return list(connection.scalars(query, {"prefix": PREFIX}))


def drop_every_world(connection: Connection) -> None:
    """Before the tables change their shape: a rehearsal is quickly begun again."""
    for schema in list_worlds(connection):
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    if connection.scalar(text("SELECT to_regclass('plays')")) is not None:
        connection.execute(text("DELETE FROM plays"))


def _run(connection: Connection, script: list[str]) -> None:
    """In one go: some hundred statements would otherwise be as many round trips."""
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        driver.execute(";\n".join(script))
    except InsufficientPrivilege as error:
        raise Conflict("数据库账号不能新建模式，暂时不能试运行；请系统管理员授予 CREATE 权限") from error


@cache
def _tables() -> tuple[str, ...]:
    """Without foreign keys, because registers only come in part; everything else is as in the real tables."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = Base.metadata.tables.values()
    return tuple(str(CreateTable(each, include_foreign_key_constraints=[]).compile(dialect=dialect)) for each in tables)


@cache
def _indexes() -> tuple[str, ...]:
    """After the rows, which is quicker."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    found = (index for table in Base.metadata.tables.values() for index in table.indexes)
    return tuple(str(CreateIndex(index).compile(dialect=dialect)) for index in found)


def _copies(real: str) -> Iterator[str]:
    for table in _WHOLE:
        yield _copy(real, table)
    for table in _NEWEST:
        yield _copy(real, table, f"ORDER BY id DESC LIMIT {MOST_ROWS}")
    newest = f"id IN (SELECT id FROM {real}.customers ORDER BY id DESC LIMIT {MOST_ROWS})"  # noqa: S608 - our names
    yield _copy(real, "customers", f"WHERE {newest} OR id IN (SELECT customer_id FROM orders)")  # noqa: S608
    yield _copy(real, "contacts", "WHERE customer_id IN (SELECT id FROM customers)")
    yield _copy(real, "processes")
    in_force = f"(process_key, number) IN (SELECT key, current_version FROM {real}.processes)"  # noqa: S608
    yield _copy(real, "process_versions", f"WHERE {in_force}")


def _copy(real: str, table: str, which: str = "") -> str:
    columns = [column.name for column in Base.metadata.tables[table].columns]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_LEFT_OUT.get(table, {}).get(name, f'"{name}"') for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {real}.{table} {which}"  # noqa: S608


def _sequences(real: str) -> Iterator[str]:
    """Registers and versions go on counting behind what the real ones have, so that no id means two things."""
    for table in (*_WHOLE, *_NEWEST, "customers", "contacts", "process_versions"):
        column = Base.metadata.tables[table].c.get("id")
        if column is not None:
            last = f"(SELECT coalesce(max(id), 0) + 1 FROM {real}.{table})"  # noqa: S608
            yield f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last}, false)"
