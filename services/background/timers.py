"""Timers that are due: found by the case's own row, fired once each under the case's lock."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from services.cases.action import open_case, save
from services.cases.models import RUNNING, DbCase
from services.database import read_session, transaction
from services.incidents.failures import outlives_failures
from services.incidents.unplaced import CaseStandsStill
from services.types import CaseId

BATCH = 200
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
_log = logging.getLogger("huiqian.timers")


@outlives_failures
def fire_case_timers(case_id: CaseId, *, now: datetime) -> bool:
    """Fire what is due in one case by ``now``; False when there was nothing, or somebody else is at it right now."""
    with transaction() as session:
        query = select(DbCase).where(DbCase.id == case_id, DbCase.next_due <= now, DbCase.status == RUNNING)
        case = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if case is None:
            return False
        run = open_case(session, case, actor=None, now=now)
        run.instance.fire_timers()
        case.timer_failures, case.timer_error = 0, ""
        save(run)
        return True


def _put_off(case_id: CaseId, error: Exception, *, now: datetime) -> None:
    """What the process cannot do is an incident; what the database could not do now is tried again, later each time."""
    _log.error("the timers of case %s could not be fired: %s", case_id, error)
    with transaction() as session:
        case = session.get_one(DbCase, case_id, with_for_update=True, populate_existing=True)
        case.timer_failures += 1
        case.timer_error = f"{type(error).__name__}: {error}"[:500]
        case.next_due = now + min(FIRST_WAIT * 2**case.timer_failures, LONGEST_WAIT)


def due_cases(*, now: datetime) -> list[CaseId]:
    """Cases with a timer due by ``now``, the longest overdue first."""
    session = read_session()
    query = select(DbCase.id).where(DbCase.next_due <= now, DbCase.status == RUNNING)
    found = [CaseId(case_id) for case_id in session.scalars(query.order_by(DbCase.next_due).limit(BATCH))]
    session.rollback()
    return found


def sweep(*, now: datetime) -> int:
    """Fire everything due by ``now``; a case that fails keeps nobody else waiting."""
    fired = 0
    for case_id in due_cases(now=now):
        try:
            fired += fire_case_timers(case_id, now=now)
        except CaseStandsStill:
            continue
        except Exception as error:
            _put_off(case_id, error, now=now)
    return fired


def fire_until(as_of: datetime) -> int:
    """Fire what is due by ``as_of``, and what that makes due, each at its own moment, until nothing is.

    For catching up and for rehearsals; the order is that of the due times, as if the clock had run.
    """
    fired = 0
    failed: set[int] = set()
    while True:
        session = read_session()
        query = select(DbCase.id, DbCase.next_due).where(DbCase.next_due <= as_of, DbCase.status == RUNNING)
        query = query.where(DbCase.id.not_in(failed))
        row = session.execute(query.order_by(DbCase.next_due, DbCase.id).limit(1)).one_or_none()
        session.rollback()
        if row is None:
            return fired
        try:
            went = fire_case_timers(CaseId(row.id), now=row.next_due)
        except CaseStandsStill:
            went = False
        except Exception:
            _log.exception("the timers of case %s could not be fired", row.id)
            went = False
        fired += went
        if not went:
            # refused by its process, or just in somebody else's hands: not asked again in this run
            failed.add(row.id)
