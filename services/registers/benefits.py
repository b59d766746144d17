"""What people outside the company are given in a year, gifts and hospitality together.

A form says with ``benefits`` which of its fields tell it: ``kind``, the ``day``, the ``customer``, the ``people``, the
``amount``, and, where each row of a table is a gift of its own, ``rows``. An amount for several people is shared
equally. ``"stage": "actual"`` replaces what was planned by what it came to. Cases that run or were completed count.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.registers.models import DbBenefit
from workflows.forms import Form

GIFT, HOSPITALITY = "gift", "hospitality"
PLANNED, ACTUAL = "planned", "actual"
ZERO = Decimal(0)
_CENT = Decimal("0.01")
_COUNTED = ("running", "completed")
_MAX_PERSON = 40
_BRACKETS = re.compile(r"[(\[【〔《<,;、。].*")
_NOTE_BEFORE = re.compile(r"[(\[【〔《<]([^)\]】〕》>]*)[)\]】〕》>]?")
_AROUND = " ,;、。)]】〕》>"
_UNSEEN = frozenset({"Cf", "Mn"})
_NOBODY = "无"
"""What people write where there is none."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, kw_only=True, order=True)
class Recipient:
    """A person at a customer, in one year."""

    customer: str
    person: str
    year: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a recipient got from other cases this year, and what one case adds."""

    recipient: Recipient
    gifts: Decimal
    hospitality: Decimal
    adds: Decimal

    @property
    def total(self) -> Decimal:
        return self.gifts + self.hospitality + self.adds


def person_called(name: str) -> str:
    """The name without what people write around it: ``王建国 总经理`` and ``王建国（采购部）`` are the same person."""
    words = _BRACKETS.sub("", _without_notes(_seen(name))).casefold().split()
    if not words or not _CHINESE.search(words[0]):
        return " ".join(words)[:_MAX_PERSON]
    # a blank ends a Chinese name, but for the one that makes 王　伟 as wide as three characters
    kept = words[:2] if len(words[0]) == 1 else words[:1]
    return "".join(kept)[:_MAX_PERSON]


def _seen(name: str) -> str:
    """What a reader sees of the text: two names that look the same are the same."""
    plain = unicodedata.normalize("NFKC", name)
    return "".join(character for character in plain if unicodedata.category(character) not in _UNSEEN).strip()


def _without_notes(name: str) -> str:
    """The name behind ``（采购部）``; where there is nothing else, what the brackets hold, unless they say nobody."""
    name = name.lstrip(_AROUND)
    while note := _NOTE_BEFORE.match(name):
        behind = name[note.end() :].lstrip(_AROUND)
        name = behind or ("" if note[1].strip() == _NOBODY else note[1].lstrip(_AROUND))
    return name


def given_by(form: Form, values: Mapping[str, Any]) -> dict[Recipient, Decimal]:
    """What a form gives to whom, as far as it is filled in."""
    fields, given = form.benefits, defaultdict[Recipient, Decimal](Decimal)
    day = str(values.get(fields.get("day", ""), "") or "")
    if not day[:4].isdigit():
        return {}
    for row in _rows(values, fields):
        people = list(dict.fromkeys(_people(row.get(fields["people"]))))
        customer, amount = row.get(fields["customer"]), row.get(fields["amount"])
        if customer and people and amount is not None:
            share = (Decimal(str(amount)) / len(people)).quantize(_CENT)
            for person in people:
                given[Recipient(customer=str(customer), person=person, year=int(day[:4]))] += share
    return dict(given)


def _rows(values: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    if "rows" not in fields:
        yield values
        return
    yield from (row for row in values.get(fields["rows"]) or () if isinstance(row, Mapping))


def _people(named: Any) -> Iterator[str]:
    names = named if isinstance(named, list) else [named]
    yield from (person for name in names if name and (person := person_called(str(name))))


def keep(session: Session, case_id: int, form: Form, values: Mapping[str, Any]) -> None:
    """Write down what a submitted form of the case gives, in place of what it gave before."""
    if not form.benefits:
        return
    given, stage = given_by(form, values), form.benefits.get("stage", PLANNED)
    if stage == ACTUAL and not given:
        given = _among_the_planned(session, case_id, values.get(form.benefits["amount"]))
    put(session, case_id, form.benefits["kind"], given, stage=stage)


def _among_the_planned(session: Session, case_id: int, amount: Any) -> dict[Recipient, Decimal]:
    """A report that names nobody is about those for whom it was planned: leaving names out lowers nobody's sum."""
    rows = _rows_of(session, [case_id])
    share = (Decimal(str(amount or 0)) / max(len(rows), 1)).quantize(_CENT)
    return {Recipient(customer=row.customer, person=row.person, year=row.year): share for row in rows}


def put(session: Session, case_id: int, kind: str, given: Mapping[Recipient, Decimal], *, stage: str) -> None:
    """Plan what the case gives, or say what it came to; who is not named any more is given nothing."""
    known = {(row.customer, row.person): row for row in _rows_of(session, [case_id])}
    for recipient, amount in given.items():
        row = known.pop((recipient.customer, recipient.person), None)
        if row is None:
            row = DbBenefit(case_id=case_id, kind=kind, planned=ZERO)
            session.add(row)
        row.customer, row.person, row.year = recipient.customer, recipient.person, recipient.year
        row.planned, row.actual = (amount, None) if stage == PLANNED else (row.planned, amount)
    for row in known.values():
        if stage == PLANNED:
            session.delete(row)
        else:
            row.actual = ZERO


def forget_actual(session: Session, case_id: int) -> None:
    """What was planned counts again."""
    for row in _rows_of(session, [case_id]):
        row.actual = None


def given_by_cases(session: Session, case_ids: Collection[int]) -> dict[int, dict[Recipient, Decimal]]:
    """What each of these cases gives to whom, as it is written down."""
    found: dict[int, dict[Recipient, Decimal]] = defaultdict(dict)
    for row in _rows_of(session, case_ids):
        recipient = Recipient(customer=row.customer, person=row.person, year=row.year)
        found[row.case_id][recipient] = row.planned if row.actual is None else row.actual
    return found


def standings(
    session: Session, cases: Mapping[int | None, Mapping[Recipient, Decimal]]
) -> dict[int | None, list[Standing]]:
    """How the recipients of each case stand, without what the case itself has written down. One query."""
    wanted = {recipient for given in cases.values() for recipient in given}
    sums: dict[Recipient, dict[tuple[int, str], Decimal]] = defaultdict(dict)
    for row in _counted(session, wanted):
        recipient = Recipient(customer=row.customer, person=row.person, year=row.year)
        sums[recipient][row.case_id, row.kind] = row.amount
    return {
        case_id: [
            Standing(
                recipient=recipient,
                gifts=_sum(sums[recipient], GIFT, case_id),
                hospitality=_sum(sums[recipient], HOSPITALITY, case_id),
                adds=amount,
            )
            for recipient, amount in given.items()
        ]
        for case_id, given in cases.items()
    }


def _sum(parts: Mapping[tuple[int, str], Decimal], kind: str, without: int | None) -> Decimal:
    found = (amount for (case_id, each), amount in parts.items() if each == kind and case_id != without)
    return sum(found, ZERO)


def _counted(session: Session, recipients: Collection[Recipient]) -> Iterable[Any]:
    if not recipients:
        return ()
    places = sorted({(each.customer, each.person, each.year) for each in recipients})
    amount = func.coalesce(DbBenefit.actual, DbBenefit.planned).label("amount")
    columns = (DbBenefit.customer, DbBenefit.person, DbBenefit.year, DbBenefit.case_id, DbBenefit.kind)
    return session.execute(
        select(*columns, amount)
        .join(DbCase, DbCase.id == DbBenefit.case_id)
        .where(tuple_(DbBenefit.customer, DbBenefit.person, DbBenefit.year).in_(places))
        .where(DbCase.status.in_(_COUNTED))
    )


def _rows_of(session: Session, case_ids: Collection[int]) -> list[DbBenefit]:
    if not case_ids:
        return []
    return list(session.scalars(select(DbBenefit).where(DbBenefit.case_id.in_(case_ids)).order_by(DbBenefit.id)))
