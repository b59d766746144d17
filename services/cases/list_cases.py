"""Lists of the cases a person may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import FAILED, RUNNING, DbCase
from services.cases.visibility import visible_to
from services.errors import InvalidInput
from services.people.models import DbUser
from services.processes.models import DbProcessVersion
from services.search.matching import matching_cases
from services.search.text import words_of
from services.types import Actor


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    process: str = ""
    status: str = ""
    text: str = ""
    started_by: str = ""
    after: str = ""
    """The cursor: the id of the last case of the page before."""
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    id: int
    number: str
    process: str
    version: int
    title: str
    status: str
    starter: str
    starter_username: str
    amount: Decimal | None
    created_at: datetime
    ended_at: datetime | None
    held_up: bool


def list_cases(session: Session, actor: Actor, wanted: CaseFilter) -> tuple[list[CaseLine], int | None]:
    """The newest cases first, and the cursor of the next page. Raises InvalidInput for a cursor that is none
    and for a text that is too long to search for."""
    query = (
        select(
            DbCase.id,
            DbCase.number,
            DbCase.process_key.label("process"),
            DbProcessVersion.number.label("version"),
            DbCase.title,
            DbCase.status,
            DbUser.name.label("starter"),
            DbUser.username.label("starter_username"),
            DbCase.amount,
            DbCase.created_at,
            DbCase.ended_at,
            DbCase.held_up,
        )
        .join(DbUser, DbUser.id == DbCase.starter_id)
        .join(DbProcessVersion, DbProcessVersion.id == DbCase.version_id)
        .where(visible_to(actor), *matching_cases(session, words_of(wanted.text)))
        .order_by(DbCase.id.desc())
        .limit(wanted.limit + 1)
    )
    if wanted.process:
        query = query.where(DbCase.process_key == wanted.process)
    if wanted.status:
        held_up = DbCase.held_up.is_(wanted.status == FAILED)
        still = (DbCase.status == RUNNING) & held_up
        query = query.where(still if wanted.status in (RUNNING, FAILED) else DbCase.status == wanted.status)
    if wanted.started_by:
        query = query.where(DbUser.username == wanted.started_by)
    if wanted.after:
        query = query.where(DbCase.id < _cursor(wanted.after))
    rows = session.execute(query).all()
    lines = [CaseLine(**row._mapping) for row in rows[: wanted.limit]]
    return lines, lines[-1].id if len(rows) > wanted.limit else None


def _cursor(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]})
    return min(int(text), 2**31 - 1)
