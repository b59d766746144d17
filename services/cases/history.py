"""The history of a case: appended to, never changed, and chained so that a change would show."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import DbCase, DbHistory
from services.runtime import runtime

WAS = "was"
"""In the detail of a form that was submitted once more: the values that it overwrote. Kept inside the house."""


CORRECTED = "corrected"
"""In the detail of a fault that was mended: data from what to what. Only for those who mend."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the history. ``user_id`` is None for what the system did."""

    action: str
    user_id: int | None = None
    step: str = ""
    name: str = ""
    outcome: str = ""
    comment: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def append(session: Session, case: DbCase, entry: Entry, now: datetime) -> None:
    """Add a line to the case, whose row the caller has locked."""
    case.history_length += 1
    row = DbHistory(
        case_id=case.id,
        position=case.history_length,
        at=now.astimezone(UTC),
        user_id=entry.user_id,
        step=entry.step,
        name=entry.name,
        action=entry.action,
        outcome=entry.outcome,
        comment=entry.comment,
        detail=json.loads(json.dumps(dict(entry.detail), ensure_ascii=False, default=str)),
        digest=b"",
    )
    row.digest = case.history_head = _digest(case.history_head, row)
    session.add(row)


def _digest(previous: bytes, row: DbHistory) -> bytes:
    facts = [
        row.case_id,
        row.position,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.user_id,
        row.step,
        row.name,
        row.action,
        row.outcome,
        row.comment,
        row.detail,
    ]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hmac.digest(runtime().secret_key, previous + text.encode(), "sha256")


def verify(session: Session) -> list[str]:
    """Every case whose history was changed, shortened or re-ordered, as a sentence each."""
    broken = []
    for case in session.scalars(select(DbCase).order_by(DbCase.id)).yield_per(200):
        previous = b""
        rows = session.scalars(select(DbHistory).where(DbHistory.case_id == case.id).order_by(DbHistory.position)).all()
        for expected, row in enumerate(rows, 1):
            if row.position != expected or row.digest != _digest(previous, row):
                broken.append(f"{case.number}: entry {expected} was changed or removed")
                break
            previous = row.digest
        else:
            if len(rows) != case.history_length or previous != case.history_head:
                broken.append(f"{case.number}: entries at the end were removed")
    return broken
