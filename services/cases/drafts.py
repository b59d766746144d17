"""What somebody typed and has not submitted yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.models import DbDraft
from services.database import table_of, transaction
from services.types import Actor, TaskId, UserId


def new_case_place(process_key: str) -> str:
    return f"apply/{process_key}"


def task_place(task_id: TaskId) -> str:
    return f"task/{task_id}"


def save_draft(actor: Actor, place: str, values: Mapping[str, Any], *, now: datetime) -> None:
    """Keep the values as they were typed, right or wrong."""
    with transaction() as session:
        put_draft(session, actor.id, place, values, now=now)


def put_draft(session: Session, user_id: UserId, place: str, values: Mapping[str, Any], *, now: datetime) -> None:
    """The same inside the transaction of another action."""
    kept = {"values": dict(values), "saved_at": now}
    statement = insert(DbDraft).values(user_id=user_id, place=place, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id", "place"], set_=kept))


def find_draft(session: Session, user_id: UserId, place: str) -> DbDraft | None:
    return session.scalar(select(DbDraft).where(DbDraft.user_id == user_id, DbDraft.place == place))


def drop_draft(session: Session, user_id: UserId, place: str) -> None:
    """Inside the transaction that submits what was drafted."""
    drafts = table_of(DbDraft)
    session.execute(delete(drafts).where(drafts.c.user_id == user_id, drafts.c.place == place))
