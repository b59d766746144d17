"""Visits to read: for lists, boards, calendars and what is known of a customer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from services.cases.models import DbCase
from services.cases.visibility import visible_to
from services.people.models import DbUser
from services.registers.models import DbCustomer
from services.types import Actor
from services.visits.models import CANCELLED, FOLLOW_UP, VISITED, DbVisit

MAX_LISTED = 500


@dataclass(frozen=True, kw_only=True)
class VisitLine:
    """A visit with the names that a list shows. A follow-up has no case, day and time until a plan takes it up."""

    id: int
    case_id: int | None
    case_number: str
    branch: str
    customer_id: int
    customer: str
    customer_name: str
    user_id: int
    user_name: str
    day: date | None
    time: time | None
    contact: str
    purpose: str
    place: str
    state: str
    result: str
    note: str
    after: date | None
    """Of a follow-up: the day of the visit that it follows."""


def last_visits(session: Session, customer_ids: Collection[int]) -> dict[int, VisitLine]:
    """Each customer's last visit that took place; customers that were never visited are left out."""
    query = (
        _lines()
        .where(DbVisit.customer_id.in_(customer_ids), DbVisit.state == VISITED)
        .ext(distinct_on(DbVisit.customer_id))
        .order_by(DbVisit.customer_id, DbVisit.day.desc(), DbVisit.id.desc())
    )
    return {line.customer_id: line for line in _read(session, query)}


def next_visits(session: Session, customer_ids: Collection[int], first: date) -> dict[int, VisitLine]:
    """Each customer's next visit from ``first`` on that is planned or agreed."""
    query = (
        _lines()
        .where(
            DbVisit.customer_id.in_(customer_ids),
            DbVisit.state.not_in((VISITED, CANCELLED, FOLLOW_UP)),
            DbVisit.day >= first,
        )
        .ext(distinct_on(DbVisit.customer_id))
        .order_by(DbVisit.customer_id, DbVisit.day, DbVisit.id)
    )
    return {line.customer_id: line for line in _read(session, query)}


def visits_between(
    session: Session, user_id: int | None, first: date, last: date, *, cancelled: bool = False
) -> list[VisitLine]:
    """Visits of a person, or of everybody, from ``first`` to ``last``, by day and hour; cancelled ones if asked for."""
    query = _lines().where(DbVisit.day.between(first, last))
    if user_id is not None:
        query = query.where(DbVisit.user_id == user_id)
    if not cancelled:
        query = query.where(DbVisit.state != CANCELLED)
    return _read(session, query.order_by(DbVisit.day, DbVisit.time, DbVisit.id))


def visits_of_customer(session: Session, customer_id: int, *, limit: int = 20) -> list[VisitLine]:
    """The newest visits of a customer, those to come first."""
    query = _lines().where(DbVisit.customer_id == customer_id, DbVisit.state != FOLLOW_UP)
    return _read(session, query.order_by(DbVisit.day.desc(), DbVisit.id.desc()).limit(limit))


def follow_ups(session: Session, customer_ids: Collection[int] | None = None) -> list[VisitLine]:
    """Visits that the next plan should take up, the longest waiting first."""
    query = _lines().where(DbVisit.state == FOLLOW_UP).order_by(DbVisit.id)
    if customer_ids is not None:
        query = query.where(DbVisit.customer_id.in_(customer_ids))
    return _read(session, query)


def visits_of_case(session: Session, case_id: int) -> list[VisitLine]:
    """The visits of a plan in its order."""
    return _read(session, _lines().where(DbVisit.case_id == case_id).order_by(DbVisit.day, DbVisit.time, DbVisit.id))


def list_visits(session: Session, actor: Actor, *, first: date, last: date, customer: str = "") -> list[VisitLine]:
    """What a person may see of a period: their own visits, and those of plans that are their business."""
    query = _lines().where(
        DbVisit.day.between(first, last),
        or_(DbVisit.user_id == actor.id, DbVisit.case_id.in_(select(DbCase.id).where(visible_to(actor)))),
    )
    if customer:
        query = query.where(DbCustomer.code == customer)
    return _read(session, query.order_by(DbVisit.day, DbVisit.time, DbVisit.id).limit(MAX_LISTED))


def figure(session: Session, _actor: Actor, _now: datetime) -> tuple[str, dict[str, Any]]:
    """What the hub of the registers says about visits."""
    waiting = session.scalar(select(func.count()).select_from(DbVisit).where(DbVisit.state == FOLLOW_UP))
    return "{count} 次待再度访问", {"count": waiting}


_Before = aliased(DbVisit)


def _lines() -> Select[DbVisit, DbCustomer, DbUser, str, date | None]:
    return (
        select(DbVisit, DbCustomer, DbUser, DbCase.number, _Before.day)
        .join(DbCustomer, DbCustomer.id == DbVisit.customer_id)
        .join(DbUser, DbUser.id == DbVisit.user_id)
        .outerjoin(DbCase, DbCase.id == DbVisit.case_id)
        .outerjoin(_Before, _Before.id == DbVisit.follows_id)
    )


def _read(session: Session, query: Select[DbVisit, DbCustomer, DbUser, str, date | None]) -> list[VisitLine]:
    return [
        VisitLine(
            id=visit.id,
            case_id=visit.case_id,
            case_number=number or "",
            branch=visit.branch,
            customer_id=customer.id,
            customer=customer.code,
            customer_name=customer.name,
            user_id=user.id,
            user_name=user.name,
            day=visit.day,
            time=visit.time,
            contact=visit.contact,
            purpose=visit.purpose,
            place=visit.place,
            state=visit.state,
            result=visit.result,
            note=visit.note,
            after=after,
        )
        for visit, customer, user, number, after in session.execute(query)
    ]
