"""What is unusual about a task for one approver, in words: amount, customer, budget, first time, rework.

Everything is compared with what this person signed before, in as many queries for two hundred tasks as for one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, tuple_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from services.cases.fact import BudgetShare, Subject
from services.cases.facts import facts_of_many
from services.cases.models import DbCase, DbHistory
from services.registers.models import DbCustomer
from services.search.models import DbSearchDocument
from services.tasks.models import DbTask
from services.tasks.work_items import DONE
from services.types import UserId
from workflows.signing import REJECT

COMPARED = 50
"""So many of the approver's last signatures on a step say what is usual there."""
FEWEST = 5
"""With fewer there is no comparison yet."""
_MOST_FIELDS = 5

Place = tuple[str, str]
"""A process and a step of it."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A sentence with its values; ``kind`` is amount, customer, fact, first or changed."""

    kind: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    """Of a fact: what it is about."""
    fields: Sequence[Sequence[str]] = ()
    """Of ``changed``: the titles that lead to each field."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A task and what of its case decides whether it is like the others."""

    task_id: int
    step: str
    starter_id: int
    starter: str
    why: Mapping[str, Any]
    case: Subject

    @property
    def place(self) -> Place:
        return self.case.process, self.step


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What the approver signed last at one place; ``amounts`` of those that had one."""

    signed: int
    amounts: Sequence[Decimal]

    @property
    def is_comparable(self) -> bool:
        return len(self.amounts) >= FEWEST


@dataclass(frozen=True, kw_only=True)
class Findings:
    reasons: Mapping[int, Sequence[Reason]]
    """By task; no entry for what is like the others."""
    usual: Mapping[Place, Usual]
    shares: Mapping[int, BudgetShare]
    """By task what its case needs of a budget, where its process asks for one."""


def find_unusual(session: Session, user_id: UserId, candidates: Sequence[Candidate], now: datetime) -> Findings:
    """Compare each task with what this person signed before. Fifteen queries at most, for any number of tasks."""
    if not candidates:
        return Findings(reasons={}, usual={}, shares={})
    places = {candidate.place for candidate in candidates}
    usual = _usual(session, user_id, places)
    processes = _processes(session, user_id, {process for process, step in places if not usual[process, step].signed})
    applicants = _applicants(session, user_id, places, {candidate.starter_id for candidate in candidates})
    customers = _new_customers(session, user_id, {candidate.case.id for candidate in candidates})
    returned = _returned(session, {candidate.case.id for candidate in candidates})
    facts = facts_of_many(session, [candidate.case for candidate in candidates], now, judging=True)
    found = {}
    for candidate in candidates:
        habit = usual[candidate.place]
        reasons = [
            *_first(candidate, habit, processes, applicants),
            *_amount(candidate.case.amount, habit),
            *(_customer(name) for name in customers.get(candidate.case.id, ())),
            *(
                Reason(kind="fact", title=fact.title, text=fact.text, values=fact.values)
                for fact in facts[candidate.case.id]
                if fact.unusual
            ),
            *_changed(candidate.why, returned=(candidate.case.id, candidate.step) in returned),
        ]
        if reasons:
            found[candidate.task_id] = reasons
    shares = {
        candidate.task_id: fact.share
        for candidate in candidates
        for fact in facts[candidate.case.id]
        if fact.share is not None
    }
    return Findings(reasons=found, usual=usual, shares=shares)


def _first(
    candidate: Candidate, usual: Usual, processes: Collection[str], applicants: Collection[tuple[str, str, int]]
) -> list[Reason]:
    if not usual.signed:
        known = candidate.case.process in processes
        return [Reason(kind="first", text="您第一次审批这个环节" if known else "您第一次审批这个流程")]
    if (*candidate.place, candidate.starter_id) not in applicants:
        return [
            Reason(kind="first", text="您第一次在这个环节审批{starter}的申请", values={"starter": candidate.starter})
        ]
    return []


def _amount(amount: Decimal | None, usual: Usual) -> list[Reason]:
    """Both limits are robust: one very large signature in the past does not make the next one usual."""
    if amount is None or not usual.is_comparable:
        return []
    middle = Decimal(median(usual.amounts)).quantize(Decimal("0.01"))
    if amount > 2 * middle:
        text = "金额 {amount} 元，超过您平时在这个环节审批的两倍（中位数 {median} 元）"
        return [Reason(kind="amount", text=text, values={"amount": amount, "median": middle})]
    limit = percentile(usual.amounts, 90)
    if amount > limit:
        text = "金额 {amount} 元，高于您最近在这个环节审批的九成（{limit} 元）"
        return [Reason(kind="amount", text=text, values={"amount": amount, "limit": limit})]
    return []


def percentile(amounts: Sequence[Decimal], percent: int) -> Decimal:
    """The amount below which so many of a hundred lie, between two neighbours in proportion (Hyndman and Fan's 7th)."""
    ordered = sorted(amounts)
    at, rest = divmod((len(ordered) - 1) * percent, 100)
    if rest == 0:
        return ordered[at]
    between = (ordered[at + 1] - ordered[at]) * rest / 100
    return (ordered[at] + between).quantize(Decimal("0.01"))


def _customer(name: str) -> Reason:
    return Reason(kind="customer", text="您还没有审批过客户“{customer}”的申请", values={"customer": name})


def _changed(why: Mapping[str, Any], *, returned: bool) -> list[Reason]:
    if "changed" not in why:
        return [Reason(kind="changed", text="曾在这个环节退回，现已重新提交")] if returned else []
    titles = [change["titles"] for change in why["changed"]]
    if not titles:
        return [Reason(kind="changed", text="退回后再次送审，内容没有改动")]
    if len(titles) > _MOST_FIELDS:
        return [
            Reason(
                kind="changed",
                text="退回后已修改：{fields} 等 {count} 处",
                values={"count": len(titles)},
                fields=titles[:_MOST_FIELDS],
            )
        ]
    return [Reason(kind="changed", text="退回后已修改：{fields}", fields=titles)]


def _signed_by(user_id: UserId) -> ColumnElement[bool]:
    return (DbTask.closed_by == user_id) & (DbTask.state == DONE) & (DbTask.outcome != REJECT)


def _usual(session: Session, user_id: UserId, places: Collection[Place]) -> dict[Place, Usual]:
    """The last signatures at each place, each found along the index that begins with the person."""
    ordered = sorted(places)
    columns = func.unnest(array([process for process, _ in ordered]), array([step for _, step in ordered]))
    asked = columns.table_valued("process", "step", name="asked").render_derived()
    last = (
        select(DbCase.amount, DbTask.id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(_signed_by(user_id), DbTask.step == asked.c.step, DbCase.process_key == asked.c.process)
        .order_by(DbTask.closed_at.desc())
        .limit(COMPARED)
        .lateral("last")
    )
    signed: dict[Place, list[Decimal | None]] = {place: [] for place in ordered}
    for row in session.execute(
        select(asked.c.process, asked.c.step, last.c.amount).select_from(asked.join(last, true()))
    ):
        signed[row.process, row.step].append(row.amount)
    return {
        place: Usual(signed=len(amounts), amounts=[amount for amount in amounts if amount is not None])
        for place, amounts in signed.items()
    }


def _processes(session: Session, user_id: UserId, processes: Collection[str]) -> set[str]:
    """In which of these processes the person signed anything."""
    if not processes:
        return set()
    query = select(DbCase.process_key).join(DbTask, DbTask.case_id == DbCase.id).distinct()
    return set(session.scalars(query.where(_signed_by(user_id), DbCase.process_key.in_(processes))))


def _applicants(
    session: Session, user_id: UserId, places: Collection[Place], starters: Collection[int]
) -> set[tuple[str, str, int]]:
    """Whose requests the person signed, at which place."""
    query = (
        select(DbCase.process_key, DbTask.step, DbCase.starter_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(_signed_by(user_id), DbCase.starter_id.in_(starters))
        .where(tuple_(DbCase.process_key, DbTask.step).in_(places))
        .distinct()
    )
    return {(row.process_key, row.step, row.starter_id) for row in session.execute(query)}


def _returned(session: Session, case_ids: Collection[int]) -> set[tuple[int, str]]:
    """The cases that were returned, and from which step; a return that was taken back is as if it had not been."""
    undone = (DbHistory.action == "taken_back") & (DbHistory.detail["what"].astext == "returned")
    query = (
        select(DbHistory.case_id, DbHistory.step, DbHistory.action)
        .where(DbHistory.case_id.in_(case_ids), (DbHistory.action == "returned") | undone)
        .order_by(DbHistory.case_id, DbHistory.position)
    )
    last = {(row.case_id, row.step): row.action for row in session.execute(query)}
    return {place for place, action in last.items() if action == "returned"}


def _new_customers(session: Session, user_id: UserId, case_ids: Collection[int]) -> dict[int, list[str]]:
    """By case the customers in its forms of whom this person has signed nothing, by name."""
    parts = select(DbSearchDocument.case_id, func.unnest(DbSearchDocument.customers).label("code"))
    of_case: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(parts.where(DbSearchDocument.case_id.in_(case_ids)).distinct()):
        of_case[row.case_id].add(row.code)
    codes = {code for found in of_case.values() for code in found}
    if not codes:
        return {}
    seen = (
        select(func.unnest(DbSearchDocument.customers))
        .join(DbTask, DbTask.case_id == DbSearchDocument.case_id)
        .where(_signed_by(user_id), DbSearchDocument.customers.overlap(sorted(codes)))
        .distinct()
    )
    unknown = codes - set(session.scalars(seen))
    if not unknown:
        return {}
    rows = session.execute(select(DbCustomer.code, DbCustomer.name).where(DbCustomer.code.in_(unknown)))
    names = {row.code: row.name for row in rows}
    return {
        case_id: [names.get(code, code) for code in sorted(found & unknown)]
        for case_id, found in of_case.items()
        if found & unknown
    }
