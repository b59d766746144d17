"""转办: somebody else does the task from now on."""

from __future__ import annotations

from datetime import datetime

from services.cases.action import save
from services.cases.models import DbCase
from services.database import transaction
from services.errors import Conflict
from services.incidents.failures import outlives_failures
from services.tasks.acting import note, take_up
from services.tasks.handing import hand, remember_handing
from services.tasks.holding import bounded_comment
from services.tasks.recipients import get_successor
from services.types import Actor, TaskId


@outlives_failures
def transfer_task(actor: Actor, task_id: TaskId, *, to: str, comment: str, now: datetime) -> DbCase:
    """Hand an open task over to ``to``, a user name or a name; a task that may be claimed becomes theirs alone.

    Raises NotFound, NotPermitted, Conflict for the applicant's own form, InvalidInput for somebody unknown or gone, for
    the applicant of a request that is to be approved, and for somebody who signs the step already.
    """
    comment = bounded_comment(comment)
    with transaction() as session:
        run, held = take_up(session, actor, task_id, now=now)
        case, item = held.case, held.task
        if item.step == run.definition.first_task.id:
            # whoever fills in a request is kept from approving it; only the applicant is known as that
            raise Conflict("申请表由申请人本人填写，不能转办；可以委派同事给出意见")
        person = get_successor(run, item, to, actor=actor)
        hand(run, item, [person.id], kind="transferred")
        remember_handing(item, "transferred_by", actor.id, held.entry.for_id)
        note(run, held, "transferred", comment=comment, detail={"to": person.id, "to_name": person.name})
        save(run)
        return case
