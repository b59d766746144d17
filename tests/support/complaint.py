"""A complaint through the real services, each test saying only what matters to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.background.timers import fire_until
from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.complaints.contacts import Contact, add_contact
from services.complaints.models import DbComplaint
from services.database import db
from services.notices.models import DbNotice
from services.people.models import DbUser
from services.tasks.complete_task import complete_task
from services.tasks.models import DbInboxEntry, DbTask
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor


def complaint(**changes: Any) -> dict[str, Any]:
    """The values of 客户投诉登记表: C009 is a customer of grade C, whom 售前客服 serve."""
    values = {
        "customer": "C009",
        "phone": "13800000009",
        "source": "电话",
        "type": "质量问题",
        "description": "收到的保温杯杯盖漏水，包装也有破损",
        "expectation": "换一个新的杯盖",
        "urgency": "normal",
        "region": "安徽",
    }
    return {**values, **changes}


def register(username: str = "specialist", now: datetime = MONDAY, **changes: Any) -> DbCase:
    return start_case(find_actor(username), "complaint", complaint(**changes), now=now, with_defaults=True)


def open_tasks(case: DbCase) -> dict[str, DbTask]:
    """The open tasks of a case by step."""
    db.session.expire_all()
    return {task.step: task for task in db.session.query(DbTask).filter_by(case_id=case.id, state="open")}


def task_id(case: DbCase, step: str) -> TaskId:
    return TaskId(open_tasks(case)[step].id)


def asked(case: DbCase) -> dict[str, list[str]]:
    """Whom each open step waits for."""
    db.session.expire_all()
    rows = (
        db.session.query(DbTask.step, DbUser.username)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .join(DbUser, DbUser.id == DbInboxEntry.user_id)
        .filter(DbTask.case_id == case.id, DbTask.state == "open", DbInboxEntry.hidden.is_(False))
        .order_by(DbUser.id)
    )
    found: dict[str, list[str]] = {}
    for step, username in rows:
        found.setdefault(step, []).append(username)
    return found


def submit(case: DbCase, username: str, step: str, now: datetime = MONDAY, **typed: Any) -> DbCase:
    return complete_task(
        find_actor(username),
        task_id(case, step),
        outcome="submit",
        comment="",
        typed=typed,
        now=now,
        with_defaults=True,
    )


def handle(case: DbCase, username: str = "presales", now: datetime = MONDAY, **typed: Any) -> DbCase:
    return submit(case, username, "handle", now, **{"solution": "已寄出新的杯盖，并向客户致歉", **typed})


def revisit(
    case: DbCase, satisfaction: int, username: str = "specialist", now: datetime = MONDAY, **typed: Any
) -> DbCase:
    return submit(case, username, "revisit", now, satisfaction=satisfaction, **{"opinion": "客户的话", **typed})


def contact(case: DbCase, username: str = "presales", now: datetime = MONDAY, **values: Any) -> int:
    said = Contact(**{"channel": "电话", "text": "已致电客户，说明换货办法", **values})
    return add_contact(find_actor(username), CaseId(case.id), said, now=now)


def row(case: DbCase) -> DbComplaint:
    db.session.expire_all()
    return db.session.get_one(DbComplaint, case.id)


def told(case: DbCase, username: str) -> list[str]:
    """The kinds of what a person was told of the case, in order."""
    db.session.expire_all()
    found = db.session.query(DbNotice).filter_by(case_id=case.id, user_id=find_actor(username).id)
    return [notice.kind for notice in found.order_by(DbNotice.id)]


def after(hours: float) -> datetime:
    """So many hours after Monday 9:00 on the wall, not in working time."""
    return MONDAY + timedelta(hours=hours)


def pass_time(until: datetime) -> None:
    fire_until(until)
    db.session.expire_all()
