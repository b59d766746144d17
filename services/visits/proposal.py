"""Whom to visit in a region and period: proposed with the reason, and who was left out and why.

Follow-ups that are due come first, then whoever has waited longest measured by what their grade deserves. Who is near
together goes on the same day, nearest first; hours that a customer does not want and days off are kept free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.errors import InvalidInput, NotPermitted
from services.processes.versions import get_current_version, get_definition, may_start
from services.registers.models import DbContact, DbCustomer
from services.registers.visiting_hours import why_not
from services.types import Actor, VersionId
from services.visits.visits import VisitLine, follow_ups, last_visits, next_visits
from workflows.calendar import CompanyCalendar

MAX_DAYS = 31
MAX_A_DAY = 10
A_DAY = 5
HOURS = (time(9, 30), time(11), time(13, 30), time(15), time(16, 30), time(10, 15), time(14, 15), time(15, 45))
"""When visits begin; a day with more visits than hours has the rest without one that is free."""
INTERVALS: Mapping[str, int] = {"A": 30, "B": 45, "C": 60, "D": 90, "E": 180}
"""So many days a customer of this grade may wait for the next visit."""
_FAR = Decimal(9_999)
_BETWEEN = re.compile(r"[\s、，,；;/]+")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A sentence with its values, so that a page can say it in another language."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)


@dataclass(frozen=True, kw_only=True)
class Proposed:
    customer: str
    customer_name: str
    day: date
    time: time
    contact: str
    purpose: str
    place: str
    reasons: Sequence[Reason]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    customer: str
    customer_name: str
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Proposal:
    visits: Sequence[Proposed]
    left_out: Sequence[LeftOut]
    unknown: Sequence[str] = ()
    """Words for regions in which no customer is."""
    regions: Sequence[str] = ()
    """The regions that the register knows, where a word was unknown."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The proposal as rows of 客户联络计划表."""
        return [
            {
                "customer": visit.customer,
                "date": visit.day.isoformat(),
                "time": visit.time.isoformat("minutes"),
                **{name: text for name in ("contact", "purpose", "place") if (text := getattr(visit, name))},
            }
            for visit in self.visits
        ]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: an empty region is every region."""

    region: str
    first: date
    last: date
    a_day: int = A_DAY
    rows: Sequence[Mapping[str, Any]] = ()
    """Rows that are filled in already: these customers are not proposed, and their hours are taken."""


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    customer: DbCustomer
    contact: str
    last: VisitLine | None
    follow_up: VisitLine | None
    waited: int | None
    """Days since the last visit, at the beginning of the period."""

    @property
    def urgency(self) -> tuple[bool, Decimal, Decimal, str]:
        """The most urgent first: follow-ups, then those who waited longest for their grade, then the nearest."""
        waited = Decimal(self.waited if self.waited is not None else 10 * INTERVALS["E"])
        overdue = waited / INTERVALS.get(self.customer.grade, INTERVALS["C"])
        return self.follow_up is None, -overdue, self.distance, self.customer.code

    @property
    def distance(self) -> Decimal:
        return self.customer.distance_km if self.customer.distance_km is not None else _FAR


def require_planner(session: Session, actor: Actor) -> None:
    """Raises NotPermitted for people who may not plan visits, NotFound where the process is not published."""
    version = get_current_version(session, "visit")
    definition = get_definition(session, VersionId(version.id))
    if not may_start(definition, actor):
        raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)


def propose(session: Session, wanted: Wanted, *, today: date, calendar: CompanyCalendar) -> Proposal:
    """Raises InvalidInput for a period that is over, turned round or too long, or too many visits a day."""
    _check(wanted, today)
    days = [day for day in _days(max(wanted.first, today), wanted.last) if calendar.is_workday(day)]
    customers = _customers(session, wanted.region)
    unknown = [word for word in _words(wanted.region) if not any(_is_in(customer, word) for customer in customers)]
    candidates, left_out = _candidates(session, customers, wanted, today)
    candidates.sort(key=lambda candidate: candidate.urgency)
    chosen: list[_Candidate] = []
    room = sum(len(hours) for hours in _free_hours(days, wanted).values())
    for candidate in candidates:
        if refusal := _never_welcome(candidate.customer, days):
            left_out.append(_left(candidate.customer, refusal))
        elif len(chosen) < room:
            chosen.append(candidate)
        else:
            reason = Reason(text="名额已满（每天 {count} 家），排在后面", values={"count": wanted.a_day})
            left_out.append(_left(candidate.customer, reason))
    placed, unplaced = _place(chosen, _free_hours(days, wanted))
    left_out += [_left(each.customer, Reason(text="剩下的时间都不宜拜访")) for each in unplaced]
    known = _regions(session) if unknown else ()
    return Proposal(visits=placed, left_out=left_out, unknown=unknown, regions=known)


def _check(wanted: Wanted, today: date) -> None:
    errors: dict[str, list[str]] = {}
    if wanted.last < wanted.first:
        errors["to"] = ["结束日期不能早于开始日期"]
    elif wanted.last < today:
        errors["to"] = ["这段时间已经过去"]
    elif (wanted.last - wanted.first).days >= MAX_DAYS:
        errors["to"] = [f"一次最多推荐 {MAX_DAYS} 天"]
    if not 1 <= wanted.a_day <= MAX_A_DAY:
        errors["per_day"] = [f"每天 1 至 {MAX_A_DAY} 家"]
    if errors:
        raise InvalidInput(errors)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _candidates(
    session: Session, customers: Sequence[DbCustomer], wanted: Wanted, today: date
) -> tuple[list[_Candidate], list[LeftOut]]:
    """The customers of the region, without those whom somebody visits anyway or has visited just now."""
    ids = [customer.id for customer in customers]
    last, planned = last_visits(session, ids), next_visits(session, ids, today)
    due = {visit.customer_id: visit for visit in reversed(follow_ups(session, ids))}
    contacts = _contacts(session, ids)
    chosen = {row.get("customer") for row in wanted.rows}
    candidates: list[_Candidate] = []
    left_out: list[LeftOut] = []
    for customer in customers:
        if customer.code in chosen:
            continue
        before, coming = last.get(customer.id), planned.get(customer.id)
        waited = (wanted.first - before.day).days if before and before.day else None
        if coming is not None:
            values = {"day": coming.day, "who": coming.user_name}
            left_out.append(_left(customer, Reason(text="已有拜访计划：{day} {who}", values=values)))
        elif customer.id not in due and waited is not None and waited < _soon(customer):
            left_out.append(_left(customer, Reason(text="{days} 天前刚拜访过", values={"days": max(waited, 0)})))
        else:
            candidates.append(
                _Candidate(
                    customer=customer,
                    contact=contacts.get(customer.id, ""),
                    last=before,
                    follow_up=due.get(customer.id),
                    waited=waited,
                )
            )
    return candidates, left_out


def _soon(customer: DbCustomer) -> int:
    """Within half of what the grade may wait nobody is proposed again."""
    return INTERVALS.get(customer.grade, INTERVALS["C"]) // 2


def _customers(session: Session, region: str) -> list[DbCustomer]:
    """Of a region, or of several, by the register's own word or by the address."""
    query = select(DbCustomer).order_by(DbCustomer.code)
    named = [
        column.contains(word, autoescape=True)
        for word in _words(region)
        for column in (DbCustomer.region, DbCustomer.address)
    ]
    return list(session.scalars(query.where(or_(*named)) if named else query))


def _words(region: str) -> list[str]:
    return [word for word in _BETWEEN.split(region) if word][:10]


def _is_in(customer: DbCustomer, word: str) -> bool:
    return word in customer.region or word in customer.address


def _regions(session: Session) -> list[str]:
    """At most a dozen, those with most customers first."""
    query = select(DbCustomer.region).where(DbCustomer.region != "").group_by(DbCustomer.region)
    return list(session.scalars(query.order_by(func.count().desc(), DbCustomer.region).limit(12)))


def _contacts(session: Session, customer_ids: Sequence[int]) -> dict[int, str]:
    """Each customer's main contact."""
    query = select(DbContact.customer_id, DbContact.name).where(DbContact.customer_id.in_(customer_ids))
    return dict(session.execute(query.order_by(DbContact.main, DbContact.id.desc())).all())


def _never_welcome(customer: DbCustomer, days: Sequence[date]) -> Reason | None:
    if not days:
        return Reason(text="这段时间没有工作日")
    if any(not why_not(customer.no_visit, day, hour) for day in days for hour in HOURS):
        return None
    return Reason(text="这段时间都不宜拜访（{no_visit}）", values={"no_visit": customer.no_visit})


def _left(customer: DbCustomer, reason: Reason) -> LeftOut:
    return LeftOut(customer=customer.code, customer_name=customer.name, reason=reason)


def _free_hours(days: Sequence[date], wanted: Wanted) -> dict[date, list[time]]:
    """The hours of each day at which a visit may begin; as many as are wanted, without those that are taken."""
    hours = sorted(HOURS[: wanted.a_day]) if wanted.a_day <= len(HOURS) else _many(wanted.a_day)
    free = {day: list(hours) for day in days}
    for row in wanted.rows:
        left = free.get(date.fromisoformat(row["date"])) if row.get("date") else None
        if left:
            hour = time.fromisoformat(row["time"]) if row.get("time") else left[0]
            left.remove(min(left, key=lambda each: abs(_minutes(each) - _minutes(hour))))
    return free


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute


def _place(chosen: Sequence[_Candidate], free: Mapping[date, list[time]]) -> tuple[list[Proposed], list[_Candidate]]:
    """Days and hours: near customers together, each day's nearest first, nobody at an hour that does not suit."""
    placed: list[Proposed] = []
    unplaced: list[_Candidate] = []
    urgent = [candidate for candidate in chosen if candidate.follow_up is not None]
    others = [candidate for candidate in chosen if candidate.follow_up is None]
    for candidate in (*urgent, *sorted(others, key=lambda each: (each.distance, each.customer.code))):
        slot = _slot(candidate.customer, free)
        if slot is None:
            unplaced.append(candidate)
            continue
        day, hour = slot
        free[day].remove(hour)
        placed.append(_proposed(candidate, day, hour))
    return sorted(placed, key=lambda visit: (visit.day, visit.time)), unplaced


def _many(a_day: int) -> list[time]:
    """More visits than usual: every three quarters of an hour from nine."""
    minutes = (9 * 60 + 45 * number for number in range(a_day))
    return [time(minute // 60, minute % 60) for minute in minutes]


def _slot(customer: DbCustomer, free: Mapping[date, Sequence[time]]) -> tuple[date, time] | None:
    return next(
        ((day, hour) for day, hours in free.items() for hour in hours if not why_not(customer.no_visit, day, hour)),
        None,
    )


def _proposed(candidate: _Candidate, day: date, hour: time) -> Proposed:
    customer, follow_up = candidate.customer, candidate.follow_up
    return Proposed(
        customer=customer.code,
        customer_name=customer.name,
        day=day,
        time=hour,
        contact=(follow_up.contact if follow_up else "") or candidate.contact,
        purpose="再度访问" if follow_up else ("回访" if candidate.last else "初次拜访"),
        place="客户公司",
        reasons=list(_reasons(candidate)),
    )


def _reasons(candidate: _Candidate) -> Iterator[Reason]:
    if candidate.follow_up is not None:
        yield Reason(text="上次（{day}）约定再度访问", values={"day": candidate.follow_up.after or "—"})
    if candidate.waited is None:
        yield Reason(text="还没有拜访过")
    else:
        yield Reason(text="距上次拜访 {days} 天", values={"days": max(candidate.waited, 0)})
    yield Reason(text="{grade} 级客户", values={"grade": candidate.customer.grade})
    if candidate.customer.distance_km is not None:
        yield Reason(text="距公司 {km} 公里", values={"km": f"{candidate.customer.distance_km.normalize():f}"})
