"""The feed of all histories: nothing is missed, whatever order transactions commit in."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.cases.feed import list_events, number_events
from services.cases.history import verify
from services.cases.models import DbHistory
from services.database import db
from tests.conftest import MONDAY, find_actor
from tests.support.clients import ApiClient
from tests.support.hospitality import act, start

pytestmark = pytest.mark.usefixtures("app")


def read(after: int = 0, username: str = "admin", limit: int = 200) -> list[Any]:
    number_events()
    return list_events(db.session, find_actor(username), after=after, limit=limit)


def entry(case_id: int, position: int) -> Any:
    values = {"case_id": case_id, "position": position, "at": MONDAY, "action": "note", "detail": {}, "digest": b""}
    return insert(DbHistory).values(step="", name="", outcome="", comment=str(position), **values)


def test_what_commits_late_comes_late_and_is_not_missed() -> None:
    first, second = start(), start(username="supervisor")
    seen = read()
    with Session(db.engine) as slow, Session(db.engine) as quick:
        slow.execute(entry(first.id, 90))  # draws the smaller id …
        quick.execute(entry(second.id, 91))
        quick.commit()
        [early] = read(after=seen[-1].number)
        assert early.comment == "91"
        assert read(after=early.number) == []
        slow.commit()  # … and is seen later
    [late] = read(after=early.number)
    assert (late.comment, late.number) == ("90", early.number + 1)
    ids = dict(db.session.execute(select(DbHistory.comment, DbHistory.id).where(DbHistory.position >= 90)).all())
    assert ids["90"] < ids["91"]


def test_a_rolled_back_entry_leaves_no_gap() -> None:
    case = start()
    last = read()[-1].number
    with Session(db.engine) as failed:
        failed.execute(entry(case.id, 90))
        failed.rollback()
    act(case, "manager", "manager_review")
    assert [event.number for event in read(after=last)] == [last + 1]


def test_many_readers_at_once_number_each_event_once(app: Flask) -> None:
    for _case in range(4):
        start()
    failures: list[BaseException] = []

    def number() -> None:
        try:
            with app.app_context():
                number_events()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=number) for _each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = [event.number for event in read()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_place_in_the_feed_is_no_change_of_the_history() -> None:
    start()
    read()
    assert verify(db.session) == []


def test_the_api_gives_pages_of_what_the_person_may_see(app: Flask) -> None:
    mine = start()
    other = start(username="supervisor")
    act(mine, "manager", "manager_review", comment="同意招待")
    owner = ApiClient(app, "owner")
    page = owner.get("/events?limit=2")
    assert [item["case"]["id"] for item in page["items"]] == [mine.id, other.id]
    assert page["next"] == str(page["items"][-1]["id"])
    rest = owner.get(f"/events?after={page['next']}")
    assert rest["next"] is None
    [item] = rest["items"]
    assert item["case"] == {"id": mine.id, "number": mine.number, "process": "hospitality", "title": mine.title}
    assert (item["action"], item["outcome"], item["who"]) == ("completed", "approve", "manager")
    assert (item["step"], item["comment"]) == ("manager_review", "同意招待")
    seen = ApiClient(app, "specialist").get("/events")["items"]
    assert {event["case"]["id"] for event in seen} == {mine.id}
    assert ApiClient(app, "outsider").get("/events")["items"] == []


def test_a_cursor_that_is_none_is_refused_by_name(app: Flask) -> None:
    client = ApiClient(app, "admin")
    for wrong in ("x", "-1", "9" * 16):
        problem = client.get(f"/events?after={wrong}", 422)
        assert [error["field"] for error in problem["errors"]] == ["after"]
    assert client.get("/events?limit=0", 422)["errors"][0]["field"] == "limit"
