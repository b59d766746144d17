"""周看板 and 月看板 (客户关系维护计划, 看板管理内容表): the week and the month of a person or a department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import RUNNING, DbCase
from services.cases.visibility import visible_to
from services.people.company_calendar import load_calendar
from services.planning.entries import Entry, beginning_of, colleagues, day_of, entries, overdue
from services.tasks.models import DbTask, DbUpcomingTask
from services.types import Actor
from workflows.calendar import COMPANY_ZONE, CompanyCalendar

MINE, DEPARTMENT = SCOPES = ("mine", "department")
MAX_LONG = 30


@dataclass(frozen=True, kw_only=True)
class Day:
    day: date
    works: bool
    entries: list[Entry]

    @property
    def open(self) -> int:
        return sum(not entry.done for entry in self.entries)


@dataclass(frozen=True, kw_only=True)
class LongMatter:
    """A running case that takes more than a week. ``until`` is the last day that is known of it."""

    case_id: int
    number: str
    title: str
    process: str
    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class WeekBoard:
    """当天工作重点, 第二天工作重点 and 本周工作重点; the week begins on Monday."""

    days: list[Day]
    overdue: list[Entry]
    today: list[Entry]
    next_day: date
    """The next working day: whoever plans on a Friday plans Monday."""
    next: list[Entry]
    week: list[Entry]
    """What of this week is not done and falls on neither of the two."""


@dataclass(frozen=True, kw_only=True)
class MonthBoard:
    """月度总体工作安排, and 跨星期的工作事项安排."""

    weeks: list[list[Day]]
    long: list[LongMatter]


def next_working_day(session: Session, today: date) -> date:
    """Today, or the day on which the company works again."""
    calendar = load_calendar(session)
    return next(day for n in range(40) if calendar.is_workday(day := today + timedelta(days=n)))


def week_board(session: Session, actor: Actor, scope: str, day: date, *, today: date) -> WeekBoard:
    """The week in which ``day`` lies."""
    people = _people(session, actor, scope)
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    calendar = load_calendar(session)
    following = next_working_day(session, today + timedelta(days=1))
    found = entries(session, actor, people, min(first, today), max(last, following))
    by_day = _by_day(found)
    in_week = [entry for entry in found if first <= entry.day <= last and not entry.done]
    return WeekBoard(
        days=[_day(calendar, by_day, first + timedelta(days=n)) for n in range(7)],
        overdue=overdue(session, actor, people, today),
        today=by_day[today],
        next_day=following,
        next=by_day[following],
        week=[entry for entry in in_week if entry.day not in (today, following) and entry.day > today],
    )


def month_board(session: Session, actor: Actor, scope: str, day: date) -> MonthBoard:
    """The weeks that touch the month of ``day``."""
    people = _people(session, actor, scope)
    first = day.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    start, stop = first - timedelta(days=first.weekday()), end + timedelta(days=6 - end.weekday())
    calendar = load_calendar(session)
    by_day = _by_day(entries(session, actor, people, start, stop))
    days = [_day(calendar, by_day, start + timedelta(days=n)) for n in range((stop - start).days + 1)]
    return MonthBoard(
        weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
        long=_long_matters(session, actor, people, first, end),
    )


def _people(session: Session, actor: Actor, scope: str) -> list[int]:
    return colleagues(session, actor) if scope == DEPARTMENT else [actor.id]


def _by_day(found: list[Entry]) -> defaultdict[date, list[Entry]]:
    by_day: defaultdict[date, list[Entry]] = defaultdict(list)
    for entry in found:
        by_day[entry.day].append(entry)
    return by_day


def _day(calendar: CompanyCalendar, by_day: Mapping[date, list[Entry]], day: date) -> Day:
    return Day(day=day, works=calendar.is_workday(day), entries=by_day.get(day, []))


def _long_matters(session: Session, actor: Actor, people: Collection[int], first: date, last: date) -> list[LongMatter]:
    """What people of the board started, runs in this month, and takes a week or longer."""
    rows = session.scalars(
        select(DbCase)
        .where(DbCase.starter_id.in_(people), DbCase.status == RUNNING, visible_to(actor))
        .where(DbCase.created_at < beginning_of(last + timedelta(days=1)))
        .order_by(DbCase.created_at)
    ).all()
    ends = _last_dates(session, rows)
    found = []
    for case in rows:
        since, until = case.created_at.astimezone(COMPANY_ZONE).date(), ends.get(case.id)
        if until is not None and until >= first and until - since >= timedelta(days=7):
            found.append(
                LongMatter(
                    case_id=case.id,
                    number=case.number,
                    title=case.title,
                    process=case.process_key,
                    since=since,
                    until=until,
                )
            )
    return found[:MAX_LONG]


def _last_dates(session: Session, cases: Sequence[DbCase]) -> dict[int, date]:
    """The last day of each case that is known: of an open task, of a task to come, or the day that it is about."""
    case_ids = [case.id for case in cases]
    due = select(DbTask.case_id, DbTask.due_at).where(
        DbTask.case_id.in_(case_ids), DbTask.state == "open", DbTask.due_at.is_not(None)
    )
    expected = select(DbUpcomingTask.case_id, DbUpcomingTask.expected_at).where(DbUpcomingTask.case_id.in_(case_ids))
    found = {case.id: day for case in cases if (day := day_of(session, case)) is not None}
    for case_id, moment in (*session.execute(due), *session.execute(expected)):
        day = moment.astimezone(COMPANY_ZONE).date()
        found[case_id] = max(found.get(case_id, day), day)
    return found
