"""Work items follow the engine: what it waits for is in somebody's inbox, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun, far_future
from services.cases.models import RUNNING
from services.database import table_of
from services.notices.notify import Message
from services.people.organisation import Assignment, assign
from services.tasks.models import DbInboxEntry, DbTask
from services.types import UserId
from workflows.engine import OpenTask
from workflows.expressions import evaluate

OPEN, DONE, RETURNED, CANCELLED = "open", "done", "returned", "cancelled"


def synchronise(run: CaseRun) -> None:
    """Open a work item for each task the engine waits for, and close those it no longer waits for."""
    waiting = {task.id: task for task in run.instance.open_tasks()} if run.case.status == RUNNING else {}
    known = _open_items(run)
    gone = [item for engine_task, item in known.items() if engine_task not in waiting]
    for item in gone:
        close(run, item, CANCELLED)
    opened = [_open(run, task) for engine_task, task in waiting.items() if engine_task not in known]
    if opened:
        run.session.add_all(item for item, _assignment in opened)
        run.session.flush()
        _deliver(run, opened)


def _open_items(run: CaseRun) -> dict[str, DbTask]:
    """The open items as the action found them; they are asked for only where the action did not begin with one."""
    if run.open_items is not None:
        return {item.engine_task: item for item in run.open_items if item.state == OPEN}
    query = select(DbTask).where(DbTask.case_id == run.case.id, DbTask.state == OPEN)
    return {item.engine_task: item for item in run.session.scalars(query)}


def close(run: CaseRun, item: DbTask, state: str, outcome: str = "", by: UserId | None = None) -> None:
    """Take a work item out of every inbox."""
    item.state = state
    item.outcome = outcome
    item.closed_at = run.now
    item.closed_by = by
    inbox = table_of(DbInboxEntry)
    run.session.execute(delete(inbox).where(inbox.c.task_id == item.id))


def _open(run: CaseRun, task: OpenTask) -> tuple[DbTask, Assignment]:
    definition = run.definition.tasks[task.step]
    assignment = assign(
        run.session,
        task.lane,
        starter_id=run.case.starter_id,
        department_id=run.case.department_id,
        signs=definition.signs,
    )
    item = DbTask(
        case_id=run.case.id,
        engine_task=task.id,
        step=task.step,
        name=task.name,
        lane=task.lane,
        outcomes=list(definition.outcomes),
        state=OPEN,
        assignee_id=assignment.assignee,
        created_at=run.now,
        due_at=_due(run, task, definition.due),
        outcome="",
        why={"lane": task.lane, "reason": assignment.reason},
    )
    return item, assignment


def _due(run: CaseRun, task: OpenTask, source: str) -> datetime | None:
    if not source:
        return None
    return datetime.fromisoformat(evaluate(source, task.variables, run.functions))


def _deliver(run: CaseRun, opened: Sequence[tuple[DbTask, Assignment]]) -> None:
    entries = []
    for item, assignment in opened:
        entries += [
            {
                "task_id": item.id,
                "user_id": person,
                "claimable": assignment.assignee is None,
                "hidden": False,
                "process_key": run.case.process_key,
                "due_at": item.due_at or far_future(item.created_at),
            }
            for person in assignment.people
        ]
        told = [person for person in assignment.people if person != run.user_id]
        run.tell(Message(people=told, kind="task", task_id=item.id, values={"step": item.name}))
    if entries:
        run.session.execute(insert(table_of(DbInboxEntry)), entries)


def open_tasks_of_step(session: Session, case_id: int, step: str) -> list[tuple[DbTask, list[int]]]:
    """The open work items of a step with the people who hold them."""
    rows = session.execute(
        select(DbTask, DbInboxEntry.user_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(DbTask.case_id == case_id, DbTask.step == step, DbTask.state == OPEN, DbInboxEntry.hidden.is_(False))
        .order_by(DbTask.id, DbInboxEntry.user_id)
    )
    found: dict[int, tuple[DbTask, list[int]]] = {}
    for item, person in rows:
        found.setdefault(item.id, (item, []))[1].append(person)
    return list(found.values())
