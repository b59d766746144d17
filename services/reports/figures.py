"""A few counts that tell whether work flows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from services.cases.models import RUNNING, DbCase
from services.database import read_session
from services.incidents.models import OPEN, DbIncident
from services.notices.models import DbDelivery, DbNotice
from services.notices.notify import FAILED, WAITING
from services.tasks.models import DbTask


def current(*, now: datetime) -> dict[str, tuple[str, float]]:
    """Meaning and value by name."""
    counts = {
        "cases_running": ("Cases that run", select(func.count()).where(DbCase.status == RUNNING)),
        "tasks_open": ("Tasks that wait for somebody", select(func.count()).where(DbTask.state == "open")),
        "tasks_late": (
            "Open tasks past their due time",
            select(func.count()).where(DbTask.state == "open", DbTask.due_at < now),
        ),
        "timers_overdue": (
            "Cases with a timer that should have fired",
            select(func.count()).where(DbCase.next_due < now, DbCase.status == RUNNING),
        ),
        "incidents_open": (
            "Steps of cases that failed and wait to be mended",
            select(func.count()).where(DbIncident.state == OPEN),
        ),
        "mail_waiting": (
            "Notices whose mail is not sent yet",
            select(func.count()).where(DbNotice.mail_state == WAITING),
        ),
        "deliveries_waiting": (
            "Deliveries to channels that are not sent yet",
            select(func.count()).where(DbDelivery.state.in_(("waiting", "sending"))),
        ),
        "deliveries_failed": (
            "Deliveries to channels that were given up",
            select(func.count()).where(DbDelivery.state == "failed"),
        ),
        "mail_failed": ("Notices whose mail was given up", select(func.count()).where(DbNotice.mail_state == FAILED)),
    }
    session = read_session()
    row = session.execute(select(*(query.scalar_subquery() for _meaning, query in counts.values()))).one()
    return {name: (meaning, float(value)) for (name, (meaning, _query)), value in zip(counts.items(), row, strict=True)}
