"""Requests that may be sent again: the same key stands for the same request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.models import DbIdempotencyKey
from services.errors import Conflict, InvalidInput
from services.types import UserId

MAX_KEY = 200


def remember_request(session: Session, user_id: UserId, key: str, digest: str, *, now: datetime) -> None:
    """Keep what a key was used for. Raises InvalidInput for a key that is too long, Conflict when the person has used
    it for something else; a request at the same moment waits for the other."""
    if len(key) > MAX_KEY:
        raise InvalidInput({"Idempotency-Key": [f"最多 {MAX_KEY} 个字"]})
    row = {"user_id": user_id, "key": key, "request_digest": digest, "case_id": None, "created_at": now}
    if session.scalar(insert(DbIdempotencyKey).values(**row).on_conflict_do_nothing().returning(DbIdempotencyKey.key)):
        return
    query = select(DbIdempotencyKey.request_digest)
    known = session.scalar(query.where(DbIdempotencyKey.user_id == user_id, DbIdempotencyKey.key == key))
    if known != digest:
        raise Conflict("这个 Idempotency-Key 已用于另一项申请")
