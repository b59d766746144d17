"""Open pages hear what happens: by a real server, and by the stream itself where a server would hide it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from services.database import db
from services.notices.live import MOST_OF_ONE, Hub
from services.people import accounts
from services.people.models import DbSignIn
from services.types import UserId
from tests.support.clients import outside
from tests.support.hospitality import act, start
from webapp.auth import COOKIE
from webapp.pages import live
from webapp.settings import Settings


class Stream:
    """An EventSource of a page: ``told`` reads up to the next state."""

    def __init__(self, port: int, cookie: str, query: str = "") -> None:
        self.token = cookie
        # shorter than a page goes without looking: what arrives in time was pushed
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=live.LOOK_SECONDS - 2)
        self._connection.request("GET", f"/live{query}", headers={"Cookie": f"{COOKIE}={cookie}"})
        self.answer = self._connection.getresponse()

    def line(self) -> str:
        found = self.answer.readline()
        assert found, "the stream has ended"
        return found.decode().rstrip("\n")

    def told(self) -> dict[str, Any]:
        while not (line := self.line()).startswith("data: "):
            assert line != "event: end"
        found: dict[str, Any] = json.loads(line.removeprefix("data: "))
        return found

    def rest(self) -> str:
        return self.answer.read().decode()

    def close(self) -> None:
        self._connection.close()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(prepared_app: Flask, settings: Settings) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "HUIQIAN_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "HUIQIAN_SECRET_KEY": settings.secret_key,
    }
    child = subprocess.Popen([sys.executable, "-m", "webapp.cli", "serve", "--port", str(port)], env=environment)
    deadline = time.monotonic() + 60
    while not answers(port):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield port, child
    if child.poll() is None:
        child.terminate()
        child.wait(10)


@pytest.fixture
def follow(app: Flask, server: tuple[int, Any]) -> Iterator[Any]:
    """Opens the stream of a person who is signed in."""
    opened = []

    def as_person(username: str, query: str = "", token: str = "") -> Stream:
        if not token:
            token = accounts.sign_in(username, "demo", kind="browser", address="", now=real_now()).token
        opened.append(Stream(server[0], token, query))
        return opened[-1]

    yield as_person
    for stream in opened:
        stream.close()


def real_now() -> Any:
    return db.session.execute(text("SELECT now()")).scalar()


def test_a_new_task_is_told_at_once(follow: Any) -> None:
    stream = follow("manager")
    assert stream.answer.getheader("Content-Type").startswith("text/event-stream")
    assert stream.answer.getheader("X-Accel-Buffering") == "no"
    assert stream.line() == "retry: 3000"
    assert stream.told()["counts"] == {"todo": 0, "claimable": 0, "unread": 0}
    case = start()
    state = stream.told()
    assert state["counts"] == {"todo": 1, "claimable": 0, "unread": 1}
    [notice] = state["notices"]
    assert case.number in notice["text"]
    assert notice["path"].startswith("/tasks/")


def test_a_task_that_is_done_leaves_the_counts(follow: Any) -> None:
    case = start()
    stream = follow("manager")
    assert stream.told()["counts"]["todo"] == 1
    act(case, "manager", "manager_review")
    assert stream.told()["counts"]["todo"] == 0


def test_a_page_that_comes_back_hears_what_it_missed_in_its_language(follow: Any) -> None:
    first = follow("manager")
    last = first.told()["last"]
    first.close()
    case = start()
    state = follow("manager", f"?after={last}").told()
    assert [case.number in notice["text"] for notice in state["notices"]] == [True]
    assert follow("manager").told()["notices"] == []


def test_signing_out_ends_the_stream(follow: Any) -> None:
    stream = follow("manager")
    stream.told()
    accounts.sign_out(stream.token)
    start()
    assert "event: end" in stream.rest()


def test_a_lost_database_connection_is_found_again(follow: Any) -> None:
    stream = follow("manager")
    stream.told()
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN huiqian_live'"
    assert db.session.execute(text(ended)).scalars().all()
    db.session.commit()
    start()
    assert stream.told()["counts"]["todo"] == 1


def test_forty_pages_at_once_do_not_keep_others_waiting(follow: Any, server: tuple[int, Any]) -> None:
    first = {username: follow(username) for username in ("manager", "gm", "finance", "office")}
    streams = {name: [follow(name, token=one.token) for _each in range(10)] for name, one in first.items()}
    for stream in (stream for opened in streams.values() for stream in opened):
        stream.told()
    connection = http.client.HTTPConnection("127.0.0.1", server[0], timeout=5)
    for _each in range(10):
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"status":"ok"}\n')
    connection.close()
    start()
    assert {stream.told()["counts"]["todo"] for stream in streams["manager"]} == {1}


def test_the_server_stops_although_pages_wait(follow: Any, server: tuple[int, subprocess.Popen[bytes]]) -> None:
    stream = follow("manager")
    stream.told()
    server[1].send_signal(signal.SIGTERM)
    assert "event: end" not in stream.rest()
    assert server[1].wait(10) == 0


@pytest.fixture
def hub(app: Flask) -> Iterator[Hub]:
    """A hub with two places in the application of this process."""
    before = app.extensions[live.EXTENSION]
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = app.extensions[live.EXTENSION] = Hub(address, places=2)
    yield made
    made.stop()
    app.extensions[live.EXTENSION] = before


def open_stream(app: Flask, username: str, query: str = "") -> Iterator[bytes]:
    signed_in = accounts.sign_in(username, "demo", kind="browser", address="", now=real_now())
    client = outside(app)
    client.set_cookie(COOKIE, signed_in.token)
    answer = client.get(f"/live{query}")
    assert answer.status_code == 200
    return answer.iter_encoded()  # type: ignore[no-any-return]


def test_when_all_places_are_taken_the_page_asks_again_later(app: Flask, hub: Hub) -> None:
    streams = [open_stream(app, name) for name in ("manager", "gm", "finance")]
    for stream in streams[:2]:
        assert next(stream) == b"retry: 3000\n\n"
    full = b"".join(streams[2])
    assert full.startswith(b"retry: 15000\n\n")
    assert b'"counts"' in full
    streams[0].close()  # type: ignore[attr-defined]
    assert hub.taken == 1
    assert next(open_stream(app, "finance")) == b"retry: 3000\n\n"


def test_a_page_whose_person_signed_out_is_told_to_stop_listening(app: Flask) -> None:
    answer = outside(app).get("/live", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_nobody_takes_the_places_of_all_others(app: Flask) -> None:
    hub = Hub(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False), places=200)
    try:
        seats = [hub.take(UserId(1), f"tab{number}", "") for number in range(MOST_OF_ONE + 5)]
        assert len([seat for seat in seats if seat is not None]) == MOST_OF_ONE
        assert hub.take(UserId(2), "tab", "") is not None
        assert seats[0] is not None
        hub.leave(seats[0])
        assert hub.take(UserId(1), "again", "") is not None
    finally:
        hub.stop()


def test_a_page_that_was_left_gives_its_place_back(app: Flask, hub: Hub) -> None:
    old = open_stream(app, "manager", "?tab=a")
    next(old), next(old)
    new = open_stream(app, "manager", "?tab=b&left=a")
    assert next(new) == b"retry: 3000\n\n"
    assert list(old) == []
    assert hub.taken == 1


def test_nobody_holds_a_connection_while_waiting(app: Flask, hub: Hub) -> None:
    db.session.rollback()
    before = db.engine.pool.checkedout()
    stream = open_stream(app, "manager")
    next(stream), next(stream)
    db.session.rollback()
    assert db.engine.pool.checkedout() == before


def test_a_page_left_open_keeps_nobody_signed_in(app: Flask, hub: Hub) -> None:
    signed_in = accounts.sign_in("manager", "demo", kind="browser", address="", now=real_now())
    row = db.session.query(DbSignIn).one()
    row.seen_at = seen = row.seen_at - timedelta(minutes=30)
    db.session.commit()
    client = outside(app)
    client.set_cookie(COOKIE, signed_in.token)
    assert b"counts" in b"".join(part for part, _n in zip(client.get("/live").iter_encoded(), range(2), strict=False))
    db.session.expire_all()
    assert db.session.query(DbSignIn).one().seen_at == seen
    client.get("/notices")
    db.session.expire_all()
    assert db.session.query(DbSignIn).one().seen_at > seen


def test_a_strangers_page_is_sent_to_sign_in(app: Flask) -> None:
    assert outside(app).get("/live").status_code == 303
