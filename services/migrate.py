"""Bringing the database to the schema of this version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from services.play.world import drop_every_world

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"
# Any constant will do: it names the lock that lets one process migrate while the others wait.
_LOCK = 7_253_104


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction; several processes may ask at once."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if not is_current(connection):
            drop_every_world(connection)
        command.upgrade(_config(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one this version expects."""
    head = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    attributes: dict[str, Any] = {"connection": connection}
    config.attributes.update(attributes)
    return config
