"""When somebody leaves: no task stays behind in an inbox that nobody opens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.cases.case_run import far_future, lock_case
from services.cases.history import Entry, append
from services.cases.models import DbCase
from services.database import read_session, transaction
from services.errors import Conflict
from services.people.models import DbPost, DbPostHolder, DbSignIn, DbUser
from services.people.organisation import assign, get_user
from services.processes.versions import get_definition
from services.tasks.models import DbInboxEntry, DbTask
from services.types import ADMIN_POST, CaseId, VersionId


def deactivate(username: str, *, now: datetime) -> int:
    """Let nobody act as this person any more, and hand their open tasks to whoever their lanes name now.

    Returns how many tasks were handed on; what the person did stays in the histories. Raises NotFound, and Conflict for
    the last administrator, to whom tasks go that have nobody else.
    """
    with transaction() as session:
        user = get_user(session, username)
        if _is_last_administrator(session, user.id):
            raise Conflict("{name}是最后一名系统管理员，不能停用", name=user.name)
        user.active = False
        session.execute(delete(DbSignIn).where(DbSignIn.user_id == user.id))
    return sum(_hand_on(case_id, user.id, now) for case_id in _cases_of(user.id))


def _is_last_administrator(session: Session, user_id: int) -> bool:
    holders = (
        select(DbUser.id)
        .join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
        .join(DbPost, DbPost.id == DbPostHolder.post_id)
        .where(DbPost.name == ADMIN_POST, DbUser.active)
    )
    return list(session.scalars(holders)) == [user_id]


def _cases_of(user_id: int) -> list[CaseId]:
    session = read_session()
    query = select(DbTask.case_id).join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id).distinct()
    found = [CaseId(case_id) for case_id in session.scalars(query.where(DbInboxEntry.user_id == user_id))]
    session.rollback()
    return sorted(found)


def _hand_on(case_id: CaseId, user_id: int, now: datetime) -> int:
    """One transaction a case: its tasks in this person's inbox go on to others."""
    with transaction() as session:
        case = lock_case(session, case_id)
        held = session.scalars(
            select(DbTask)
            .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
            .where(DbTask.case_id == case_id, DbTask.state == "open", DbInboxEntry.user_id == user_id)
        ).all()
        for task in held:
            _move(session, case, task, user_id, now)
        return len(held)


def _move(session: Session, case: DbCase, task: DbTask, user_id: int, now: datetime) -> None:
    mine = (DbInboxEntry.task_id == task.id) & (DbInboxEntry.user_id == user_id)
    session.execute(delete(DbInboxEntry).where(mine))
    if task.assignee_id == user_id:
        task.assignee_id = None
    others = select(func.count()).where(DbInboxEntry.task_id == task.id)
    if session.scalar(others):
        if task.assignee_id is None:
            session.execute(
                update(DbInboxEntry).where(DbInboxEntry.task_id == task.id).values(hidden=False, claimed=False)
            )
    else:
        _assign_anew(session, case, task)
    append(session, case, Entry(action="reassigned", step=task.step, name=task.name, detail={"from": user_id}), now)


def _assign_anew(session: Session, case: DbCase, task: DbTask) -> None:
    definition = get_definition(session, VersionId(case.version_id))
    assignment = assign(
        session,
        task.lane,
        starter_id=case.starter_id,
        department_id=case.department_id,
        signs=definition.tasks[task.step].signs,
    )
    task.assignee_id = assignment.assignee
    task.why = {"lane": task.lane, "reason": assignment.reason}
    for person in assignment.people:
        session.add(
            DbInboxEntry(
                task_id=task.id,
                user_id=person,
                claimable=assignment.assignee is None,
                hidden=False,
                process_key=case.process_key,
                due_at=task.due_at or far_future(task.created_at),
            )
        )
