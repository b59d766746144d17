"""What of a case a person may still take back (撤回), as far as it can be told cheaply; the action itself decides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from services.cases.closing import COMPLETED, REJECTED
from services.cases.models import RUNNING, DbCase
from services.tasks.models import DbTask
from services.tasks.work_items import DONE, OPEN, RETURNED
from services.types import Actor, CaseId


@dataclass(frozen=True, kw_only=True)
class LastAction:
    """``what`` was done: an outcome, ``return``, ``transferred`` or ``delegated``."""

    task_id: int
    name: str
    what: str


def acted_on_since() -> ColumnElement[bool]:
    """As a condition on closed tasks: somebody has finished another step of the case later."""
    later = aliased(DbTask)
    return exists().where(
        later.case_id == DbTask.case_id,
        tuple_(later.closed_at, later.id) > tuple_(DbTask.closed_at, DbTask.id),
        later.state.in_((DONE, RETURNED)),
        later.engine_task != DbTask.engine_task,
    )


def last_actions(session: Session, actor: Actor, case_id: CaseId) -> list[LastAction]:
    """The person's newest signature, form or return while nobody went on from it, and what they handed to others."""
    case = session.get_one(DbCase, case_id)
    if case.status not in (RUNNING, COMPLETED, REJECTED):
        return []
    tasks = list(session.scalars(select(DbTask).where(DbTask.case_id == case_id).order_by(DbTask.id)))
    found = [
        LastAction(task_id=item.id, name=item.name, what=what)
        for item in tasks
        if item.state == OPEN and (what := _handed(actor, item))
    ]
    return [*_newest(actor, tasks), *[action for action in found if case.status == RUNNING]]


def _handed(actor: Actor, item: DbTask) -> str:
    """How the person put an open task into somebody else's hands; empty if they did not."""
    if item.owner_id is not None and actor.id in (item.owner_id, item.why.get("delegated_by")):
        return "delegated"
    return "transferred" if item.why.get("transferred_by") == actor.id else ""


def _newest(actor: Actor, tasks: list[DbTask]) -> list[LastAction]:
    closed = [
        ((item.closed_at, item.id), item)
        for item in tasks
        if item.state in (DONE, RETURNED) and item.closed_at is not None
    ]
    mine = [(moment, item) for moment, item in closed if item.closed_by == actor.id]
    if not mine:
        return []
    last, newest = max(mine, key=lambda entry: entry[0])
    if any(moment > last and item.engine_task != newest.engine_task for moment, item in closed):
        return []
    return [LastAction(task_id=newest.id, name=newest.name, what=newest.outcome)]
