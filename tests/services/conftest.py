"""People beyond the fixed cast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from services.database import db
from services.people.administration import NewPerson, add_people
from services.people.models import DbUser


@pytest.fixture
def second_finance_clerk(app: Flask) -> Iterator[str]:
    """A second person at the finance post, so that its tasks are claimed."""
    username = "finance2"
    if db.session.query(DbUser).filter_by(username=username).first() is None:
        person = NewPerson(username=username, name="刘芳", department="财务部", posts=("财务部",), superior="finance")
        add_people([person], password="a long password")
    _set_active(username, active=True)
    yield username
    _set_active(username, active=False)


def _set_active(username: str, *, active: bool) -> None:
    db.session.query(DbUser).filter_by(username=username).update({"active": active})
    db.session.commit()
