"""Asking those who hold a task to hurry (催办), so rarely that it still means something."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.cases.history import Entry, append
from services.cases.models import RUNNING, DbCase, DbHistory
from services.database import transaction
from services.discussion.place import (
    OnTask,
    at_local,
    bounded_text,
    has_finished_a_step,
    holders,
    lock_place,
    tell,
)
from services.errors import Conflict, NotPermitted, RateLimited
from services.notices.message import Message
from services.people.models import DbUser
from services.tasks.models import DbTask
from services.types import Actor, CaseId, TaskId
from workflows.calendar import COMPANY_ZONE

URGED = "urged"
REST = timedelta(hours=2)
"""Working time between two urges of one task."""
A_DAY = 3
"""Urges of one case a day."""


def urge_task(actor: Actor, task_id: TaskId, *, comment: str = "", now: datetime) -> CaseId:
    """Tell everybody in whose inbox the task is that somebody waits.

    Raises NotFound; NotPermitted for anybody but the applicant, those who finished an earlier step, and whoever asked
    the holder for an opinion; Conflict for a task that is done or is the person's own; RateLimited, naming when it is
    possible again, within two hours of working time of the last urge of this task and after three urges of this case
    on one day.
    """
    comment = bounded_text(comment, "comment")
    with transaction() as session:
        locked = lock_place(session, actor, OnTask(task_id))
        case, task = locked.case, session.get_one(DbTask, task_id)
        people = holders(session, task)
        _check_may_urge(session, actor, case, task, people)
        _check_not_too_often(session, case, task, now)
        task.urges += 1
        task.urged_at = now
        append(session, case, _entry(session, actor, task, people, comment), now)
        values = {"step": task.name, "who": actor.name}
        tell(session, case, [Message(people=people, kind=URGED, task_id=task.id, values=values)], now)
        return CaseId(case.id)


def _check_may_urge(session: Session, actor: Actor, case: DbCase, task: DbTask, people: list[int]) -> None:
    if task.state != "open" or case.status != RUNNING:
        raise Conflict("“{name}”已经办完，不用再催", name=task.name)
    if actor.id in people:
        raise Conflict("“{name}”就在您的待办中，请直接办理", name=task.name)
    waits = actor.id in (case.starter_id, task.owner_id)
    if not waits and not has_finished_a_step(session, actor, case.id):
        raise NotPermitted("只有申请人和办理过前面环节的人可以催办；您可以写评论，用 @ 提到办理人")


def _check_not_too_often(session: Session, case: DbCase, task: DbTask, now: datetime) -> None:
    rested = next_urge_at(session, task.urged_at)
    today = count_today(session, case.id, now)
    if today >= A_DAY:
        after = at_local(max(_midnight(now) + timedelta(days=1), rested or now))
        raise RateLimited("这件事今天已催办 {count} 次，{after} 之后可以再催", count=today, after=after)
    if rested is not None and now < rested and task.urged_at is not None:
        at, after = at_local(task.urged_at), at_local(rested)
        raise RateLimited("“{name}”在 {at} 催办过，{after} 之后可以再催", name=task.name, at=at, after=after)


def next_urge_at(session: Session, urged_at: datetime | None) -> datetime | None:
    """When a task that was urged may be urged again."""
    return None if urged_at is None else current_calendar(session).add_work_time(urged_at, REST)


def count_today(session: Session, case_id: int, now: datetime) -> int:
    """How often the case was urged today."""
    urged = (DbHistory.case_id == case_id) & (DbHistory.action == URGED) & (DbHistory.at >= _midnight(now))
    return session.scalar(select(func.count()).select_from(DbHistory).where(urged)) or 0


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(COMPANY_ZONE).date(), time(0), COMPANY_ZONE)


def _entry(session: Session, actor: Actor, task: DbTask, people: list[int], comment: str) -> Entry:
    users = session.scalars(select(DbUser).where(DbUser.id.in_(people)).order_by(DbUser.id))
    detail = {"task": task.id, "people": [{"username": user.username, "name": user.name} for user in users]}
    return Entry(action=URGED, user_id=actor.id, step=task.step, name=task.name, comment=comment, detail=detail)
