"""The visits of a plan in the register: planned, agreed, moved, made or dropped; and what each step takes back.

Everything here runs inside the action on the plan's case, whose row is locked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from services.cases import links
from services.cases.models import DbCase
from services.database import table_of
from services.registers.models import DbContact, DbCustomer
from services.visits.models import APPOINTED, CANCELLED, FOLLOW_UP, PLANNED, POSTPONED, VISITED, DbVisit, follow_up_of

WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
AGAIN = "C"
"""成果 C.再度访问."""

Visit = Mapping[str, Any]
"""A visit as the diagram's branches know it: text and numbers only."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which visit an operation is about, and under whose hands."""

    session: Session
    case: DbCase
    branch: str
    now: datetime


def days_of(session: Session, rows: Sequence[Visit]) -> list[dict[str, Any]]:
    """The rows of a plan by day, each day's in the order of their times: what the branches of the case run over."""
    customers = _customers(session, {row["customer"] for row in rows})
    phones = _phones(session, [customer.id for customer in customers.values()])
    ordered = sorted(rows, key=lambda row: (row["date"], row.get("time") or ""))
    days: list[dict[str, Any]] = []
    number = 0
    for day, visits in groupby(ordered, key=lambda row: str(row["date"])):
        planned: list[dict[str, Any]] = []
        for place, row in enumerate(visits, 1):
            number += 1
            customer = customers[row["customer"]]
            about = {"no": number, "branch": f"{len(days) + 1}.{place}", "state": PLANNED, "date": day}
            known = {
                "customer_name": customer.name,
                "address": customer.address,
                "region": customer.region,
                "phone": phones.get(customer.id, ""),
            }
            typed = {name: row.get(name) or "" for name in ("customer", "time", "contact", "purpose", "place")}
            planned.append({**about, **known, **typed})
        days.append({"day": day, "weekday": weekday_of(day), "branch": str(len(days) + 1), "visits": planned})
    return days


def of_known_customers(session: Session, rows: Sequence[Visit]) -> list[Visit]:
    """The rows whose customer is in the register; while somebody types there may be others."""
    known = _customers(session, {row["customer"] for row in rows})
    return [row for row in rows if row["customer"] in known]


def weekday_of(day: str) -> str:
    return WEEKDAYS[date.fromisoformat(day).weekday()]


def plan(session: Session, case: DbCase, rows: Sequence[Visit], *, now: datetime) -> list[dict[str, Any]]:
    """Enter a plan's visits; follow-ups of its customers that are due are taken up. Gives the visits by day."""
    days = days_of(session, rows)
    customers = _customers(session, {row["customer"] for row in rows})
    waiting = _follow_ups(session, [customer.id for customer in customers.values()])
    new = []
    for visit in (visit for day in days for visit in day["visits"]):
        customer_id = customers[visit["customer"]].id
        values = {**_values(visit), "case_id": case.id, "state": PLANNED, "changed_at": now}
        taken = waiting.pop(customer_id, None)
        if taken is None:
            new.append({**values, "customer_id": customer_id, "user_id": case.starter_id, "result": "", "note": ""})
        else:
            _take_up(session, case, taken, values, visit["customer_name"], now)
    if new:
        session.execute(insert(table_of(DbVisit)), new)
    return days


def _values(visit: Visit) -> dict[str, Any]:
    values = {name: visit[name] for name in ("branch", "contact", "purpose", "place")}
    return {**values, "day": date.fromisoformat(visit["date"]), "time": _time(visit["time"])}


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _take_up(
    session: Session, case: DbCase, visit: DbVisit, values: Mapping[str, Any], customer: str, now: datetime
) -> None:
    for name, value in values.items():
        setattr(visit, name, value)
    visit.user_id = case.starter_id
    before = session.get_one(DbVisit, visit.follows_id)
    if before.case_id is not None and before.case_id != case.id:
        links.link(
            session,
            session.get_one(DbCase, before.case_id),
            case,
            kind=links.FOLLOW_UP,
            about=f"{before.day or ''} {customer}".strip(),
            now=now,
        )


def _customers(session: Session, codes: set[str]) -> dict[str, DbCustomer]:
    return {found.code: found for found in session.scalars(select(DbCustomer).where(DbCustomer.code.in_(codes)))}


def _phones(session: Session, customer_ids: Sequence[int]) -> dict[int, str]:
    """The telephone number of each customer's main contact."""
    query = (
        select(DbContact.customer_id, DbContact.phone)
        .where(DbContact.customer_id.in_(customer_ids), DbContact.phone != "")
        .order_by(DbContact.main, DbContact.id.desc())
    )
    return dict(session.execute(query).all())


def _follow_ups(session: Session, customer_ids: Sequence[int]) -> dict[int, DbVisit]:
    """The oldest follow-up of each customer that no plan has taken up, locked until the transaction ends."""
    query = (
        select(DbVisit)
        .where(DbVisit.state == FOLLOW_UP, DbVisit.customer_id.in_(customer_ids))
        .order_by(DbVisit.id.desc())
        .with_for_update()
    )
    return {visit.customer_id: visit for visit in session.scalars(query)}


def unplan(session: Session, case: DbCase, *, now: datetime) -> None:
    """Take a plan back that will be made anew: its visits are gone, follow-ups wait for another plan again."""
    _release_follow_ups(session, case, now)
    mine = select(DbVisit.id).where(DbVisit.case_id == case.id).scalar_subquery()
    session.execute(update(DbVisit).where(DbVisit.follows_id.in_(mine)).values(follows_id=None))
    session.execute(delete(DbVisit).where(DbVisit.case_id == case.id))


def drop(session: Session, case: DbCase, *, now: datetime) -> int:
    """The plan is given up: what was to come is cancelled, what took place stays. Gives how many were to come."""
    released = _release_follow_ups(session, case, now)
    to_come = (DbVisit.case_id == case.id) & DbVisit.state.in_((PLANNED, APPOINTED, POSTPONED))
    cancelled = session.scalars(
        update(DbVisit).where(to_come).values(state=CANCELLED, note="", changed_at=now).returning(DbVisit.id)
    ).all()
    return released + len(cancelled)


def _release_follow_ups(session: Session, case: DbCase, now: datetime) -> int:
    taken = (
        (DbVisit.case_id == case.id)
        & DbVisit.follows_id.is_not(None)
        & DbVisit.state.in_((PLANNED, APPOINTED, POSTPONED))
    )
    empty = {"case_id": None, "branch": "", "day": None, "time": None, "state": FOLLOW_UP, "changed_at": now}
    return len(session.scalars(update(DbVisit).where(taken).values(**empty).returning(DbVisit.id)).all())


def appoint(at: Place, *, day: str, hour: str) -> None:
    """The customer agreed to this day and hour."""
    _change(at, state=APPOINTED, day=date.fromisoformat(day), time=_time(hour))


def postpone(at: Place, *, day: str, hour: str | None, reason: str) -> None:
    """The visit did not take place and moves to another day, which is still to be agreed."""
    _change(at, state=POSTPONED, day=date.fromisoformat(day), time=_time(hour), note=reason)


def keep(at: Place, *, user_id: int, day: str, result: str, summary: str) -> None:
    """The visit took place; 成果 C puts another one on the next plan."""
    visit = _forgotten(at)
    _change(at, state=VISITED, user_id=user_id, day=date.fromisoformat(day), result=result, note=summary[:1000])
    if result == AGAIN:
        _plan_again(at, visit)


def cancel(at: Place, *, reason: str, again: bool) -> None:
    """The visit does not take place. ``again`` puts it on the next plan."""
    visit = _forgotten(at)
    _change(at, state=CANCELLED, result="", note=reason[:1000])
    if again:
        _plan_again(at, visit)


def restore(at: Place, visit: Visit, state: str) -> None:
    """Take back what was done to a visit: it is again as the branch knew it, and what it put on the next plan goes."""
    _forgotten(at)
    day, hour = date.fromisoformat(visit["date"]), _time(visit["time"])
    _change(at, state=state, day=day, time=hour, result="", note="", user_id=at.case.starter_id)


def _forgotten(at: Place) -> DbVisit:
    """The visit, without what it put on the next plan before: it may be recorded more than once."""
    visit = _get(at)
    waits = (DbVisit.follows_id == visit.id) & (DbVisit.state == FOLLOW_UP)
    at.session.execute(delete(DbVisit).where(waits))
    return visit


def _plan_again(at: Place, visit: DbVisit) -> None:
    """Put another visit on the next plan, unless a plan has taken one up since this was recorded before."""
    taken_up = (DbVisit.follows_id == visit.id) & (DbVisit.state != CANCELLED)
    if at.session.scalar(select(exists().where(taken_up))):
        return
    at.session.add(follow_up_of(visit, at.now))


def _get(at: Place) -> DbVisit:
    query = select(DbVisit).where(DbVisit.case_id == at.case.id, DbVisit.branch == at.branch)
    return at.session.scalars(query).one()


def _change(at: Place, **values: Any) -> None:
    at.session.execute(
        update(DbVisit)
        .where(DbVisit.case_id == at.case.id, DbVisit.branch == at.branch)
        .values(**values, changed_at=at.now)
        .execution_options(synchronize_session=False)
    )
