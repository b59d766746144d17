"""iCalendar (RFC 5545): a person's due dates, visits and events, for the calendar program of their phone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import NotFound
from services.people.accounts import find_actor_by_id
from services.planning.entries import TASK, Entry, entries
from services.planning.models import DbCalendarFeed
from services.runtime import runtime
from services.types import Actor, UserId
from workflows.calendar import COMPANY_ZONE

BACK, AHEAD = timedelta(days=31), timedelta(days=366)
SHOWN_BEFORE = timedelta(minutes=30)
"""A due time has no length; calendars show it as the half hour before."""
VISIT_LENGTH = timedelta(hours=1)


def open_feed(actor: Actor, *, now: datetime) -> str:
    """A new secret for the person's feed; an address with the one before is worthless from now on."""
    secret = secrets.token_urlsafe(32)
    values = {"secret_hash": _digest(secret), "created_at": now, "read_at": None}
    with transaction() as session:
        statement = insert(DbCalendarFeed).values(user_id=actor.id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
    return secret


def close_feed(actor: Actor) -> None:
    """Nobody reads the person's dates any more."""
    with transaction() as session:
        session.execute(delete(DbCalendarFeed).where(DbCalendarFeed.user_id == actor.id))


def find_feed(session: Session, actor: Actor) -> DbCalendarFeed | None:
    return session.get(DbCalendarFeed, actor.id)


def read_feed(secret: str, *, now: datetime) -> bytes:
    """The calendar behind a secret. Raises NotFound for one that is not, or no longer, given out."""
    with transaction() as session:
        feed = session.scalar(select(DbCalendarFeed).where(DbCalendarFeed.secret_hash == _digest(secret)))
        actor = None if feed is None else find_actor_by_id(session, UserId(feed.user_id))
        if feed is None or actor is None:
            raise NotFound("没有这个日历，或它已停用")
        feed.read_at = now
        today = now.astimezone(COMPANY_ZONE).date()
        found = entries(session, actor, [actor.id], today - BACK, today + AHEAD)
    return _calendar(actor, found, runtime().base_url, now)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _calendar(actor: Actor, found: list[Entry], base_url: str, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Huiqian//Work plan//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"会签 · {actor.name}")
    calendar.add("x-wr-timezone", COMPANY_ZONE.key)
    for entry in found:
        calendar.add_component(_event(entry, base_url, now))
    return bytes(calendar.to_ical())


def _event(entry: Entry, base_url: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.key}@{base_url.partition('://')[2] or 'huiqian'}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", f"{'✓ ' if entry.done else ''}{entry.title}{' · ' + entry.detail if entry.detail else ''}")
    _place_in_time(event, entry)
    if entry.task_id is not None:
        event.add("url", f"{base_url}/tasks/{entry.task_id}")
    elif entry.case_id is not None:
        event.add("url", f"{base_url}/cases/{entry.case_id}")
    # a due time does not make anybody busy
    event.add("transp", "OPAQUE" if entry.kind == "visit" else "TRANSPARENT")
    return event


def _place_in_time(event: Event, entry: Entry) -> None:
    if entry.at is None:
        event.add("dtstart", entry.day)
        event.add("dtend", _next(entry.day))
        return
    at = datetime.combine(entry.day, entry.at, COMPANY_ZONE).astimezone(UTC)
    event.add("dtstart", at - SHOWN_BEFORE if entry.kind == TASK else at)
    event.add("dtend", at if entry.kind == TASK else at + VISIT_LENGTH)


def _next(day: date) -> date:
    return day + timedelta(days=1)
