"""What of a department's month is left, and what others have applied for: for who decides and for who applies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.fact import Asking, BudgetShare, Fact, Found, Known, Subject
from services.cases.models import RUNNING, DbCase
from services.registers import budgets
from workflows.calendar import COMPANY_ZONE

TITLE = "部门预算"
Month = tuple[int | None, str]
"""A department and a month."""


def budget_of_cases(session: Session, cases: Sequence[Subject], _now: datetime) -> Found:
    """The month's budget of the starter's department, with the case in it."""
    asked = {
        case.id: (case.department_id, case.forms["application"]["date"][:7])
        for case in cases
        if case.forms.get("application", {}).get("date") and case.amount is not None
    }
    found = budgets.positions(session, asked)
    pending = _pending(session, [asked[case.id] for case in cases if case.id in asked and case.running])
    return {
        case.id: _against_budget(case, found[case.id], pending[asked[case.id]]) for case in cases if case.id in found
    }


def know_budget(asking: Asking) -> Known:
    """The month of the form's ``date``, else this month, against its ``budget_total`` as far as it is filled in."""
    this_month = asking.now.astimezone(COMPANY_ZONE).strftime("%Y-%m")
    month, amount = str(asking.values.get("date") or this_month)[:7], asking.values.get("budget_total") or budgets.ZERO
    place = asking.department_id, month
    found = budgets.position(asking.session, department_id=place[0], month=month, case_id=asking.case_id)
    pending = _pending(asking.session, [place])[place]
    amount = Decimal(str(amount))
    short = max(amount - found.available, budgets.ZERO)
    facts = [_standing(found), *_waiting(asking.case_id, amount, found, pending)]
    if short:
        text = "超出可用预算 {over} 元，须总经理另行审批"
        facts.append(Fact(title=TITLE, text=text, values={"over": short}, alert=True))
    return Known(names={"budget_short": short}, facts=facts)


def _pending(session: Session, places: Collection[Month]) -> Mapping[Month, Mapping[int, Decimal]]:
    """What running cases ask of these months and do not hold yet, by case."""
    found: dict[Month, dict[int, Decimal]] = defaultdict(dict)
    if not places:
        return found
    month = func.left(DbCase.forms["application"]["date"].astext, 7)
    rows = session.execute(
        select(DbCase.id, DbCase.department_id, month.label("month"), DbCase.amount)
        .where(DbCase.status == RUNNING, DbCase.variables["budget_reserved"].astext == "0")
        .where(DbCase.department_id.in_({department for department, _ in places if department is not None}))
        .where(month.in_({month for _, month in places}))
    )
    for row in rows:
        found[row.department_id, row.month][row.id] = row.amount or budgets.ZERO
    return found


def _against_budget(case: Subject, found: budgets.BudgetPosition, pending: Mapping[int, Decimal]) -> list[Fact]:
    assert case.amount is not None
    share = BudgetShare(
        department_id=case.department_id,
        month=found.month,
        needed=case.amount - found.own,
        left=found.available - found.own,
    )
    facts = [_standing(found, share)]
    if not case.running:
        return facts
    facts += _waiting(case.id, case.amount, found, pending)
    if case.amount > found.available:
        values = {"over": case.amount - found.available}
        facts.append(Fact(title=TITLE, text="超出可用预算 {over} 元", values=values, alert=True, unusual=True))
    return facts


def _standing(found: budgets.BudgetPosition, share: BudgetShare | None = None) -> Fact:
    values = {"month": found.month, "available": found.available, "amount": found.amount}
    return Fact(title=TITLE, text="{month} 预算 {amount} 元，可用 {available} 元", values=values, share=share)


def _waiting(
    case_id: int | None, amount: Decimal, found: budgets.BudgetPosition, pending: Mapping[int, Decimal]
) -> list[Fact]:
    """What others have applied for and nobody has decided yet; it is not taken off what is available."""
    others = [asked for each, asked in pending.items() if each != case_id]
    if not others or found.own:
        return []
    total = sum(others, budgets.ZERO)
    tight = amount <= found.available < amount + total
    text = "本月另有 {count} 项申请共 {total} 元在审批中"
    return [Fact(title="审批中", text=text, values={"count": len(others), "total": total}, alert=tight)]
