"""Which cases belong together: one came out of another, or takes up what another left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from services.cases.models import DbCase, DbCaseLink
from services.cases.visibility import get_visible_case, visible_to
from services.types import Actor, CaseId

COMPLAINT, FOLLOW_UP = "complaint", "follow_up"
"""What the second case is to the first: a complaint that it started, a plan that takes up its visit."""


@dataclass(frozen=True, kw_only=True)
class LinkedCase:
    """A case beside another. Somebody who may not see it learns its number, and nothing of what is in it."""

    id: int
    number: str
    process: str
    title: str
    status: str
    kind: str
    about: str
    """What of the first case the link is about, as the visit that a complaint came out of."""
    came_out: bool
    """It came out of the case that is looked at; otherwise that one came out of it."""
    at: datetime
    visible: bool


def link(session: Session, from_case: DbCase, to_case: DbCase, *, kind: str, about: str, now: datetime) -> None:
    """Say that ``to_case`` came out of ``from_case``. Saying it twice changes nothing."""
    values = {
        "from_case_id": from_case.id,
        "to_case_id": to_case.id,
        "kind": kind,
        "about": about[:200],
        "at": now.astimezone(UTC),
    }
    session.execute(insert(DbCaseLink).values(**values).on_conflict_do_nothing())


def find_linked(session: Session, from_case: DbCase, *, kind: str, about: str) -> DbCase | None:
    """The case that came out of this one for the same reason, if there is one."""
    return session.scalar(
        select(DbCase)
        .join(DbCaseLink, DbCaseLink.to_case_id == DbCase.id)
        .where(DbCaseLink.from_case_id == from_case.id, DbCaseLink.kind == kind, DbCaseLink.about == about[:200])
    )


def links_of(session: Session, actor: Actor, case_id: CaseId) -> list[LinkedCase]:
    """The cases that belong to a case, oldest link first. Raises NotFound for a case that the person may not see."""
    get_visible_case(session, actor, case_id)
    return linked_to(session, actor, case_id)


def linked_to(session: Session, actor: Actor, case_id: int) -> list[LinkedCase]:
    """The same for a case that the person was just shown."""
    seen = aliased(DbCase, select(DbCase).where(visible_to(actor)).subquery())
    rows = session.execute(
        select(DbCaseLink, DbCase, seen.id)
        .join(
            DbCase,
            or_(
                (DbCaseLink.from_case_id == case_id) & (DbCase.id == DbCaseLink.to_case_id),
                (DbCaseLink.to_case_id == case_id) & (DbCase.id == DbCaseLink.from_case_id),
            ),
        )
        .outerjoin(seen, seen.id == DbCase.id)
        .where(or_(DbCaseLink.from_case_id == case_id, DbCaseLink.to_case_id == case_id))
        .order_by(DbCaseLink.at, DbCase.id)
    )
    return [
        LinkedCase(
            id=case.id,
            number=case.number,
            process=case.process_key,
            title=case.title if visible else "",
            status=case.status,
            kind=found.kind,
            about=found.about if visible or found.from_case_id == case_id else "",
            came_out=found.from_case_id == case_id,
            at=found.at,
            visible=visible is not None,
        )
        for found, case, visible in rows
    ]
