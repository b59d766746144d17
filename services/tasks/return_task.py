"""退回: sending a case back to the applicant or to an earlier step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.action import save
from services.cases.case_run import CaseRun
from services.cases.models import DbCase, DbHistory
from services.database import transaction
from services.errors import Conflict, InvalidInput
from services.incidents.failures import outlives_failures
from services.people.models import DbUser
from services.tasks import keeping
from services.tasks.acting import note, take_up
from services.tasks.holding import HeldTask, bounded_comment
from services.tasks.models import DbTask
from services.tasks.sheets import drop_sheet, find_sheet
from services.tasks.work_items import RETURNED, close, forget_waiting
from services.types import Actor, TaskId
from workflows.branches import is_within
from workflows.engine import CannotReturn, JoinedStep, Visit

EVERYBODY, STRAIGHT = "everybody", "straight"
RESUMES = (EVERYBODY, STRAIGHT)
"""After the rework: everybody in between signs again, or the case comes straight back to who returned it."""


@dataclass(frozen=True, kw_only=True)
class ReturnTarget:
    step: str
    name: str
    who: str
    """Who did that step last."""


@outlives_failures
def return_task(
    actor: Actor, task_id: TaskId, *, to: str | None, comment: str, now: datetime, resume: str = EVERYBODY
) -> DbCase:
    """Send the case back to step ``to`` (None: the applicant's first step), which keeps what was filled in there.

    What happened in between is undone, its effects included. With ``resume`` ``everybody`` those in between sign again,
    except where a step answers for fields that the rework leaves as they are; with ``straight`` their signatures stand
    and the case comes back to this step. Raises NotFound, NotPermitted, Conflict when the step cannot be returned to,
    naming those that can, InvalidInput without a comment.
    """
    comment = bounded_comment(comment)
    if not comment:
        raise InvalidInput({"comment": ["退回时请填写意见"]})
    if resume not in RESUMES:
        raise InvalidInput({"resume": [f"可用：{'、'.join(RESUMES)}"]})
    with transaction() as session:
        run, held = take_up(session, actor, task_id, now=now)
        case, item = held.case, held.task
        if item.owner_id is not None:
            raise Conflict("这项任务是委派给您的：请直接答复，由委派人决定是否退回")
        step = to or run.definition.first_task.id
        if step not in run.definition.tasks:
            raise InvalidInput({"to": ["没有这个环节"]})
        possible = targets(run, item.engine_task, item.branch)
        undone = _take_back(run, item, step, resume, possible)
        close(run, item, RETURNED, "return", actor.id)
        _record(run, held, step, comment, resume, undone)
        save(run)
        if not _visit_of(run, step, item.branch):
            raise _cannot(run, step, possible)  # the way that leads there has changed since
        return case


def _take_back(run: CaseRun, item: DbTask, step: str, resume: str, possible: list[ReturnTarget]) -> list[str]:
    """Gives the steps whose signatures are taken back."""
    sheet = find_sheet(run.case, item.engine_task) if item.seat else None
    joined = run.instance.joined_steps(item.engine_task).get(step)
    opened = joined.before if joined else step
    try:
        visits = run.instance.return_to(item.engine_task, opened)
    except CannotReturn as error:
        raise _cannot(run, step, possible) from error
    reopened = _visit_of(run, opened, item.branch)
    visits = [*reopened, *visits]
    keeping.keep(run, visits, {visit.step: _reason(run, visit.step, step, joined, resume) for visit in visits})
    for visit in reopened:
        drop_sheet(run.case, visit.task_id)
        forget_waiting(run, visit.task_id)
    keeping.keep_own_sheet(run, item, sheet, keeping.STRAIGHT_BACK if resume == STRAIGHT else keeping.ASKED)
    return list(dict.fromkeys(visit.step for visit in visits))


def _visit_of(run: CaseRun, step: str, branch: str) -> list[Visit]:
    """The visit that the engine opened again; what it was completed with is kept with the others."""
    found = (task for task in run.instance.open_tasks() if task.step == step and is_within(branch, task.branch))
    return [Visit(step=step, task_id=task.id, branch=task.branch) for task in found]


def _reason(run: CaseRun, step: str, target: str, joined: JoinedStep | None, resume: str) -> str:
    """Why a signature that is taken back may stand when its step comes round again."""
    if step == target:
        return keeping.ASKED
    if joined is not None and step not in joined.later:
        return keeping.REPLAYED
    if resume == STRAIGHT:
        return keeping.STRAIGHT_BACK
    return keeping.UNCHANGED if run.definition.tasks[step].signed_fields else keeping.ASKED


def _cannot(run: CaseRun, step: str, possible: list[ReturnTarget]) -> Conflict:
    name = run.definition.tasks[step].name
    if not possible:
        return Conflict("不能退回到“{step}”：之前没有可以退回的环节", step=name)
    names = "、".join(found.name for found in possible)
    return Conflict("不能退回到“{step}”；可以退回到：{possible}", step=name, possible=names)


def _record(run: CaseRun, held: HeldTask, step: str, comment: str, resume: str, undone: list[str]) -> None:
    detail = {"to": step, "to_name": run.definition.tasks[step].name, "resume": resume, "undone": undone}
    note(run, held, "returned", comment=comment, outcome="return", detail=detail)


def targets(run: CaseRun, engine_task: str, branch: str) -> list[ReturnTarget]:
    """Where this task may be returned to, earliest step first; steps of joined branches come where they were done."""
    direct = run.instance.returnable_to(engine_task)
    joined = run.instance.joined_steps(engine_task)
    steps = []
    for step in direct:
        steps += [step, *(found.step for found in joined.values() if found.before == step)]
    doers = _last_doers(run.session, run.case.id, branch)
    return [ReturnTarget(step=step, name=run.definition.tasks[step].name, who=doers.get(step, "")) for step in steps]


def _last_doers(session: Session, case_id: int, branch: str) -> dict[str, str]:
    """Who did each step last, in this branch or around it: others do the same steps beside it."""
    query = (
        select(DbHistory.step, DbUser.name, DbHistory.detail["branch"].astext.label("branch"))
        .join(DbUser, DbUser.id == DbHistory.user_id)
        .where(DbHistory.case_id == case_id, DbHistory.action.in_(("started", "completed")))
        .order_by(DbHistory.position)
    )
    return {row.step: row.name for row in session.execute(query) if is_within(branch, row.branch or "")}
