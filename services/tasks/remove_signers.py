"""减签: a signer who has not signed is not asked any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun, lock_case_of_task
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import require_visible
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.failures import outlives_failures
from services.people.directory import known_as, the_one
from services.tasks.deciding import finish_if_decided, refused
from services.tasks.holding import bounded_comment
from services.tasks.models import DbTask
from services.tasks.sheets import find_sheet, put_sheet
from services.tasks.work_items import CANCELLED, OPEN, WAITING, close
from services.types import Actor, TaskId
from workflows.signing import MAX_SEATS, NotPossible, Seat, Sheet, remove_signer, result


@outlives_failures
def remove_signers(actor: Actor, task_id: TaskId, *, users: Sequence[str], comment: str, now: datetime) -> DbCase:
    """Signers who have not signed are not asked any more; ``task_id`` is any task of the step.

    Only whoever added them may do this, or an administrator, and never the applicant. Raises NotFound, NotPermitted,
    Conflict, InvalidInput.
    """
    comment = bounded_comment(comment)
    names = list(dict.fromkeys(text.strip() for text in users if text.strip()))
    if not names:
        raise InvalidInput({"users": ["请选择要减去的签字人"]})
    if len(names) > MAX_SEATS:
        raise InvalidInput({"users": [f"最多 {MAX_SEATS} 项"]})
    with transaction() as session:
        case = lock_case_of_task(session, task_id)
        require_visible(session, actor, case)
        item = session.get_one(DbTask, task_id, populate_existing=True)
        sheet = find_sheet(case, item.engine_task)
        if case.status != RUNNING or sheet is None or result(sheet) is not None:
            raise Conflict("“{name}”现在没有可以减去的签字人", name=item.name)
        known = known_as(session, names)
        people = [the_one(session, name, known.get(name, ()), field="users") for name in names]
        run = open_case(session, case, actor=actor, now=now)
        for person in people:
            sheet = _without(sheet, actor, person.id, applicant=case.starter_id)
        put_sheet(case, item.engine_task, sheet)
        _close_items(run, item.engine_task, sheet)
        run.record(
            Entry(
                action="signer_removed",
                user_id=actor.id,
                step=item.step,
                name=item.name,
                comment=comment,
                detail={
                    "users": [person.id for person in people],
                    "names": "、".join(person.name for person in people),
                },
            )
        )
        finish_if_decided(run, item.engine_task, sheet)
        save(run)
        return case


def _without(sheet: Sheet, actor: Actor, person_id: int, *, applicant: int) -> Sheet:
    seats = [seat for seat in sheet.seats() if seat.people == (person_id,)]
    seat = next((seat for seat in seats if seat.signature is None), seats[0] if seats else None)
    if seat is None:
        raise refused(NotPossible("unknown"))
    if actor.id == applicant:
        raise NotPermitted("申请人不能减去自己申请的签字人")
    if not _may_remove(seat, actor):
        raise NotPermitted("只有加签的人或系统管理员可以减去签字人")
    try:
        return remove_signer(sheet, seat.id)
    except NotPossible as error:
        raise refused(error) from error


def _may_remove(seat: Seat, actor: Actor) -> bool:
    return actor.is_admin or (seat.added_by is not None and seat.added_by == actor.id)


def _close_items(run: CaseRun, engine_task: str, sheet: Sheet) -> None:
    """The items of seats that are gone; the rest follows the sheet."""
    left = {seat.id for seat in sheet.seats()}
    query = select(DbTask).where(DbTask.case_id == run.case.id, DbTask.engine_task == engine_task)
    for item in run.session.scalars(query.where(DbTask.state.in_((OPEN, WAITING)))):
        if item.seat not in left:
            close(run, item, CANCELLED)
