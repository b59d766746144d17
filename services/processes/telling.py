"""What process owners are told of a process: a version is in force, a publication could not go through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notices.notify import notify_about_process
from services.people.models import DbPost, DbPostHolder, DbUser
from services.people.organisation import names_of
from services.processes.models import DbProcessVersion
from services.types import OWNER_POST


def tell_owners(
    session: Session, key: str, title: str, version: DbProcessVersion, *, besides: int | None, now: datetime
) -> None:
    """Tell the other owners that a version is in force. What the command line does is told to nobody."""
    if besides is None:
        return
    values = {"who": names_of(session, [besides])[besides], "version": version.number, "note": version.note}
    _tell(session, _owners(session) - {besides}, "published", key, {"title": title, **values}, now)


def tell_of_due(
    session: Session, person: int, key: str, title: str, *, now: datetime, version: int | None = None, error: str = ""
) -> None:
    """Tell who set a day for a publication what came of it."""
    kind = "publication_failed" if error else "publication_done"
    values = {"reason": error} if error else {"version": version}
    _tell(session, {person}, kind, key, {"title": title, **values}, now)


def _tell(
    session: Session, people: Iterable[int], kind: str, key: str, values: Mapping[str, Any], now: datetime
) -> None:
    notify_about_process(session, key, sorted(people), kind, values, now)


def _owners(session: Session) -> set[int]:
    query = select(DbUser.id).join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
    query = query.join(DbPost, DbPost.id == DbPostHolder.post_id).where(DbPost.name == OWNER_POST, DbUser.active)
    return set(session.scalars(query))
