"""What an order may say: values as people, shops and couriers send them, checked field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from services.errors import InvalidInput
from services.registers.changes import differences
from services.registers.customers import find_customer
from services.registers.models import ORDER_STATES, UNPRINTED, DbOrder

LIMITS = {
    "number": 40,
    "recipient": 40,
    "phone": 40,
    "address": 200,
    "goods": 200,
    "carrier": 40,
    "tracking_number": 40,
}
MONEY = ("amount", "postage")
MOMENTS = ("pickup_at", "ordered_at")
FIELDS = (*LIMITS, "customer", "state", *MONEY, *MOMENTS)
REQUIRED = ("number",)
"""Shops send an order before they know all of where it goes."""
_MOST_MONEY = Decimal(10) ** 12
_YEARS = range(2000, 2101)


def read_values(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns behind what was sent, only of the fields that were. Raises InvalidInput naming each wrong field."""
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FIELDS:
            errors[name[:40]] = [f"没有这一项；可用：{'、'.join(FIELDS)}"]
            continue
        try:
            values |= _read(session, name, value)
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise InvalidInput(errors)
    return values


def _read(session: Session, name: str, value: Any) -> dict[str, Any]:
    """Raises ValueError with the sentence."""
    if name in MONEY:
        return {name: _money(value)}
    if name in MOMENTS:
        return {name: _moment(value)}
    if name == "state":
        if value not in ORDER_STATES:
            raise ValueError(f"可用：{'、'.join(ORDER_STATES)}")
        return {name: value}
    text = _text(value)
    if name == "customer":
        return {"customer_id": _customer(session, text)}
    if len(text) > LIMITS[name]:
        raise ValueError(f"最多 {LIMITS[name]} 个字")
    if name in REQUIRED and not text:
        raise ValueError("此项必填")
    return {name: text}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("应为文字")
    return " ".join(value.split())


def _customer(session: Session, code: str) -> int | None:
    if not code:
        return None
    customer = find_customer(session, code)
    if customer is None:
        raise ValueError("没有这个客户，请先登记客户")
    return customer.id


def _money(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite() or not 0 <= amount < _MOST_MONEY:
        raise ValueError("请输入金额，最多两位小数")
    if amount != round(amount, 2):
        raise ValueError("请输入金额，最多两位小数")
    return round(amount, 2)


def _moment(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        raise ValueError("请写成带时区的 ISO 8601 时间，如 2026-11-23T17:00:00+08:00")
    return moment.astimezone(UTC)


def read_moment(name: str, value: Any) -> datetime | None:
    """Raises InvalidInput naming the field."""
    try:
        return _moment(value)
    except ValueError as error:
        raise InvalidInput({name: [str(error)]}) from error


def new_values(values: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The columns of a new order, of checked values. Raises InvalidInput naming what is missing."""
    missing = {name: ["此项必填"] for name in REQUIRED if not values.get(name)}
    if missing:
        raise InvalidInput(missing)
    given = {name: value for name, value in values.items() if value is not None}
    return {"state": UNPRINTED, "ordered_at": now, **given, "changed_at": now}


def differing(
    order: DbOrder, values: Mapping[str, Any], first: Mapping[str, Any], customer_of: Callable[[int | None], str]
) -> list[str]:
    """The fields that say something else than the order says, and than it said at ``first`` (by its history)."""
    found = []
    for column, value in values.items():
        name = "customer" if column == "customer_id" else column
        said = {name: customer_of(value) if column == "customer_id" else value}
        before = {name: first.get(name, "")}
        if value is not None and getattr(order, column) != value and differences(before, said):
            found.append(name)
    return found
