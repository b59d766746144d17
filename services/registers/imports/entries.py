"""What the registers hold, in the words of a file: each entry with its key, its id and its fields as JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.people.models import DbDepartment
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, ORDERS
from services.registers.models import DbBudget, DbContact, DbCustomer, DbGift, DbOrder

_ISO_UTC = 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'


def _utc(column: Any) -> ColumnElement[str]:
    """A moment to the second, as ``cells.moment`` gives it."""
    return func.to_char(func.timezone("UTC", column), _ISO_UTC)


def _customers() -> tuple[ColumnElement[str], ColumnElement[int], dict[str, Any], FromClause]:
    main = (
        select(DbContact)
        .ext(distinct_on(DbContact.customer_id))
        .order_by(DbContact.customer_id, DbContact.main.desc(), DbContact.id)
        .subquery()
    )
    source = DbCustomer.__table__.outerjoin(main, main.c.customer_id == DbCustomer.id)
    texts = ("name", "address", "region", "category", "grade", "relation", "no_visit", "remark")
    fields: dict[str, Any] = {name: getattr(DbCustomer, name) for name in texts}
    fields["distance_km"] = cast(DbCustomer.distance_km, Text)
    fields["contact"] = func.coalesce(main.c.name, "")
    for name in ("title", "phone", "email"):
        fields[f"contact_{name}"] = func.coalesce(main.c[name], "")
    fields["birthday"] = cast(main.c.birthday, Text)
    return DbCustomer.code.expression, DbCustomer.id.expression, fields, source


def _orders() -> tuple[ColumnElement[str], ColumnElement[int], dict[str, Any], FromClause]:
    source = DbOrder.__table__.outerjoin(DbCustomer.__table__, DbCustomer.id == DbOrder.customer_id)
    texts = ("state", "recipient", "phone", "address", "goods", "carrier", "tracking_number")
    fields: dict[str, Any] = {name: getattr(DbOrder, name) for name in texts}
    fields["customer"] = DbCustomer.code
    fields["amount"], fields["postage"] = cast(DbOrder.amount, Text), cast(DbOrder.postage, Text)
    fields["pickup_at"], fields["ordered_at"] = _utc(DbOrder.pickup_at), _utc(DbOrder.ordered_at)
    return DbOrder.number.expression, DbOrder.id.expression, fields, source


def _gifts() -> tuple[ColumnElement[str], ColumnElement[int], dict[str, Any], FromClause]:
    fields: dict[str, Any] = {name: getattr(DbGift, name) for name in ("name", "unit", "stock", "remark", "reserved")}
    fields["price"] = cast(DbGift.price, Text)
    fields["available"] = DbGift.stock - DbGift.reserved
    return DbGift.code.expression, DbGift.id.expression, fields, DbGift.__table__


def _budgets() -> tuple[ColumnElement[str], ColumnElement[int], dict[str, Any], FromClause]:
    source = DbBudget.__table__.join(DbDepartment.__table__, DbDepartment.id == DbBudget.department_id)
    fields: dict[str, Any] = {"department": DbDepartment.name, "month": DbBudget.month}
    fields |= {name: cast(getattr(DbBudget, name), Text) for name in ("amount", "reserved", "spent")}
    return DbBudget.month + " " + DbDepartment.name, DbBudget.id.expression, fields, source


_MAKERS = {CUSTOMERS: _customers, ORDERS: _orders, GIFTS: _gifts, BUDGETS: _budgets}


def entries(register: str) -> Select[Any]:
    """``key``, ``id`` and ``facts`` (JSON) of every entry."""
    key, entry_id, fields, source = _MAKERS[register]()
    pairs = [part for name, value in fields.items() for part in (name, value)]
    facts = func.jsonb_build_object(*pairs)
    return select(key.label("key"), entry_id.label("id"), facts.label("facts")).select_from(source)


def listed(register: str) -> Select[Any]:
    """One column for each field, and ``key``: what an export writes."""
    key, _entry_id, fields, source = _MAKERS[register]()
    return select(key.label("key"), *(value.label(name) for name, value in fields.items())).select_from(source)
