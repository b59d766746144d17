"""People acting on the small processes of ``shapes``, by user name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases.models import DbCase, DbHistory
from services.database import db
from services.tasks.add_signers import add_signers
from services.tasks.complete_task import complete_task
from services.tasks.delegate_task import delegate_task
from services.tasks.inbox_query import InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor

CAST = ("specialist", "supervisor", "manager", "gm", "finance", "director", "office", "admin")


def asked(case: DbCase) -> dict[str, str]:
    """Who is asked now, and for which step."""
    found = {}
    for username in CAST:
        for line in list_tasks(db.session, find_actor(username).id, InboxFilter(text=case.number)).lines:
            if line.case_id == case.id:
                found[username] = line.step
    db.session.rollback()
    return found


def item(case: DbCase, username: str, step: str = "") -> TaskId:
    """The open task of the case that this person has, at ``step`` if they have several."""
    lines = list_tasks(db.session, find_actor(username).id, InboxFilter(text=case.number)).lines
    ids = [line.task_id for line in lines if line.case_id == case.id and step in ("", line.step)]
    db.session.rollback()
    assert ids, f"{username} has no task of this case"
    assert ids[0] is not None
    return TaskId(ids[0])


def done(case: DbCase, username: str) -> TaskId:
    """The task of the case that this person finished last."""
    db.session.expire_all()
    actor = find_actor(username)
    found = (
        db.session.query(DbTask)
        .filter_by(case_id=case.id, closed_by=actor.id)
        .order_by(DbTask.closed_at.desc(), DbTask.id.desc())
    )
    return TaskId(found.first().id)


def sign(
    case: DbCase,
    username: str,
    outcome: str = "approve",
    comment: str = "好",
    *,
    step: str = "",
    now: datetime = MONDAY,
    **typed: Any,
) -> DbCase:
    return complete_task(
        find_actor(username),
        item(case, username, step),
        outcome=outcome,
        comment=comment,
        typed=typed,
        now=now,
        with_defaults=True,
    )


def submit(case: DbCase, username: str = "specialist", **typed: Any) -> DbCase:
    return sign(case, username, "submit", "", **typed)


def back(case: DbCase, username: str, to: str | None = None, *, resume: str = "everybody", step: str = "") -> DbCase:
    task = item(case, username, step)
    return return_task(find_actor(username), task, to=to, comment="请补充", now=MONDAY, resume=resume)


def take_back(case: DbCase, username: str, task: TaskId | None = None) -> DbCase:
    return withdraw_task(find_actor(username), task or done(case, username), now=MONDAY)


def transfer(case: DbCase, username: str, to: str) -> DbCase:
    return transfer_task(find_actor(username), item(case, username), to=to, comment="", now=MONDAY)


def delegate(case: DbCase, username: str, to: str) -> DbCase:
    return delegate_task(find_actor(username), item(case, username), to=to, comment="", now=MONDAY)


def add(case: DbCase, username: str, *users: str, when: str, mode: str = "all") -> DbCase:
    return add_signers(
        find_actor(username), item(case, username), users=users, when=when, mode=mode, comment="", now=MONDAY
    )


def history(case: DbCase, *actions: str) -> list[tuple[str, str]]:
    """The lines of the history with these actions, as (action, step)."""
    db.session.expire_all()
    rows = db.session.query(DbHistory).filter_by(case_id=case.id).order_by(DbHistory.position)
    return [(line.action, line.step) for line in rows if line.action in actions]


def status(case: DbCase) -> str:
    db.session.expire_all()
    return db.session.get_one(DbCase, case.id).status
