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


def hand(run: CaseRun, item: DbTask, people: Sequence[int], *, kind: str) -> None:
    """The task is in these people's inboxes and in no other; they are told with the sentence of ``kind``."""
    assignment = Assignment(
        people=tuple(UserId(person) for person in people), reason=item.why.get("reason", "post"), lane=item.lane
    )
    inbox = table_of(DbInboxEntry)
    run.session.execute(delete(inbox).where(inbox.c.task_id == item.id))
    item.assignee_id = assignment.assignee
    if item.seat and (sheet := find_sheet(run.case, item.engine_task)) is not None:
        put_sheet(run.case, item.engine_task, replace_people(sheet, item.seat, people))
    deliver(run, [(item, assignment)], kind)
