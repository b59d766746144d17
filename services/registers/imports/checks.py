"""What only the registers know of a row: whether its customer exists, whether an order would go back on its way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Date, Integer, case, cast, select
from sqlalchemy.orm import Session

from services.people.models import DbDepartment
from services.registers.imports.cells import Refused
from services.registers.imports.comparing import COMPARED
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, ORDERS, Layout
from services.registers.imports.rows import Problem
from services.registers.models import DELIVERED, ORDER_STATES, DbCustomer, DbGift, DbOrder
from services.registers.orders import STATE_LABELS
from workflows.calendar import COMPANY_ZONE

_FIELDS = COMPARED.c.fields
_BEFORE = COMPARED.c.changes

_BACKWARDS = "订单 {number} 现在是“{old}”，不能退回“{new}”；请更新文件或删去这一行，确要更正请在订单页面写明原因"
_DELIVERED_ALREADY = "订单 {number} 已送达，不再更改；请删去这一行"
_BY_ADDRESS_CHANGE = "订单 {number} 的收件信息只能由地址更改流程更改；请保留“{old}”"
_WHERE_TO = ("recipient", "phone", "address")
_HELD = "库存 {stock} 少于已为申请预留的 {reserved}；请先处理这些申请"

Found = Iterable[tuple[int, str, Refused]]
"""Number of the row, field, reason."""


def problems(session: Session, layout: Layout, *, now: datetime) -> dict[int, list[Problem]]:
    """What is wrong with rows of ``COMPARED``, by their number."""
    checks = {CUSTOMERS: _customers, ORDERS: _orders, GIFTS: _gifts, BUDGETS: _budgets}
    found: dict[int, list[Problem]] = {}
    for number, field, reason in checks[layout.register](session, now):
        found.setdefault(number, []).append(Problem(layout.by_key[field].label, str(reason)))
    return found


def _customers(session: Session, now: datetime) -> Found:
    birthday = cast(_FIELDS["birthday"].astext, Date)
    query = select(COMPARED.c.number).where(birthday > now.astimezone(COMPANY_ZONE).date())
    for number in session.scalars(query):
        yield number, "birthday", Refused("生日应是已过去的日期")


def _orders(session: Session, _now: datetime) -> Found:
    code = _FIELDS["customer"].astext
    known = select(DbCustomer.id).where(DbCustomer.code == code).exists()
    for number, given in session.execute(select(COMPARED.c.number, code).where(code.is_not(None), ~known)):
        yield number, "customer", Refused("没有编号为 {code} 的客户，请先登记客户", code=given)
    change = _BEFORE["state"]
    before, after = change[0].astext, change[1].astext
    backwards = _rank(after) < _rank(before)
    query = select(COMPARED.c.number, COMPARED.c.key, before, after).where(COMPARED.c.kind == "changed", backwards)
    for number, order, old, new in session.execute(query):
        words = {"number": order, "old": STATE_LABELS[old], "new": STATE_LABELS[new]}
        yield number, "state", Refused(_BACKWARDS, **words)
    yield from _settled_orders(session)
    yield from _redirected_orders(session)


def _settled_orders(session: Session) -> Found:
    """Orders that were delivered and would be changed; one that would go back as well is named for that."""
    query = (
        select(COMPARED.c.number, COMPARED.c.key)
        .join(DbOrder, DbOrder.id == COMPARED.c.entry_id)
        .where(COMPARED.c.kind == "changed", DbOrder.state == DELIVERED, ~_BEFORE.has_key("state"))
    )
    for number, order in session.execute(query):
        yield number, "number", Refused(_DELIVERED_ALREADY, number=order)


def _redirected_orders(session: Session) -> Found:
    """Orders that would go elsewhere: an old file must not undo an address change. What is empty may be filled in."""
    for name in _WHERE_TO:
        old = _BEFORE[name][0].astext
        asked = select(COMPARED.c.number, COMPARED.c.key, old).where(COMPARED.c.kind == "changed", old != "")
        for number, order, before in session.execute(asked):
            yield number, name, Refused(_BY_ADDRESS_CHANGE, number=order, old=before)


def _rank(state: ColumnElement[str]) -> ColumnElement[int]:
    return case({name: at for at, name in enumerate(ORDER_STATES)}, value=state)


def _gifts(session: Session, _now: datetime) -> Found:
    stock = cast(_FIELDS["stock"].astext, Integer)
    query = (
        select(COMPARED.c.number, DbGift.reserved, stock)
        .join(DbGift, DbGift.id == COMPARED.c.entry_id)
        .where(stock < DbGift.reserved)
    )
    for number, reserved, given in session.execute(query):
        yield number, "stock", Refused(_HELD, stock=given, reserved=reserved)


def _budgets(session: Session, _now: datetime) -> Found:
    name = _FIELDS["department"].astext
    known = select(DbDepartment.id).where(DbDepartment.name == name).exists()
    for number, given in session.execute(select(COMPARED.c.number, name).where(~known)):
        yield number, "department", Refused("没有部门“{department}”", department=given)
