"""The clock of a rehearsal: it stands still between actions, and forward it fires what is due at its own moment."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from services.background.timers import fire_case_timers
from services.cases import messages
from services.cases.case_run import current_calendar
from services.cases.models import RUNNING, DbCase
from services.database import current_world, read_session
from services.errors import InvalidInput
from services.tasks.models import DbTask
from services.tasks.standing_in import apply_substitutions
from services.types import CaseId

A_STEP = timedelta(minutes=1)
"""What one action takes."""
LONGEST = timedelta(days=800)
MOST_FIRED = 100
MOST_SECONDS = 5.0
_log = logging.getLogger("huiqian.play")


@dataclass(frozen=True, kw_only=True)
class Passed:
    """How far the clock came, how many timers fired, and what went wrong on the way."""

    reached: datetime
    fired: int
    failures: tuple[str, ...] = ()


def pass_time(begins: datetime, until: datetime) -> Passed:
    """Let time pass in the world this context is in, every timer at its own moment.

    It ends early where timers fire without end. Raises InvalidInput for a moment that is too far away or passed.
    """
    assert current_world()
    if not begins <= until <= begins + LONGEST:
        raise InvalidInput({"moment": [f"时间只能往后走，一次最多 {LONGEST.days} 天"]})
    deadline = time.monotonic() + MOST_SECONDS
    reached, fired = begins, 0
    failures: dict[int, str] = {}
    while (due := _next_due(until, failures)) is not None:
        case_id, moment = due
        if fired >= MOST_FIRED or time.monotonic() > deadline:
            return Passed(reached=reached, fired=fired, failures=(*failures.values(), _ENDLESS.format(count=fired)))
        reached = max(reached, moment)
        if failure := _fire(case_id, moment):
            failures[case_id] = failure
        else:
            fired += 1
    _settle(until)
    return Passed(reached=until, fired=fired, failures=tuple(failures.values()))


_ENDLESS = "定时已触发 {count} 次，时间没有走到底；可以再走一次，或检查流程中反复触发的定时"


def _next_due(until: datetime, without: dict[int, str]) -> tuple[int, datetime] | None:
    query = select(DbCase.id, DbCase.next_due).where(DbCase.next_due <= until, DbCase.status == RUNNING)
    query = query.where(DbCase.id.not_in(without)).order_by(DbCase.next_due, DbCase.id).limit(1)
    session = read_session()
    row = session.execute(query).one_or_none()
    session.rollback()
    return None if row is None else (row.id, row.next_due)


def _fire(case_id: int, moment: datetime) -> str:
    try:
        fire_case_timers(CaseId(case_id), now=moment)
    except Exception as error:
        # whatever a draft's timer does wrong is said to its owner, and the others fire all the same
        _log.info("a timer of a rehearsal failed: %s", error)
        return f"定时没有执行：{error}"
    return "" if _is_fired(case_id, moment) else "定时没有执行"


def _is_fired(case_id: int, moment: datetime) -> bool:
    session = read_session()
    due = session.scalar(select(DbCase.next_due).where(DbCase.id == case_id, DbCase.status == RUNNING))
    session.rollback()
    return due is None or due > moment


def _settle(now: datetime) -> None:
    """What the worker does beside the timers: messages that wait, and who stands in for whom today."""
    messages.sweep(now=now)
    apply_substitutions(now=now)


def next_moment(clock: datetime) -> datetime | None:
    """The next timer or due time after the clock; None where nothing is ahead."""
    session = read_session()
    timer = session.scalar(
        select(DbCase.next_due)
        .where(DbCase.next_due > clock, DbCase.status == RUNNING)
        .order_by(DbCase.next_due)
        .limit(1)
    )
    due = session.scalar(
        select(DbTask.due_at).where(DbTask.due_at > clock, DbTask.state == "open").order_by(DbTask.due_at).limit(1)
    )
    return min((moment for moment in (timer, due) if moment is not None), default=None)


def next_workday(clock: datetime) -> datetime:
    """The same time on the next working day of the company."""
    return current_calendar(read_session()).add_workdays(clock, 1)
