"""What most commands open first: the application and a database of the right schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask import Flask

from services.database import db
from services.migrate import is_current
from webapp.application import create_app
from webapp.settings import read_settings


@contextmanager
def application(*, demo: bool = False, migrated: bool = True) -> Iterator[Flask]:
    """An application context. Refuses a database whose schema is not this version's."""
    app = create_app(read_settings(demo=demo))
    with app.app_context():
        if migrated:
            with db.engine.connect() as connection:
                if not is_current(connection):
                    raise click.ClickException("the database has another schema; run: huiqian migrate")
        yield app


def now() -> datetime:
    return datetime.now(UTC)
