"""One PostgreSQL for the run, one database a test process, cleared between tests; and the fixed cast."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import case, delete, text, update
from sqlalchemy.exc import OperationalError

from services import embedded_postgres
from services.cases import case_run
from services.database import db
from services.demo import load_demo
from services.demo_gifts import GIFTS
from services.demo_orders import load_orders
from services.migrate import migrate
from services.notices import channels
from services.people import stand_ins
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.play.world import drop_every_world
from services.registers.models import DbContact, DbCustomer, DbGift
from services.tasks.working_times import forget_working_times
from services.types import Actor, DepartmentId, UserId
from tests.support.clearing import clear_tables
from tests.support.clients import PoliteClient
from webapp.application import create_app
from webapp.cli.running import LIBRARY, publish_library
from webapp.settings import Settings

# Monday 09:00 in Shanghai, in a week without holidays.
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

# How long an example takes depends on what else the machine does; speed is measured in benchmarks. The examples are
# the same in every run, so that a change is judged by what it changed.
hypothesis.settings.register_profile("huiqian", deadline=None, derandomize=True)
hypothesis.settings.load_profile("huiqian")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-faults", action="store_true", help="also run the kill and race runs of tests/faults")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The fault runs take minutes and kill servers: `make faults` asks for them."""
    if collection_path.name == "faults" and not config.getoption("--run-faults"):
        return True
    return None


def pytest_configure(config: pytest.Config) -> None:
    """One home for all test processes of a run, so that they share the server.

    Not in pytest's own folder: other runs take its rights away from the database server's account.
    """
    if not hasattr(config, "workerinput"):
        os.environ["HUIQIAN_TEST_HOME"] = tempfile.mkdtemp(prefix="huiqian-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        used = Path(os.environ.pop("HUIQIAN_TEST_HOME"))
        embedded_postgres.stop(used)
        shutil.rmtree(used, ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Path:
    return Path(os.environ["HUIQIAN_TEST_HOME"])


@pytest.fixture(scope="session")
def database_url(home: Path) -> Iterator[str]:
    """A database of this test process alone, on the user's server or on the embedded one."""
    given = os.environ.get("DATABASE_URL", "")
    server = given.replace("postgresql://", "postgresql+psycopg://", 1) if given else embedded_postgres.start(home)
    plain = server.replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = psycopg.conninfo.conninfo_to_dict(plain)
    yield _url({**parts, "dbname": name})
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(parts: dict[str, object]) -> str:
    user = str(parts.get("user", ""))
    password = f":{parts['password']}" if parts.get("password") else ""
    host, port = str(parts.get("host", "")), parts.get("port")
    if host.startswith("/"):
        return f"postgresql+psycopg://{user}{password}@/{parts['dbname']}?host={host}" + (
            f"&port={port}" if port else ""
        )
    return f"postgresql+psycopg://{user}{password}@{host}:{port or 5432}/{parts['dbname']}"


@pytest.fixture(scope="session")
def settings(home: Path, database_url: str) -> Settings:
    return Settings(
        home=home,
        database_url=database_url,
        secret_key="a secret of the tests",
        base_url="http://localhost",
        mail_url="",
        port=8000,
        demo=True,
    )


@pytest.fixture(scope="session")
def prepared_app(settings: Settings) -> Iterator[Flask]:
    """The application on a database with the demo company and the process library."""
    made = create_app(settings)
    made.config["TESTING"] = False
    with made.app_context():
        migrate(db.engine)
        load_demo(now=MONDAY)
        publish_library()
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(prepared_app: Flask) -> Iterator[Flask]:
    """The application inside a context, with no cases yet."""
    with prepared_app.app_context():
        clear()
        yield prepared_app
        db.session.remove()


def clear() -> None:
    """Everything that cases leave behind is gone; people, the library's processes and plans of money stay."""
    for _try in range(5):
        try:
            _clear_database()
            break
        except OperationalError:
            # a request that a browser left behind, such as the saving of a draft, was still at it
            db.session.rollback()
    else:
        _clear_database()
    case_run.forget_calendar()
    forget_working_times()
    channels.forget_channels()
    stand_ins.forget_substitutes()


def _clear_database() -> None:
    drop_every_world(db.session.connection())
    clear_tables(db.session())
    db.session.execute(text("UPDATE budgets SET reserved = 0, spent = 0 WHERE (reserved, spent) <> (0, 0)"))
    _restock()
    _restore_orders()
    # what tests publish for themselves: the library's processes are at their first version again, others are gone
    library = {"library": [folder.name for folder in LIBRARY.iterdir()]}
    for statement in (
        "DELETE FROM process_versions WHERE process_key <> ALL(:library) OR number > 1",
        "DELETE FROM processes WHERE key <> ALL(:library)",
        "UPDATE processes SET current_version = 1 WHERE current_version > 1",
        "UPDATE processes SET stopped_at = NULL WHERE stopped_at IS NOT NULL",
    ):
        db.session.execute(text(statement), library if ":library" in statement else {})
    db.session.commit()


_ORDERS_AS = (
    "SELECT md5(string_agg(concat_ws(',', number, customer_id, state, recipient, phone, address, carrier,"
    " tracking_number, pickup_at, changed_at), ';' ORDER BY id)) FROM orders"
)
_orders_as_loaded = ""


def _restore_orders() -> None:
    """The orders of the demo company as they were, and no others."""
    global _orders_as_loaded
    if db.session.scalar(text(_ORDERS_AS)) != _orders_as_loaded:
        db.session.execute(text("TRUNCATE orders RESTART IDENTITY CASCADE"))
        load_orders(db.session, now=MONDAY)
        db.session.flush()
        _orders_as_loaded = db.session.scalar(text(_ORDERS_AS))


def _restock() -> None:
    """The gifts of the demo company, all there, and no others."""
    db.session.execute(delete(DbGift).where(DbGift.code.not_in([gift.code for gift in GIFTS])))
    stock = case({gift.code: gift.stock for gift in GIFTS}, value=DbGift.code)
    touched = (DbGift.reserved != 0) | (DbGift.stock != stock)
    db.session.execute(update(DbGift).where(touched).values(reserved=0, stock=stock))


@pytest.fixture
def added_customers(app: Flask) -> Iterator[None]:
    """Customers whose codes begin with ``T-`` go with the test that added them."""
    yield
    db.session.rollback()
    mine = db.session.query(DbCustomer.id).filter(DbCustomer.code.like("T-%"))
    db.session.query(DbContact).filter(DbContact.customer_id.in_(mine)).delete()
    db.session.query(DbCustomer).filter(DbCustomer.code.like("T-%")).delete()
    db.session.commit()


@pytest.fixture
def now() -> datetime:
    return MONDAY


@pytest.fixture
def cast(app: Flask) -> Callable[[str], Actor]:
    """The people of the demo company by user name."""
    return find_actor


def find_actor(username: str) -> Actor:
    session = db.session
    user = session.query(DbUser).filter_by(username=username).one()
    posts = session.query(DbPost.name).join(DbPostHolder, DbPostHolder.post_id == DbPost.id).filter_by(user_id=user.id)
    department = session.get(DbDepartment, user.department_id)
    assert department is not None
    return Actor(
        id=UserId(user.id),
        username=user.username,
        name=user.name,
        department_id=DepartmentId(department.id),
        department=department.name,
        posts=frozenset(name for (name,) in posts),
    )


@pytest.fixture
def browse(app: Flask) -> Callable[[str], PoliteClient]:
    """A browser's client, signed in as one of the cast; it polices every page it is given."""

    def sign_in(username: str) -> PoliteClient:
        client = PoliteClient(app)
        client.sign_in(username)
        return client

    return sign_in
