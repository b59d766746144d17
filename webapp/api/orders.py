"""Orders: the register, how they move on, and what shops and couriers send by themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request

from services.cases.messages import send_message
from services.cases.show_case import view_of
from services.cases.visibility import visible_among
from services.database import read_session
from services.errors import InvalidInput, TooLarge
from services.registers import order_hooks, order_intake, order_search
from services.registers.changes import API
from services.registers.order_history import OrderHistory, history_of
from services.registers.order_search import OrderFilter, OrderLine
from services.runtime import runtime
from services.types import CaseId
from webapp.api.blueprint import api, cursor_id, instant, json_body, limit, listing, money, record_of, text_of
from webapp.api.cases import case_json
from webapp.auth import PUBLIC, access, actor, now
from webapp.i18n import translate

MAX_EVENT_BYTES = 1_000_000


@api.get("/orders")
def list_orders() -> Any:
    """The newest first; `q` is words of number, recipient, phone, tracking number, address or customer."""
    wanted = OrderFilter(
        text=request.args.get("q", "")[:200],
        state=request.args.get("state", ""),
        customer=request.args.get("customer", ""),
        first_day=_day("from"),
        last_day=_day("to"),
    )
    cursor = request.args.get("cursor", "")
    after = cursor_id(cursor) if cursor else None
    lines, following = order_search.list_orders(read_session(), actor(), wanted, after=after, limit=limit())
    return listing([_order_json(line) for line in lines], following)


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput({name: ["请写成日期，如 2026-11-23"]}) from error


@api.post("/orders")
def add_order() -> Any:
    """Register an order; the same number with the same content again gives the order that is there."""
    key = request.headers.get("Idempotency-Key")
    order, is_new = order_intake.add_order(actor(), json_body(), source=API, now=now(), idempotency_key=key)
    return _shown(order.number), 201 if is_new else 200


@api.get("/orders/<number>")
def show_order(number: str) -> Any:
    return _shown(number)


@api.patch("/orders/<number>")
def change_order(number: str) -> Any:
    """Move an order on; a correction backwards needs a reason. Cases that wait for the order are woken."""
    body = json_body()
    reason = text_of(body, "reason", required=False)
    given = {name: value for name, value in body.items() if name != "reason"}
    order = order_intake.change_order(actor(), number, given, reason=reason, source=API, now=now())
    return _shown(order.number)


def _shown(number: str) -> dict[str, Any]:
    session = read_session()
    line = order_search.get_order(session, actor(), number)
    found = history_of(session, actor(), line.order)
    return {**_order_json(line), **_history_json(found)}


def _order_json(line: OrderLine) -> dict[str, Any]:
    order = line.order
    return {
        "number": order.number,
        "customer": line.customer_code or None,
        "customer_name": line.customer_name or None,
        "state": order.state,
        "recipient": order.recipient,
        "phone": order.phone,
        "address": order.address,
        "goods": order.goods,
        "amount": money(order.amount),
        "postage": money(order.postage),
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "pickup_at": instant(order.pickup_at),
        "ordered_at": instant(order.ordered_at),
        "changed_at": instant(order.changed_at),
    }


def _history_json(found: OrderHistory) -> dict[str, Any]:
    return {
        "history": [
            {
                "at": instant(event.at),
                "state": event.state,
                "source": event.source,
                "who": event.username,
                "case": event.case_number,
                "note": event.note,
            }
            for event in found.events
        ],
        "address_changes": [
            {"id": change.case_id, "number": change.number, "status": change.status, "claim": change.claim}
            for change in found.changes
        ],
    }


@api.post("/hooks/orders")
@access(PUBLIC)
def take_order_events() -> Any:
    """Events of shops and couriers, up to 200, signed by the Standard Webhooks specification. Each is taken once, by
    its id; the answer says of each what became of it."""
    if (request.content_length or 0) > MAX_EVENT_BYTES:
        raise TooLarge("一次发送的事件太多，请分几次发送")
    order_hooks.check_signature(runtime().hook_secrets, request.headers, request.get_data(cache=True), now=now())
    outcomes = order_hooks.take_events(_events(json_body()), now=now())
    return {"items": [_outcome_json(outcome) for outcome in outcomes]}


def _events(body: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of events, or one event alone."""
    found = body.get("events", [body])
    if not isinstance(found, list) or not all(isinstance(event, dict) for event in found):
        raise InvalidInput({"events": ["应为事件的列表"]})
    return found


_STATUS = {order_hooks.TAKEN: 200, order_hooks.KNOWN: 200, order_hooks.MISSING: 404, order_hooks.WRONG: 422}


def _outcome_json(outcome: order_hooks.Outcome) -> dict[str, Any]:
    errors = [
        {"field": field, "message": translate(text)}
        for field, texts in (outcome.errors or {}).items()
        for text in texts
    ]
    return {
        "id": outcome.event,
        "number": outcome.number,
        "status": _STATUS[outcome.result],
        "result": outcome.result,
        "state": outcome.state or None,
        "errors": errors,
    }


@api.post("/cases/<int:case_id>/messages")
def send_case_message(case_id: int) -> Any:
    """Send a message that the case waits for: administrators, and the posts that the process names for it. Answers
    with the case, and where it is not the sender's business with its number and status alone."""
    body = json_body()
    name, payload = text_of(body, "name"), record_of(body, "payload")
    case = send_message(actor(), CaseId(case_id), name, payload, now=now())
    if not visible_among(read_session(), actor(), [case.id]):
        return {"id": case.id, "number": case.number, "status": case.status}
    return case_json(view_of(read_session(), case))
