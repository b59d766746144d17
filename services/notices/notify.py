"""Telling people: a notice in the app, and by mail where there is an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.database import read_session, table_of, transaction
from services.notices.announce import announce
from services.notices.message import Message
from services.notices.models import DbNotice
from services.runtime import runtime
from services.types import Actor, CaseId, UserId

WAITING, SENT, FAILED, NONE, IN_DIGEST = "waiting", "sent", "failed", "none", "digest"


def notify(session: Session, case: DbCase, messages: Iterable[Message], now: datetime) -> list[int]:
    """Write the notices inside the caller's transaction, and what robots are to say; returns the ids of the notices
    that also go out by mail."""
    messages = list(messages)
    announce(session, case, messages, now)
    mail_state = WAITING if runtime().mail_url else NONE
    rows = [
        {
            "user_id": person,
            "case_id": case.id,
            "task_id": message.task_id,
            "kind": message.kind,
            "values": {"number": case.number, "title": case.title, "process": case.process_key, **message.values},
            "created_at": now,
            "mail_state": mail_state,
        }
        for message in messages
        for person in dict.fromkeys(message.people)
    ]
    if not rows:
        return []
    if mail_state != WAITING:
        session.execute(insert(table_of(DbNotice)), rows)
        return []
    return list(session.scalars(insert(DbNotice).returning(DbNotice.id), rows))


def notify_about_process(
    session: Session, key: str, people: Iterable[int], kind: str, values: Mapping[str, Any], now: datetime
) -> None:
    """Tell process owners something of a process, inside the caller's transaction; its page is where it leads."""
    mail_state = WAITING if runtime().mail_url else NONE
    rows = [
        {
            "user_id": person,
            "case_id": None,
            "task_id": None,
            "kind": kind,
            "values": {"process": key, **values},
            "created_at": now,
            "mail_state": mail_state,
        }
        for person in people
    ]
    if rows:
        session.execute(insert(table_of(DbNotice)), rows)


def count_unread(session: Session, user_id: UserId) -> int:
    """Up to 100: nobody reads a larger figure."""
    unread = select(DbNotice.id).where(DbNotice.user_id == user_id, DbNotice.read_at.is_(None)).limit(100)
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def list_notices(session: Session, user_id: UserId, *, limit: int = 50) -> list[DbNotice]:
    """The newest notices of a person, newest first."""
    query = select(DbNotice).where(DbNotice.user_id == user_id).order_by(DbNotice.id.desc()).limit(limit)
    return list(session.scalars(query))


def mark_read(actor: Actor, *, now: datetime) -> None:
    with transaction() as session:
        session.execute(
            update(DbNotice).where(DbNotice.user_id == actor.id, DbNotice.read_at.is_(None)).values(read_at=now)
        )


def mark_case_read(actor: Actor, case_id: CaseId, *, now: datetime) -> None:
    """What was told about a case is read once the case or one of its tasks is opened."""
    unread = (DbNotice.user_id == actor.id) & (DbNotice.case_id == case_id) & DbNotice.read_at.is_(None)
    if read_session().scalar(select(DbNotice.id).where(unread).limit(1)) is None:
        return
    with transaction() as session:
        session.execute(update(DbNotice).where(unread).values(read_at=now))
