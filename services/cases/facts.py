"""What somebody who decides should know beside the form: figures, and what is unusual about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from services.cases import benefit_facts, budget_facts, gift_facts, order_facts
from services.cases.fact import Fact, Found, Subject
from services.cases.models import DbCase
from services.cases.show_case import CaseView


def facts_about(session: Session, view: CaseView, now: datetime) -> list[Fact]:
    """The facts that the process asks for, as they stand now."""
    case = session.get_one(DbCase, view.id)
    subject = Subject(
        id=case.id,
        process=view.process,
        running=view.running,
        department_id=case.department_id,
        amount=view.amount,
        forms=view.forms,
        wanted=view.definition.settings.facts,
    )
    return facts_of_many(session, [subject], now)[case.id]


def facts_of_many(
    session: Session, cases: Iterable[Subject], now: datetime, *, judging: bool = False
) -> dict[int, list[Fact]]:
    """The facts about many cases, each kind of fact asked once for all of them. Every case has an entry.

    ``judging`` leaves out what is told to people and never unusual.
    """
    by_id = {case.id: _judged(case) if judging else case for case in cases}
    found = {
        name: provider(session, [case for case in by_id.values() if name in case.wanted], now)
        for name, provider in FACTS.items()
        if any(name in case.wanted for case in by_id.values())
    }
    return {case.id: [fact for name in case.wanted for fact in found[name].get(case.id, [])] for case in by_id.values()}


def _judged(case: Subject) -> Subject:
    return case if case.process == benefit_facts.PROCESS else replace(case, wanted=_without(case.wanted, "benefits"))


def _without(names: Sequence[str], name: str) -> list[str]:
    return [each for each in names if each != name]


def _spending(_session: Session, cases: Sequence[Subject], _now: datetime) -> Found:
    """What was spent against what was approved, once it is reported."""
    return {case.id: _spent(case) for case in cases}


def _spent(case: Subject) -> list[Fact]:
    spent = case.forms.get("report", {}).get("spend_total")
    if spent is None or case.amount is None:
        return []
    over = Decimal(str(spent)) - case.amount
    values = {"spent": Decimal(str(spent)), "approved": case.amount, "over": abs(over)}
    if over > 0:
        text = "{spent} 元，批准 {approved} 元，超支 {over} 元"
        return [Fact(title="实际支出", text=text, values=values, alert=True, unusual=True)]
    return [Fact(title="实际支出", text="{spent} 元，批准 {approved} 元，结余 {over} 元", values=values)]


def _recent_cases(session: Session, cases: Sequence[Subject], now: datetime) -> Found:
    """How often the same customer was entertained lately, and how this amount compares."""
    this, other = aliased(DbCase), aliased(DbCase)
    rows = session.execute(
        select(this.id, func.count(), func.avg(other.amount))
        .join(
            other,
            (other.process_key == this.process_key)
            & (other.id != this.id)
            & other.status.in_(("running", "completed"))
            & (other.created_at > now - timedelta(days=90))
            & (other.variables["customer"].astext == this.forms["application"]["customer"].astext),
        )
        .where(this.id.in_([case.id for case in cases]))
        .group_by(this.id)
    )
    others = {case_id: (count, average) for case_id, count, average in rows}
    return {case.id: [_compared(case, *others.get(case.id, (0, None)))] for case in cases}


def _compared(case: Subject, count: int, average: Decimal | None) -> Fact:
    if not count:
        return Fact(title="同一客户", text="近 90 天内第一次招待该客户")
    values = {"count": count, "average": Decimal(average or 0).quantize(Decimal("0.01"))}
    dear = case.amount is not None and average is not None and case.amount > 2 * average
    text = "近 90 天另有 {count} 次申请，平均 {average} 元"
    return Fact(title="同一客户", text=text, values=values, alert=dear or count >= 3, unusual=dear)


FACTS: Mapping[str, Callable[[Session, Sequence[Subject], datetime], Found]] = {
    "benefits": benefit_facts.benefits_of_cases,
    "budget": budget_facts.budget_of_cases,
    "order": order_facts.orders_of_cases,
    "recent_cases": _recent_cases,
    "spending": _spending,
    "stock": gift_facts.stock_of_cases,
}
