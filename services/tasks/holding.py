"""Finding an open task under its case's lock, and whether this person may act on it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from services.cases.case_run import lock_case_of_task
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import require_visible
from services.errors import Conflict, NotFound, NotPermitted
from services.people.organisation import names_of
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, TaskId

_ZONE = ZoneInfo("Asia/Shanghai")
_GONE = "没有这项任务，或您无权查看"


def lock_task(session: Session, actor: Actor, task_id: TaskId) -> tuple[DbCase, DbTask, DbInboxEntry]:
    """The case (locked), the open task and the person's place in its inbox.

    Raises NotFound when it is not there or not visible, NotPermitted when it is somebody else's, Conflict when it is
    done already, naming who did it and when.
    """
    case = lock_case_of_task(session, task_id)
    row = session.execute(
        select(DbTask, DbInboxEntry)
        .outerjoin(DbInboxEntry, and_(DbInboxEntry.task_id == DbTask.id, DbInboxEntry.user_id == actor.id))
        .where(DbTask.id == task_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(_GONE)
    task: DbTask = row[0]
    entry: DbInboxEntry | None = row[1]
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
    return case, task, entry


def _already(session: Session, task: DbTask) -> Conflict:
    if task.closed_by is None or task.closed_at is None:
        return Conflict("“{name}”已经不需要办理了", name=task.name)
    who = names_of(session, [task.closed_by])[task.closed_by]
    at = task.closed_at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")
    return Conflict("“{name}”已由{who}于 {at} 办理", name=task.name, who=who, at=at)
