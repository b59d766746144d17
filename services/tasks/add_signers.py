"""加签: further people sign a step, before, after or beside the one who asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func

from services.cases.action import save
from services.cases.case_run import CaseRun
from services.cases.models import DbCase
from services.database import transaction
from services.errors import Conflict, InvalidInput
from services.incidents.failures import outlives_failures
from services.tasks.acting import note, take_up
from services.tasks.deciding import refused
from services.tasks.handing import forget_handing
from services.tasks.holding import HeldTask, bounded_comment
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.recipients import get_recipients
from services.tasks.sheets import find_sheet, put_sheet, signer_ids
from services.types import Actor, TaskId
from workflows.signing import APPROVE, REJECT, NotPossible, Sheet, new_sheet, replace_people
from workflows.signing import add_signers as add_to_sheet

PLACES = ("before", "after", "beside")
MODES = ("all", "any")


@outlives_failures
def add_signers(
    actor: Actor, task_id: TaskId, *, users: Sequence[str], when: str, mode: str, comment: str, now: datetime
) -> DbCase:
    """Ask ``users`` to sign as well: ``before`` the actor, ``after``, or ``beside``; all of them or any one (``mode``).

    One who rejects rejects for the step. Raises NotFound, NotPermitted, Conflict where the step has no signatures, and
    InvalidInput for people who cannot sign or do already.
    """
    comment = bounded_comment(comment)
    if when not in PLACES:
        raise InvalidInput({"when": [f"可用：{'、'.join(PLACES)}"]})
    if mode not in MODES:
        raise InvalidInput({"mode": [f"可用：{'、'.join(MODES)}"]})
    with transaction() as session:
        run, held = take_up(session, actor, task_id, now=now)
        case, item = held.case, held.task
        _require_signatures(run, item)
        sheet = _own_seat(run, held, find_sheet(case, item.engine_task))
        people = get_recipients(
            session, users, actor=actor, case=case, task=item, signs=True, taken=signer_ids(sheet), field="users"
        )
        try:
            ids = [person.id for person in people]
            sheet = add_to_sheet(sheet, item.seat, ids, when=when, mode=mode, by=actor.id)
        except NotPossible as error:
            raise refused(error) from error
        put_sheet(case, item.engine_task, sheet)
        names = "、".join(person.name for person in people)
        detail = {"users": ids, "names": names, "when": when, "mode": mode}
        note(run, held, "signer_added", comment=comment, detail=detail)
        save(run)
        return case


def _require_signatures(run: CaseRun, item: DbTask) -> None:
    if item.owner_id is not None:
        raise Conflict("这项任务是委派给您的：请直接答复，加签由委派人决定")
    if not {APPROVE, REJECT} <= set(item.outcomes):
        raise Conflict("“{name}”是填写环节，没有签字，不能加签；可以转办、委派或评论", name=item.name)


def _own_seat(run: CaseRun, held: HeldTask, sheet: Sheet | None) -> Sheet:
    """The step's sheet, where the seat is the actor's alone, or that of the person the actor stands in for."""
    item, own = held.task, held.entry.for_id or held.entry.user_id
    others = func.coalesce(DbInboxEntry.for_id, DbInboxEntry.user_id) != own
    run.session.execute(delete(DbInboxEntry).where(DbInboxEntry.task_id == item.id, others))
    item.assignee_id = own
    forget_handing(item)
    if sheet is not None:
        return replace_people(sheet, item.seat, [own])
    item.seat = "1"
    return new_sheet([[own]])
