"""Visits: the list of a period with what is due, and the days of a plan on its case's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request

from services.cases.show_case import CaseView, OpenTaskLine
from services.database import read_session
from services.processes.versions import list_current, may_start
from services.visits.visits import VisitLine, follow_ups, list_visits, visits_of_case
from webapp.auth import actor, now
from webapp.pages.proposing import PROCESS
from webapp.rendering import local

blueprint = Blueprint("visits", __name__, url_prefix="/visits")

LONGEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class PlannedDay:
    """One day of a plan: its visits with the task that each waits for, and what its report waits for."""

    day: date
    visits: list[tuple[VisitLine, OpenTaskLine | None]] = field(default_factory=list)
    report: OpenTaskLine | None = None

    @property
    def is_over(self) -> bool:
        return self.report is None and not any(task for _visit, task in self.visits)


@blueprint.get("")
def index() -> Any:
    """The visits of a period that this person may see, and the follow-ups that wait for a plan."""
    session, today = read_session(), local(now()).date()
    first = _day("from", today - timedelta(days=today.weekday()))
    last = _day("to", first + timedelta(days=13))
    if not first <= last <= first + LONGEST:
        last = first + timedelta(days=13)
    found = list_visits(session, actor(), first=first, last=last)
    days = [(day, list(visits)) for day, visits in groupby(found, key=lambda visit: visit.day)]
    plannable = any(
        definition.key == PROCESS and may_start(definition, actor()) for _version, definition in list_current(session)
    )
    waiting = follow_ups(session) if plannable else []
    return render_template("visits.html", days=days, first=first, last=last, waiting=waiting, plannable=plannable)


def _day(name: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise


@blueprint.app_template_global()
def visits_of(case: CaseView) -> list[PlannedDay]:
    """The days of a plan of visits; nothing for other cases."""
    if case.process != PROCESS:
        return []
    dates = sorted({date.fromisoformat(row["date"]) for row in case.forms["plan"]["visits"]})
    tasks = {task.branch: task for task in case.tasks if task.branch}
    # a visit stays in the branch of the day for which it was planned, also when it moves
    lines = sorted(visits_of_case(read_session(), case.id), key=lambda line: _numbers(line.branch))
    days = [(branch, list(planned)) for branch, planned in groupby(lines, key=_branch_of_day) if branch]
    return [
        PlannedDay(
            day=dates[int(branch) - 1],
            visits=[(line, tasks.get(line.branch)) for line in planned],
            report=tasks.get(branch),
        )
        for branch, planned in days
    ]


def _numbers(branch: str) -> list[int]:
    return [int(number) for number in branch.split(".") if number]


def _branch_of_day(line: VisitLine) -> str:
    return line.branch.partition(".")[0]
