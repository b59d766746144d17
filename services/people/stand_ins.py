"""Who stands in for whom at this moment, answered from memory so that an approval asks the database nothing more."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import current_world
from services.people.models import DbSubstitute, DbUser
from services.types import UserId
from workflows.calendar import COMPANY_ZONE

SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One substitution that is in force today."""

    absent_id: UserId
    substitute_id: UserId
    process_key: str | None
    money_limit: Decimal | None


def company_day(now: datetime) -> date:
    """The day it is in the company."""
    return now.astimezone(COMPANY_ZONE).date()


def find_stand_ins(
    session: Session,
    people: Iterable[UserId],
    *,
    process_key: str,
    amount: Decimal | None,
    starter_id: int,
    now: datetime,
) -> dict[UserId, UserId]:
    """Who of ``people`` is absent, and who acts for them in this case.

    A substitution for the process goes before one for all processes, also where its limit keeps the case back. Nobody
    is given their own request, and nobody a task that reached the absent person as a substitute: ``people`` must be
    those whose own task it is.
    """
    in_force = stand_ins_of_today(session, now)
    found = {}
    for person in people:
        rule = _rule_for(in_force, person, process_key)
        if rule is None or rule.substitute_id == starter_id:
            continue
        if rule.money_limit is None or amount is None or amount <= rule.money_limit:
            found[person] = rule.substitute_id
    return found


def _rule_for(in_force: Iterable[StandIn], person: UserId, process_key: str) -> StandIn | None:
    rules = {rule.process_key: rule for rule in in_force if rule.absent_id == person}
    return rules.get(process_key) or rules.get(None)


_known: tuple[float, date, tuple[StandIn, ...]] | None = None


def stand_ins_of_today(session: Session, now: datetime) -> tuple[StandIn, ...]:
    """The substitutions in force; a change made by another process is seen within ``SECONDS``."""
    global _known
    known, day = _known, company_day(now)
    if current_world():
        return _load(session, day)
    if known is None or known[1] != day or time.monotonic() - known[0] > SECONDS:
        known = _known = (time.monotonic(), day, _load(session, day))
    return known[2]


def forget_substitutes() -> None:
    """Read the substitutions again at the next question."""
    global _known
    _known = None


def _load(session: Session, day: date) -> tuple[StandIn, ...]:
    rows = session.scalars(
        select(DbSubstitute)
        .join(DbUser, DbUser.id == DbSubstitute.substitute_id)
        .where(DbSubstitute.ended_at.is_(None), DbSubstitute.first_day <= day, DbSubstitute.last_day >= day)
        .where(DbUser.active)
        .order_by(DbSubstitute.id)
    )
    return tuple(
        StandIn(
            absent_id=UserId(row.absent_id),
            substitute_id=UserId(row.substitute_id),
            process_key=row.process_key,
            money_limit=row.money_limit,
        )
        for row in rows
    )
