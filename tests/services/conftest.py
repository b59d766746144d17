"""People beyond the fixed cast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from services.database import db
from services.people.administration import NewPerson, add_people
from services.people.models import DbUser
from tests.support.channels import receivers  # noqa: F401 - a fixture


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


@pytest.fixture
def namesakes(app: object) -> Iterator[None]:
    """Two people of one name, and one who left."""
    if db.session.query(DbUser).filter_by(username="lijing").first() is None:
        people = [
            NewPerson(username="lijing", name="李静", department="财务部", posts=(), superior="finance"),
            NewPerson(username="lijing2", name="李静", department="办公室", posts=(), superior="office"),
            NewPerson(username="gone", name="何离", department="办公室", posts=(), superior="office"),
        ]
        add_people(people, password="a long password")
    _set_active("lijing", "lijing2", active=True)
    _set_active("gone", active=False)
    yield
    _set_active("lijing", "lijing2", active=False)


def _set_active(*usernames: str, active: bool) -> None:
    db.session.query(DbUser).filter(DbUser.username.in_(usernames)).update({"active": active})
    db.session.commit()
