"""A complaint through the real services, each test saying only what matters to it."""

from __future__ import annotations

import random
from collections import Counter
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

STEPS = ("register", "assign", "handle", "handle", "escalation_1", "revisit")


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


def random_values(step: str, chance: random.Random) -> dict[str, Any]:
    """What somebody may type at a step of a complaint, mostly something that will do."""
    level = step.removeprefix("escalation_")
    decision = chance.choice(("instruct", "take_over", "reassign"))
    to = (
        {f"new_handler_{level}": chance.choice(("presales", "物流专员", "specialist"))}
        if decision == "reassign"
        else {}
    )
    score = chance.choice((1, 2, 3, 4, 5))
    kept = {"keep_template": True, "template_title": "漏水"} if score > 3 and chance.random() < 0.5 else {}
    return {
        "register": {"type": chance.choice(("质量问题", "其他", "少货"))},
        "assign": {"handler": chance.choice(("presales", "客户关系专员", "没有这个人"))},
        "handle": {"solution": "已寄出新的杯盖"},
        "revisit": {"satisfaction": score, "opinion": "客户的话", **kept},
    }.get(step, {f"decision_{level}": decision, f"instruction_{level}": "今天办完", **to})


def check_complaints(happened: str = "") -> None:
    """Every running complaint waits at one place, whatever superiors do beside it; the register says the same."""
    db.session.expire_all()
    tasks = db.session.query(DbTask.case_id, DbTask.step).filter_by(state="open").all()
    waiting = Counter((case_id, step) for case_id, step in tasks)
    for kept, status in db.session.query(DbComplaint, DbCase.status).join(DbCase, DbCase.id == DbComplaint.case_id):
        at = [step for step in ("register", "assign", "handle", "revisit") for _ in range(waiting[kept.case_id, step])]
        beside = [step for case_id, step in waiting if case_id == kept.case_id and step.startswith("escalation")]
        assert len(at) == (status == "running"), f"{at} of a case that is {status}: {happened}"
        assert not beside or at == ["handle"], f"{beside} beside {at}: {happened}"
        assert (kept.closed_at is None) == (status == "running"), f"closed {kept.closed_at}, {status}: {happened}"
        assert kept.dropped == (status in ("withdrawn", "cancelled")), f"{kept.dropped}, {status}: {happened}"
        solved = at == ["revisit"] or status == "completed"
        assert kept.dropped or (kept.resolved_at is not None) == solved, f"{at}: {happened}"
        assert len(kept.rounds) == kept.reopened, happened
        assert kept.response_minutes is None or kept.response_minutes >= 0, happened
    db.session.rollback()
