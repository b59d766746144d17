"""Who may see a case: its starter, whoever had a task in it, was sent a copy or was told of it, process owners,
administrators."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, CompoundSelect, exists, select, true, union_all
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
    business = _business_of(actor).subquery()
    if not session.scalar(select(exists().where(business.c.case_id == case.id))):
        raise NotFound("没有这件事，或您无权查看")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as a condition on the cases of a query, so that no page and no count goes beyond it."""
    if actor.sees_every_case:
        return true()
    return DbCase.id.in_(select(_business_of(actor).subquery().c.case_id))


def visible_among(session: Session, actor: Actor, case_ids: Collection[int]) -> set[int]:
    """Which of these cases the person may see. For the lines of a page, where all of a person's business would be more
    than is asked for."""
    if actor.sees_every_case or not case_ids:
        return set(case_ids)
    return set(session.scalars(_business_of(actor, case_ids)))


def _business_of(actor: Actor, among: Collection[int] | None = None) -> CompoundSelect[tuple[int]]:
    """The ids of the cases that are a person's business, each way along an index that begins with the person; or only
    those among some cases."""
    ways = (
        (DbCase.id, select(DbCase.id.label("case_id")).where(DbCase.starter_id == actor.id)),
        (DbTask.case_id, select(DbTask.case_id).where(DbTask.closed_by == actor.id)),
        (
            DbTask.case_id,
            select(DbTask.case_id)
            .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
            .where(DbInboxEntry.user_id == actor.id),
        ),
        (DbNotice.case_id, select(DbNotice.case_id).where(DbNotice.user_id == actor.id)),
        (DbCopy.case_id, select(DbCopy.case_id).where(DbCopy.user_id == actor.id)),
    )
    return union_all(*(query if among is None else query.where(key.in_(among)) for key, query in ways))
