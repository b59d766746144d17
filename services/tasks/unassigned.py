"""Open tasks that nobody of their post holds: where they went, and those that would be lost."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, text
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.case_run import lock_case
from services.cases.history import Entry, append
from services.cases.models import RUNNING, DbCase
from services.database import read_session, transaction
from services.notices.message import Message
from services.notices.notify import notify
from services.people.models import DbUser
from services.people.organisation import names_of
from services.tasks.models import DETOURS, DbInboxEntry, DbTask
from services.tasks.reassign import assign_anew, seat_people
from services.types import CaseId

BATCH = 200
_log = logging.getLogger("huiqian.unassigned")


@dataclass(frozen=True, kw_only=True)
class UnassignedTask:
    """An open task that is not with its post. ``holders`` is empty where nobody active holds it at all."""

    task_id: int
    case_id: int
    number: str
    title: str
    process: str
    name: str
    lane: str
    reason: str
    holders: list[str]
    created_at: datetime


def list_unassigned(session: Session, *, limit: int = 200) -> list[UnassignedTask]:
    """Open tasks that went elsewhere because nobody was there, and those that nobody active holds, oldest first."""
    holder = (
        select(func.array_agg(DbUser.name))
        .select_from(DbInboxEntry)
        .join(DbUser, DbUser.id == DbInboxEntry.user_id)
        .where(DbInboxEntry.task_id == DbTask.id, DbInboxEntry.for_id.is_(None), DbUser.active)
        .correlate(DbTask)
        .scalar_subquery()
    )
    concerned = or_(DbTask.id.in_(select(DbTask.id).where(DbTask.state == "open", text(DETOURS))), _held_by_nobody())
    rows = session.execute(
        select(DbTask, DbCase.number, DbCase.title, DbCase.process_key, holder.label("holders"))
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(DbTask.state == "open", DbCase.status == RUNNING, concerned)
        .order_by(DbTask.id)
        .limit(limit)
    )
    return [
        UnassignedTask(
            task_id=row.DbTask.id,
            case_id=row.DbTask.case_id,
            number=row.number,
            title=row.title,
            process=row.process_key,
            name=row.DbTask.name,
            lane=row.DbTask.lane,
            reason=row.DbTask.why["reason"],
            holders=row.holders or [],
            created_at=row.DbTask.created_at,
        )
        for row in rows
    ]


def _held_by_nobody() -> ColumnElement[bool]:
    own = (DbInboxEntry.task_id == DbTask.id) & DbInboxEntry.for_id.is_(None)
    return ~exists().where(own, DbUser.id == DbInboxEntry.user_id, DbUser.active)


def rescue(*, now: datetime) -> int:
    """Give open tasks that nobody active holds to whoever their lanes name now, at last the administrators.

    The safety net under every other rule: it finds what an import, a restored backup or an unforeseen way left behind.
    Returns how many found somebody; the others stay on the administrators' page.
    """
    session = read_session()
    query = select(DbTask.case_id).where(DbTask.state == "open", _held_by_nobody()).limit(BATCH)
    cases = sorted(set(session.scalars(query)))
    session.rollback()
    return sum(_rescue_in(CaseId(case_id), now) for case_id in cases)


def _rescue_in(case_id: CaseId, now: datetime) -> int:
    try:
        with transaction() as session:
            case = lock_case(session, case_id)
            if case.status != RUNNING:
                return 0
            query = select(DbTask).where(DbTask.case_id == case_id, DbTask.state == "open", _held_by_nobody())
            return sum(_give(session, case, task, now) for task in session.scalars(query.order_by(DbTask.id)).all())
    except Exception:
        _log.exception("the tasks of case %s that nobody holds could not be given to anybody", case_id)
        return 0


def _give(session: Session, case: DbCase, task: DbTask, now: datetime) -> bool:
    for entry in session.scalars(select(DbInboxEntry).where(DbInboxEntry.task_id == task.id)).all():
        session.delete(entry)
    session.flush()
    people = assign_anew(session, case, task)
    if not people:
        return False
    seat_people(case, task, people)
    names = "、".join(names_of(session, people).values())
    append(session, case, Entry(action="reassigned", step=task.step, name=task.name, detail={"to_name": names}), now)
    told = Message(people=people, kind="task", task_id=task.id, values={"step": task.name})
    jobs.enqueue(session, case_id=case.id, next_due=None, notice_ids=notify(session, case, [told], now))
    return True
