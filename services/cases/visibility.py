"""Who may see a case: its starter, whoever had a task in it, was sent a copy or was told of it, process owners,
administrators."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.discussion.models import DbCopy
from services.errors import NotFound
from services.notices.models import DbNotice
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, CaseId


def get_visible_case(session: Session, actor: Actor, case_id: CaseId) -> DbCase:
    """Raises NotFound for what is not there and for what is not this person's business, with the same words."""
    case = session.get(DbCase, case_id)
    if case is None:
        raise NotFound("没有这件事，或您无权查看")
    require_visible(session, actor, case)
    return case


def require_visible(session: Session, actor: Actor, case: DbCase) -> None:
    """Raises NotFound unless the person may see the case."""
    if case.starter_id == actor.id or actor.sees_every_case:
        return
    acted = exists().where(DbTask.case_id == case.id, DbTask.closed_by == actor.id)
    asked = exists().where(
        DbTask.case_id == case.id, DbInboxEntry.task_id == DbTask.id, DbInboxEntry.user_id == actor.id
    )
    told = exists().where(DbNotice.case_id == case.id, DbNotice.user_id == actor.id)
    copied = exists().where(DbCopy.case_id == case.id, DbCopy.user_id == actor.id)
    if not session.scalar(select(acted | asked | told | copied)):
        raise NotFound("没有这件事，或您无权查看")
