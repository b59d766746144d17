"""Orders and their way: 未打印, 已打印, 已收件, 已送达. What changes an order tells the cases that wait for it.

Nothing here commits. An order's row is always locked after the rows of cases: whoever holds an order never asks for a
case, but leaves it a message (``services/cases/mailbox.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.cases.mailbox import leave_messages
from services.database import table_of
from services.errors import NotFound
from services.registers.changes import record_change
from services.registers.models import ORDER_STATES, DbCustomer, DbOrder, DbOrderEvent, DbRegisterChange
from services.types import Actor, CaseId

ORDER_CHANGED = "order_changed"
"""The message to cases that wait for an order, when it has come to another state."""
POSTS = ("售前客服", "仓库人员", "物流专员")
STATE_LABELS: Mapping[str, str] = dict(zip(ORDER_STATES, ("未打印", "已打印", "已收件", "已送达"), strict=True))
REGISTER = "orders"
CORRECTED = "更正："
_AT_ONCE = 5_000


def may_change(actor: Actor) -> bool:
    """Whether the person may register orders and move them on."""
    return actor.is_admin or not actor.posts.isdisjoint(POSTS)


def may_read(actor: Actor) -> bool:
    """Orders tell where people live: whoever has a post may read them."""
    return bool(actor.posts)


def find_order(session: Session, number: str) -> DbOrder | None:
    return session.scalar(select(DbOrder).where(DbOrder.number == number))


def lock_order(session: Session, number: str) -> DbOrder:
    """The order's row, locked until the transaction ends. Raises NotFound."""
    query = select(DbOrder).where(DbOrder.number == number)
    order = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if order is None:
        raise NotFound("没有订单 {number}，请核对订单编号", number=number)
    return order


def rank(state: str) -> int:
    """How far along its way an order is."""
    return ORDER_STATES.index(state)


def move(
    session: Session,
    order: DbOrder,
    state: str,
    *,
    source: str,
    user_id: int | None,
    now: datetime,
    case_id: int | None = None,
    note: str = "",
) -> list[CaseId]:
    """Bring a locked order to another state and tell the cases that wait for it; gives those cases.

    A case that moves the order itself (``case_id``) is not told.
    """
    order.state, order.changed_at = state, now
    note_event(session, order, source=source, user_id=user_id, now=now, case_id=case_id, note=note)
    session.flush()
    payload = {"order": order.number, "state": state}
    return leave_messages(session, ORDER_CHANGED, {order.number: payload}, now=now, but=case_id)


def note_event(
    session: Session,
    order: DbOrder,
    *,
    source: str,
    user_id: int | None,
    now: datetime,
    case_id: int | None = None,
    note: str = "",
) -> None:
    """Add a line to the order's history, as it stands now."""
    row = DbOrderEvent(
        order_id=order.id,
        at=now,
        state=order.state,
        source=source,
        user_id=user_id,
        case_id=case_id,
        note=note[:200],
    )
    session.add(row)


def last_event(session: Session, order: DbOrder) -> DbOrderEvent | None:
    query = select(DbOrderEvent).where(DbOrderEvent.order_id == order.id).order_by(DbOrderEvent.id.desc()).limit(1)
    return session.scalar(query)


def write(
    session: Session, order: DbOrder, values: Mapping[str, Any], *, source: str, user_id: int | None, now: datetime
) -> dict[str, Any]:
    """Give fields of a locked order new values, kept in the register's history; gives what they were before."""
    before = {name: getattr(order, name) for name in values}
    for name, value in values.items():
        setattr(order, name, value)
    order.changed_at = now
    record_change(
        session,
        REGISTER,
        order.number,
        before=kept_values(session, before),
        after=kept_values(session, values),
        user_id=user_id,
        source=source,
        now=now,
    )
    return before


def kept_values(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as the register's history keeps them: a customer by its code."""
    kept = dict(values)
    if "customer_id" in kept:
        kept["customer"] = customer_code(session, kept.pop("customer_id"))
    return kept


def customer_code(session: Session, customer_id: int | None) -> str:
    return session.scalar(select(DbCustomer.code).where(DbCustomer.id == customer_id)) or ""


def first_values(session: Session, number: str) -> dict[str, Any]:
    """What the order said when it was registered, as the register's history keeps it; nothing if that is not known."""
    query = select(DbRegisterChange.changes).where(
        DbRegisterChange.register == REGISTER,
        DbRegisterChange.key == number,
        DbRegisterChange.changes.has_key("number"),
    )
    found = session.scalar(query.order_by(DbRegisterChange.id).limit(1)) or {}
    return {name: after for name, (_before, after) in found.items()}


def orders_changed(
    session: Session, order_ids: Collection[int], *, source: str, user_id: int | None, now: datetime
) -> list[CaseId]:
    """Say of many orders that they are new or have come to another state, after their rows were written.

    Adds the line to each order's history, and leaves a message for every case that waits for one of them; the worker
    hands it over within seconds. Gives those cases. Meant for imports: the caller commits, has checked that no order
    goes back on its way, and has written the rows (and so locked them) in this transaction; a few statements for every
    5,000 orders. Pass only orders whose state changed: others would be told of something that did not happen.
    """
    told: set[CaseId] = set()
    ids = sorted(order_ids)
    session.flush()
    for first in range(0, len(ids), _AT_ONCE):
        query = select(DbOrder.id, DbOrder.number, DbOrder.state).where(DbOrder.id.in_(ids[first : first + _AT_ONCE]))
        found = session.execute(query).all()
        common = {"at": now, "source": source, "user_id": user_id, "case_id": None, "note": ""}
        rows = [{"order_id": order_id, "state": state, **common} for order_id, _number, state in found]
        if rows:
            session.execute(insert(table_of(DbOrderEvent)), rows)
        payloads = {number: {"order": number, "state": state} for _id, number, state in found}
        told.update(leave_messages(session, ORDER_CHANGED, payloads, now=now))
    return sorted(told)


def correction(reason: str) -> str:
    """The note of an event that takes an order back on its way, which nothing but a person's reason may."""
    return f"{CORRECTED}{reason}"
