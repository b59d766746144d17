"""Planning budgets and looking at them: a department's year, who holds what of a month, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.cases.visibility import visible_to
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbDepartment, DbUser
from services.registers.budgets import FINANCE_POST, RESERVED, SETTLED, ZERO, is_month
from services.registers.changes import Change, list_changes, record_change
from services.registers.models import DbBudget, DbRegisterChange, DbReservation
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

REGISTER = "budgets"
GENERAL_MANAGER = "总经理"
MAX_HOLDERS = 100


@dataclass(frozen=True, kw_only=True)
class MonthLine:
    """A month of a department. ``planned`` is whether somebody ever set it."""

    month: str
    amount: Decimal = ZERO
    reserved: Decimal = ZERO
    spent: Decimal = ZERO
    planned: bool = False

    @property
    def available(self) -> Decimal:
        return self.amount - self.reserved - self.spent

    @property
    def share(self) -> Decimal | None:
        """What is reserved and spent, in hundredths of the budget; None of no budget."""
        used = self.reserved + self.spent
        return (used * 100 / self.amount).quantize(Decimal(1)) if self.amount else None


@dataclass(frozen=True, kw_only=True)
class Holder:
    """What one case holds or has spent of a month. ``visible``: whether this person may open the case."""

    case_id: int
    number: str
    title: str
    process: str
    status: str
    starter: str
    state: str
    amount: Decimal
    spent: Decimal
    changed_at: datetime
    visible: bool


def may_plan(actor: Actor) -> bool:
    return actor.is_admin or FINANCE_POST in actor.posts


def sees_every_budget(actor: Actor) -> bool:
    return may_plan(actor) or GENERAL_MANAGER in actor.posts


def visible_departments(session: Session, actor: Actor) -> dict[int, str]:
    """The departments whose budgets this person may see, by name: all of them, or those that the person heads."""
    query = select(DbDepartment.id, DbDepartment.name).order_by(DbDepartment.id)
    if not sees_every_budget(actor):
        query = query.where(DbDepartment.head_id == actor.id)
    return {row.id: row.name for row in session.execute(query)}


def require_visible_departments(session: Session, actor: Actor) -> dict[int, str]:
    """The same; raises NotPermitted for people who may see none."""
    found = visible_departments(session, actor)
    if not found:
        raise NotPermitted("预算只对财务部、总经理、系统管理员和部门负责人开放")
    return found


def first_department(session: Session, actor: Actor, year: int) -> int:
    """The department to show first: the person's own, or the first one, of those that have a budget in the year."""
    departments = visible_departments(session, actor)
    query = select(DbBudget.department_id).where(
        DbBudget.department_id.in_(departments), DbBudget.month.startswith(f"{year:04d}-")
    )
    planned = set(session.scalars(query.distinct()))
    ranked = sorted(departments, key=lambda one: (one not in planned, one != actor.department_id, one))
    return ranked[0]


def year_of(session: Session, department_id: int, year: int) -> list[MonthLine]:
    """The twelve months of a department's year."""
    months = [f"{year:04d}-{number:02d}" for number in range(1, 13)]
    query = select(DbBudget).where(DbBudget.department_id == department_id, DbBudget.month.in_(months))
    found = {row.month: row for row in session.scalars(query)}
    return [
        MonthLine(month=month, amount=row.amount, reserved=row.reserved, spent=row.spent, planned=True)
        if (row := found.get(month))
        else MonthLine(month=month)
        for month in months
    ]


def total_of(lines: list[MonthLine]) -> MonthLine:
    """The months together."""
    return MonthLine(
        month="",
        amount=sum((line.amount for line in lines), ZERO),
        reserved=sum((line.reserved for line in lines), ZERO),
        spent=sum((line.spent for line in lines), ZERO),
    )


def list_budgets(
    session: Session, actor: Actor, *, after: int, limit: int, month: str = "", department: str = ""
) -> list[tuple[DbBudget, str]]:
    """Budgets with their department's name, in the order of their ids from the one behind ``after``: those that the
    person may see, and the bare figures of the own department, which requests are checked against."""
    departments = visible_departments(session, actor)
    if actor.department_id is not None:
        departments[actor.department_id] = actor.department
    query = select(DbBudget).where(DbBudget.id > after, DbBudget.department_id.in_(departments))
    if month:
        query = query.where(DbBudget.month == month)
    if department:
        named = [number for number, name in departments.items() if name == department]
        query = query.where(DbBudget.department_id.in_(named))
    found = session.scalars(query.order_by(DbBudget.id).limit(limit))
    return [(budget, departments[budget.department_id]) for budget in found]


def plan_budget(actor: Actor, *, department: str, month: str, amount: Decimal, source: str, now: datetime) -> None:
    """Set a department's month; for the finance post and administrators. Raises NotPermitted, InvalidInput."""
    _require_planner(actor)
    if not is_month(month):
        raise InvalidInput({"month": ["应为“2026-11”这样的年月"]})
    with transaction() as session:
        department_id = session.scalar(select(DbDepartment.id).where(DbDepartment.name == department))
        if department_id is None:
            raise InvalidInput({"department": ["没有这个部门"]})
        set_month(session, department_id, month, amount, user_id=actor.id, source=source, now=now)


def plan_year(
    actor: Actor,
    department_id: int,
    wanted: Mapping[str, Decimal],
    seen: Mapping[str, Decimal],
    *,
    source: str,
    now: datetime,
) -> int:
    """Set several months at once, all or none; how many were changed.

    ``seen`` is what the person was shown: raises Conflict where a month was changed since. Also NotPermitted, NotFound.
    """
    _require_planner(actor)
    with transaction() as session:
        if session.get(DbDepartment, department_id) is None:
            raise NotFound("没有这个部门")
        changed = 0
        for month, amount in sorted(wanted.items()):
            if amount != seen.get(month, ZERO):
                current = _lock_month(session, department_id, month)
                _require_unchanged(session, department_id, month, current.amount, seen.get(month, ZERO))
                set_month(session, department_id, month, amount, user_id=actor.id, source=source, now=now)
                changed += 1
    return changed


def set_month(
    session: Session,
    department_id: int,
    month: str,
    amount: Decimal,
    *,
    user_id: int | None,
    source: str,
    now: datetime,
) -> bool:
    """Make the month's budget this amount inside the caller's transaction, with a line in its history; whether it was
    another one before. What is reserved and spent stays."""
    budget = _lock_month(session, department_id, month)
    before = {"amount": budget.amount}
    budget.amount = amount.quantize(Decimal("0.01"))
    after = {"amount": budget.amount}
    key = key_of(department_id, month)
    return record_change(session, REGISTER, key, before=before, after=after, user_id=user_id, source=source, now=now)


def key_of(department_id: int, month: str) -> str:
    """What the history calls a department's month."""
    return f"{department_id}/{month}"


def list_year_changes(session: Session, department_id: int, year: int) -> list[tuple[str, Change]]:
    """The newest changes of any month of a year, each with its month."""
    found = [
        (month, change)
        for month in (f"{year:04d}-{number:02d}" for number in range(1, 13))
        for change in list_changes(session, REGISTER, key_of(department_id, month))
    ]
    return sorted(found, key=lambda one: one[1].at, reverse=True)


def holders_of(session: Session, actor: Actor, department_id: int, month: str) -> list[Holder]:
    """The cases that hold or have spent something of a month, the largest first, at most a hundred."""
    held = (
        select(DbReservation, DbCase, DbUser.name.label("starter"), visible_to(actor).label("visible"))
        .join(DbBudget, DbBudget.id == DbReservation.budget_id)
        .join(DbCase, DbCase.id == DbReservation.case_id)
        .join(DbUser, DbUser.id == DbCase.starter_id)
        .where(DbBudget.department_id == department_id, DbBudget.month == month)
        .where(DbReservation.state.in_((RESERVED, SETTLED)))
        .order_by(func.greatest(DbReservation.amount, DbReservation.spent).desc(), DbCase.id)
        .limit(MAX_HOLDERS)
    )
    return [
        Holder(
            case_id=row.DbCase.id,
            number=row.DbCase.number,
            title=row.DbCase.title,
            process=row.DbCase.process_key,
            status=row.DbCase.status,
            starter=row.starter,
            state=row.DbReservation.state,
            amount=row.DbReservation.amount,
            spent=row.DbReservation.spent,
            changed_at=row.DbReservation.changed_at,
            visible=row.visible,
        )
        for row in session.execute(held)
    ]


def figure(session: Session, actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """What the hub says about the budgets that this person may see."""
    month = now.astimezone(COMPANY_ZONE).strftime("%Y-%m")
    departments = visible_departments(session, actor)
    query = select(func.sum(DbBudget.amount - DbBudget.reserved - DbBudget.spent)).where(
        DbBudget.month == month, DbBudget.department_id.in_(departments)
    )
    return "本月可用 {amount} 元", {"amount": session.scalar(query) or ZERO}


def _require_planner(actor: Actor) -> None:
    if not may_plan(actor):
        raise NotPermitted("只有财务部和系统管理员可以更改预算")


def _lock_month(session: Session, department_id: int, month: str) -> DbBudget:
    """The department's month, made where nobody planned one yet."""
    empty = {"amount": ZERO, "reserved": ZERO, "spent": ZERO}
    statement = insert(DbBudget).values(department_id=department_id, month=month, **empty)
    session.execute(statement.on_conflict_do_nothing())
    query = select(DbBudget).where(DbBudget.department_id == department_id, DbBudget.month == month)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _require_unchanged(session: Session, department_id: int, month: str, current: Decimal, seen: Decimal) -> None:
    if current == seen:
        return
    newest = (
        select(DbUser.name)
        .join(DbRegisterChange, DbRegisterChange.user_id == DbUser.id)
        .where(DbRegisterChange.register == REGISTER, DbRegisterChange.key == key_of(department_id, month))
        .order_by(DbRegisterChange.id.desc())
        .limit(1)
    )
    who = session.scalar(newest) or "系统"
    raise Conflict("{who}刚刚把 {month} 的预算改为 {amount} 元，请核对后再保存", who=who, month=month, amount=current)
