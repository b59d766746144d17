"""Working time of complaints: what the figures count in minutes, and how a deadline stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.calendar import CalendarError, CompanyCalendar

MET, MISSED, RUNNING, SOON, LATE = "met", "missed", "running", "soon", "late"
"""Done in time, done too late; still open: with time left, with less than half of it, without any."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """A deadline as it stands. ``minutes`` is working time: what is left, what it is late by, or what it took."""

    state: str
    due_at: datetime | None
    done_at: datetime | None
    minutes: int


def work_minutes(calendar: CompanyCalendar, since: datetime, until: datetime) -> int:
    """Whole minutes of working time; years on end count as the most that the calendar counts."""
    try:
        passed = calendar.work_time_between(since, until)
    except CalendarError:
        passed = timedelta(days=3_660)
    return int(passed.total_seconds() // 60)


def light(
    calendar: CompanyCalendar, *, began: datetime, due_at: datetime | None, done_at: datetime | None, now: datetime
) -> Light:
    """How a deadline stands at ``now``; without a deadline it only runs."""
    took = work_minutes(calendar, began, done_at or now)
    if done_at is not None:
        state = MET if due_at is None or done_at <= due_at else MISSED
        return Light(state=state, due_at=due_at, done_at=done_at, minutes=took)
    if due_at is None:
        return Light(state=RUNNING, due_at=None, done_at=None, minutes=took)
    if now > due_at:
        return Light(state=LATE, due_at=due_at, done_at=None, minutes=work_minutes(calendar, due_at, now))
    left = work_minutes(calendar, now, due_at)
    state = SOON if left * 2 <= work_minutes(calendar, began, due_at) else RUNNING
    return Light(state=state, due_at=due_at, done_at=None, minutes=left)
