"""The histories of all cases as one feed for other systems.

An entry gets its place in the feed after its transaction has committed, never before. The ids of the entries would not
do: they are drawn while transactions run, so that 7 can become visible after 8, and a reader that has read up to 8
would never see 7. Whoever reads first numbers what has been committed since, under a lock that one holds at a time: a
higher number is given only to what became visible later, numbers have no gaps, and none is lost with a transaction that
rolls back. Transaction ids would do as well, but start anew in a database that was restored elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, literal_column, select, update
from sqlalchemy.orm import Session

from services.cases.history import CORRECTED, WAS
from services.cases.models import DbCase, DbHistory
from services.cases.visibility import visible_to
from services.database import transaction
from services.people.models import DbUser
from services.types import Actor

_LOCK = 7_266_431
"""The advisory lock of whoever numbers."""
BATCH = 2_000


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """One entry of a history with its place in the feed."""

    number: int
    at: datetime
    case_id: int
    case_number: str
    process: str
    title: str
    action: str
    step: str
    name: str
    username: str | None
    who: str | None
    outcome: str
    comment: str
    detail: dict[str, Any]


def number_events() -> None:
    """Give every committed entry that has none its place in the feed."""
    while True:
        with transaction() as session:
            if not session.scalar(select(exists().where(DbHistory.event_number.is_(None)))):
                return
            session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if _number_batch(session) < BATCH:
                return


def _number_batch(session: Session) -> int:
    """Number the oldest entries without a place; the lock is held until they are visible with it."""
    place = func.row_number().over(order_by=DbHistory.id).label("place")
    waiting = select(DbHistory.id, place).where(DbHistory.event_number.is_(None)).order_by(DbHistory.id).limit(BATCH)
    found = waiting.subquery()
    last = select(func.coalesce(func.max(DbHistory.event_number), literal_column("0"))).scalar_subquery()
    statement = update(DbHistory).where(DbHistory.id == found.c.id).values(event_number=last + found.c.place)
    done = session.execute(statement.returning(DbHistory.id).execution_options(synchronize_session=False))
    return len(done.all())


def last_number(session: Session) -> int:
    """The number of the newest event, 0 when there is none."""
    return session.scalar(select(func.max(DbHistory.event_number))) or 0


def list_events(session: Session, actor: Actor, *, after: int, limit: int) -> list[FeedEvent]:
    """The next events of the cases that this person may see, oldest first."""
    return _read(session, _events().where(DbHistory.event_number > after, visible_to(actor)).limit(limit))


def list_new_events(session: Session, *, after: int, processes: Sequence[str], limit: int) -> list[FeedEvent]:
    """The next events of some processes, or of all, whoever may see them."""
    query = _events().where(DbHistory.event_number > after)
    if processes:
        query = query.where(DbCase.process_key.in_(processes))
    return _read(session, query.limit(limit))


def find_event(session: Session, number: int) -> FeedEvent | None:
    return next(iter(_read(session, _events().where(DbHistory.event_number == number))), None)


def _events() -> Select[Any]:
    columns: tuple[Any, ...] = (
        DbHistory.event_number.label("number"),
        DbHistory.at,
        DbHistory.case_id,
        DbCase.number.label("case_number"),
        DbCase.process_key.label("process"),
        DbCase.title,
        DbHistory.action,
        DbHistory.step,
        DbHistory.name,
        DbUser.username,
        DbUser.name.label("who"),
        DbHistory.outcome,
        DbHistory.comment,
        DbHistory.detail,
    )
    return (
        select(*columns)
        .select_from(DbHistory)
        .join(DbCase, DbCase.id == DbHistory.case_id)
        .outerjoin(DbUser, DbUser.id == DbHistory.user_id)
        .order_by(DbHistory.event_number)
    )


def _read(session: Session, query: Select[Any]) -> list[FeedEvent]:
    return [FeedEvent(**row) for row in session.execute(query).mappings()]


def as_item(event: FeedEvent) -> dict[str, Any]:
    """The event as the feed and the webhooks write it in JSON."""
    return {
        "id": event.number,
        "at": event.at.isoformat(timespec="seconds"),
        "case": {
            "id": event.case_id,
            "number": event.case_number,
            "process": event.process,
            "title": event.title,
        },
        "action": event.action,
        "step": event.step,
        "name": event.name,
        "who": event.username,
        "who_name": event.who,
        "outcome": event.outcome,
        "comment": event.comment,
        "detail": {name: value for name, value in event.detail.items() if name not in (WAS, CORRECTED)},
    }
