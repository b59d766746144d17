"""A hospitality case through the real services, each test saying only what matters to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.background.timers import fire_until
from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db
from services.registers.models import DbBudget, DbReservation
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor

DAY = date(2026, 11, 26)
APPROVERS = (("manager", "manager_review"), ("gm", "gm_review"), ("finance", "finance_review"))


def application(**changes: Any) -> dict[str, Any]:
    """The values of 客户招待申请表."""
    values = {
        "customer": "C001",
        "venue": "锦江大酒店",
        "date": DAY.isoformat(),
        "guests": ["周总", "钱工"],
        "staff": ["陈晓明"],
        "budget": {"meeting": Decimal("1200"), "meal": Decimal("2600.50"), "transport": Decimal("300")},
        "organiser": "陈晓明",
        "purpose": "商谈年度框架合同",
    }
    return {**values, **changes}


def report(**changes: Any) -> dict[str, Any]:
    """The values of 客户招待报告表."""
    return {"spend": {"meal": Decimal("4000")}, "effect": "客户满意", **changes}


def start(username: str = "specialist", now: datetime = MONDAY, **changes: Any) -> DbCase:
    return start_case(find_actor(username), "hospitality", application(**changes), now=now)


def open_tasks(case: DbCase) -> dict[str, DbTask]:
    """The open tasks of a case by step."""
    db.session.expire_all()
    return {task.step: task for task in db.session.query(DbTask).filter_by(case_id=case.id, state="open")}


def task_id(case: DbCase, step: str) -> TaskId:
    return TaskId(open_tasks(case)[step].id)


def act(
    case: DbCase,
    username: str,
    step: str,
    outcome: str = "approve",
    *,
    comment: str = "",
    typed: dict[str, Any] | None = None,
    now: datetime = MONDAY,
) -> DbCase:
    return complete_task(
        find_actor(username),
        task_id(case, step),
        outcome=outcome,
        comment=comment,
        typed=typed or {},
        now=now,
        with_defaults=True,
    )


def approved(**changes: Any) -> DbCase:
    """A case that everybody has approved and that waits for its day."""
    case = start(**changes)
    for username, step in APPROVERS:
        act(case, username, step)
    return case


def reported(**changes: Any) -> DbCase:
    """A case whose day has passed and whose report was submitted."""
    case = approved()
    fire_until(day_after())
    act(case, "specialist", "report", "submit", typed=report(**changes), now=day_after())
    return case


def day_after() -> datetime:
    return MONDAY + timedelta(days=4)


def budget(department_id: int | None, month: str = "2026-11") -> DbBudget:
    db.session.expire_all()
    return db.session.query(DbBudget).filter_by(department_id=department_id, month=month).one()


def reservation(case: DbCase) -> DbReservation | None:
    db.session.expire_all()
    return db.session.get(DbReservation, CaseId(case.id))
