"""Taking over what ``COMPARED`` says, inside the caller's transaction: the register, its history, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, insert, literal, null, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.database import table_of
from services.people.models import DbDepartment
from services.registers.budget_plan import set_month
from services.registers.changes import IMPORT, record_change
from services.registers.gift_register import FIELDS as GIFT_FIELDS
from services.registers.gift_register import Values, enter_gift
from services.registers.gifts import ADJUST, Cause, lock_gifts, move
from services.registers.imports.apply_customers import apply_customers
from services.registers.imports.by import By, Moved
from services.registers.imports.comparing import CHANGED, COMING, COMPARED, NEW
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, LAYOUTS, ORDERS
from services.registers.imports.setting import FIELDS, add_new, change_old, field, keep_history
from services.registers.models import UNPRINTED, DbBudget, DbCustomer, DbGift, DbOrder, DbOrderEvent
from services.registers.orders import ORDER_CHANGED, orders_changed

_WHERE_TO = ("recipient", "phone", "address")
_NOTE = "导入：{filename}"
_SENT_ELSEWHERE = "收货信息已更改"


def lock_entries(session: Session, register: str) -> None:
    """Keep everybody else from changing the entries that ``COMING`` names, in the order of their ids."""
    keys = select(COMING.c.key)
    if register == BUDGETS:
        names = DbBudget.month + " " + DbDepartment.name
        rows: Any = select(DbBudget.id).join(DbDepartment, DbDepartment.id == DbBudget.department_id)
        rows = rows.where(names.in_(keys)).order_by(DbBudget.id).with_for_update(of=DbBudget)
    else:
        columns: Mapping[str, Any] = {CUSTOMERS: DbCustomer.code, ORDERS: DbOrder.number, GIFTS: DbGift.code}
        entry_id = columns[register].class_.id
        rows = select(entry_id).where(columns[register].in_(keys)).order_by(entry_id).with_for_update()
    # counted where they are, not sent here
    session.execute(select(func.count()).select_from(rows.cte("locked_entries")))


def apply(session: Session, register: str, columns: Sequence[str], by: By) -> None:
    """Raises Moved when somebody added one of the new entries meanwhile."""
    appliers: Mapping[str, Callable[[Session, Sequence[str], By], None]] = {
        CUSTOMERS: apply_customers,
        ORDERS: _apply_orders,
        GIFTS: _apply_gifts,
        BUDGETS: _apply_budgets,
    }
    appliers[register](session, columns, by)
    session.flush()


def _apply_orders(session: Session, columns: Sequence[str], by: By) -> None:
    table = table_of(DbOrder)
    customer = select(DbCustomer.id).where(DbCustomer.code == FIELDS["customer"].astext).scalar_subquery()
    begins = {"state": UNPRINTED, "amount": 0, "postage": 0, "ordered_at": by.now, "pickup_at": null()}
    names = [column.key for column in LAYOUTS[ORDERS].columns if column.key not in ("number", "customer")]
    values: dict[str, Any] = {name: func.coalesce(field(name, table.c[name]), begins.get(name, "")) for name in names}
    add_new(session, table, "number", {**values, "customer_id": customer, "changed_at": literal(by.now)})
    more: dict[str, Any] = {"changed_at": by.now, **({"customer_id": customer} if "customer" in columns else {})}
    change_old(session, LAYOUTS[ORDERS], table, columns, more)
    keep_history(session, ORDERS, by)
    _note_events(session, by)


def _note_events(session: Session, by: By) -> None:
    """A line for each order that is new, came to another state or goes elsewhere; cases that wait for one are told."""
    waited_for = select(func.unnest(DbCase.waits_for)).where(DbCase.waits_for.is_not(None))
    moved = COMPARED.c.changes.has_key("state")
    asked = (COMPARED.c.kind == CHANGED) & moved & (literal(f"{ORDER_CHANGED}:") + COMPARED.c.key).in_(waited_for)
    waited = list(session.scalars(select(COMPARED.c.entry_id).where(asked)))
    elsewhere = COMPARED.c.changes.has_any(array(_WHERE_TO))
    worth = or_(COMPARED.c.kind == NEW, (COMPARED.c.kind == CHANGED) & or_(moved, elsewhere))
    rows = (
        select(
            DbOrder.id,
            literal(by.now),
            DbOrder.state,
            literal(IMPORT),
            literal(by.user_id, DbOrderEvent.user_id.type),
            case(((COMPARED.c.kind == CHANGED) & elsewhere, _SENT_ELSEWHERE), else_=""),
        )
        .join(COMPARED, COMPARED.c.key == DbOrder.number)
        .where(worth, DbOrder.id.not_in(waited))
        .order_by(DbOrder.id)
    )
    columns = ["order_id", "at", "state", "source", "user_id", "note"]
    session.execute(insert(table_of(DbOrderEvent)).from_select(columns, rows, include_defaults=False))
    orders_changed(session, waited, source=IMPORT, user_id=by.user_id, now=by.now)


def _apply_gifts(session: Session, columns: Sequence[str], by: By) -> None:
    """By the register's own functions, so that every change of a stock is in the ledger."""
    cause = Cause(now=by.now, user_id=by.user_id, note=_NOTE.format(filename=by.filename)[:200])
    gifts = {gift.code: gift for gift in lock_gifts(session, DbGift.code.in_(select(COMING.c.key)))}
    for row in session.execute(select(COMPARED).where(COMPARED.c.kind.in_((NEW, CHANGED))).order_by(COMPARED.c.number)):
        told = {name: row.fields[name] for name in GIFT_FIELDS if name in row.fields}
        told |= {"price": Decimal(told["price"])} if "price" in told else {}
        if row.kind == NEW:
            made = enter_gift(session, Values(**told), cause, stock=row.fields.get("stock", 0), source=IMPORT)
            if made is None:
                raise Moved
        else:
            _change_gift(session, gifts[row.key], told, row.fields.get("stock"), cause)


def _change_gift(session: Session, gift: DbGift, told: Mapping[str, Any], stock: int | None, cause: Cause) -> None:
    before = {name: getattr(gift, name) for name in GIFT_FIELDS}
    for name, value in told.items():
        setattr(gift, name, value)
    by = {"user_id": cause.user_id, "source": IMPORT, "now": cause.now}
    record_change(session, GIFTS, gift.code, before=before, after={**before, **told}, **by)  # type: ignore[arg-type]
    if stock is not None:
        move(session, gift, ADJUST, cause, stock=stock - gift.stock)


def _apply_budgets(session: Session, _columns: Sequence[str], by: By) -> None:
    departments = {name: number for number, name in session.execute(select(DbDepartment.id, DbDepartment.name))}
    for row in session.execute(select(COMPARED).where(COMPARED.c.kind.in_((NEW, CHANGED))).order_by(COMPARED.c.number)):
        set_month(
            session,
            departments[row.fields["department"]],
            row.fields["month"],
            Decimal(row.fields["amount"]),
            user_id=by.user_id,
            source=IMPORT,
            now=by.now,
        )
