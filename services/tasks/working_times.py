"""How much working time people usually take for a step, from their own closed tasks.

The figures only serve the forecast of a case: nothing here lists them by person. They are kept for a minute by each
process, so that a forecast that follows every keystroke asks the database once.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.database import current_world
from services.people.models import DbUser
from services.tasks.models import DbTask
from workflows.calendar import CalendarError, CompanyCalendar
from workflows.forecast import Pace

SAMPLE = 20
"""The newest closed tasks that a figure rests on."""
ENOUGH = 3
"""Fewer say nothing about a habit."""
LOOKED_THROUGH = 200
KEPT_SECONDS = 60.0
_MOST_KEPT = 5_000

PERSON_STEP, PERSON_PROCESS, STEP = "person_step", "person_process", "step"

_Closed = tuple[datetime, datetime]
"""When a task was opened and closed."""


@dataclass(frozen=True, kw_only=True)
class UsualTime:
    """A pace and what it rests on: so many tasks of these people at this step, of theirs in this process, or of all."""

    pace: Pace
    rests_on: str
    count: int


_of_people: dict[int, tuple[float, dict[tuple[str, str], list[_Closed]]]] = {}
_of_steps: dict[str, tuple[float, dict[str, list[_Closed]]]] = {}


def forget_working_times() -> None:
    """Ask the database again at the next forecast of this process."""
    _of_people.clear()
    _of_steps.clear()


def find_usual_time(
    session: Session, people: Sequence[int], process: str, step: str, calendar: CompanyCalendar
) -> UsualTime | None:
    """The usual time of whoever of ``people`` takes the step; None where too little was done so far.

    What they did at this step counts first, then what they did in this process, then what anybody did at this step.
    """
    if current_world():
        return None  # nobody has habits in a rehearsal
    done = _done_by(session, people)
    at_step = [closed for person in people for closed in done[person].get((process, step), ())]
    in_process = [
        closed for person in people for (key, _), found in done[person].items() if key == process for closed in found
    ]
    for rests_on, found in ((PERSON_STEP, at_step), (PERSON_PROCESS, in_process)):
        if usual := _usual(found, rests_on, calendar):
            return usual
    return _usual(_done_at(session, process, step), STEP, calendar)


def _usual(closed: Iterable[_Closed], rests_on: str, calendar: CompanyCalendar) -> UsualTime | None:
    newest = sorted(closed, key=lambda times: times[1], reverse=True)[:SAMPLE]
    if len(newest) < ENOUGH:
        return None
    try:
        worked = sorted(calendar.work_time_between(opened, done) for opened, done in newest)
    except CalendarError:
        return None  # a task that was open for ten years
    pace = Pace(usual=_middle(worked), slow=worked[math.ceil(0.8 * len(worked)) - 1])
    return UsualTime(pace=pace, rests_on=rests_on, count=len(worked))


def _middle(worked: list[timedelta]) -> timedelta:
    return timedelta(seconds=median(each.total_seconds() for each in worked))


def _done_by(session: Session, people: Sequence[int]) -> dict[int, dict[tuple[str, str], list[_Closed]]]:
    """The newest closed tasks of each person by process and step, along the index that begins with the person."""
    missing = [person for person in people if _is_old(_of_people.get(person))]
    if missing:
        _make_room(_of_people)
        found: dict[int, dict[tuple[str, str], list[_Closed]]] = {person: defaultdict(list) for person in missing}
        newest = (
            select(DbTask.case_id, DbTask.step, DbTask.created_at, DbTask.closed_at)
            .where(DbTask.closed_by == DbUser.id)
            .order_by(DbTask.closed_at.desc())
            .limit(LOOKED_THROUGH)
            .lateral()
        )
        query = (
            select(DbUser.id, DbCase.process_key, newest.c.step, newest.c.created_at, newest.c.closed_at)
            .select_from(DbUser)
            .join(newest, true())
            .join(DbCase, DbCase.id == newest.c.case_id)
            .where(DbUser.id.in_(missing))
        )
        for person, process, step, opened, closed in session.execute(query):
            if closed > opened:  # a form that starts a case is opened and closed at once
                found[person][process, step].append((opened, closed))
        read_at = time.monotonic()
        _of_people.update({person: (read_at, dict(by_step)) for person, by_step in found.items()})
    kept = {person: _of_people.get(person) for person in people}
    return {person: found[1] if found else {} for person, found in kept.items()}


def _done_at(session: Session, process: str, step: str) -> list[_Closed]:
    """The newest closed tasks of a step; the index begins with the step, whose name other processes may use too."""
    kept = _of_steps.get(step)
    if kept is None or _is_old(kept):
        _make_room(_of_steps)
        newest = (
            select(DbTask.case_id, DbTask.created_at, DbTask.closed_at)
            .where(DbTask.step == step, DbTask.closed_by.is_not(None))
            .order_by(DbTask.closed_at.desc())
            .limit(LOOKED_THROUGH)
            .subquery()
        )
        query = select(DbCase.process_key, newest.c.created_at, newest.c.closed_at).select_from(newest)
        found: dict[str, list[_Closed]] = defaultdict(list)
        for key, opened, closed in session.execute(query.join(DbCase, DbCase.id == newest.c.case_id)):
            if closed > opened:
                found[key].append((opened, closed))
        kept = _of_steps[step] = (time.monotonic(), dict(found))
    return kept[1].get(process, [])


def _is_old(kept: tuple[float, object] | None) -> bool:
    return kept is None or time.monotonic() - kept[0] > KEPT_SECONDS


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) > _MOST_KEPT:
        kept.clear()
