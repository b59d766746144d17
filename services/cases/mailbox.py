"""Messages for cases that wait: left in the transaction of whatever they tell of, handed over afterwards.

A register never touches a case: it leaves a message, and nothing else has to be locked. So what happens outside is
never refused because a case is busy or broken, and two people can never wait for each other. The row is the truth; jobs
only make it come sooner, and the worker's sweep finds what was missed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.models import DbCase, DbCaseMessage
from services.database import table_of
from services.types import CaseId

_AT_ONCE = 1_000
_WOKEN = 50
"""So many get a job of their own; the sweep, a second later, finds the others."""


def key_of(name: str, about: str) -> str:
    """How ``cases.waits_for`` calls a message about something."""
    return f"{name}:{about}" if about else name


def leave_messages(
    session: Session, name: str, payloads: Mapping[str, Mapping[str, Any]], *, now: datetime, but: int | None = None
) -> list[CaseId]:
    """Leave a message for every case but ``but`` that waits for ``name`` about one of the keys of ``payloads``.

    Call it after what it tells of was changed or locked: a case that begins to wait has looked at that under the same
    lock, so it either waits already or sees the change. Gives the cases, in ascending order.
    """
    rows = []
    abouts = list(payloads)
    for first in range(0, len(abouts), _AT_ONCE):
        wanted = {key_of(name, about): about for about in abouts[first : first + _AT_ONCE]}
        for case_id, keys in _waiting(session, list(wanted)):
            found = (wanted[key] for key in keys if key in wanted and case_id != but)
            rows += [_row(case_id, name, about, payloads[about], now) for about in found]
    _leave(session, rows)
    return [CaseId(case_id) for case_id in sorted({row["case_id"] for row in rows})]


def leave_message(
    session: Session, case_id: int, name: str, about: str, payload: Mapping[str, Any], *, now: datetime
) -> None:
    """Leave a message for one case, whether it waits for it already or is just about to."""
    _leave(session, [_row(case_id, name, about, payload, now)])


def _waiting(session: Session, keys: Sequence[str]) -> Collection[tuple[int, list[str]]]:
    overlap = DbCase.waits_for.op("&&")(cast(list(keys), ARRAY(Text)))
    rows = session.execute(select(DbCase.id, DbCase.waits_for).where(DbCase.waits_for.is_not(None), overlap))
    return [(case_id, list(waits_for or ())) for case_id, waits_for in rows]


def _row(case_id: int, name: str, about: str, payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    given = {"case_id": case_id, "name": name, "about": about, "payload": dict(payload)}
    return {**given, "left_at": now, "due_at": now, "tries": 0, "error": ""}


def _leave(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table_of(DbCaseMessage)), rows)
        jobs.wake_cases(session, sorted({row["case_id"] for row in rows})[:_WOKEN])
