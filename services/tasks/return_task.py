"""退回: sending a case back to the applicant or to an earlier step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun
from services.cases.history import Entry
from services.cases.models import DbCase, DbHistory
from services.database import transaction
from services.errors import Conflict, InvalidInput
from services.people.models import DbUser
from services.tasks.holding import bounded_comment, lock_task
from services.tasks.work_items import RETURNED, close
from services.types import Actor, TaskId
from workflows.engine import CannotReturn


@dataclass(frozen=True, kw_only=True)
class ReturnTarget:
    step: str
    name: str
    who: str
    """Who did that step last."""


def return_task(actor: Actor, task_id: TaskId, *, to: str | None, comment: str, now: datetime) -> DbCase:
    """Send the case back to step ``to`` (None: the applicant's first step), which keeps what was filled in there.

    What happened in between is undone, its effects included. Raises NotFound, NotPermitted, Conflict when the step
    cannot be returned to, InvalidInput without a comment.
    """
    comment = bounded_comment(comment)
    if not comment:
        raise InvalidInput({"comment": ["退回时请填写意见"]})
    with transaction() as session:
        held = lock_task(session, actor, task_id)
        case, item = held.case, held.task
        run = open_case(session, case, actor=actor, now=now)
        run.open_items = held.open_items
        step = to or run.definition.first_task.id
        if step not in run.definition.tasks:
            raise InvalidInput({"to": ["没有这个环节"]})
        target = run.definition.tasks[step]
        try:
            run.instance.return_to(item.engine_task, step)
        except CannotReturn as error:
            possible = "、".join(found.name for found in targets(run, item.engine_task))
            raise Conflict("不能退回到“{step}”；可以退回到：{possible}", step=target.name, possible=possible) from error
        close(run, item, RETURNED, "return", actor.id)
        run.record(
            Entry(
                action="returned",
                user_id=actor.id,
                step=item.step,
                name=item.name,
                outcome="return",
                comment=comment,
                detail={"to": step, "to_name": target.name},
            )
        )
        save(run)
        return case


def targets(run: CaseRun, engine_task: str) -> list[ReturnTarget]:
    """Where this task may be returned to, earliest step first."""
    steps = run.instance.returnable_to(engine_task)
    doers = _last_doers(run.session, run.case.id)
    return [ReturnTarget(step=step, name=run.definition.tasks[step].name, who=doers.get(step, "")) for step in steps]


def _last_doers(session: Session, case_id: int) -> dict[str, str]:
    query = (
        select(DbHistory.step, DbUser.name)
        .join(DbUser, DbUser.id == DbHistory.user_id)
        .where(DbHistory.case_id == case_id)
        .order_by(DbHistory.position)
    )
    return {row.step: row.name for row in session.execute(query)}
