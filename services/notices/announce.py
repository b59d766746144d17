"""What robots are to say, written down in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.models import DbCase
from services.database import table_of
from services.notices import channels
from services.notices.message import Message
from services.notices.models import DbDelivery

_EVENT_OF = {
    "task": channels.TASK,
    "transferred": channels.TASK,
    "delegated": channels.TASK,
    "escalation": channels.LATE,
    "rejected": channels.REJECTED,
    "completed": channels.COMPLETED,
}


def announce(session: Session, case: DbCase, messages: Sequence[Message], now: datetime) -> None:
    """Add a delivery for each robot that wants to hear of one of the messages; asks the database nothing otherwise."""
    robots = channels.current_robots(session)
    rows = [
        delivery(robot.id, event, case.id, now, task_id=message.task_id, people=list(dict.fromkeys(message.people)))
        for message in messages
        if (event := _EVENT_OF.get(message.kind)) is not None
        for robot in robots
        if robot.wants(event, case.process_key)
    ]
    if rows:
        session.execute(insert(table_of(DbDelivery)), rows)
        jobs.wake_channels(session, sorted({row["channel_id"] for row in rows}))


def delivery(
    channel_id: int,
    event: str,
    case_id: int,
    now: datetime,
    *,
    task_id: int | None = None,
    people: Sequence[int] = (),
    event_number: int | None = None,
) -> dict[str, Any]:
    """The row of a delivery that waits to be sent."""
    return {
        "channel_id": channel_id,
        "event": event,
        "event_number": event_number,
        "case_id": case_id,
        "task_id": task_id,
        "people": list(people),
        "created_at": now,
        "state": "waiting",
        "due_at": now,
        "tries": 0,
        "unsure": 0,
        "answer": "",
        "sent_at": None,
    }
