"""Incidents in a line each: for lists, for the page of their case, for operators and other systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.errors import NotPermitted
from services.incidents.models import OPEN, DbIncident
from services.incidents.wording import SENTENCES
from services.processes.models import DbProcessVersion
from services.types import Actor


@dataclass(frozen=True, kw_only=True)
class IncidentLine:
    id: int
    case_id: int
    number: str
    process: str
    version: int
    element: str
    name: str
    branch: str
    kind: str
    values: Mapping[str, Any]
    detail: str
    holds: bool
    raised_at: datetime
    tries: int


def require_mender(actor: Actor) -> None:
    """Raises NotPermitted for anybody but owners and administrators."""
    if not (actor.is_owner or actor.is_admin):
        raise NotPermitted("只有流程负责人和系统管理员可以处理异常")


def count_open(session: Session) -> int:
    """Up to 100: nobody reads a larger figure."""
    few = select(DbIncident.id).where(DbIncident.state == OPEN).limit(100).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def list_open(session: Session, actor: Actor, *, limit: int = 200) -> list[IncidentLine]:
    """Every open incident, the newest first. Raises NotPermitted."""
    require_mender(actor)
    return _lines(session, DbIncident.state == OPEN, limit)


def open_in_case(session: Session, case_id: int) -> list[IncidentLine]:
    """What is open in a case, the oldest first."""
    return _lines(session, (DbIncident.case_id == case_id) & (DbIncident.state == OPEN), 50)[::-1]


def list_for_operators(session: Session) -> list[IncidentLine]:
    """The same for whoever runs the system, who sees no names of people."""
    return _lines(session, DbIncident.state == OPEN, 200)[::-1]


def _lines(session: Session, condition: Any, limit: int) -> list[IncidentLine]:
    rows = session.execute(
        select(DbIncident, DbCase.number, DbCase.process_key, DbProcessVersion.number.label("version"))
        .join(DbCase, DbCase.id == DbIncident.case_id)
        .join(DbProcessVersion, DbProcessVersion.id == DbCase.version_id)
        .where(condition)
        .order_by(DbIncident.id.desc())
        .limit(limit)
    )
    return [
        IncidentLine(
            id=row.id,
            case_id=row.case_id,
            number=number,
            process=process,
            version=version,
            element=row.element,
            name=row.name,
            branch=row.branch,
            kind=row.kind,
            values=row.values,
            detail=row.detail,
            holds=row.holds,
            raised_at=row.raised_at,
            tries=row.tries,
        )
        for row, number, process, version in rows
    ]


def sentence_of(kind: str, values: Mapping[str, Any]) -> str:
    """What happened, in Chinese, for where no page translates it."""
    refusal = str(values.get("refusal", "")).format(**values.get("refusal_values", {}))
    said = SENTENCES[kind].format(**{"name": "", "expression": "", **values, "refusal": refusal})
    why = str(values.get("why", "")).format(**values.get("why_values", {}))
    return f"{said}（{why}）" if why else said
