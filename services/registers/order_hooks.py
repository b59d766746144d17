"""What shops and couriers send by themselves: events about orders, signed as our own webhooks are.

An event is taken once, by its id, and never takes an order back on its way: what comes late is noted as known.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases import messages
from services.database import table_of, transaction
from services.errors import Conflict, InvalidInput, NotPermitted, ServiceError
from services.notices.formats import secret_key
from services.registers import order_values, orders
from services.registers.models import DELIVERED, DbOrder, DbOrderDelivery, DbOrderEvent
from services.registers.order_intake import put_order
from services.types import CaseId

WEBHOOK = "webhook"
MAX_EVENTS = 200
MAX_ID = 100
TOLERANCE = timedelta(minutes=5)
"""As the specification has it: what is older may be somebody's recording."""
TAKEN, KNOWN, MISSING, WRONG = "taken", "known", "missing", "wrong"
_OF_EVENT = ("id", "at")
_BESIDE = ("carrier", "tracking_number", "pickup_at")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one event: ``taken``, ``known`` (before, or overtaken by what is known), ``missing`` (no such
    order) or ``wrong`` (``errors`` says what)."""

    event: str
    number: str
    result: str
    state: str = ""
    errors: Mapping[str, list[str]] | None = None


def check_signature(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raises NotPermitted unless one of the secrets signed the body, a moment ago (Standard Webhooks 1.0)."""
    if not secrets:
        raise NotPermitted("还没有设置 HUIQIAN_HOOK_SECRETS，不接收外部系统的订单事件")
    message_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isascii() or not at.isdigit() or abs(now.timestamp() - int(at[:12])) > TOLERANCE.total_seconds():
        raise NotPermitted("webhook-timestamp 缺少，或与现在相差超过 5 分钟")
    signed = f"{message_id}.{at}.".encode() + body
    given = [part.partition(",")[2] for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")]
    for secret in secrets:
        expected = hmac.digest(secret_key(secret), signed, "sha256")
        if any(hmac.compare_digest(expected, _decoded(text)) for text in given):
            return
    raise NotPermitted("签名不正确")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def take_events(events: Sequence[Mapping[str, Any]], *, now: datetime) -> list[Outcome]:
    """Take events in, each by itself; the answers are in their order. Raises InvalidInput for more than 200."""
    if not events or len(events) > MAX_EVENTS:
        raise InvalidInput({"events": [f"1–{MAX_EVENTS} 个事件"]})
    outcomes: dict[int, Outcome] = {}
    told: set[CaseId] = set()
    with transaction() as session:
        # one order after the other, always in the same order: two senders never wait for each other
        for place in sorted(range(len(events)), key=lambda place: (str(events[place].get("number")), place)):
            outcomes[place] = _take(session, events[place], told, now)
    messages.hand_over(told, now=now)
    return [outcomes[place] for place in range(len(events))]


def _take(session: Session, event: Mapping[str, Any], told: set[CaseId], now: datetime) -> Outcome:
    event_id, number = str(event.get("id", ""))[:MAX_ID], str(event.get("number", ""))[:40]
    try:
        with session.begin_nested():
            return _taken(session, event, event_id, told, now)
    except InvalidInput as error:
        return Outcome(event=event_id, number=number, result=WRONG, errors=error.errors)
    except Conflict as error:
        return Outcome(event=event_id, number=number, result=WRONG, errors={"number": [str(error)]})
    except ServiceError:
        return Outcome(event=event_id, number=number, result=MISSING)


def _taken(session: Session, event: Mapping[str, Any], event_id: str, told: set[CaseId], now: datetime) -> Outcome:
    if not isinstance(event.get("id"), str) or not event_id.strip() or len(event["id"]) > MAX_ID:
        raise InvalidInput({"id": [f"每个事件要有自己的 id，最多 {MAX_ID} 个字"]})
    values = order_values.read_values(session, {name: value for name, value in event.items() if name not in _OF_EVENT})
    if not values.get("number"):
        raise InvalidInput({"number": ["此项必填"]})
    at = order_values.read_moment("at", event.get("at"))
    row = {"event_id": event_id, "received_at": now}
    table = table_of(DbOrderDelivery)
    fresh = session.scalar(insert(table).values(row).on_conflict_do_nothing().returning(table.c.event_id))
    number = values["number"]
    if fresh is None:
        order = orders.find_order(session, number)
        return Outcome(event=event_id, number=number, result=KNOWN, state=order.state if order else "")
    if orders.find_order(session, number) is None and "address" in values:
        order, _new = put_order(session, values, user_id=None, source=WEBHOOK, now=now)
        return Outcome(event=event_id, number=number, result=TAKEN, state=order.state)
    order = orders.lock_order(session, number)
    changed = _apply(session, order, values, at, told, now)
    return Outcome(event=event_id, number=number, result=TAKEN if changed else KNOWN, state=order.state)


def _apply(
    session: Session, order: DbOrder, values: Mapping[str, Any], at: datetime | None, told: set[CaseId], now: datetime
) -> bool:
    """Whether the event said anything that was not known. What a person has corrected since it happened stays so."""
    if order.state == DELIVERED or (at is not None and at < (_corrected_at(session, order) or at)):
        return False
    beside = {name: values[name] for name in _BESIDE if name in values and getattr(order, name) != values[name]}
    if beside:
        orders.write(session, order, beside, source=WEBHOOK, user_id=None, now=now)
    state = values.get("state", order.state)
    if orders.rank(state) <= orders.rank(order.state):
        return bool(beside)
    told.update(orders.move(session, order, state, source=WEBHOOK, user_id=None, now=now))
    return True


def _corrected_at(session: Session, order: DbOrder) -> datetime | None:
    query = select(func.max(DbOrderEvent.at)).where(DbOrderEvent.order_id == order.id)
    return session.scalar(query.where(DbOrderEvent.note.startswith(orders.CORRECTED)))
