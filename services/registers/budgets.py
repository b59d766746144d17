"""Budgets per department and month: reserve, settle, release.

Each function works inside the caller's transaction, locks the budget row first, and is idempotent for a case: asked
twice, it leaves what it left the first time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.errors import InvalidInput
from services.people.models import DbDepartment
from services.registers.models import DbBudget, DbReservation

RESERVED, SETTLED, RELEASED = "reserved", "settled", "released"
ZERO = Decimal(0)
FINANCE_POST = "财务部"
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_AMOUNT = re.compile(r"[0-9]{1,11}(\.[0-9]{1,2})?")


@dataclass(frozen=True, kw_only=True)
class BudgetPosition:
    """A department's month as one case sees it; the case's own reservation counts as available."""

    month: str
    amount: Decimal
    reserved: Decimal
    spent: Decimal
    own: Decimal

    @property
    def available(self) -> Decimal:
        return self.amount - self.reserved - self.spent + self.own


def position(
    session: Session, *, department_id: int | None, month: str, case_id: int | None, lock: bool = False
) -> BudgetPosition:
    """Where the budget stands. A month without a budget has nothing available.

    ``lock`` keeps everybody else from taking what was seen as available until the caller's transaction ends.
    """
    query = select(DbBudget).where(DbBudget.department_id == department_id, DbBudget.month == month)
    budget = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if budget is None:
        return BudgetPosition(month=month, amount=ZERO, reserved=ZERO, spent=ZERO, own=ZERO)
    held = _reservation(session, case_id)
    own = held.amount if held and held.state == RESERVED and held.budget_id == budget.id else ZERO
    return BudgetPosition(month=month, amount=budget.amount, reserved=budget.reserved, spent=budget.spent, own=own)


def positions(session: Session, wanted: Mapping[int, tuple[int | None, str]]) -> dict[int, BudgetPosition]:
    """Where the budgets stand that many cases ask of: case → department and month. Two queries, nothing is locked."""
    if not wanted:
        return {}
    asked = tuple_(DbBudget.department_id, DbBudget.month).in_(set(wanted.values()))
    found: dict[tuple[int | None, str], DbBudget] = {
        (row.department_id, row.month): row for row in session.scalars(select(DbBudget).where(asked))
    }
    held = select(DbReservation).where(DbReservation.case_id.in_(wanted), DbReservation.state == RESERVED)
    own = {(row.case_id, row.budget_id): row.amount for row in session.scalars(held)}
    return {
        case_id: BudgetPosition(
            month=month,
            amount=budget.amount if budget else ZERO,
            reserved=budget.reserved if budget else ZERO,
            spent=budget.spent if budget else ZERO,
            own=own.get((case_id, budget.id), ZERO) if budget else ZERO,
        )
        for case_id, (department, month) in wanted.items()
        for budget in [found.get((department, month))]
    }


def reserve(
    session: Session, *, case_id: int, department_id: int | None, month: str, amount: Decimal, now: datetime
) -> None:
    """Hold ``amount`` for the case, in place of what it held before. Whether that is too much was decided before."""
    release(session, case_id=case_id, now=now)
    budget = _locked_budget(session, department_id, month)
    budget.reserved += amount
    held = _reservation(session, case_id)
    if held is None:
        session.add(DbReservation(case_id=case_id, budget_id=budget.id, state=RESERVED, amount=amount, changed_at=now))
    else:
        held.budget_id, held.state, held.amount, held.changed_at = budget.id, RESERVED, amount, now
    session.flush()


def settle(session: Session, *, case_id: int, spent: Decimal, now: datetime) -> Decimal:
    """Turn the reservation into what was really spent; returns the difference (reserved minus spent)."""
    held = _reservation(session, case_id)
    if held is None or held.state != RESERVED:
        return ZERO
    budget = _budget(session, held.budget_id)
    budget.reserved -= held.amount
    budget.spent += spent
    held.state, held.spent, held.changed_at = SETTLED, spent, now
    return held.amount - spent


def release(session: Session, *, case_id: int, now: datetime) -> Decimal:
    """Give back what the case holds or has settled; returns how much that was."""
    held = _reservation(session, case_id)
    if held is None or held.state == RELEASED:
        return ZERO
    budget = _budget(session, held.budget_id)
    if held.state == RESERVED:
        budget.reserved -= held.amount
    else:
        budget.spent -= held.spent
    given_back = held.amount if held.state == RESERVED else held.spent
    held.state, held.changed_at = RELEASED, now
    return given_back


def unsettle(session: Session, *, case_id: int, now: datetime) -> None:
    """Take a settlement back: what was approved is held again."""
    held = _reservation(session, case_id)
    if held is None or held.state != SETTLED:
        return
    budget = _budget(session, held.budget_id)
    budget.spent -= held.spent
    budget.reserved += held.amount
    held.state, held.spent, held.changed_at = RESERVED, ZERO, now


def is_month(text: str) -> bool:
    """Whether this is a month as ``2026-11``."""
    return _MONTH.fullmatch(text) is not None


def find_amount(text: str) -> Decimal | None:
    """An amount of money in plain digits with at most two decimals, or None."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def set_budget(session: Session, *, department: str, month: str, amount: Decimal) -> None:
    """Create or change a department's month; what is reserved and spent stays. Raises InvalidInput."""
    if not is_month(month):
        raise InvalidInput({"month": ["应为“2026-11”这样的年月"]})
    department_id = session.scalar(select(DbDepartment.id).where(DbDepartment.name == department))
    if department_id is None:
        raise InvalidInput({"department": ["没有这个部门"]})
    statement = insert(DbBudget).values(
        department_id=department_id, month=month, amount=amount, reserved=ZERO, spent=ZERO
    )
    session.execute(statement.on_conflict_do_update(index_elements=["department_id", "month"], set_={"amount": amount}))


def list_months(session: Session, department_id: int, *, since: str) -> dict[str, DbBudget]:
    """A department's budgets by month, from the month ``since`` on."""
    query = select(DbBudget).where(DbBudget.department_id == department_id, DbBudget.month >= since)
    return {budget.month: budget for budget in session.scalars(query.order_by(DbBudget.month))}


def _reservation(session: Session, case_id: int | None) -> DbReservation | None:
    return None if case_id is None else session.get(DbReservation, case_id)


def _budget(session: Session, budget_id: int) -> DbBudget:
    query = select(DbBudget).where(DbBudget.id == budget_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _locked_budget(session: Session, department_id: int | None, month: str) -> DbBudget:
    """The department's month, made empty where nobody planned one: an approved excess is still accounted for."""
    statement = insert(DbBudget).values(
        department_id=department_id, month=month, amount=ZERO, reserved=ZERO, spent=ZERO
    )
    session.execute(statement.on_conflict_do_nothing())
    query = select(DbBudget).where(DbBudget.department_id == department_id, DbBudget.month == month)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
