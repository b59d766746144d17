"""「按区域推荐客户」 on the plan of visits: what its button sends, and what the page says about the proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import get_template_attribute, request
from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.errors import InvalidInput
from services.visits.proposal import A_DAY, MAX_A_DAY, Proposal, Wanted, propose
from webapp.auth import now
from workflows.definition import ProcessDefinition

SLOT = "visit_proposal"
"""The place in a form's layout (``offers``) where the button stands."""
PROPOSE = "propose"
PROCESS, ROWS = "visit", "visits"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the page says beside the rows: the proposal, or what keeps it from being made."""

    proposal: Proposal | None = None
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    a_day: str = str(A_DAY)


def is_asked(definition: ProcessDefinition) -> bool:
    """Whether the form was sent to get a proposal."""
    return definition.key == PROCESS and PROPOSE in request.form


def fill(session: Session, typed: Mapping[str, Any]) -> tuple[dict[str, Any], Said]:
    """The typed values with the proposed rows behind those that are filled in, and what to say about them."""
    rows = [row for row in typed.get(ROWS) or () if row.get("customer")]
    a_day = request.form.get("per_day", "").strip() or str(A_DAY)
    calendar = current_calendar(session)
    try:
        wanted = _wanted(typed, rows, a_day)
        found = propose(session, wanted, today=calendar.local_day(now()), calendar=calendar)
    except InvalidInput as error:
        return {**typed}, Said(errors=error.errors, a_day=a_day)
    return {**typed, ROWS: [*rows, *found.rows]}, Said(proposal=found, a_day=a_day)


def _wanted(typed: Mapping[str, Any], rows: list[Mapping[str, Any]], a_day: str) -> Wanted:
    errors = {name: ["请先填写开始日期和结束日期"] for name in ("from", "to") if not _is_date(typed.get(name))}
    if not (a_day.isascii() and a_day.isdigit()):
        errors["per_day"] = [f"每天 1 至 {MAX_A_DAY} 家"]
    if errors:
        raise InvalidInput(errors)
    whole = [row for row in rows if _is_date(row.get("date", "")) or not row.get("date")]
    return Wanted(
        region=str(typed.get("region") or ""),
        first=date.fromisoformat(typed["from"]),
        last=date.fromisoformat(typed["to"]),
        a_day=int(a_day[:4]),
        rows=whole,
    )


def _is_date(text: Any) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except (TypeError, ValueError):
        return False


def slots(definition: ProcessDefinition, address: str, said: Said | None = None) -> dict[str, Any]:
    """What the form's layout has room for; nothing for other processes. The button posts the form to ``address``."""
    if definition.key != PROCESS:
        return {}
    return {SLOT: get_template_attribute("_proposal.html", "proposal_slot")(address, said or Said(), PROPOSE)}
