"""委派: ask somebody for an opinion; the task comes back with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.cases import drafts
from services.cases.action import save
from services.cases.case_run import CaseRun
from services.cases.models import DbCase
from services.database import transaction
from services.errors import Conflict, InvalidInput
from services.incidents.failures import outlives_failures
from services.people.models import DbUser
from services.people.organisation import names_of
from services.tasks.acting import note, take_up
from services.tasks.handing import hand, remember_handing
from services.tasks.holding import HeldTask, bounded_comment
from services.tasks.models import DbTask
from services.tasks.performers import people_for
from services.tasks.recipients import get_successor
from services.types import Actor, TaskId, UserId


@outlives_failures
def delegate_task(actor: Actor, task_id: TaskId, *, to: str, comment: str, now: datetime) -> DbCase:
    """Ask ``to``, a user name or a name, to look at the task; what they answer comes back to the actor, who decides.

    Raises NotFound, NotPermitted, Conflict for a task that was itself asked of the actor, InvalidInput as a transfer.
    """
    comment = bounded_comment(comment)
    with transaction() as session:
        run, held = take_up(session, actor, task_id, now=now)
        case, item = held.case, held.task
        if item.owner_id is not None:
            owner = names_of(session, [item.owner_id])[item.owner_id]
            raise Conflict("这项任务是{owner}委派给您的：请直接答复，或转办给别人", owner=owner)
        person = get_successor(run, item, to, actor=actor)
        item.owner_id = held.entry.for_id or actor.id
        hand(run, item, [person.id], kind="delegated")
        remember_handing(item, "delegated_by", actor.id, held.entry.for_id)
        note(run, held, "delegated", comment=comment, detail={"to": person.id, "to_name": person.name})
        save(run)
        return case


def answer(run: CaseRun, held: HeldTask, outcome: str, comment: str, typed: Mapping[str, Any]) -> None:
    """The delegate answers: the owner gets the task back with the opinion, and what was typed as a draft.

    Raises InvalidInput without a comment: an answer without words is none.
    """
    if not comment:
        raise InvalidInput({"comment": ["请写下您的意见，任务会带着它回到委派人手中"]})
    item = held.task
    assert item.owner_id is not None
    owner, item.owner_id = item.owner_id, None
    detail = {"to": owner, "to_name": names_of(run.session, [owner])[owner]}
    note(run, held, "answered", comment=comment, outcome=outcome, detail=detail)
    give_back(run, item, owner, kind="answered")
    if typed:
        drafts.put_draft(run.session, UserId(owner), drafts.task_place(TaskId(item.id)), dict(typed), now=run.now)


def give_back(run: CaseRun, item: DbTask, owner: int, *, kind: str) -> None:
    """To the owner, or to whoever the lane names now if the owner has left."""
    if run.session.get_one(DbUser, owner).active:
        hand(run, item, [owner], kind=kind)
        return
    task = next(task for task in run.instance.open_tasks() if task.id == item.engine_task)
    hand(run, item, people_for(run, task).people, kind="task")
