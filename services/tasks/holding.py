"""Finding an open task under its case's lock, and whether this person may act on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from services.cases.case_run import lock_case_of_task
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import require_visible
from services.errors import Conflict, InvalidInput, NotPermitted
from services.people.organisation import names_of
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.standing_in import is_standing_in
from services.types import Actor, TaskId
from workflows.calendar import COMPANY_ZONE

MAX_COMMENT = 2_000


def bounded_comment(comment: str) -> str:
    """A comment without space around it. Raises InvalidInput when it is too long for a history."""
    comment = comment.strip()
    if len(comment) > MAX_COMMENT:
        raise InvalidInput({"comment": [f"最多 {MAX_COMMENT} 个字"]})
    return comment


@dataclass(frozen=True, kw_only=True)
class HeldTask:
    """A task that this person may act on, with its case locked."""

    case: DbCase
    task: DbTask
    entry: DbInboxEntry
    open_items: list[DbTask]
    absent: str = ""
    """The name of the person whom the actor stands in for; empty for a task of their own."""

    @property
    def detail(self) -> dict[str, Any]:
        """What the history says beside the actor: both names where somebody acts for another."""
        return {"for": self.entry.for_id, "for_name": self.absent} if self.entry.for_id is not None else {}


def lock_task(session: Session, actor: Actor, task_id: TaskId, *, now: datetime) -> HeldTask:
    """The task under its case's lock, with the case's other open tasks.

    Raises NotFound when it is not there or not visible, NotPermitted when it is somebody else's or no longer the
    substitute's, Conflict when it is done already, naming who did it and when.
    """
    case = lock_case_of_task(session, task_id)
    rows = session.execute(
        select(DbTask, DbInboxEntry)
        .outerjoin(DbInboxEntry, and_(DbInboxEntry.task_id == DbTask.id, DbInboxEntry.user_id == actor.id))
        .where(DbTask.case_id == case.id, or_(DbTask.id == task_id, DbTask.state == "open"))
        .execution_options(populate_existing=True)
    ).all()
    task: DbTask = next(row[0] for row in rows if row[0].id == task_id)
    entry: DbInboxEntry | None = next(row[1] for row in rows if row[0].id == task_id)
    if task.state != "open" or case.status != RUNNING:
        require_visible(session, actor, case)
        raise _already(session, task)
    if entry is None:
        require_visible(session, actor, case)
        raise NotPermitted("这项任务不在您的待办中")
    if entry.hidden:
        raise Conflict(
            "{who}已经认领了这项任务", who=names_of(session, [task.assignee_id]).get(task.assignee_id or 0, "")
        )
    absent = ""
    if entry.for_id is not None:
        absent = names_of(session, [entry.for_id])[entry.for_id]
        if not is_standing_in(session, entry, case, now):
            raise NotPermitted("您现在不再代理{who}，这项任务请由本人办理", who=absent)
    open_items = [row[0] for row in rows if row[0].state == "open"]
    return HeldTask(case=case, task=task, entry=entry, open_items=open_items, absent=absent)


def _already(session: Session, task: DbTask) -> Conflict:
    if task.state == "waiting":
        return Conflict("“{name}”正在等加签的人先签，轮到您时会再通知您", name=task.name)
    if task.closed_by is None or task.closed_at is None:
        return Conflict("“{name}”已经不需要办理了", name=task.name)
    who = names_of(session, [task.closed_by])[task.closed_by]
    at = task.closed_at.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")
    return Conflict("“{name}”已由{who}于 {at} 办理", name=task.name, who=who, at=at)
