"""An approver with a past, so that something can be usual for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.cases.models import DbCase
from services.database import db
from services.tasks.batch import mark_opened
from services.tasks.grouping import Grouping, Item, group_tasks
from services.tasks.inbox_filters import InboxFilter
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, start, task_id

LONG_AGO = MONDAY - timedelta(days=120)
"""Beyond what the facts about a customer look back to."""


def meal(amount: str) -> dict[str, Any]:
    return {"budget": {"meal": Decimal(amount)}}


def signed(amounts: Iterable[str], customer: str = "C001", now: datetime = LONG_AGO) -> None:
    """The manager has approved requests of these amounts."""
    for amount in amounts:
        act(start(now=now, customer=customer, **meal(amount)), "manager", "manager_review", now=now)


def with_habits() -> None:
    """The manager has signed ten requests of the specialist for one customer, 1,000 to 1,900 each."""
    signed(str(1000 + 100 * number) for number in range(10))


def requests(*amounts: str, **changes: Any) -> list[DbCase]:
    """New requests that wait for the manager."""
    return [start(**{**meal(amount), **changes}) for amount in amounts]


def tasks_of(cases: Iterable[DbCase], step: str = "manager_review") -> list[TaskId]:
    return [task_id(case, step) for case in cases]


def grouped(username: str = "manager", ids: Iterable[int] | None = None) -> Grouping:
    """As the person finds it now: everything that waits for them, or these tasks."""
    db.session.expire_all()
    wanted = InboxFilter() if ids is None else list(ids)
    return group_tasks(db.session, find_actor(username), wanted, now=MONDAY)


def items_of(grouping: Grouping) -> dict[int, Item]:
    return {item.task_id: item for group in grouping.groups for item in group.items}


def look_at(username: str, wanted: TaskId) -> None:
    mark_opened(find_actor(username), wanted, now=MONDAY)
