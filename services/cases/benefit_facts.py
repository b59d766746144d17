"""The yearly limit of each recipient over gifts and hospitality: for who decides and for who applies.

The limit is a decision table of the process ``gift``, in its current version: what the company allows is the same for
every case, whenever it was started.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.fact import Asking, Fact, Found, Known, Subject
from services.errors import NotFound
from services.processes.versions import get_current_version, get_definition
from services.registers import benefits
from services.registers.benefits import Standing
from services.registers.models import DbCustomer
from services.types import VersionId
from workflows.decisions import decide

TITLE = "年度限额"
PROCESS, DECISION = "gift", "benefit_limit"
MANY = 3
"""So many recipients within their limits are told one by one; of more only how many they are."""

_WITHOUT_LIMIT = (
    "{person}（{customer}）{year} 年累计 {total} 元：已受赠 {gifts} 元，受招待 {hospitality} 元，本次 {adds} 元"
)
_WITHIN = (
    "{person}（{customer}）{year} 年累计 {total} 元，限额 {limit} 元："
    "已受赠 {gifts} 元，受招待 {hospitality} 元，本次 {adds} 元"
)
_OVER = (
    "{person}（{customer}）{year} 年累计 {total} 元，超出限额 {over} 元（限额 {limit} 元）："
    "已受赠 {gifts} 元，受招待 {hospitality} 元，本次 {adds} 元"
)
Limits = Mapping[str, Decimal | None]
"""By the customer's code; None where the table gives none."""


def benefits_of_cases(session: Session, cases: Sequence[Subject], _now: datetime) -> Found:
    """How each case's recipients stand this year."""
    given = benefits.given_by_cases(session, [case.id for case in cases])
    standing = benefits.standings(session, dict(given.items()))
    customers, limits = _limits(session, [each.recipient.customer for found in standing.values() for each in found])
    by_id = {case.id: case for case in cases}
    return {
        case_id: _facts(
            found, customers, limits, deciding=by_id[case_id].running, enforced=by_id[case_id].process == PROCESS
        )
        for case_id, found in standing.items()
        if case_id is not None
    }


def know_benefits(asking: Asking) -> Known:
    """By how much the form takes the worst of its recipients above the limit, and how each stands."""
    given = benefits.given_by(asking.form, asking.values)
    standing = benefits.standings(asking.session, {asking.case_id: given})[asking.case_id]
    customers, limits = _limits(asking.session, [each.recipient.customer for each in standing])
    over = max((_over(each, limits) for each in standing), default=benefits.ZERO)
    return Known(names={"benefits_over": over}, facts=_facts(standing, customers, limits, deciding=True, enforced=True))


def _limits(session: Session, codes: Collection[str]) -> tuple[Mapping[str, DbCustomer], Limits]:
    """The customers, and what each allows a person in a year."""
    found = session.scalars(select(DbCustomer).where(DbCustomer.code.in_(codes))) if codes else ()
    customers = {customer.code: customer for customer in found}
    try:
        version = get_current_version(session, PROCESS) if customers else None
    except NotFound:
        version = None
    if version is None:
        return customers, {}
    model = get_definition(session, VersionId(version.id)).decisions.get(DECISION)
    if model is None:
        return customers, {}
    grades = {customer.grade for customer in customers.values()}
    by_grade = {grade: decide(model, DECISION, {"customer_grade": grade})[0][DECISION] for grade in grades}
    return customers, {code: by_grade[customer.grade] for code, customer in customers.items()}


def _over(standing: Standing, limits: Limits) -> Decimal:
    limit = limits.get(standing.recipient.customer)
    return benefits.ZERO if limit is None else max(standing.total - Decimal(limit), benefits.ZERO)


def _facts(
    standing: Sequence[Standing], customers: Mapping[str, DbCustomer], limits: Limits, *, deciding: bool, enforced: bool
) -> list[Fact]:
    """Whoever is above the limit first, each with the figures; then the others.

    Only where the limit is ``enforced`` it keeps a task out of a batch: elsewhere it is told, and no step asks for it.
    """
    over = [each for each in standing if _over(each, limits) > 0]
    within = [each for each in standing if each not in over]
    facts = [_fact(each, customers, limits, alert=deciding, unusual=deciding and enforced) for each in over]
    if len(within) <= MANY:
        return facts + [_fact(each, customers, limits, alert=False, unusual=False) for each in within]
    return [*facts, Fact(title=TITLE, text="{count} 位收受人都在年度限额以内", values={"count": len(within)})]


def _fact(
    standing: Standing, customers: Mapping[str, DbCustomer], limits: Limits, *, alert: bool, unusual: bool
) -> Fact:
    recipient, over = standing.recipient, _over(standing, limits)
    customer = customers.get(recipient.customer)
    limit = limits.get(recipient.customer)
    values = {
        "person": recipient.person,
        "customer": customer.name if customer else recipient.customer,
        "year": recipient.year,
        "gifts": standing.gifts,
        "hospitality": standing.hospitality,
        "adds": standing.adds,
        "total": standing.total,
        "limit": None if limit is None else Decimal(limit),
        "over": over,
    }
    text = _OVER if over else _WITHOUT_LIMIT if limit is None else _WITHIN
    return Fact(title=TITLE, text=text, values=values, alert=alert and over > 0, unusual=unusual and over > 0)
