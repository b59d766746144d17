"""The order register: what there is, how each order stands, what happened to it and where it was to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import InvalidInput, ServiceError
from services.processes.versions import list_current, may_start
from services.registers import order_intake, order_search, orders
from services.registers.changes import PAGE, Change, list_changes
from services.registers.models import ORDER_STATES
from services.registers.order_history import history_of
from services.registers.order_search import OrderFilter
from services.registers.order_values import MOMENTS
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.rendering import day_and_time, local
from workflows.calendar import COMPANY_ZONE

blueprint = Blueprint("orders", __name__, url_prefix="/registers")
PAGE_SIZE = 50
MAX_CURSOR = 2**31 - 1
_FILTERS = ("q", "state", "from", "to")
_PROCESS = "address_change"


@blueprint.get("/orders")
def index() -> Any:
    session = read_session()
    query = {name: value for name in _FILTERS if (value := request.args.get(name, "").strip()[:100])}
    cursor = request.args.get("cursor", type=int)
    after = min(cursor, MAX_CURSOR) if cursor is not None else None
    wanted, problem = _wanted(query)
    lines, following = order_search.list_orders(session, actor(), wanted, after=after, limit=PAGE_SIZE)
    return render_template(
        "orders.html",
        lines=lines,
        following=following,
        query=query,
        problem=problem,
        asked=bool(query),
        on_first=after is None,
        states=ORDER_STATES,
        may_change=orders.may_change(actor()),
    )


def _wanted(query: Mapping[str, str]) -> tuple[OrderFilter, str]:
    """What the address asks for; a day or a state that is none is passed over, and said."""
    first, last, state = _day(query.get("from", "")), _day(query.get("to", "")), query.get("state", "")
    wrong = (query.get("from") and first is None) or (query.get("to") and last is None)
    problem = "日期无法识别，请重新选择" if wrong else ""
    if first and last and first > last:
        problem = "起始日期晚于结束日期"
    state = state if state in ORDER_STATES else ""
    return OrderFilter(text=query.get("q", ""), state=state, first_day=first, last_day=last), problem


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@blueprint.get("/orders/<number>")
def show(number: str) -> Any:
    return _entry(number)


def _entry(number: str, errors: Mapping[str, list[str]] = {}, refusal: str = "", status: int = 200) -> Any:
    """An order with its history, and beside it what was refused of a change."""
    session, person = read_session(), actor()
    line = order_search.get_order(session, person, number)
    place = orders.rank(line.order.state)
    page = render_template(
        "order.html",
        line=line,
        order=line.order,
        found=history_of(session, person, line.order),
        changes=[_readable(change) for change in list_changes(session, orders.REGISTER, line.order.number)],
        labels=_labels(),
        corrected=orders.CORRECTED,
        pickup=local(line.order.pickup_at).strftime("%Y-%m-%dT%H:%M") if line.order.pickup_at else "",
        following=ORDER_STATES[place + 1 :],
        earlier=ORDER_STATES[:place],
        may_change=orders.may_change(person),
        may_readdress=_may_readdress(line.order.state),
        errors=errors,
        refusal=refusal,
        typed=request.form,
        max_reason=order_intake.MAX_REASON,
    )
    return page, status


def _readable(change: Change) -> Change:
    """Moments and states as people read them."""
    fields = tuple(
        replace(field, before=_said(field.field, field.before), after=_said(field.field, field.after))
        for field in change.fields
    )
    return replace(change, fields=fields)


def _said(name: str, value: Any) -> Any:
    if name in MOMENTS and value:
        return day_and_time(datetime.fromisoformat(value))
    return translate(orders.STATE_LABELS[value]) if name == "state" and value in orders.STATE_LABELS else value


def _may_readdress(state: str) -> bool:
    if state == ORDER_STATES[-1]:
        return False
    current = {definition.key: definition for _version, definition in list_current(read_session())}
    return _PROCESS in current and may_start(current[_PROCESS], actor())


def _labels() -> dict[str, str]:
    return {
        "number": translate("订单编号"),
        "customer": translate("客户"),
        "state": translate("状态"),
        "recipient": translate("收货人"),
        "phone": translate("电话"),
        "address": translate("地址"),
        "goods": translate("商品"),
        "amount": translate("金额（元）"),
        "postage": translate("邮费（元）"),
        "carrier": translate("快递公司"),
        "tracking_number": translate("运单号"),
        "pickup_at": translate("取件时间"),
        "ordered_at": translate("下单时间"),
    }


@blueprint.post("/orders/<number>")
def change(number: str) -> Any:
    """Move the order on, note the parcel's particulars, or correct its state with a reason."""
    form = request.form
    try:
        given = {name: form[name].strip() for name in ("state", "carrier", "tracking_number") if form.get(name)}
        if form.get("pickup_at"):
            given["pickup_at"] = _moment(form["pickup_at"])
        if "reason" in form and not form["reason"].strip():
            raise InvalidInput({"reason": ["请写明原因"]})
        order_intake.change_order(actor(), number, given, reason=form.get("reason", ""), source=PAGE, now=now())
    except ServiceError as error:
        errors = error.errors if isinstance(error, InvalidInput) else {}
        return _entry(number, errors, "" if errors else sentence(error), status_of(error))
    flash(translate("订单 {number} 已更新", number=number), "success")
    return redirect(url_for("orders.show", number=number), 303)


def _moment(text: str) -> str:
    """What a browser's field for date and time gives, in the company's time. Raises InvalidInput."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=COMPANY_ZONE).isoformat()
    except ValueError as error:
        raise InvalidInput({"pickup_at": ["日期无法识别，请重新选择"]}) from error
