"""What really goes to the database: every statement of every library on a connection, and every commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, event


@dataclass
class Traffic:
    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def traffic(engine: Engine) -> Iterator[Traffic]:
    """Counts below SQLAlchemy, because the job queue writes on the driver's own connection."""
    seen = Traffic()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            seen.statements.append(_text(query))
            return super().execute(query, *arguments, **options)

        def executemany(self, query: Any, *arguments: Any, **options: Any) -> Any:
            seen.statements.append(_text(query))
            return super().executemany(query, *arguments, **options)

    def use_cursor(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Cursor

    def note_commit(_connection: Any) -> None:
        seen.commits += 1

    # connections that are open already would not be counted
    engine.dispose()
    event.listen(engine, "connect", use_cursor)
    event.listen(engine, "commit", note_commit)
    try:
        yield seen
    finally:
        event.remove(engine, "connect", use_cursor)
        event.remove(engine, "commit", note_commit)
        engine.dispose()


def _text(query: Any) -> str:
    text = query.decode() if isinstance(query, bytes) else str(query)
    return " ".join(text.split())
