"""Orders come in and move on: by people, by the API. Each use case commits, then hands the waiting cases their message.

What shops and couriers send by themselves is taken in ``order_hooks``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases import messages
from services.cases.idempotency import remember_request
from services.database import table_of, transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.registers import order_values, orders
from services.registers.changes import record_change
from services.registers.models import DELIVERED, ORDER_STATES, DbOrder
from services.types import Actor, CaseId

MAX_REASON = 200
EDITABLE = ("carrier", "tracking_number", "pickup_at", "goods", "amount", "postage", "customer")
"""What may be told of an order together with its state; where it goes is changed by an address change."""


def add_order(
    actor: Actor, given: Mapping[str, Any], *, source: str, now: datetime, idempotency_key: str | None = None
) -> tuple[DbOrder, bool]:
    """Register an order; whether it is new. The same number with the same content gives the order that is there, also
    when it has moved on since.

    Raises NotPermitted, InvalidInput naming each wrong field, Conflict naming the fields that say something else, or
    when the key was used for another request.
    """
    _require_post(actor)
    with transaction() as session:
        if idempotency_key:
            remember_request(session, actor.id, idempotency_key, _digest(given), now=now)
        values = order_values.read_values(session, given)
        return put_order(session, values, user_id=actor.id, source=source, now=now)


def put_order(
    session: Session, values: Mapping[str, Any], *, user_id: int | None, source: str, now: datetime
) -> tuple[DbOrder, bool]:
    """As ``add_order``, of checked values and inside the caller's transaction."""
    columns = order_values.new_values(values, now=now)
    number = columns["number"]
    statement = insert(table_of(DbOrder)).values(**columns).on_conflict_do_nothing().returning(table_of(DbOrder).c.id)
    is_new = session.scalar(statement) is not None
    order = orders.lock_order(session, number)
    if is_new:
        orders.note_event(session, order, source=source, user_id=user_id, now=now)
        after = orders.kept_values(session, {name: value for name, value in columns.items() if name != "changed_at"})
        record_change(
            session, orders.REGISTER, number, before=None, after=after, user_id=user_id, source=source, now=now
        )
        return order, True
    first = orders.first_values(session, number)
    others = order_values.differing(order, values, first, lambda code: orders.customer_code(session, code))
    if others:
        text = "订单 {number} 已经存在，与这次不同的是：{fields}；状态用 PATCH 更改，收件信息请发起地址更改"
        raise Conflict(text, number=number, fields="、".join(others))
    return order, False


def change_order(
    actor: Actor, number: str, given: Mapping[str, Any], *, reason: str = "", source: str, now: datetime
) -> DbOrder:
    """Move an order on, and note what comes with it (carrier, tracking number, pick-up).

    The same state again is no change. An order goes back, also from 已送达, only with a ``reason``, as a correction;
    nothing else of a delivered order is changed. Raises NotPermitted, NotFound, InvalidInput, Conflict.
    """
    _require_post(actor)
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": [f"最多 {MAX_REASON} 个字"]})
    with transaction() as session:
        values = _changeable(session, given)
        order = orders.lock_order(session, number)
        told = _change(session, order, values, reason.strip(), user_id=actor.id, source=source, now=now)
    messages.hand_over(told, now=now)
    return order


def _changeable(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    refused = sorted(given.keys() - {"state", *EDITABLE})
    if refused:
        sentence = "这里不能更改；收货人、电话和地址请发起地址更改"
        raise InvalidInput({name[:40]: [sentence] for name in refused})
    if not given:
        raise InvalidInput({"state": [f"可用：{'、'.join(ORDER_STATES)}"]})
    return order_values.read_values(session, given)


def _change(
    session: Session,
    order: DbOrder,
    values: dict[str, Any],
    reason: str,
    *,
    user_id: int,
    source: str,
    now: datetime,
) -> list[CaseId]:
    state = values.pop("state", order.state)
    changed = {name: value for name, value in values.items() if getattr(order, name) != value}
    if state == order.state and not changed:
        return []
    if order.state == DELIVERED and (state == order.state or not reason):
        raise Conflict("订单 {number} 已送达，不再更改；登记错了的，请写明更正原因", number=order.number)
    back = orders.rank(state) < orders.rank(order.state)
    if back and not reason:
        text = "订单 {number} 已经是“{now}”，不能退回“{wanted}”；登记错了的，请写明更正原因"
        names = {"now": orders.STATE_LABELS[order.state], "wanted": orders.STATE_LABELS[state]}
        raise Conflict(text, number=order.number, **names)
    if changed:
        orders.write(session, order, changed, source=source, user_id=user_id, now=now)
    if state == order.state:
        return []
    note = orders.correction(reason) if back else reason
    return orders.move(session, order, state, source=source, user_id=user_id, now=now, note=note)


def _require_post(actor: Actor) -> None:
    if not orders.may_change(actor):
        raise NotPermitted("只有{posts}和系统管理员可以登记和更改订单", posts="、".join(orders.POSTS))


def _digest(given: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(["orders", given], sort_keys=True, default=str).encode()).hexdigest()
