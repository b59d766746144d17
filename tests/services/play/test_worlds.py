"""A world of its own: nothing that is kept in memory or in a connection leads from one into another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from services.database import current_world, db, inside_world, read_session, transaction
from services.errors import Conflict
from services.play.models import DbPlay
from services.play.plays import MOST, end_play, start_play
from services.play.world import drop_every_world, list_worlds
from services.registers.models import DbCustomer, DbGift
from services.types import Actor

Cast = Callable[[str], Actor]


@pytest.fixture
def world(cast: Cast, now: datetime) -> str:
    owner = cast("owner")
    play_id = start_play(owner, "hospitality", person_id=cast("specialist").id, begins=now, now=now)
    return str(db.session.get_one(DbPlay, play_id).schema_name)


def test_registers_come_along_and_cases_begin_empty(world: str) -> None:
    customers = db.session.scalar(select(func.count()).select_from(DbCustomer))
    with inside_world(world):
        session = read_session()
        assert session.scalar(select(func.count()).select_from(DbCustomer)) == customers
        assert session.scalar(text("SELECT count(*) FROM cases")) == 0
        assert session.scalar(text("SELECT bool_and(password_hash = '') FROM users"))


def test_the_real_tables_cannot_be_named_inside(world: str) -> None:
    with inside_world(world), pytest.raises(ProgrammingError):
        read_session().execute(text("SELECT 1 FROM procrastinate_jobs"))


def test_a_statement_that_a_connection_knows_by_heart_reads_the_world_it_is_sent_in(world: str) -> None:
    """psycopg prepares what it has sent several times; PostgreSQL plans it anew for another search path."""
    query = select(DbGift.stock).order_by(DbGift.id).limit(1)
    for _ in range(8):
        real = read_session().scalar(query)
    with inside_world(world):
        with transaction() as session:
            session.execute(text("UPDATE gifts SET stock = stock + 7"))
        for _ in range(8):
            assert read_session().scalar(query) == real + 7
    for _ in range(8):
        assert read_session().scalar(query) == real


def test_no_connection_keeps_the_world_after_a_failure(world: str) -> None:
    with pytest.raises(ProgrammingError), inside_world(world), transaction() as session:
        session.execute(text("SELECT * FROM nothing_of_that_name"))
    assert current_world() == ""
    for _ in range(4):
        assert world not in str(read_session().scalar(text("SHOW search_path")))
        db.session.remove()


def test_nobody_opens_worlds_without_end(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    begun = [start_play(owner, "gift", person_id=owner.id, begins=now, now=now) for _ in range(MOST)]
    with pytest.raises(Conflict, match="请先结束一个"):
        start_play(owner, "gift", person_id=owner.id, begins=now, now=now)
    end_play(owner, begun[0])
    assert len(list_worlds(db.session.connection())) == MOST - 1


def test_a_migration_drops_every_world(world: str) -> None:
    drop_every_world(db.session.connection())
    db.session.commit()
    assert list_worlds(db.session.connection()) == []
    assert db.session.query(DbPlay).count() == 0
