"""The worker process: runs the jobs, and finds by itself what a lost job would have woken it for."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial

from procrastinate import App, JobContext, RetryStrategy
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.background import jobs, timers
from services.background.models import DbHeartbeat
from services.cases import messages
from services.database import read_session, transaction
from services.notices import deliver, deliveries, digest
from services.play import plays
from services.processes import publication, timeline
from services.registers.imports import staging
from services.search.backlog import index_missing
from services.tasks import standing_in, unassigned, upcoming
from services.types import CaseId

SCAN_SECONDS = 1.0
MAIL_SWEEP_SECONDS = 60.0
SUBSTITUTES_SECONDS = 5.0
RESCUE_SECONDS = 300.0
STALLED_SECONDS = 30
CHANNELS_AT_ONCE = 4
INDEX_SECONDS = 3600.0
LOOK_AHEAD_SECONDS = 5.0
PUBLISH_SECONDS = 5.0
CLEAR_SECONDS = 86_400.0
_log = logging.getLogger("huiqian.worker")

Scope = Callable[[], AbstractContextManager[object]]
"""Opens what one piece of work needs around it (a session of its own)."""


def run_worker(conninfo: str, scope: Scope, *, name: str) -> None:
    """Work until SIGTERM or SIGINT. As many as wanted may run, on as many machines."""
    asyncio.run(_work(conninfo, scope, name))


async def _work(conninfo: str, scope: Scope, name: str) -> None:
    app = jobs.worker_app(conninfo)
    _register(app, scope)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE],
                concurrency=4,
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )
        loops = [
            _again_and_again(_scan(scope, name), stop, "the sweep failed", SCAN_SECONDS),
            _again_and_again(_follow_people(scope), stop, "tasks could not follow their people", SUBSTITUTES_SECONDS),
            _again_and_again(partial(_index, scope), stop, "indexing failed", INDEX_SECONDS),
            _again_and_again(partial(_look_ahead, scope), stop, "looking ahead failed", LOOK_AHEAD_SECONDS),
            _again_and_again(_publish(scope), stop, "a version could not be published", PUBLISH_SECONDS),
            _send_to_channels(scope, stop),
        ]
        beside = [asyncio.create_task(each) for each in loops]
        await asyncio.wait({worker, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        failed = worker.done() and not stop.is_set()
        stop.set()
        worker.cancel()
        await asyncio.gather(worker, *beside, return_exceptions=True)
        if failed:
            worker.result()


def _register(app: App, scope: Scope) -> None:
    @app.task(name=jobs.FIRE_TIMERS, queue=jobs.QUEUE, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
    def fire_timers(case_id: int) -> None:
        with scope():
            timers.fire_case_timers(CaseId(case_id), now=datetime.now(UTC))

    @app.task(name=jobs.HAND_MESSAGES, queue=jobs.QUEUE)
    def hand_messages(case_id: int) -> None:
        with scope():
            messages.hand_over([case_id], now=datetime.now(UTC))

    @app.task(
        name=jobs.DELIVER_MAIL,
        queue=jobs.QUEUE,
        retry=RetryStrategy(max_attempts=deliver.MAX_TRIES, exponential_wait=3),
    )
    def deliver_mail(notice_id: int) -> None:
        with scope():
            deliver.deliver_mail(notice_id, now=datetime.now(UTC))

    @app.task(name=jobs.DELIVER_CHANNEL, queue=jobs.QUEUE)
    def deliver_channel(channel_id: int) -> None:
        _deliver_channel(scope, channel_id)

    @app.periodic(cron="* * * * *")
    @app.task(name="huiqian.retry_stalled", queue=jobs.QUEUE, pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        """A worker that was killed leaves its jobs marked as running; they are given to another."""
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            await manager.retry_job(job)


async def _again_and_again(work: Callable[[], float], stop: asyncio.Event, trouble: str, pause: float) -> None:
    """Run ``work`` in a thread until the worker stops; it says how many seconds later again, ``pause`` if it fails."""
    while not stop.is_set():
        try:
            seconds = await asyncio.to_thread(work)
        except Exception:
            _log.exception("%s; it is tried again", trouble)
            seconds = pause
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue


class _Rounds:
    """Work of every round, some of which is due in only some of them; at first it is."""

    def __init__(self, every: float, of: float) -> None:
        self.every, self.of = every, of
        self.since = of

    def is_due(self) -> bool:
        due = self.since >= self.of
        self.since = 0.0 if due else self.since + self.every
        return due


def _scan(scope: Scope, name: str) -> Callable[[], float]:
    """Every second: what is due by the cases' own rows. The jobs only make it come sooner."""
    mail = _Rounds(SCAN_SECONDS, MAIL_SWEEP_SECONDS)

    def once() -> float:
        _sweep(scope, name, mail.is_due())
        return SCAN_SECONDS

    return once


def _follow_people(scope: Scope) -> Callable[[], float]:
    """Every few seconds what substitutes hold, every few minutes what nobody holds."""
    rescue = _Rounds(SUBSTITUTES_SECONDS, RESCUE_SECONDS)

    def once() -> float:
        _follow_people_once(scope, rescue.is_due())
        return SUBSTITUTES_SECONDS

    return once


def _follow_people_once(scope: Scope, with_rescue: bool) -> None:
    with scope():
        now = datetime.now(UTC)
        standing_in.apply_substitutions(now=now)
        if with_rescue:
            unassigned.rescue(now=now)


def _index(scope: Scope) -> float:
    """At the start and then every hour: what the search does not know yet, a batch at a time."""
    with scope():
        return 0.01 if index_missing() else INDEX_SECONDS


def _look_ahead(scope: Scope) -> float:
    """Beside the timers, which must not wait for it: what is to come in cases that changed, a few at a time."""
    with scope():
        return 0.05 if upcoming.sweep(now=datetime.now(UTC)) == upcoming.BATCH else LOOK_AHEAD_SECONDS


def _publish(scope: Scope) -> Callable[[], float]:
    """Beside the timers, which must not wait for checks: versions whose day has come, and daily the old drafts."""
    clearing = _Rounds(PUBLISH_SECONDS, CLEAR_SECONDS)

    def once() -> float:
        with scope():
            now = datetime.now(UTC)
            publication.sweep(now=now)
            if clearing.is_due():
                timeline.clear_away(now=now)
        return PUBLISH_SECONDS

    return once


def _sweep(scope: Scope, name: str, with_mail: bool) -> None:
    with scope():
        now = datetime.now(UTC)
        beat(name, now=now)
        timers.sweep(now=now)
        messages.sweep(now=now)
        if with_mail:
            for notice_id in deliver.unsent(now=now):
                try:
                    deliver.deliver_mail(notice_id, now=now)
                except deliver.DeliveryFailed as error:
                    _log.warning("mail for notice %s was not taken: %s", notice_id, error)
                    break  # the server is down for the others too; each has its own next time
            _send_digests(now)
            deliveries.forget_old(now=now)
            staging.sweep(now=now)
            plays.sweep(now=now)


def _send_digests(now: datetime) -> None:
    for user_id in digest.due_digests(now=now):
        try:
            digest.send_digest(user_id, now=now)
        except deliver.DeliveryFailed as error:
            _log.warning("the digest for person %s was not taken: %s", user_id, error)
            return


async def _send_to_channels(scope: Scope, stop: asyncio.Event) -> None:
    """Every second: what waits for channels, each channel in a thread of its own, so that a silent one holds up neither
    the others nor the timers."""
    busy: dict[int, asyncio.Task[None]] = {}
    while not stop.is_set():
        try:
            due = await asyncio.to_thread(_due_channels, scope)
            busy = {channel_id: task for channel_id, task in busy.items() if not task.done()}
            for channel_id in due:
                if channel_id not in busy and len(busy) < CHANNELS_AT_ONCE:
                    busy[channel_id] = asyncio.create_task(asyncio.to_thread(_deliver_channel, scope, channel_id))
        except Exception:
            _log.exception("the sweep of the channels failed; it is tried again")
        try:
            await asyncio.wait_for(stop.wait(), SCAN_SECONDS)
        except TimeoutError:
            continue
    await asyncio.gather(*busy.values(), return_exceptions=True)


def _due_channels(scope: Scope) -> list[int]:
    with scope():
        now = datetime.now(UTC)
        deliveries.spread_events(now=now)
        return deliveries.due_channels(now=now)


def _deliver_channel(scope: Scope, channel_id: int) -> None:
    """Until nothing waits or the channel takes no more; the clock is asked anew each time, because claims end by it."""
    try:
        with scope():
            while deliveries.deliver_next(channel_id, now=datetime.now(UTC)):
                continue
    except Exception:
        _log.exception("channel %s could not be served; it is tried again", channel_id)


def beat(name: str, *, now: datetime) -> None:
    """Say that this worker is alive."""
    with transaction() as session:
        statement = insert(DbHeartbeat).values(worker=name, seen_at=now)
        session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": now}))


def last_heartbeat() -> datetime | None:
    """When any worker was last seen."""
    return read_session().scalar(select(DbHeartbeat.seen_at).order_by(DbHeartbeat.seen_at.desc()).limit(1))
