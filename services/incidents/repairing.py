"""What failed about a work item: asked again, or settled without the expression."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select, update

from services.cases.case_run import CaseRun, far_future
from services.database import table_of
from services.errors import Conflict
from services.incidents.models import DbIncident
from services.incidents.wording import ABOUT, AWAITED, DUE, PERFORMER, SIGNERS
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.performers import people_for, performer_trouble
from services.tasks.sheets import begin_sheet
from services.tasks.work_items import deliver, due_of, name_of, reopen
from workflows.engine import OpenTask
from workflows.expressions import ExpressionError


def ask_again(run: CaseRun, incident: DbIncident) -> bool:
    """Reckon out once more what could not be, and give it to the work item; False where it fails again."""
    before = len(run.noted)
    if incident.kind == AWAITED:
        run.awaited()
    task = next((task for task in run.instance.open_tasks() if task.id == incident.engine_task), None)
    if task is not None and incident.kind == SIGNERS:
        return _sign_again(run, task)
    for item in _items(run, incident) if task is not None else []:
        assert task is not None
        _mend_item(run, task, item, incident.kind)
    failed = len(run.noted) > before
    if failed:
        incident.tries += 1
    return not failed


def sign_by_lane(run: CaseRun, incident: DbIncident) -> None:
    """The people of the lane sign together instead of those whom the diagram could not name."""
    task = next(task for task in run.instance.open_tasks() if task.id == incident.engine_task)
    step = replace(run.definition.tasks[task.step], signers="")
    begin_sheet(run, task, step, people_for(run, task))


def _sign_again(run: CaseRun, task: OpenTask) -> bool:
    try:
        begin_sheet(run, task, run.definition.tasks[task.step], people_for(run, task))
    except (Conflict, ExpressionError):
        return False
    return True


def _items(run: CaseRun, incident: DbIncident) -> list[DbTask]:
    query = select(DbTask).where(DbTask.case_id == run.case.id, DbTask.engine_task == incident.engine_task)
    return list(run.session.scalars(query.where(DbTask.state == "open")))


def _mend_item(run: CaseRun, task: OpenTask, item: DbTask, kind: str) -> None:
    inbox = table_of(DbInboxEntry)
    definition = run.definition.tasks[task.step]
    if kind == DUE:
        item.due_at = due_of(run, task, definition.due)
        sorts = item.due_at or far_future(item.created_at)
        run.session.execute(update(inbox).where(inbox.c.task_id == item.id).values(due_at=sorts))
    elif kind == ABOUT:
        item.name = name_of(run, task, definition)
    elif kind == PERFORMER:
        trouble = performer_trouble(run, task)
        if trouble is not None:
            run.note(PERFORMER, trouble, definition.performer, task=task)
            return
        run.session.execute(delete(inbox).where(inbox.c.task_id == item.id))
        assignment = people_for(run, task)
        reopen(run, item, assignment.people)
        item.lane, item.why = assignment.lane, {"lane": assignment.lane, "reason": assignment.reason}
        deliver(run, [(item, assignment)])
