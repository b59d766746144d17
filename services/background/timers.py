"""Timers that are due: found by the case's own row, fired once each under the case's lock."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select

from services.cases.action import open_case, save
from services.cases.models import RUNNING, DbCase
from services.database import read_session, transaction
from services.types import CaseId

BATCH = 200
_log = logging.getLogger("huiqian.timers")


def fire_case_timers(case_id: CaseId, *, now: datetime) -> bool:
    """Fire what is due in one case by ``now``; False when there was nothing, or somebody else is at it right now."""
    with transaction() as session:
        query = select(DbCase).where(DbCase.id == case_id, DbCase.next_due <= now, DbCase.status == RUNNING)
        case = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if case is None:
            return False
        run = open_case(session, case, actor=None, now=now)
        run.instance.fire_timers()
        save(run)
        return True


def due_cases(*, now: datetime) -> list[CaseId]:
    """Cases with a timer due by ``now``, the longest overdue first."""
    session = read_session()
    query = select(DbCase.id).where(DbCase.next_due <= now, DbCase.status == RUNNING)
    found = [CaseId(case_id) for case_id in session.scalars(query.order_by(DbCase.next_due).limit(BATCH))]
    session.rollback()
    return found


def sweep(*, now: datetime) -> int:
    """Fire everything due by ``now``; a case that fails is logged and keeps nobody else waiting."""
    fired = 0
    for case_id in due_cases(now=now):
        try:
            fired += fire_case_timers(case_id, now=now)
        except Exception:
            _log.exception("the timers of case %s could not be fired", case_id)
    return fired


def fire_until(as_of: datetime) -> int:
    """Fire what is due by ``as_of``, and what that makes due, each at its own moment, until nothing is.

    For catching up and for rehearsals; the order is that of the due times, as if the clock had run.
    """
    fired = 0
    while True:
        session = read_session()
        query = select(DbCase.id, DbCase.next_due).where(DbCase.next_due <= as_of, DbCase.status == RUNNING)
        row = session.execute(query.order_by(DbCase.next_due, DbCase.id).limit(1)).one_or_none()
        session.rollback()
        if row is None:
            return fired
        fired += fire_case_timers(CaseId(row.id), now=row.next_due)
