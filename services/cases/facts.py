"""What somebody who decides should know beside the form: figures, and what is unusual about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.cases.show_case import CaseView
from services.registers import budgets


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A sentence with its values; ``alert`` marks what deserves a second look."""

    title: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    alert: bool = False


def facts_about(session: Session, view: CaseView, now: datetime) -> list[Fact]:
    """The facts that the process asks for, as they stand now."""
    return [fact for name in view.definition.settings.facts for fact in FACTS[name](session, view, now)]


def _budget(session: Session, view: CaseView, _now: datetime) -> list[Fact]:
    """The month's budget of the starter's department, with this case in it."""
    day, amount = view.forms.get("application", {}).get("date"), view.amount
    if not day or amount is None:
        return []
    case = session.get_one(DbCase, view.id)
    found = budgets.position(session, department_id=case.department_id, month=day[:7], case_id=case.id)
    title = "部门预算"
    values = {"month": found.month, "available": found.available, "amount": found.amount}
    standing = Fact(title=title, text="{month} 预算 {amount} 元，可用 {available} 元", values=values)
    if view.running and amount > found.available:
        over = Fact(title=title, text="超出可用预算 {over} 元", values={"over": amount - found.available}, alert=True)
        return [standing, over]
    return [standing]


def _spending(_session: Session, view: CaseView, _now: datetime) -> list[Fact]:
    """What was spent against what was approved, once it is reported."""
    spent = view.forms.get("report", {}).get("spend_total")
    if spent is None or view.amount is None:
        return []
    over = Decimal(str(spent)) - view.amount
    values = {"spent": Decimal(str(spent)), "approved": view.amount, "over": abs(over)}
    if over > 0:
        return [
            Fact(title="实际支出", text="{spent} 元，批准 {approved} 元，超支 {over} 元", values=values, alert=True)
        ]
    return [Fact(title="实际支出", text="{spent} 元，批准 {approved} 元，结余 {over} 元", values=values)]


def _recent_cases(session: Session, view: CaseView, now: datetime) -> list[Fact]:
    """How often the same customer was entertained lately, and how this amount compares."""
    customer = view.forms.get("application", {}).get("customer")
    count, average = session.execute(
        select(func.count(), func.avg(DbCase.amount)).where(
            DbCase.process_key == view.process,
            DbCase.id != view.id,
            DbCase.status.in_(("running", "completed")),
            DbCase.created_at > now - timedelta(days=90),
            DbCase.variables["customer"].astext == customer,
        )
    ).one()
    if not count:
        return [Fact(title="同一客户", text="近 90 天内第一次招待该客户")]
    values = {"count": count, "average": Decimal(average or 0).quantize(Decimal("0.01"))}
    often = count >= 3 or (view.amount is not None and average is not None and view.amount > 2 * average)
    return [Fact(title="同一客户", text="近 90 天另有 {count} 次申请，平均 {average} 元", values=values, alert=often)]


FACTS: Mapping[str, Callable[[Session, CaseView, datetime], list[Fact]]] = {
    "budget": _budget,
    "recent_cases": _recent_cases,
    "spending": _spending,
}
