"""The gift register: what there is, what cases hold and wait for, and the ledger of each gift."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import InvalidInput, ServiceError
from services.registers import gift_register
from services.registers.budgets import find_amount
from services.registers.changes import list_changes
from services.registers.gift_register import FIELDS, LIMITS, REGISTER, Values
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate

blueprint = Blueprint("gifts", __name__, url_prefix="/registers")
PAGE_SIZE = 50
_FILTERS = ("q", "state")
_WHOLE = re.compile(r"[0-9]{1,7}", re.ASCII)
NOT_A_NUMBER = -1
"""What no quantity may be: the service says in its own words what is possible."""


@blueprint.get("/gifts")
def index() -> Any:
    session, person = read_session(), actor()
    query = {name: value for name in _FILTERS if (value := request.args.get(name, "").strip()[:100])}
    found = gift_register.list_gifts(
        session,
        text=query.get("q", ""),
        state=query.get("state", ""),
        after=request.args.get("cursor", "")[:20],
        limit=PAGE_SIZE + 1,
    )
    return render_template(
        "gifts.html",
        lines=found[:PAGE_SIZE],
        following=found[PAGE_SIZE - 1].gift.code if len(found) > PAGE_SIZE else None,
        query=query,
        asked=bool(query),
        on_first="cursor" not in request.args,
        to_buy=gift_register.list_to_buy(session) if gift_register.may_read_ledger(person) else [],
        may_keep=gift_register.may_keep(person),
    )


@blueprint.get("/gifts/<code>")
def show(code: str) -> Any:
    return _entry(code)


def _entry(code: str, errors: Mapping[str, list[str]] = {}, refusal: str = "", status: int = 200) -> Any:
    """A gift with its ledger, and beside it what was refused of a purchase or a count."""
    session, person = read_session(), actor()
    gift = gift_register.get_gift(session, code)
    reads = gift_register.may_read_ledger(person)
    before = request.args.get("cursor", type=int)
    movements = gift_register.list_movements(session, gift, before=before, limit=PAGE_SIZE + 1) if reads else []
    page = render_template(
        "gift.html",
        gift=gift,
        movements=movements[:PAGE_SIZE],
        following=movements[PAGE_SIZE - 1].id if len(movements) > PAGE_SIZE else None,
        on_first=before is None,
        to_buy=gift_register.list_to_buy(session, gift=gift) if reads else [],
        changes=list_changes(session, REGISTER, gift.code) if reads else [],
        labels=_labels(),
        reads=reads,
        may_keep=gift_register.may_keep(person),
        errors=errors,
        refusal=refusal,
        typed=request.form,
        max_reason=gift_register.MAX_REASON,
    )
    return page, status


@blueprint.post("/gifts/<code>/purchase")
def purchase(code: str) -> Any:
    try:
        gift = gift_register.purchase(actor(), code, _whole("quantity"), request.form.get("reason", ""), now=now())
    except ServiceError as error:
        return _refused(code, error)
    flash(translate("已入库，{gift}现有 {stock} {unit}", gift=gift.name, stock=gift.stock, unit=gift.unit), "success")
    return redirect(url_for("gifts.show", code=code), 303)


@blueprint.post("/gifts/<code>/adjust")
def adjust(code: str) -> Any:
    seen = request.form.get("seen", type=int)
    try:
        gift = gift_register.adjust(
            actor(), code, _whole("counted"), request.form.get("count_reason", ""), now=now(), seen=seen
        )
    except ServiceError as error:
        return _refused(code, error)
    flash(translate("已盘点，{gift}现有 {stock} {unit}", gift=gift.name, stock=gift.stock, unit=gift.unit), "success")
    return redirect(url_for("gifts.show", code=code), 303)


def _refused(code: str, error: ServiceError) -> Any:
    errors = error.errors if isinstance(error, InvalidInput) else {}
    if "counted" in request.form and "reason" in errors:
        errors = {**errors, "count_reason": errors.pop("reason")}
    return _entry(code, errors, "" if errors else sentence(error), status_of(error))


@blueprint.get("/add-gift")
def new() -> Any:
    gift_register.require_keeper(actor())
    return _form({"unit": "件", "price": "", "stock": "0"})


@blueprint.post("/add-gift")
def add() -> Any:
    try:
        gift = gift_register.add_gift(actor(), Values(**_typed()), stock=_whole("stock"), now=now())
    except InvalidInput as error:
        return _form(request.form, errors=error.errors), 422
    flash(translate("礼品已添加"), "success")
    return redirect(url_for("gifts.show", code=gift.code), 303)


@blueprint.get("/gifts/<code>/edit")
def edit(code: str) -> Any:
    gift_register.require_keeper(actor())
    gift = gift_register.get_gift(read_session(), code)
    return _form({name: getattr(gift, name) for name in FIELDS}, gift=gift)


@blueprint.post("/gifts/<code>/edit")
def change(code: str) -> Any:
    try:
        gift_register.change_gift(actor(), code, _typed(), now=now())
    except InvalidInput as error:
        gift = gift_register.get_gift(read_session(), code)
        return _form({**request.form, "code": code}, gift=gift, errors=error.errors), 422
    flash(translate("礼品已保存"), "success")
    return redirect(url_for("gifts.show", code=code), 303)


def _typed() -> dict[str, Any]:
    texts = {name: request.form.get(name, "").strip() for name in FIELDS}
    price = find_amount(texts["price"].replace(",", "") or "0")
    return {**texts, "price": Decimal(NOT_A_NUMBER) if price is None else price}


def _whole(name: str) -> int:
    text = request.form.get(name, "").strip()
    return int(text) if _WHOLE.fullmatch(text) else NOT_A_NUMBER


def _form(values: Mapping[str, Any], **more: Any) -> str:
    return render_template(
        "gift_form.html",
        labels=_labels(),
        values={**dict.fromkeys((*FIELDS, "stock"), ""), **values},
        limits=LIMITS,
        **{"gift": None, "errors": {}, **more},
    )


def _labels() -> dict[str, str]:
    """What people call the fields of a gift."""
    names = {"code": "编号", "name": "礼品名称", "unit": "单位", "price": "单价（元）", "remark": "备注"}
    return {name: translate(label) for name, label in names.items()}
