"""The customer register: finding, listing, and whose birthday comes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.errors import InvalidInput, NotFound
from services.registers.models import DbContact, DbCustomer
from services.search.matching import in_text
from services.search.text import Word, words_of
from services.types import Actor
from services.visits.models import VISITED, DbVisit
from workflows.calendar import COMPANY_ZONE

GRADES = ("A", "B", "C", "D", "E")
RELATIONS = ("战略", "潜力", "一般", "暂时")
MAX_FOUND = 20
PAGE = 50
BIRTHDAY_DAYS = 14
_FAR = Decimal(1_000_000)
"""Where the distance is not known, the customer comes last."""


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """What a list is asked for. ``after`` is the cursor of the page before."""

    text: str = ""
    grade: str = ""
    relation: str = ""
    region: str = ""
    category: str = ""
    sort: str = "code"
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, kw_only=True)
class Birthday:
    """A birthday to come: of whom, at which customer, on which day and in how many days."""

    contact: str
    title: str
    customer: str
    customer_name: str
    day: date
    in_days: int


def find_customer(session: Session, code: str) -> DbCustomer | None:
    return session.scalar(select(DbCustomer).where(DbCustomer.code == code))


def get_customer(session: Session, code: str) -> DbCustomer:
    """Raises NotFound."""
    customer = find_customer(session, code)
    if customer is None:
        raise NotFound("没有编号为 {code} 的客户", code=code)
    return customer


def contacts_of(session: Session, customer_id: int) -> list[DbContact]:
    """The people at a customer, the one to talk to first."""
    query = select(DbContact).where(DbContact.customer_id == customer_id)
    return list(session.scalars(query.order_by(DbContact.main.desc(), DbContact.id)))


def main_contacts(session: Session, customer_ids: Sequence[int]) -> dict[int, DbContact]:
    """For each of these customers the person to talk to first."""
    query = (
        select(DbContact)
        .where(DbContact.customer_id.in_(customer_ids))
        .order_by(DbContact.customer_id, DbContact.main.desc(), DbContact.id)
        .ext(distinct_on(DbContact.customer_id))
    )
    return {contact.customer_id: contact for contact in session.scalars(query)}


def last_visits(session: Session, customer_ids: Sequence[int]) -> dict[int, date]:
    """When each of these customers was visited last."""
    made = DbVisit.customer_id.in_(customer_ids) & (DbVisit.state == VISITED) & DbVisit.day.is_not(None)
    query = select(DbVisit.customer_id, func.max(DbVisit.day).label("day")).where(made).group_by(DbVisit.customer_id)
    return {row.customer_id: row.day for row in session.execute(query) if row.day}


def search_customers(session: Session, text: str) -> list[DbCustomer]:
    """Customers whose code or name contains the text, at most twenty; all words must occur."""
    query = select(DbCustomer)
    for word in text.split()[:5]:
        pattern = f"%{_escaped(word)}%"
        query = query.where(or_(DbCustomer.code.ilike(pattern), DbCustomer.name.ilike(pattern)))
    return list(session.scalars(query.order_by(DbCustomer.code).limit(MAX_FOUND)))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_last_visit = (
    select(func.max(DbVisit.day))
    .where(DbVisit.customer_id == DbCustomer.id, DbVisit.state == VISITED)
    .correlate(DbCustomer)
    .scalar_subquery()
)


@dataclass(frozen=True)
class _Order:
    """A way to sort: by an expression, then by the code, so that every customer has a place of its own.

    ``read`` gives the value back that a cursor has as text; it raises ValueError or ArithmeticError.
    """

    key: ColumnElement[Any] | InstrumentedAttribute[Any]
    read: Callable[[str], Any] = str


def _distance(text: str) -> Decimal:
    found = Decimal(text)
    if not (found.is_finite() and abs(found) <= _FAR):
        raise ValueError
    return found


_ORDERS: Mapping[str, _Order] = {
    "code": _Order(DbCustomer.code),
    "name": _Order(DbCustomer.name),
    "grade": _Order(DbCustomer.grade),
    "distance": _Order(func.coalesce(DbCustomer.distance_km, _FAR), _distance),
    # who was never visited waits the longest
    "last_visit": _Order(func.coalesce(_last_visit, date(1900, 1, 1)), date.fromisoformat),
}
SORTS = tuple(_ORDERS)


def list_customers(session: Session, wanted: CustomerFilter) -> tuple[list[DbCustomer], str | None]:
    """A page of customers, and the cursor of the next. Raises InvalidInput for a cursor that is none, for an order
    that there is not and for a text that is too long to search for."""
    order = _ORDERS.get(wanted.sort)
    if order is None:
        raise InvalidInput({"sort": ["没有这种排序"]})
    query = select(DbCustomer, order.key.label("place")).order_by(order.key, DbCustomer.code).limit(wanted.limit + 1)
    query = query.where(*narrowed(wanted))
    if wanted.after:
        query = _behind(query, order, wanted.after)
    rows = session.execute(query).all()
    shown = rows[: wanted.limit]
    following = _cursor(shown[-1].place, shown[-1].DbCustomer.code) if len(rows) > wanted.limit else None
    return [row.DbCustomer for row in shown], following


def narrowed(wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    """What a list or an export is narrowed by. Raises InvalidInput for a text that is too long to search for."""
    equal = [column == value for column, value in _conditions(wanted)]
    return [*equal, *(_has(word) for word in words_of(wanted.text))]


def _conditions(wanted: CustomerFilter) -> list[tuple[InstrumentedAttribute[str], str]]:
    asked = (
        (DbCustomer.grade, wanted.grade),
        (DbCustomer.relation, wanted.relation),
        (DbCustomer.region, wanted.region),
        (DbCustomer.category, wanted.category),
    )
    return [(column, value) for column, value in asked if value]


def _has(word: Word) -> ColumnElement[bool]:
    """Whether the word is part of what is written about the customer or of a contact's name or number."""
    plain_number = func.translate(DbContact.phone, "- ", "")
    of_contact = (
        or_(func.strpos(func.lower(DbContact.name), spelling) > 0, func.strpos(plain_number, spelling) > 0)
        for spelling in {part for one in word.spellings for part in (one, one.replace("-", "")) if part}
    )
    own = select(DbCustomer.id).where(in_text(DbCustomer.search_text, DbCustomer.pairs, word))
    return DbCustomer.id.in_(union(own, select(DbContact.customer_id).where(or_(*of_contact))))


def _behind(query: Select[*tuple[Any, ...]], order: _Order, cursor: str) -> Select[Any]:
    place, code = _place(order, cursor)
    return query.where(tuple_(order.key, DbCustomer.code) > tuple_(place, code))


def _cursor(place: Any, code: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(place), code]).encode()).decode()


def _place(order: _Order, cursor: str) -> tuple[Any, str]:
    try:
        place, code = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not (isinstance(place, str) and isinstance(code, str)) or "\x00" in place + code:
            raise ValueError
        (place + code).encode()
        value = order.read(place)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]}) from error
    return value, code


def choices(session: Session) -> dict[str, list[str]]:
    """The regions and categories that customers have, for the filters."""
    return {
        name: list(session.scalars(select(column).where(column != "").distinct().order_by(column)))
        for name, column in (("region", DbCustomer.region), ("category", DbCustomer.category))
    }


def figure(session: Session, _actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """What the hub says about the register."""
    count = session.scalar(select(func.count()).select_from(DbCustomer))
    born = len(birthdays(session, today=now.astimezone(COMPANY_ZONE).date(), days=7))
    if born:
        return "{count} 家客户，{born} 位联系人七天内生日", {"count": count, "born": born}
    return "{count} 家客户", {"count": count}


def birthdays(
    session: Session, *, today: date, days: int = BIRTHDAY_DAYS, customer_id: int | None = None, limit: int = 20
) -> list[Birthday]:
    """Whose birthday is today or within so many days, the next one first. Who was born on a 29 February has it on
    the 28th where the year has none."""
    coming = {day: _next_of(day, today) for day in _days_from(today, days)}
    month_and_day = func.extract("month", DbContact.birthday) * 100 + func.extract("day", DbContact.birthday)
    query = (
        select(DbContact, DbCustomer.code, DbCustomer.name)
        .join(DbCustomer, DbCustomer.id == DbContact.customer_id)
        .where(DbContact.birthday.is_not(None), month_and_day.in_([month * 100 + day for month, day in coming]))
    )
    if customer_id is not None:
        query = query.where(DbContact.customer_id == customer_id)
    found = [
        Birthday(
            contact=contact.name,
            title=contact.title,
            customer=code,
            customer_name=name,
            day=day,
            in_days=(day - today).days,
        )
        for contact, code, name in session.execute(query)
        if contact.birthday is not None
        for day in [coming[contact.birthday.month, contact.birthday.day]]
    ]
    return sorted(found, key=lambda one: (one.day, one.customer, one.contact))[:limit]


def _days_from(today: date, days: int) -> list[tuple[int, int]]:
    found = [(day.month, day.day) for day in (today + timedelta(days=ahead) for ahead in range(days + 1))]
    if (2, 28) in found and (2, 29) not in found:
        found.append((2, 29))
    return found


def _next_of(month_and_day: tuple[int, int], today: date) -> date:
    for year in (today.year, today.year + 1):
        try:
            day = date(year, *month_and_day)
        except ValueError:
            day = date(year, 2, 28)
        if day >= today:
            return day
    raise AssertionError("one of two years has it")
