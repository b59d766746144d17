"""The schema has one truth: what the migrations make is what the row classes say."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

from services.database import db
from services.migrate import is_current, migrate
from services.models import Base


def of_ours(_thing: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    return not (kind == "table" and (name or "").startswith("procrastinate"))


def test_migrations_and_models_agree(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": of_ours, "compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(app: Flask) -> None:
    migrate(db.engine)
    with db.engine.connect() as connection:
        assert is_current(connection)
