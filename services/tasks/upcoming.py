"""Tasks to come: what running cases are expected to ask of people, kept by the worker.

A change of a case says in its own row when to look ahead again (``cases.forecast_due``). The sweep takes a few of those
that are due, puts them off before it begins, and looks ahead in each without a lock: a case that fails, is slow or is
being worked on holds up nobody, and what was foreseen from a state that has changed meanwhile is thrown away.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.cases.forecast_case import CaseForecast, forecast_from
from services.cases.models import RUNNING, DbCase, DbHistory
from services.database import read_session, table_of, transaction
from services.tasks.models import DbInboxEntry, DbTask, DbUpcomingTask
from services.types import CaseId
from workflows.signing import APPROVE

BATCH = 10
MOST_ROWS = 100
"""Of one case."""
AGAIN = timedelta(days=1)
"""People come and go without any case knowing: what is foreseen is looked at again once a day."""
AFTER_FAILURE = timedelta(hours=1)
_log = logging.getLogger("huiqian.forecast")


def sweep(*, now: datetime) -> int:
    """Look ahead in a few of the cases that are due by ``now``; returns how many, so that the caller can go on."""
    claimed = _claim(now)
    for case_id in claimed:
        try:
            _look_ahead(case_id, now)
        except Exception:
            _log.exception("what comes in case %s cannot be foreseen; it is tried again later", case_id)
    return len(claimed)


def _claim(now: datetime) -> list[CaseId]:
    """The longest due, put off as if they failed: several workers share the work, and one that dies loses nothing."""
    cases = table_of(DbCase)
    due = (
        select(cases.c.id)
        .where(cases.c.forecast_due <= now)
        .order_by(cases.c.forecast_due)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        taken = update(cases).where(cases.c.id.in_(due.scalar_subquery())).values(forecast_due=now + AFTER_FAILURE)
        return [CaseId(case_id) for case_id in session.scalars(taken.returning(cases.c.id))]


def _look_ahead(case_id: CaseId, now: datetime) -> None:
    session = read_session()
    case = session.get_one(DbCase, case_id, populate_existing=True)
    seen, running = case.row_version, case.status == RUNNING
    come = _come_as_foreseen(session, case_id) if running else None
    rows = _rows(case, forecast_from(session, case, now=now)) if running and come is None else []
    session.rollback()
    with transaction() as session:
        if not _still(session, case_id, seen, now + AGAIN if running else None):
            return
        over = DbUpcomingTask.case_id == case_id
        session.execute(delete(DbUpcomingTask).where(over if come is None else over & DbUpcomingTask.step.in_(come)))
        if rows:
            session.execute(insert(table_of(DbUpcomingTask)), rows)


def _come_as_foreseen(session: Session, case_id: CaseId) -> set[str] | None:
    """The steps that are open now, if a signature led to them and they were foreseen for just these people.

    Then what was foreseen after them still holds, and the dry run, which costs ten times as much, is not needed.
    """
    last = select(DbHistory.action, DbHistory.outcome).where(
        DbHistory.case_id == case_id, DbHistory.user_id.is_not(None)
    )
    if session.execute(last.order_by(DbHistory.position.desc()).limit(1)).one() != ("completed", APPROVE):
        return None
    asked = session.execute(
        select(DbTask.step, DbInboxEntry.user_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(DbTask.case_id == case_id, DbTask.state == "open", DbInboxEntry.for_id.is_(None))
    )
    now_open = {(row.step, row.user_id) for row in asked}
    rows = session.execute(select(DbUpcomingTask.step, DbUpcomingTask.user_id).where(DbUpcomingTask.case_id == case_id))
    steps = {step for step, _person in now_open}
    foreseen = {(row.step, row.user_id) for row in rows if row.step in steps}
    return steps if now_open and foreseen == now_open else None


def _still(session: Session, case_id: CaseId, seen: int, next_look: datetime | None) -> bool:
    """Whether the case is as it was seen; if so, its row is held until the transaction ends."""
    cases = table_of(DbCase)
    unchanged = update(cases).where(cases.c.id == case_id, cases.c.row_version == seen).values(forecast_due=next_look)
    return session.execute(unchanged.returning(cases.c.id)).first() is not None


def _rows(case: DbCase, found: CaseForecast) -> list[dict[str, Any]]:
    """One row a person and step, for the first time that it is expected; what is open already is no longer to come."""
    by_step = {step.step: step for step in reversed(found.steps)}
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for step in found:
        before = by_step.get(step.after)
        for person in () if step.is_open else step.people:
            rows.setdefault(
                (person, step.step),
                {
                    "case_id": case.id,
                    "user_id": person,
                    "process_key": case.process_key,
                    "step": step.step,
                    "name": step.name,
                    "expected_at": step.opens_at,
                    "latest_at": step.opens_latest,
                    "after": {"step": before.step, "name": before.name, "who": before.who} if before else {},
                },
            )
    return list(rows.values())[:MOST_ROWS]
