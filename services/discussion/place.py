"""Where somebody speaks: a case, or one of its tasks. Both lock the case, so that its history stays in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.case_run import lock_case, lock_case_of_task
from services.cases.models import DbCase
from services.cases.visibility import require_visible
from services.errors import InvalidInput
from services.notices.message import Message
from services.notices.notify import notify
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, CaseId, TaskId
from workflows.calendar import COMPANY_ZONE

MAX_TEXT = 2_000


@dataclass(frozen=True)
class OnCase:
    id: CaseId


@dataclass(frozen=True)
class OnTask:
    id: TaskId


@dataclass(frozen=True)
class Locked:
    """The case under its lock, and the task if one was named."""

    case: DbCase
    task: DbTask | None

    @property
    def step(self) -> str:
        return self.task.step if self.task else ""

    @property
    def name(self) -> str:
        return self.task.name if self.task else ""


def lock_place(session: Session, actor: Actor, place: OnCase | OnTask) -> Locked:
    """Raises NotFound for what is not there or not visible to the person."""
    if isinstance(place, OnCase):
        found = Locked(lock_case(session, place.id), None)
    else:
        case = lock_case_of_task(session, place.id)
        found = Locked(case, session.get_one(DbTask, place.id, populate_existing=True))
    require_visible(session, actor, found.case)
    return found


def holders(session: Session, task: DbTask) -> list[int]:
    """Those in whose inbox an open task is."""
    query = select(DbInboxEntry.user_id).where(DbInboxEntry.task_id == task.id, DbInboxEntry.hidden.is_(False))
    return list(session.scalars(query.order_by(DbInboxEntry.user_id)))


def has_finished_a_step(session: Session, actor: Actor, case_id: int) -> bool:
    return bool(session.scalar(select(exists().where(DbTask.case_id == case_id, DbTask.closed_by == actor.id))))


def holds_a_task(session: Session, actor: Actor, case_id: int) -> bool:
    held = exists().where(
        DbTask.case_id == case_id,
        DbInboxEntry.task_id == DbTask.id,
        DbInboxEntry.user_id == actor.id,
        DbInboxEntry.hidden.is_(False),
    )
    return bool(session.scalar(select(held)))


def tell(session: Session, case: DbCase, messages: Iterable[Message], now: datetime) -> None:
    """Write the notices and wake a worker for what goes out, inside the caller's transaction."""
    notice_ids = notify(session, case, messages, now)
    jobs.enqueue(session, case_id=case.id, next_due=None, notice_ids=notice_ids)


def bounded_text(text: str, field: str) -> str:
    """A text without space around it, its lines ending one way. Raises InvalidInput when it is too long."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > MAX_TEXT:
        raise InvalidInput({field: [f"最多 {MAX_TEXT} 个字"]})
    return text


def at_local(moment: datetime) -> str:
    return moment.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")
