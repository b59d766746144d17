"""Finding orders: the register's page, the API, and the look-up of forms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.errors import InvalidInput, NotFound, NotPermitted
from services.registers.models import ORDER_STATES, PRINTED, UNPRINTED, DbCustomer, DbOrder
from services.registers.orders import STATE_LABELS, find_order, may_read
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

MAX_FOUND = 20
MAX_WORDS = 5
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)
"""Days beyond these cannot be reckoned with, and no order is from there."""


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """What a person looks for. ``text`` is words that all occur in number, recipient, phone, tracking number, address
    or customer; the days are those on which it was ordered."""

    text: str = ""
    state: str = ""
    customer: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    order: DbOrder
    customer_code: str
    customer_name: str


def require_reader(actor: Actor) -> None:
    """Raises NotPermitted for people without a post: orders tell where people live."""
    if not may_read(actor):
        raise NotPermitted("您的岗位不能查看订单")


def list_orders(
    session: Session, actor: Actor, wanted: OrderFilter, *, after: int | None = None, limit: int
) -> tuple[list[OrderLine], int | None]:
    """The newest first, and the cursor of the next page. Raises NotPermitted, InvalidInput for an unknown state."""
    require_reader(actor)
    query = filtered(_lines(), wanted)
    if after is not None:
        query = query.where(DbOrder.id < after)
    rows = session.execute(query.order_by(DbOrder.id.desc()).limit(limit + 1)).all()
    lines = [_line(*row) for row in rows[:limit]]
    return lines, lines[-1].order.id if len(rows) > limit else None


def figure(session: Session, _actor: Actor, _now: datetime) -> tuple[str, dict[str, Any]]:
    """How many orders wait to be printed, and how many for the courier."""
    query = select(DbOrder.state, func.count().label("orders")).where(DbOrder.state.in_((UNPRINTED, PRINTED)))
    counts = {row.state: row.orders for row in session.execute(query.group_by(DbOrder.state))}
    return "待打印 {unprinted} 单，待取件 {printed} 单", {state: counts.get(state, 0) for state in (UNPRINTED, PRINTED)}


def get_order(session: Session, actor: Actor, number: str) -> OrderLine:
    """Raises NotPermitted, NotFound."""
    require_reader(actor)
    row = session.execute(_lines().where(DbOrder.number == number)).one_or_none()
    if row is None:
        raise NotFound("没有订单 {number}，请核对订单编号", number=number[:40])
    return _line(*row)


def orders_by_number(session: Session, numbers: Collection[str]) -> list[OrderLine]:
    rows = session.execute(_lines().where(DbOrder.number.in_(list(numbers))))
    return [_line(*row) for row in rows]


def search_orders(session: Session, text: str) -> list[OrderLine]:
    """What a form's look-up offers, at most twenty: first the order with exactly this number."""
    exact = find_order(session, text.strip())
    query = filtered(_lines(), OrderFilter(text=text)).order_by(DbOrder.id.desc()).limit(MAX_FOUND)
    found = [_line(*row) for row in session.execute(query)]
    if exact is not None:
        found.sort(key=lambda line: line.order.id != exact.id)
    return found


def filtered(query: Any, wanted: OrderFilter) -> Any:
    """A query over orders and their customers, narrowed. Raises InvalidInput for a state that there is not."""
    if wanted.state:
        if wanted.state not in ORDER_STATES:
            raise InvalidInput({"state": [f"可用：{'、'.join(ORDER_STATES)}"]})
        query = query.where(DbOrder.state == wanted.state)
    if wanted.customer:
        query = query.where(DbCustomer.code == wanted.customer)
    if wanted.first_day:
        query = query.where(DbOrder.ordered_at >= _midnight(wanted.first_day))
    if wanted.last_day:
        query = query.where(DbOrder.ordered_at < _midnight(wanted.last_day) + timedelta(days=1))
    for word in wanted.text.split()[:MAX_WORDS]:
        query = query.where(_has(word))
    return query


def _has(word: str) -> ColumnElement[bool]:
    """A word may also be what people call a state."""
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    places = (DbOrder.number, DbOrder.recipient, DbOrder.phone, DbOrder.tracking_number, DbOrder.address)
    found = [place.ilike(pattern) for place in (*places, DbCustomer.name, DbCustomer.code)]
    states = [state for state, label in STATE_LABELS.items() if label == word]
    return or_(*found, DbOrder.state.in_(states)) if states else or_(*found)


def _midnight(day: date) -> datetime:
    return datetime.combine(min(max(day, _FIRST), _LAST), time(), COMPANY_ZONE)


def _lines() -> Any:
    query = select(DbOrder, func.coalesce(DbCustomer.code, ""), func.coalesce(DbCustomer.name, ""))
    return query.outerjoin(DbCustomer, DbCustomer.id == DbOrder.customer_id)


def _line(order: DbOrder, code: str, name: str) -> OrderLine:
    return OrderLine(order=order, customer_code=code, customer_name=name)
