"""转办: somebody else does the task from now on."""

from __future__ import annotations

from datetime import datetime

from services.cases.action import open_case, save
from services.cases.history import Entry
from services.cases.models import DbCase
from services.database import transaction
from services.tasks.handing import hand
from services.tasks.holding import bounded_comment, lock_task
from services.tasks.recipients import get_recipients
from services.tasks.sheets import find_sheet, signer_ids
from services.types import Actor, TaskId


def transfer_task(actor: Actor, task_id: TaskId, *, to: str, comment: str, now: datetime) -> DbCase:
    """Hand an open task over to ``to``, a user name or a name; a task that may be claimed becomes theirs alone.

    Raises NotFound, NotPermitted, Conflict, and InvalidInput for somebody unknown or gone, for the applicant of a
    request that is to be approved, and for somebody who signs the step already.
    """
    comment = bounded_comment(comment)
    with transaction() as session:
        held = lock_task(session, actor, task_id, now=now)
        case, item = held.case, held.task
        run = open_case(session, case, actor=actor, now=now)
        run.open_items = held.open_items
        sheet = find_sheet(case, item.engine_task)
        [person] = get_recipients(
            session,
            [to],
            actor=actor,
            case=case,
            task=item,
            signs=run.definition.tasks[item.step].signs,
            taken=signer_ids(sheet) - {actor.id} if sheet else (),
            field="to",
        )
        item.why = {**item.why, "transferred_by": actor.id}
        hand(run, item, [person.id], kind="transferred")
        run.record(
            Entry(
                action="transferred",
                user_id=actor.id,
                step=item.step,
                name=item.name,
                comment=comment,
                detail={**held.detail, "to": person.id, "to_name": person.name},
            )
        )
        save(run)
        return case
