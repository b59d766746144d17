"""The contact log: who spoke with the customer of a complaint, when, how, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar, lock_case
from services.cases.history import Entry, append
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import get_visible_case, require_visible
from services.complaints.clock import work_minutes
from services.complaints.models import DbComplaint, DbComplaintContact
from services.complaints.rules import SOURCES
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbUser
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, CaseId

CONTACTED = "contacted"
MAX_PERSON, MAX_TEXT = 60, 2_000
_GRACE = timedelta(minutes=5)
"""A telephone's clock that runs a little fast is no reason to refuse a contact."""


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    id: int
    at: datetime
    channel: str
    person: str
    text: str
    who: str
    username: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """What somebody typed; without ``at`` it was just now."""

    channel: str
    text: str
    person: str = ""
    at: datetime | None = None


def add_contact(actor: Actor, case_id: CaseId, contact: Contact, *, now: datetime) -> int:
    """Log a contact; the first one is the first response. Gives its id.

    Raises NotFound, NotPermitted for people who only read the case, Conflict when it has ended, InvalidInput.
    """
    with transaction() as session:
        case = lock_case(session, case_id)
        require_visible(session, actor, case)
        complaint = _get_complaint(session, case)
        if not may_contact(session, actor, case):
            raise NotPermitted("只有登记人和办理人可以记录联系")
        if case.status != RUNNING:
            raise Conflict("这件投诉已经结束，不能再记录联系")
        at = _checked(contact, complaint, now)
        row = DbComplaintContact(
            case_id=case.id,
            at=at,
            channel=contact.channel,
            person=contact.person.strip(),
            text=contact.text.strip(),
            user_id=actor.id,
            noted_at=now,
        )
        session.add(row)
        _count_response(session, complaint, at)
        append(session, case, _line(actor, row), now)
        session.flush()
        return row.id


def _line(actor: Actor, row: DbComplaintContact) -> Entry:
    detail = {"channel": row.channel, "person": row.person, "at": row.at.isoformat()}
    return Entry(action=CONTACTED, user_id=actor.id, comment=row.text, detail=detail)


def _checked(contact: Contact, complaint: DbComplaint, now: datetime) -> datetime:
    errors: dict[str, list[str]] = {}
    at = contact.at or now
    if contact.channel not in SOURCES:
        errors["channel"] = ["请选择联系的方式"]
    if not contact.text.strip():
        errors["text"] = ["请写下和客户说了什么"]
    elif len(contact.text.strip()) > MAX_TEXT:
        errors["text"] = [f"最多 {MAX_TEXT} 个字"]
    if len(contact.person.strip()) > MAX_PERSON:
        errors["person"] = [f"最多 {MAX_PERSON} 个字"]
    if at > now + _GRACE:
        errors["at"] = ["联系时间不能晚于现在"]
    elif at < complaint.registered_at - _GRACE:
        errors["at"] = ["联系时间不能早于投诉登记的时间"]
    if errors:
        raise InvalidInput(errors)
    return max(min(at, now), complaint.registered_at)


def _count_response(session: Session, complaint: DbComplaint, at: datetime) -> None:
    """The earliest contact counts, also one that is entered later."""
    if complaint.first_response_at is None or at < complaint.first_response_at:
        complaint.first_response_at = at
        complaint.response_minutes = work_minutes(current_calendar(session), complaint.registered_at, at)


def may_contact(session: Session, actor: Actor, case: DbCase) -> bool:
    """Who registered it, who has or had a task in it; a copy and a mention only let one read."""
    if case.starter_id == actor.id:
        return True
    held = exists().where(
        DbTask.case_id == case.id,
        DbInboxEntry.task_id == DbTask.id,
        DbInboxEntry.user_id == actor.id,
        DbInboxEntry.hidden.is_(False),
    )
    done = exists().where(DbTask.case_id == case.id, DbTask.closed_by == actor.id)
    return bool(session.scalar(select(held | done)))


def list_contacts(session: Session, actor: Actor, case_id: CaseId) -> list[ContactLine]:
    """Newest first. Raises NotFound for a case that is no complaint, not there, or not visible to the person."""
    case = get_visible_case(session, actor, case_id)
    _get_complaint(session, case)
    return contacts_of(session, case.id)


def contacts_of(session: Session, case_id: int) -> list[ContactLine]:
    rows = session.execute(
        select(DbComplaintContact, DbUser.name, DbUser.username)
        .join(DbUser, DbUser.id == DbComplaintContact.user_id)
        .where(DbComplaintContact.case_id == case_id)
        .order_by(DbComplaintContact.at.desc(), DbComplaintContact.id.desc())
    )
    return [
        ContactLine(
            id=row.id, at=row.at, channel=row.channel, person=row.person, text=row.text, who=name, username=username
        )
        for row, name, username in rows
    ]


def has_contact_since(session: Session, case_id: int, since: datetime) -> bool:
    found = exists().where(DbComplaintContact.case_id == case_id, DbComplaintContact.at >= since)
    return bool(session.scalar(select(found)))


def first_contact_at(session: Session, case_id: int) -> datetime | None:
    return session.scalar(select(func.min(DbComplaintContact.at)).where(DbComplaintContact.case_id == case_id))


def _get_complaint(session: Session, case: DbCase) -> DbComplaint:
    complaint = session.get(DbComplaint, case.id)
    if complaint is None:
        raise NotFound("只有客户投诉才有联系记录")
    return complaint
