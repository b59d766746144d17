"""One verb for many tasks: each is a transaction and a result of its own, and all can be taken back for a moment.

What is alike and what must be opened first is told by ``group_tasks`` (services/tasks/grouping.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotFound, ServiceError
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.grouping import MAX_BATCH, MAX_ID, Grouping, Item, group_tasks
from services.tasks.models import DbInboxEntry
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import Actor, TaskId

COMPLETE, RETURN, TRANSFER, CLAIM, WITHDRAW, RELEASE = "complete", "return", "transfer", "claim", "withdraw", "release"
UNDONE_BY: Mapping[str, str] = {COMPLETE: WITHDRAW, RETURN: WITHDRAW, TRANSFER: WITHDRAW, CLAIM: RELEASE}
UNDO_SECONDS = 15
"""Ten seconds are promised; the rest is for the way from the button to here."""
_log = logging.getLogger("huiqian.batch")


@dataclass(frozen=True, kw_only=True)
class Verb:
    """What is done with every task of a batch: ``outcome`` completes, ``to`` is a step to return to or a person."""

    name: str
    outcome: str = ""
    to: str = ""
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one task: ``error`` is what the single call would have raised."""

    task_id: int
    error: Exception | None = None
    changed: bool = True
    """Whether the batch did it; not so where it was so already."""

    @property
    def done(self) -> bool:
        return self.error is None


class NotOpened(Conflict):
    """The task is unusual for the person, who has not looked at it; ``reasons`` say what is unusual."""

    def __init__(self, item: Item) -> None:
        super().__init__("{number} 与您平时办理的不同，请先打开查看，再一起办理", number=item.number)
        self.reasons = item.reasons


def act_on_many(
    actor: Actor, ids: Iterable[int], verb: Verb, *, now: datetime, opened_only: bool = True
) -> list[Result]:
    """Do the verb with each task in ascending order of ids, each in a transaction of its own; the results as asked.

    One that is refused or fails leaves the others as they are. With ``opened_only`` a task that is unusual for the
    actor is refused until they have opened it, and a form to fill is never submitted; only a claim decides nothing.
    Raises InvalidInput for more tasks than ``MAX_BATCH`` or a verb that there is not.
    """
    asked = list(dict.fromkeys(ids))
    if not asked or len(asked) > MAX_BATCH:
        raise InvalidInput({"ids": [f"1–{MAX_BATCH}"]})
    work = _work(actor, verb, now)
    session = read_session()
    grouping = group_tasks(session, actor, asked, now=now) if opened_only or verb.name == CLAIM else None
    refused = _refusals(grouping, verb) if grouping and opened_only else {}
    held = {item.task_id for group in grouping.groups for item in group.items if item.mine} if grouping else set()
    results = {}
    for task_id in sorted(asked):
        # each finds the database as a request of its own would, not as an earlier one has read it
        session.expire_all()
        error = refused.get(task_id) or _attempt(work, task_id)
        results[task_id] = Result(
            task_id=task_id, error=error, changed=error is None and not (verb.name == CLAIM and task_id in held)
        )
    return [results[task_id] for task_id in asked]


def _work(actor: Actor, verb: Verb, now: datetime) -> Callable[[TaskId], Any]:
    to, comment = verb.to, verb.comment
    works: Mapping[str, Callable[[TaskId], Any]] = {
        COMPLETE: lambda task_id: complete_task(
            actor, task_id, outcome=verb.outcome, comment=comment, typed={}, now=now, with_defaults=True
        ),
        RETURN: lambda task_id: return_task(actor, task_id, to=to or None, comment=comment, now=now),
        TRANSFER: lambda task_id: transfer_task(actor, task_id, to=to, comment=comment, now=now),
        CLAIM: lambda task_id: claim_task(actor, task_id, now=now),
        WITHDRAW: lambda task_id: withdraw_task(actor, task_id, now=now),
        RELEASE: lambda task_id: release_task(actor, task_id, now=now),
    }
    if verb.name not in works:
        raise InvalidInput({"action": [f"可用：{'、'.join(works)}"]})
    return works[verb.name]


def _refusals(grouping: Grouping, verb: Verb) -> dict[int, ServiceError]:
    """What may not be done unseen, by task."""
    if verb.name == CLAIM:
        return {}
    found: dict[int, ServiceError] = {}
    for group in grouping.groups:
        for item in group.items:
            if group.fills and verb.name in (COMPLETE, RETURN):
                found[item.task_id] = Conflict("“{name}”要填写表单，请打开后逐项办理", name=group.name)
            elif item.must_be_opened:
                found[item.task_id] = NotOpened(item)
    return found


def _attempt(work: Callable[[TaskId], Any], task_id: int) -> Exception | None:
    """What the single call would have raised, or None. Whatever happens to one, the others are tried."""
    if not 0 <= task_id <= MAX_ID:
        return NotFound("没有这件事，或您无权查看")
    try:
        work(TaskId(task_id))
    except ServiceError as error:
        return error
    except Exception as error:
        _log.exception("task %s of a batch failed", task_id)
        return error
    return None


def undo_batch(actor: Actor, ids: Iterable[int], verb: str, *, at: datetime, now: datetime) -> list[Result]:
    """Take back what a batch of this verb did at ``at``, the last first, each with its own result.

    Raises Conflict when it is too late for all of them at once.
    """
    if not timedelta(0) <= now - at <= timedelta(seconds=UNDO_SECONDS):
        raise Conflict("已经超过 10 秒，不能一起撤销；没有人接着办理的，还可以在各自的页面上撤回")
    work = _work(actor, Verb(name=UNDONE_BY[verb]), now)
    session = read_session()
    results = []
    for task_id in sorted(set(ids), reverse=True):
        session.expire_all()
        results.append(Result(task_id=task_id, error=_attempt(work, task_id)))
    return results[::-1]


def mark_opened(actor: Actor, task_id: TaskId, *, now: datetime) -> None:
    """Note that the person has opened the page of a task in their inbox."""
    own = (DbInboxEntry.task_id == task_id) & (DbInboxEntry.user_id == actor.id)
    with transaction() as session:
        session.execute(update(DbInboxEntry).where(own, DbInboxEntry.opened_at.is_(None)).values(opened_at=now))
