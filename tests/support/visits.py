"""A visit plan through the real services, each test saying only what matters to it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.types import TaskId
from services.visits.models import DbVisit
from tests.conftest import MONDAY, find_actor

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
TUESDAY_EVENING = MONDAY + timedelta(days=1, hours=8)
WEDNESDAY_EVENING = MONDAY + timedelta(days=2, hours=8)


def row(customer: str, day: date = TUESDAY, time: str = "10:00", **changes: Any) -> dict[str, Any]:
    values = {"customer": customer, "date": day.isoformat(), "time": time, "contact": "周经理", "purpose": "回访"}
    return {**values, "place": "客户公司", **changes}


def plan(*visits: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The values of 客户联络计划表: two days, three visits."""
    visits = visits or (row("C002", time="09:30"), row("C003", time="14:00"), row("C005", WEDNESDAY))
    values = {"region": "江苏", "from": TUESDAY.isoformat(), "to": WEDNESDAY.isoformat(), "visits": list(visits)}
    return {**values, **changes}


def record(**changes: Any) -> dict[str, Any]:
    """The values of 客户拜访记录表 of a visit that took place."""
    values = {"person": "周经理", "talk_plan": "c", "achievement": "A", "summary": "同意续签一年"}
    return {**values, **changes}


def start(*visits: dict[str, Any], username: str = "specialist", now: datetime = MONDAY, **changes: Any) -> DbCase:
    return start_case(find_actor(username), "visit", plan(*visits, **changes), now=now)


def open_task(case: DbCase, step: str, branch: str = "") -> DbTask:
    db.session.expire_all()
    query = db.session.query(DbTask).filter_by(case_id=case.id, state="open", step=step)
    return (query.filter_by(branch=branch) if branch else query).order_by(DbTask.id).first() or _missing(case, step)


def _missing(case: DbCase, step: str) -> DbTask:
    waiting = [(task.step, task.branch) for task in db.session.query(DbTask).filter_by(case_id=case.id, state="open")]
    raise AssertionError(f"{step} is not asked for; open are {waiting}")


def act(
    case: DbCase,
    username: str,
    step: str,
    outcome: str = "approve",
    *,
    branch: str = "",
    comment: str = "",
    typed: dict[str, Any] | None = None,
    now: datetime = MONDAY,
) -> DbCase:
    return complete_task(
        find_actor(username),
        TaskId(open_task(case, step, branch).id),
        outcome=outcome,
        comment=comment,
        typed=typed or {},
        now=now,
        with_defaults=True,
    )


def approved(*visits: dict[str, Any], **changes: Any) -> DbCase:
    """A plan that both have approved."""
    case = start(*visits, **changes)
    act(case, "supervisor", "supervisor_review")
    return act(case, "manager", "head_review")


def appoint(case: DbCase, branch: str = "1.1", now: datetime = MONDAY, **typed: Any) -> DbCase:
    return act(case, "specialist", "appointment", "submit", branch=branch, typed=typed, now=now)


def visit(case: DbCase, branch: str = "1.1", now: datetime = TUESDAY_EVENING, **typed: Any) -> DbCase:
    """The visit took place and is recorded."""
    return act(case, "specialist", "visit_record", "submit", branch=branch, typed=record(**typed), now=now)


def visited(*visits: dict[str, Any], **typed: Any) -> DbCase:
    """A plan of one visit that took place on Tuesday."""
    case = approved(*(visits or (row("C002"),)))
    appoint(case)
    return visit(case, **typed)


STEPS = (
    *("plan", "supervisor_review", "head_review", "appointment", "visit_record"),
    *("daily_report", "supervisor_sign", "head_sign", "manager_sign", "nowhere"),
)


def random_values(step: str, chance: random.Random) -> dict[str, Any]:
    """What somebody might write at a step, mostly something that it takes."""
    if step != "visit_record":
        return chance.choice(({}, {}, {"report_note": "已核对"} if step == "daily_report" else {}))
    moved = {"happened": "postponed", "reason": "客户出差", "new_date": "2026-12-18"}
    problem = {"open_problem": "有破损", "open_problem_type": chance.choice(("运输破损", ""))}
    made = record(visited_on="2026-11-23", achievement=chance.choice("ABCDE"))
    return chance.choice((made, made, made, {**made, **problem}, moved, {"happened": "cancelled", "reason": "停业"}))


def rows_of(case: DbCase) -> dict[str, DbVisit]:
    """The register's rows of a plan by branch."""
    db.session.expire_all()
    return {found.branch: found for found in db.session.query(DbVisit).filter_by(case_id=case.id)}
