"""The queue of background work. A job row commits with what causes it, so nothing is sent for what was rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy.orm import Session

from services.database import current_world

FIRE_TIMERS = "huiqian.fire_timers"
DELIVER_MAIL = "huiqian.deliver_mail"
DELIVER_CHANNEL = "huiqian.deliver_channel"
HAND_MESSAGES = "huiqian.hand_messages"
QUEUE = "huiqian"

# Only enqueues, on the connection of the caller's transaction; it never opens one of its own.
_enqueuer = App(connector=SyncPsycopgConnector(conninfo=""))


def worker_app(conninfo: str) -> App:
    """The application that a worker process runs."""
    return App(connector=PsycopgConnector(conninfo=conninfo))


def enqueue(session: Session, *, case_id: int | None, next_due: datetime | None, notice_ids: Sequence[int]) -> None:
    """Wake a worker for the case's next timer and for its outgoing mail, with one statement."""
    jobs = []
    if next_due is not None and case_id is not None:
        jobs.append(_job(FIRE_TIMERS, {"case_id": case_id}, next_due))
    jobs += [_job(DELIVER_MAIL, {"notice_id": notice_id}, None) for notice_id in notice_ids]
    _defer(session, jobs)


def wake_channels(session: Session, channel_ids: Sequence[int]) -> None:
    """Wake a worker for what waits to be sent to these channels."""
    _defer(session, [_job(DELIVER_CHANNEL, {"channel_id": channel_id}, None) for channel_id in channel_ids])


def wake_cases(session: Session, case_ids: Sequence[int]) -> None:
    """Wake a worker for the messages that wait for these cases."""
    _defer(session, [_job(HAND_MESSAGES, {"case_id": case_id}, None) for case_id in case_ids])


def _defer(session: Session, jobs: list[Job]) -> None:
    # what is rehearsed is nobody's work
    if jobs and not current_world():
        connection = session.connection().connection.driver_connection
        _enqueuer.job_manager.batch_defer_jobs(jobs, connection=connection)


def _job(name: str, arguments: dict[str, int], at: datetime | None) -> Job:
    return Job(
        id=None,
        queue=QUEUE,
        # a lock would make a wake-up in the far future hold back the nearer ones that were enqueued after it
        lock=None,
        queueing_lock=None,
        task_name=name,
        task_kwargs=dict(arguments),
        scheduled_at=at,
    )
