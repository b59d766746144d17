"""Many gift cases at the same moment, on real connections."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask import Flask

from services.cases.models import DbCase
from services.tasks.complete_task import complete_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.gift import line, start
from tests.support.racing import at_once


def both_gifts(number: int) -> DbCase:
    """Two gifts, in turns named in either order: whoever locked them as they come would block the other."""
    lines = [line(gift="G004", quantity=1, value=Decimal(10)), line(gift="G008", quantity=1, value=Decimal(10))]
    return start(*(lines if number % 2 else reversed(lines)))


def finish(app: Flask, username: str, tasks: Sequence[TaskId], outcome: str) -> list[object]:
    """Everybody's task at the same moment."""
    actor = find_actor(username)
    return at_once(
        app,
        len(tasks),
        lambda number: complete_task(
            actor, tasks[number], outcome=outcome, comment="", typed={}, now=MONDAY, with_defaults=True
        ),
    )
