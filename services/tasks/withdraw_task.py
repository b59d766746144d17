"""撤回: taking one's last action back while nobody has acted on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun, lock_case_of_task
from services.cases.closing import COMPLETED, REJECTED
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase, DbHistory
from services.cases.visibility import require_visible
from services.database import transaction
from services.errors import Conflict, NotPermitted
from services.incidents.failures import outlives_failures
from services.notices.message import Message
from services.people.organisation import Assignment, names_of
from services.tasks import keeping
from services.tasks.deciding import refused
from services.tasks.delegate_task import give_back
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.sheets import find_sheet, put_sheet
from services.tasks.work_items import CANCELLED, DONE, OPEN, RETURNED, close, deliver, reopen
from services.types import Actor, TaskId, UserId
from workflows.calendar import COMPANY_ZONE
from workflows.engine import CannotReturn, TaskNotOpen, Visit
from workflows.signing import NotPossible, replace_people, take_back

_TOO_LATE = "后面已有不能撤销的处理，不能再撤回；需要时请联系现在的办理人退回"


@outlives_failures
def withdraw_task(actor: Actor, task_id: TaskId, *, now: datetime) -> DbCase:
    """Take the actor's last action on this task back: a signature, a form, a return, a transfer or a delegation.

    The task is in the actor's inbox again with what was typed; what followed from it by itself is undone. Raises
    NotFound, NotPermitted for somebody else's action, Conflict, naming who acted on it meanwhile, or why not.
    """
    with transaction() as session:
        case = lock_case_of_task(session, task_id)
        require_visible(session, actor, case)
        item = session.get_one(DbTask, task_id, populate_existing=True)
        run = open_case(session, case, actor=actor, now=now)
        run.open_items = _open_items(session, case.id)
        if item.state == OPEN:
            _recall(run, item)
        elif item.state not in (DONE, RETURNED) or item.closed_by is None:
            raise Conflict("“{name}”没有可以撤回的操作", name=item.name)
        elif item.closed_by != actor.id:
            raise NotPermitted("只有办理人本人可以撤回")
        elif not _is_latest(run, item):
            raise Conflict("“{name}”后来又重新办理过，以前的操作不能再撤回", name=item.name)
        elif item.state == RETURNED:
            _undo_return(run, item)
        else:
            _undo_signature(run, item)
        save(run)
        return case


def _open_items(session: Session, case_id: int) -> list[DbTask]:
    return list(session.scalars(select(DbTask).where(DbTask.case_id == case_id, DbTask.state == OPEN)))


def _is_latest(run: CaseRun, item: DbTask) -> bool:
    """Whether this was the last visit: a step that is returned to keeps its engine's task and gets new work items."""
    sheet = find_sheet(run.case, item.engine_task)
    if item.seat and item.state == DONE:
        seat = next((seat for seat in sheet.seats() if seat.id == item.seat), None) if sheet else None
        signature = seat.signature if seat else None
        return signature is not None and datetime.fromisoformat(signature.at) == item.closed_at
    newest = select(func.max(DbTask.id)).where(DbTask.case_id == item.case_id, DbTask.engine_task == item.engine_task)
    return item.state == RETURNED or (sheet is None and run.session.scalar(newest) == item.id)


def _record(run: CaseRun, item: DbTask, what: str) -> None:
    run.record(Entry(action="taken_back", user_id=run.user_id, step=item.step, name=item.name, detail={"what": what}))


def _recall(run: CaseRun, item: DbTask) -> None:
    """The task is open in somebody else's hands, where the actor put it."""
    assert run.user_id is not None
    own = item.why.get("handed_for", run.user_id)
    if item.owner_id is not None and run.user_id in (item.owner_id, item.why.get("delegated_by")):
        own, item.owner_id = item.owner_id, None
        what = "delegated"
    elif item.why.get("transferred_by") == run.user_id:
        what = "transferred"
    else:
        raise Conflict("“{name}”还没有办理，没有可以撤回的操作", name=item.name)
    _tell_holders(run, [item])
    give_back(run, item, own, kind="task")
    _record(run, item, what)


def _undo_signature(run: CaseRun, item: DbTask) -> None:
    ended = run.case.status
    if ended != RUNNING:
        _reopen_case(run, item)
    sheet = find_sheet(run.case, item.engine_task) if item.seat else None
    still_open = any(task.id == item.engine_task for task in run.instance.open_tasks())
    own = _for_whom(run, item)
    if sheet is not None:
        try:
            sheet = replace_people(take_back(sheet, item.seat), item.seat, [own])
        except NotPossible as error:
            raise refused(error) from error
        put_sheet(run.case, item.engine_task, sheet)
    if not still_open:
        _reopen_step(run, item)
    _record(run, item, "completed")
    reopen(run, item, [own])
    assert run.open_items is not None
    run.open_items.append(item)
    deliver(run, [(item, Assignment(people=(own,), reason=item.why.get("reason", "post"), lane=item.lane))])


def _for_whom(run: CaseRun, item: DbTask) -> UserId:
    """The person whose task it was: a substitute's signature goes back to the absent person, and so to both."""
    query = select(DbHistory.detail).where(
        DbHistory.case_id == run.case.id,
        DbHistory.user_id == item.closed_by,
        DbHistory.action == "completed",
        DbHistory.step == item.step,
    )
    detail = run.session.scalar(query.order_by(DbHistory.position.desc()).limit(1)) or {}
    return UserId(detail.get("for") or item.closed_by or 0)


def _reopen_step(run: CaseRun, item: DbTask) -> None:
    """Raises Conflict if somebody acted on what followed from it."""
    try:
        later = [visit for visit in run.instance.later_visits(item.engine_task) if not keeping.is_kept(run, visit)]
        followed = [visit.task_id for visit in later] + run.instance.opened_by(item.engine_task)
    except (CannotReturn, TaskNotOpen) as error:
        raise Conflict(_TOO_LATE) from error
    _require_untouched(run, item, followed)
    opened = set(run.instance.opened_by(item.engine_task))
    _tell_holders(run, [each for each in run.open_items or () if each.engine_task in opened])
    keeping.give_back(run, run.instance.reopen(item.engine_task))


def _require_untouched(run: CaseRun, item: DbTask, engine_tasks: list[str]) -> None:
    acted = run.session.scalar(
        select(DbTask)
        .where(DbTask.case_id == run.case.id, DbTask.engine_task.in_(engine_tasks), DbTask.state.in_((DONE, RETURNED)))
        .where(DbTask.id != item.id)
        .order_by(DbTask.closed_at)
        .limit(1)
    )
    if acted is None:
        return
    assert acted.closed_at is not None
    raise Conflict(
        "“{name}”已由{who}于 {at} 办理，不能再撤回",
        name=acted.name,
        who=names_of(run.session, [acted.closed_by]).get(acted.closed_by or 0, ""),
        at=acted.closed_at.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M"),
    )


def _reopen_case(run: CaseRun, item: DbTask) -> None:
    """The action ended the case; it runs again unless something was given up with it that may be gone by now."""
    if run.case.status not in (COMPLETED, REJECTED):
        raise Conflict("{number} 已经撤回或撤销，可以恢复为新的草稿", number=run.case.number)
    compensated = select(DbHistory.id).where(
        DbHistory.case_id == run.case.id, DbHistory.action == "compensated", DbHistory.at >= item.closed_at
    )
    if run.session.scalar(compensated.limit(1)) is not None:
        raise Conflict("结案时已经释放预算等占用，不能再撤回；申请人可以恢复为新的草稿重新提交")
    run.case.status, run.case.ended_at = RUNNING, None


def _undo_return(run: CaseRun, item: DbTask) -> None:
    """Run forward again to the step that returned the case, as if nobody had returned it."""
    assert item.closed_at is not None
    if run.case.status != RUNNING:
        raise Conflict(_TOO_LATE)
    newer = select(DbTask.engine_task).where(
        DbTask.case_id == run.case.id,
        DbTask.id > item.id,
        DbTask.engine_task != item.engine_task,
        DbTask.closed_at >= item.closed_at,
    )
    _require_untouched(run, item, list(run.session.scalars(newer)))
    opened = [each for each in run.open_items or () if each.id > item.id and each.created_at >= item.closed_at]
    _tell_holders(run, opened)
    for each in opened:
        close(run, each, CANCELLED)
    _record(run, item, "returned")
    keeping.give_back(run, [Visit(step=each.step, task_id=each.engine_task, branch=each.branch) for each in opened])
    keeping.replay(run)
    keeping.settle(run)
    if all((task.step, task.branch) != (item.step, item.branch) for task in run.instance.open_tasks()):
        raise Conflict(_TOO_LATE)


def _tell_holders(run: CaseRun, items: list[DbTask]) -> None:
    """Whoever had been asked hears that it is not needed any more."""
    query = select(DbInboxEntry.user_id).where(DbInboxEntry.task_id.in_([item.id for item in items]))
    people = [person for person in run.session.scalars(query) if person != run.user_id]
    if people:
        run.tell(Message(people=people, kind="taken_back", values={"step": items[0].name}))
