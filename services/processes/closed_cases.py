"""The ended cases of a process, to make scenarios from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.cases.models import RUNNING, DbCase
from services.processes.drafts import require_owner
from services.processes.models import DbProcessVersion
from services.types import Actor

MOST = 50


@dataclass(frozen=True, kw_only=True)
class ClosedCase:
    id: int
    number: str
    title: str
    status: str
    version: int
    ended_at: datetime | None


def list_closed_cases(session: Session, actor: Actor, key: str, text: str) -> list[ClosedCase]:
    """The newest ended cases whose number or title has the text. Raises NotPermitted."""
    require_owner(actor)
    query = (
        select(
            DbCase.id,
            DbCase.number,
            DbCase.title,
            DbCase.status,
            DbProcessVersion.number.label("version"),
            DbCase.ended_at,
        )
        .join(DbProcessVersion, DbProcessVersion.id == DbCase.version_id)
        .where(DbCase.process_key == key, DbCase.status != RUNNING)
    )
    if text:
        query = query.where(
            or_(DbCase.number.icontains(text, autoescape=True), DbCase.title.icontains(text, autoescape=True))
        )
    return [ClosedCase(**row._mapping) for row in session.execute(query.order_by(DbCase.id.desc()).limit(MOST))]
