"""The gift register: what there is, and how it came to be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request

from services.database import read_session
from services.errors import InvalidInput
from services.registers import changes, gift_register
from services.registers.budgets import find_amount
from services.registers.gift_register import Movement, Values
from services.registers.models import DbGift
from webapp.api.blueprint import api, cursor_id, instant, json_body, limit, listing, money, text_of
from webapp.auth import actor, now

_TEXTS = ("name", "unit", "remark")
_CHANGEABLE = frozenset({*_TEXTS, "price"})


@api.get("/gifts")
def list_gifts() -> Any:
    """Gifts by any part of code or name; `state` is `empty` or `short`."""
    wanted = limit()
    found = gift_register.list_gifts(
        read_session(),
        text=request.args.get("q", ""),
        state=request.args.get("state", ""),
        after=request.args.get("cursor", ""),
        limit=wanted + 1,
    )
    following = found[wanted - 1].gift.code if len(found) > wanted else None
    return listing([{**_gift_json(line.gift), "short": line.short} for line in found[:wanted]], following)


@api.post("/gifts")
def add_gift() -> Any:
    """A new gift with what is there of it; for the keeper and administrators."""
    body = json_body()
    values = Values(
        code=text_of(body, "code"),
        name=text_of(body, "name"),
        unit=text_of(body, "unit", required=False) or "件",
        price=_price(body),
        remark=text_of(body, "remark", required=False),
    )
    stock = _whole(body, "stock") if "stock" in body else 0
    return _gift_json(gift_register.add_gift(actor(), values, stock=stock, now=now(), source=changes.API)), 201


@api.get("/gifts/<code>")
def show_gift(code: str) -> Any:
    """One gift."""
    return _gift_json(gift_register.get_gift(read_session(), code))


@api.patch("/gifts/<code>")
def change_gift(code: str) -> Any:
    """Change what describes a gift, or enter a `purchase`, or set the stock to what was `counted`, with a `reason`."""
    body = json_body()
    reason = text_of(body, "reason", required=False)
    if sum((bool(body.keys() & _CHANGEABLE), "purchase" in body, "counted" in body)) != 1:
        raise InvalidInput({"counted": ["一次只做一件事：更改资料、入库（purchase）或盘点（counted）"]})
    found = {name: text_of(body, name) for name in _TEXTS if name in body}
    found |= {"price": _price(body)} if "price" in body else {}
    if found:
        gift_register.change_gift(actor(), code, found, now=now(), source=changes.API)
    elif "purchase" in body:
        gift_register.purchase(actor(), code, _whole(body, "purchase"), reason, now=now())
    else:
        gift_register.adjust(actor(), code, _whole(body, "counted"), reason, now=now())
    return show_gift(code)


@api.get("/gifts/<code>/movements")
def list_gift_movements(code: str) -> Any:
    """The ledger of a gift, the newest first; for those who keep the register or decide about gifts."""
    wanted = limit()
    gift_register.require_reader(actor())
    gift = gift_register.get_gift(read_session(), code)
    before = request.args.get("cursor")
    found = gift_register.list_movements(
        read_session(), gift, before=cursor_id(before) if before else None, limit=wanted + 1
    )
    following = found[wanted - 1].id if len(found) > wanted else None
    return listing([_movement_json(movement) for movement in found[:wanted]], following)


def _gift_json(gift: DbGift) -> dict[str, Any]:
    return {
        "code": gift.code,
        "name": gift.name,
        "unit": gift.unit,
        "price": money(gift.price),
        "stock": gift.stock,
        "reserved": gift.reserved,
        "available": gift.available,
        "remark": gift.remark,
    }


def _movement_json(movement: Movement) -> dict[str, Any]:
    return {
        "id": movement.id,
        "at": instant(movement.at),
        "kind": movement.kind,
        "who": movement.who or None,
        "case": {"id": movement.case_id, "number": movement.case_number} if movement.case_id else None,
        "stock_before": movement.stock_before,
        "stock_after": movement.stock_after,
        "reserved_before": movement.reserved_before,
        "reserved_after": movement.reserved_after,
        "note": movement.note,
    }


def _price(body: dict[str, Any]) -> Decimal:
    amount = find_amount(str(body.get("price", "0")))
    if amount is None:
        raise InvalidInput({"price": ["请输入金额，最多两位小数"]})
    return amount


def _whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput({name: ["请输入整数"]})
    return value
