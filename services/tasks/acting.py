"""What every verb on an open task begins and ends with: the task in hand, and a line in the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.action import open_case
from services.cases.case_run import CaseRun
from services.cases.history import Entry
from services.tasks.holding import HeldTask, lock_task
from services.types import Actor, TaskId


def take_up(session: Session, actor: Actor, task_id: TaskId, *, now: datetime) -> tuple[CaseRun, HeldTask]:
    """The task under its case's lock, and the case ready for the action. Raises as ``lock_task``."""
    held = lock_task(session, actor, task_id, now=now)
    run = open_case(session, held.case, actor=actor, now=now)
    run.open_items = held.open_items
    return run, held


def note(
    run: CaseRun, held: HeldTask, action: str, *, comment: str, outcome: str = "", detail: Mapping[str, Any] = {}
) -> None:
    """What the actor did to the task; who acts for somebody absent is recorded with both names."""
    item = held.task
    run.record(
        Entry(
            action=action,
            user_id=run.user_id,
            step=item.step,
            name=item.name,
            outcome=outcome,
            comment=comment,
            detail={**held.detail, **({"branch": item.branch} if item.branch else {}), **detail},
        )
    )
