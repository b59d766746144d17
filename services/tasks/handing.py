"""Putting an open task into somebody else's hands. The uses say why: transfer, delegation, answer, recall."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from services.cases.case_run import CaseRun
from services.database import table_of
from services.people.organisation import Assignment
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.sheets import find_sheet, put_sheet
from services.tasks.work_items import deliver
from services.types import UserId
from workflows.signing import replace_people

_HANDED = ("transferred_by", "delegated_by", "handed_for")


def remember_handing(item: DbTask, how: str, by: int, for_id: int | None) -> None:
    """Who may recall the task, ``how`` it went, and to whom it comes back if they stood in for somebody."""
    item.why = {**item.why, how: by} if for_id is None else {**item.why, how: by, "handed_for": for_id}


def forget_handing(item: DbTask) -> None:
    """Somebody went on with the task: whoever put it there has nothing to recall any more."""
    if any(name in item.why for name in _HANDED):
        item.why = {name: value for name, value in item.why.items() if name not in _HANDED}


def hand(run: CaseRun, item: DbTask, people: Sequence[int], *, kind: str) -> None:
    """The task is in these people's inboxes and in no other; they are told with the sentence of ``kind``."""
    assignment = Assignment(
        people=tuple(UserId(person) for person in people), reason=item.why.get("reason", "post"), lane=item.lane
    )
    forget_handing(item)
    inbox = table_of(DbInboxEntry)
    run.session.execute(delete(inbox).where(inbox.c.task_id == item.id))
    item.assignee_id = assignment.assignee
    if item.seat and (sheet := find_sheet(run.case, item.engine_task)) is not None:
        put_sheet(run.case, item.engine_task, replace_people(sheet, item.seat, people))
    deliver(run, [(item, assignment)], kind)
