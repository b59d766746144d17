"""Everything that happened with a customer: what it cost each year, and a time line over cases, visits and orders.

Which cases are about a customer is written down when a form is submitted (``search_documents.customers``), so nothing
is kept twice and an approval writes nothing for it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select, tuple_
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.cases.visibility import visible_among
from services.errors import InvalidInput
from services.people.models import DbUser
from services.registers.budgets import RESERVED, SETTLED, ZERO
from services.registers.models import DbBenefit, DbBudget, DbCustomer, DbOrder, DbReservation
from services.registers.orders import may_read
from services.search.models import DbSearchDocument
from services.types import Actor
from services.visits.models import CANCELLED, VISITED, DbVisit
from workflows.calendar import COMPANY_ZONE

HOSPITALITY, GIFT, VISIT, COMPLAINT, ORDER, ADDRESS, OTHER = KINDS = (
    "hospitality",
    "gift",
    "visit",
    "complaint",
    "order",
    "address_change",
    "other",
)
PAGE = 30
_Query = Select[*tuple[Any, ...]]
_GIVEN_UP = ("withdrawn", "cancelled", "rejected")
_CASE, _ORDER, _VISIT = "case", "order", "visit"


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year with a customer. Hospitality that is not settled yet counts into the total as it was approved."""

    year: int
    approved: Decimal = ZERO
    actual: Decimal = ZERO
    unsettled: Decimal = ZERO
    gifts: Decimal = ZERO
    visits: int = 0
    complaints: int = 0
    orders: int = 0
    order_sum: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.actual + self.unsettled + self.gifts


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line of the time line. What is not this person's business has neither number nor title nor state."""

    kind: str
    at: datetime
    source: str
    id: int
    case_id: int | None = None
    number: str = ""
    title: str = ""
    process: str = ""
    state: str = ""
    who: str = ""
    amount: Decimal | None = None
    has_time: bool = True


def years_of(session: Session, customer: DbCustomer) -> list[Year]:
    """The years in which something happened, the newest first."""
    found: dict[int, Year] = {}

    def note(year: int, **values: Any) -> None:
        found[year] = replace(found.get(year, Year(year=year)), **values)

    for row in session.execute(_hospitality(customer.code)):
        note(row.year, approved=row.approved, actual=row.actual, unsettled=row.unsettled)
    for row in session.execute(_gifts(customer.code)):
        note(row.year, gifts=row.amount)
    for row in session.execute(_visits_made(customer.id)):
        note(row.year, visits=row.count)
    for row in session.execute(_complaints(customer.code)):
        note(row.year, complaints=row.count)
    for row in session.execute(_orders(customer.id)):
        note(row.year, orders=row.count, order_sum=row.amount)
    return sorted(found.values(), key=lambda one: one.year, reverse=True)


def _cases_about(code: str) -> Select[int]:
    """The ids of the cases that name the customer.

    Looked up before anything else: to find the newest the planner would rather go through all cases, hoping.
    """
    named = select(DbSearchDocument.case_id).where(DbSearchDocument.customers.contains([code])).distinct()
    found = named.cte("about").prefix_with("MATERIALIZED")
    return select(found.c.case_id)


def _hospitality(code: str) -> _Query:
    """What was approved and what was spent, by the year of the budget that paid."""
    year = cast(func.left(DbBudget.month, 4), Integer).label("year")
    settled, reserved = DbReservation.state == SETTLED, DbReservation.state == RESERVED
    return (
        select(
            year,
            func.sum(DbReservation.amount).label("approved"),
            func.coalesce(func.sum(DbReservation.spent).filter(settled), 0).label("actual"),
            func.coalesce(func.sum(DbReservation.amount).filter(reserved), 0).label("unsettled"),
        )
        .join(DbBudget, DbBudget.id == DbReservation.budget_id)
        .where(DbReservation.case_id.in_(_cases_about(code)), settled | reserved)
        .group_by(year)
    )


def _gifts(code: str) -> _Query:
    amount = func.sum(func.coalesce(DbBenefit.actual, DbBenefit.planned)).label("amount")
    return (
        select(DbBenefit.year, amount)
        .join(DbCase, DbCase.id == DbBenefit.case_id)
        .where(DbBenefit.customer == code, DbBenefit.kind == GIFT, DbCase.status.not_in(_GIVEN_UP))
        .group_by(DbBenefit.year)
    )


def _visits_made(customer_id: int) -> _Query:
    year = cast(func.extract("year", DbVisit.day), Integer).label("year")
    made = (DbVisit.customer_id == customer_id) & (DbVisit.state == VISITED)
    return select(year, func.count().label("count")).where(made, DbVisit.day.is_not(None)).group_by(year)


def _complaints(code: str) -> _Query:
    year = _year_of(DbCase.created_at)
    about = (DbCase.process_key == COMPLAINT) & DbCase.id.in_(_cases_about(code))
    counted = select(year, func.count().label("count")).where(about, DbCase.status.not_in(_GIVEN_UP))
    return counted.group_by(year)


def _orders(customer_id: int) -> _Query:
    year = _year_of(DbOrder.ordered_at)
    return (
        select(year, func.count().label("count"), func.sum(DbOrder.amount).label("amount"))
        .where(DbOrder.customer_id == customer_id)
        .group_by(year)
    )


def _year_of(moment: Any) -> Any:
    return cast(func.extract("year", func.timezone(COMPANY_ZONE.key, moment)), Integer).label("year")


def life_of(
    session: Session, actor: Actor, customer: DbCustomer, *, kind: str = "", after: str = "", limit: int = PAGE
) -> tuple[list[Event], str | None]:
    """What happened, the newest first, and the cursor of the next page. Raises InvalidInput for a cursor that is none
    and for a kind that there is not."""
    if kind and kind not in KINDS:
        raise InvalidInput({"kind": ["没有这一类"]})
    behind = _place(after) if after else None
    found: list[Event] = []
    if kind != ORDER:
        found += _case_events(session, actor, customer, kind, behind, limit + 1)
    if kind in ("", ORDER):
        found += _order_events(session, actor, customer.id, behind, limit + 1)
    if kind in ("", VISIT):
        found += _visit_events(session, actor, customer.id, behind, limit + 1)
    found.sort(key=_key, reverse=True)
    shown = found[:limit]
    return shown, _cursor(shown[-1]) if len(found) > limit else None


_Place = tuple[datetime, str, int]


def _key(event: Event) -> _Place:
    return event.at, event.source, event.id


def _page(query: _Query, at: Any, source: str, key: Any, behind: _Place | None, limit: int) -> Select[Any]:
    if behind:
        moment, other, number = behind
        query = query.where(tuple_(at, literal(source), key) < tuple_(literal(moment), literal(other), literal(number)))
    return query.order_by(at.desc(), key.desc()).limit(limit)


def _case_events(
    session: Session, actor: Actor, customer: DbCustomer, kind: str, behind: _Place | None, limit: int
) -> Iterable[Event]:
    """The cases that name the customer. A plan of visits is not one of its own beside the visits that came of it."""
    planned = select(DbVisit.case_id).where(DbVisit.customer_id == customer.id, DbVisit.case_id.is_not(None))
    query = (
        select(
            DbCase.id,
            DbCase.number,
            DbCase.title,
            DbCase.process_key,
            DbCase.status,
            DbCase.amount,
            DbCase.created_at,
            DbUser.name.label("who"),
        )
        .join(DbUser, DbUser.id == DbCase.starter_id)
        .where(DbCase.id.in_(_cases_about(customer.code)), DbCase.id.not_in(planned), *_of_kind(kind))
    )
    rows = session.execute(_page(query, DbCase.created_at, _CASE, DbCase.id, behind, limit)).all()
    visible = visible_among(session, actor, [row.id for row in rows])
    for row in rows:
        event = Event(kind=_kind(row.process_key), at=row.created_at, source=_CASE, id=row.id)
        if row.id in visible:
            event = replace(
                event,
                case_id=row.id,
                number=row.number,
                title=row.title,
                process=row.process_key,
                state=row.status,
                who=row.who,
                amount=row.amount,
            )
        yield event


def _kind(process: str) -> str:
    return process if process in KINDS and process not in (ORDER, OTHER) else OTHER


def _of_kind(kind: str) -> Sequence[ColumnElement[bool]]:
    if not kind:
        return ()
    return (DbCase.process_key.not_in(KINDS) if kind == OTHER else DbCase.process_key == kind,)


def _order_events(
    session: Session, actor: Actor, customer_id: int, behind: _Place | None, limit: int
) -> Iterable[Event]:
    """The orders; who may not read orders learns of each that there was one."""
    readable = may_read(actor)
    query = select(DbOrder).where(DbOrder.customer_id == customer_id)
    for order in session.scalars(_page(query, DbOrder.ordered_at, _ORDER, DbOrder.id, behind, limit)):
        event = Event(kind=ORDER, at=order.ordered_at, source=_ORDER, id=order.id)
        if readable:
            event = replace(event, number=order.number, title=order.goods, state=order.state, amount=order.amount)
        yield event


def _visit_events(
    session: Session, actor: Actor, customer_id: int, behind: _Place | None, limit: int
) -> Iterable[Event]:
    at = func.timezone(COMPANY_ZONE.key, DbVisit.day + func.coalesce(DbVisit.time, clock()))
    query = (
        select(DbVisit, DbUser.name.label("who"))
        .join(DbUser, DbUser.id == DbVisit.user_id)
        .where(DbVisit.customer_id == customer_id, DbVisit.day.is_not(None), DbVisit.state != CANCELLED)
    )
    rows = session.execute(_page(query, at, _VISIT, DbVisit.id, behind, limit)).all()
    visible = visible_among(session, actor, [row.DbVisit.case_id for row in rows if row.DbVisit.case_id])
    for row in rows:
        visit = row.DbVisit
        yield Event(
            kind=VISIT,
            at=_moment(visit.day, visit.time),
            source=_VISIT,
            id=visit.id,
            case_id=visit.case_id if visit.case_id in visible else None,
            title=visit.purpose if visit.case_id in visible else "",
            state=visit.state,
            who=row.who,
            has_time=visit.time is not None,
        )


def _moment(day: date, at: clock | None) -> datetime:
    return datetime.combine(day, at or clock(), COMPANY_ZONE).astimezone(UTC)


def _cursor(event: Event) -> str:
    place = [event.at.isoformat(), event.source, event.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(cursor: str) -> _Place:
    try:
        moment, source, number = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(moment)
        known = source in (_CASE, _ORDER, _VISIT) and at.tzinfo is not None and 2000 <= at.year <= 2200
        if type(number) is not int or not 0 <= number < 2**31 or not known:
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]}) from error
    return at, source, number
