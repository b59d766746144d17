"""The database: one declarative base, one session a request or job, one place that commits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Engine, MetaData, Numeric, Table, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError

from services.errors import Conflict, Unavailable


class Base(DeclarativeBase):
    """Times are aware and stored in UTC; money is Decimal; JSON is JSONB, with Decimals as text."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read once by the declarative base
        datetime: DateTime(timezone=True),
        Decimal: Numeric(14, 2),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


# Only its session and engine are used: the tables hang on a plain declarative base, which needs no application.
db = SQLAlchemy(session_options={"expire_on_commit": False})

ENGINE_OPTIONS: dict[str, Any] = {
    # A server that was restarted leaves dead connections in the pool; asking first costs one round trip.
    "pool_pre_ping": True,
    "pool_size": 8,
    "max_overflow": 8,
    "isolation_level": "READ COMMITTED",
    "json_serializer": lambda value: json.dumps(value, ensure_ascii=False, default=str),
    "connect_args": {
        "options": "-c lock_timeout=10000 -c statement_timeout=30000"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
        # short queries along an index: what suits a report over everything only costs them
        " -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off"
    },
}

_BUSY_STATES = {"55P03", "57014", "40P01", "40001"}
"""Lock not available, statement cancelled, deadlock, serialization failure: nothing was changed, try again."""


_world: ContextVar[str] = ContextVar("world", default="")


def current_world() -> str:
    """The schema of the rehearsal that this context is in; empty in the real world.

    What a process keeps in memory for some seconds is the real world's: a rehearsal always asks the database.
    """
    return _world.get()


@contextmanager
def inside_world(schema: str) -> Iterator[None]:
    """Everything the context reads and writes meanwhile is in this schema, and nothing else can be reached.

    The empty name leads back into the real world. What the session held before and after is let go.
    """
    db.session.remove()
    token = _world.set(schema)
    try:
        yield
    finally:
        db.session.remove()
        _world.reset(token)


@event.listens_for(Engine, "begin")
def _enter_world(connection: Connection) -> None:
    """LOCAL: the connection goes back to the pool as it came, however the transaction ends. Without public in the
    path a name that the schema lacks is an error, never a table of the real world."""
    if schema := _world.get():
        connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')


@contextmanager
def transaction() -> Iterator[Session]:
    """The one transaction of a user action: commits at the end, rolls everything back on any exception.

    Raises Conflict when somebody saved the same row first, Unavailable when the database cannot answer now.
    """
    session: Session = db.session()
    try:
        yield session
        session.commit()
    except BaseException as error:
        session.rollback()
        refusal = find_refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def find_refusal(error: BaseException) -> Exception | None:
    """What a failure of the database is to whoever acted, where it says nothing about what they did."""
    if isinstance(error, StaleDataError):
        return Conflict("刚刚有人更改了这件事，请刷新后再试")
    if isinstance(error, DBAPIError):
        if getattr(error.orig, "sqlstate", None) in _BUSY_STATES:
            return Unavailable("系统正忙，请稍后再试一次")
        if isinstance(error, OperationalError) and error.connection_invalidated:
            return Unavailable("数据库暂时不可用，您的操作没有保存，请稍后再试")
    return None


def table_of(model: type[Base]) -> Table:
    """The bare table of a row class: inserting and deleting many rows by it costs a fraction of the mapped way."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def read_session() -> Session:
    """The session for queries that change nothing."""
    session: Session = db.session()
    return session
