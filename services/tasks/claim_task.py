"""Taking a task that several people could do, and giving it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, update

from services.cases.history import Entry, append
from services.database import transaction
from services.errors import Conflict
from services.tasks.holding import lock_task
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, TaskId


def claim_task(actor: Actor, task_id: TaskId, *, now: datetime) -> DbTask:
    """Make the task this person's alone. Claiming what one holds already changes nothing.

    Raises NotFound, NotPermitted, Conflict when somebody else was faster.
    """
    with transaction() as session:
        held = lock_task(session, actor, task_id, now=now)
        case, task = held.case, held.task
        if task.assignee_id == actor.id:
            return task
        task.assignee_id = actor.id
        ours = _shared_with(held.entry)
        everybody = update(DbInboxEntry).where(DbInboxEntry.task_id == task.id)
        session.execute(everybody.values(claimed=ours, hidden=~ours))
        entry = Entry(action="claimed", user_id=actor.id, step=task.step, name=task.name, detail=held.detail)
        append(session, case, entry, now)
        return task


def release_task(actor: Actor, task_id: TaskId, *, now: datetime) -> DbTask:
    """Put a claimed task back into everybody's inbox. Raises NotFound, NotPermitted, Conflict if it was not claimed."""
    with transaction() as session:
        held = lock_task(session, actor, task_id, now=now)
        case, task, entry = held.case, held.task, held.entry
        # what a substitute claimed is the absent person's as well
        if not (task.assignee_id == actor.id or entry.claimed) or not entry.claimable:
            raise Conflict("这项任务不是认领来的，不能退回待认领")
        task.assignee_id = None
        session.execute(update(DbInboxEntry).where(DbInboxEntry.task_id == task.id).values(hidden=False, claimed=False))
        append(session, case, Entry(action="released", user_id=actor.id, step=task.step, name=task.name), now)
        return task


def _shared_with(entry: DbInboxEntry) -> ColumnElement[bool]:
    """The absent person and the substitute keep a task together, whichever of them takes it."""
    return func.coalesce(DbInboxEntry.for_id, DbInboxEntry.user_id) == (entry.for_id or entry.user_id)
