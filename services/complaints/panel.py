"""What the pages of a complaint's case show beside its steps: deadlines, contacts, earlier rounds, templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.cases.models import RUNNING
from services.cases.visibility import get_visible_case
from services.complaints.clock import Light, light
from services.complaints.contacts import ContactLine, contacts_of, may_contact
from services.complaints.models import DbComplaint
from services.complaints.similarity import Suggestion, suggest
from services.errors import NotFound
from services.people.organisation import names_of
from services.registers.customers import find_customer
from services.registers.models import DbContact, DbCustomer
from services.types import Actor, CaseId


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A round before the complaint was reopened."""

    level: int
    who: str
    resolved_at: datetime | None
    solution: str
    satisfaction: int | None
    opinion: str


@dataclass(frozen=True, kw_only=True)
class ComplaintView:
    case_id: int
    level: int
    reopened: int
    escalated_level: int
    satisfaction: int | None
    order_number: str
    customer: DbCustomer | None
    person: str
    """Whom to speak with: the customer's main contact."""
    response: Light
    resolution: Light
    contacts: list[ContactLine]
    may_contact: bool
    rounds: list[Tried]


def show_complaint(session: Session, actor: Actor, case_id: CaseId, *, now: datetime) -> ComplaintView:
    """Raises NotFound for a case that is no complaint, not there, or not visible to the person."""
    case = get_visible_case(session, actor, case_id)
    complaint = session.get(DbComplaint, case.id)
    if complaint is None:
        raise NotFound("这件事不是客户投诉")
    calendar, began = current_calendar(session), complaint.registered_at
    stopped = complaint.closed_at or now
    response = light(
        calendar,
        began=began,
        due_at=_first_due(complaint) or _moment(case.variables.get("respond_by")),
        done_at=complaint.first_response_at,
        now=stopped,
    )
    # the clocks run already while somebody is looked for who handles it
    due_at = complaint.resolve_by or _moment(case.variables.get("resolve_by"))
    resolution = light(calendar, began=began, due_at=due_at, done_at=complaint.resolved_at, now=stopped)
    customer = find_customer(session, complaint.customer)
    return ComplaintView(
        case_id=case.id,
        level=complaint.level,
        reopened=complaint.reopened,
        escalated_level=complaint.escalated_level,
        satisfaction=complaint.satisfaction,
        order_number=complaint.order_number,
        customer=customer,
        person=_main_contact(session, customer),
        response=response,
        resolution=resolution,
        contacts=contacts_of(session, case.id),
        may_contact=case.status == RUNNING and may_contact(session, actor, case),
        rounds=_tried(session, complaint),
    )


def _first_due(complaint: DbComplaint) -> datetime | None:
    """The first response was due by the first round's time."""
    if not complaint.rounds:
        return complaint.respond_by
    return _moment(complaint.rounds[0]["respond_by"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _main_contact(session: Session, customer: DbCustomer | None) -> str:
    if customer is None:
        return ""
    query = session.query(DbContact).filter_by(customer_id=customer.id).order_by(DbContact.main.desc(), DbContact.id)
    found = query.first()
    return " ".join(filter(None, (found.name, found.title))) if found else ""


def _tried(session: Session, complaint: DbComplaint) -> list[Tried]:
    names = names_of(session, [tried["handled_by"] for tried in complaint.rounds])
    return [_one(tried, names) for tried in complaint.rounds]


def _one(tried: Mapping[str, Any], names: Mapping[int, str]) -> Tried:
    forms = tried["forms"]
    return Tried(
        level=tried["level"],
        who=names.get(tried["handled_by"] or 0, ""),
        resolved_at=_moment(tried["resolved_at"]),
        solution=forms.get("solution", {}).get("solution", ""),
        satisfaction=tried["satisfaction"],
        opinion=forms.get("revisit", {}).get("opinion", ""),
    )


def suggestions_for(session: Session, forms: Mapping[str, Mapping[str, Any]]) -> list[Suggestion]:
    """The templates that are about what was complained of; ``forms`` are the case's."""
    given = forms.get("complaint", {})
    text = "\n".join(str(given.get(name) or "") for name in ("description", "expectation"))
    return suggest(session, str(given.get("type") or ""), text)
