"""The worker process: runs the jobs, and finds by itself what a lost job would have woken it for."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from procrastinate import App, JobContext, RetryStrategy
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.background import jobs, timers
from services.background.models import DbHeartbeat
from services.database import read_session, transaction
from services.notices import deliver, deliveries, digest
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
        scanner = asyncio.create_task(_scan(scope, stop, name))
        sender = asyncio.create_task(_send_to_channels(scope, stop))
        indexer = asyncio.create_task(_index(scope, stop))
        follower = asyncio.create_task(_follow_people(scope, stop))
        looker = asyncio.create_task(_look_ahead(scope, stop))
        await asyncio.wait({worker, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        failed = worker.done() and not stop.is_set()
        stop.set()
        worker.cancel()
        await asyncio.gather(worker, scanner, sender, indexer, follower, looker, return_exceptions=True)
        if failed:
            worker.result()


def _register(app: App, scope: Scope) -> None:
    @app.task(name=jobs.FIRE_TIMERS, queue=jobs.QUEUE, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
    def fire_timers(case_id: int) -> None:
        with scope():
            timers.fire_case_timers(CaseId(case_id), now=datetime.now(UTC))

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


async def _scan(scope: Scope, stop: asyncio.Event, name: str) -> None:
    """Every second: what is due by the cases' own rows. The jobs only make it come sooner."""
    since_mail = MAIL_SWEEP_SECONDS
    while not stop.is_set():
        try:
            await asyncio.to_thread(_sweep, scope, name, since_mail >= MAIL_SWEEP_SECONDS)
        except Exception:
            _log.exception("the sweep failed; it is tried again")
        since_mail = 0.0 if since_mail >= MAIL_SWEEP_SECONDS else since_mail + SCAN_SECONDS
        try:
            await asyncio.wait_for(stop.wait(), SCAN_SECONDS)
        except TimeoutError:
            continue


async def _follow_people(scope: Scope, stop: asyncio.Event) -> None:
    """Every few seconds what substitutes hold, every few minutes what nobody holds."""
    since_rescue = RESCUE_SECONDS
    while not stop.is_set():
        try:
            await asyncio.to_thread(_follow_people_once, scope, since_rescue >= RESCUE_SECONDS)
        except Exception:
            _log.exception("tasks could not follow their people; it is tried again")
        since_rescue = 0.0 if since_rescue >= RESCUE_SECONDS else since_rescue + SUBSTITUTES_SECONDS
        try:
            await asyncio.wait_for(stop.wait(), SUBSTITUTES_SECONDS)
        except TimeoutError:
            continue


def _follow_people_once(scope: Scope, with_rescue: bool) -> None:
    with scope():
        now = datetime.now(UTC)
        standing_in.apply_substitutions(now=now)
        if with_rescue:
            unassigned.rescue(now=now)


async def _index(scope: Scope, stop: asyncio.Event) -> None:
    """At the start and then every hour: what the search does not know yet, a batch at a time."""
    while not stop.is_set():
        try:
            more = await asyncio.to_thread(_index_batch, scope)
        except Exception:
            _log.exception("indexing failed; it is tried again")
            more = 0
        try:
            await asyncio.wait_for(stop.wait(), 0.01 if more else INDEX_SECONDS)
        except TimeoutError:
            continue


async def _look_ahead(scope: Scope, stop: asyncio.Event) -> None:
    """Beside the timers, which must not wait for it: what is to come in cases that changed, a few at a time."""
    while not stop.is_set():
        try:
            more = await asyncio.to_thread(_look_ahead_in_some, scope)
        except Exception:
            _log.exception("looking ahead failed; it is tried again")
            more = 0
        try:
            await asyncio.wait_for(stop.wait(), 0.05 if more == upcoming.BATCH else LOOK_AHEAD_SECONDS)
        except TimeoutError:
            continue


def _look_ahead_in_some(scope: Scope) -> int:
    with scope():
        return upcoming.sweep(now=datetime.now(UTC))


def _index_batch(scope: Scope) -> int:
    with scope():
        return index_missing()


def _sweep(scope: Scope, name: str, with_mail: bool) -> None:
    with scope():
        now = datetime.now(UTC)
        beat(name, now=now)
        timers.sweep(now=now)
        if with_mail:
            for notice_id in deliver.unsent(now=now):
                try:
                    deliver.deliver_mail(notice_id, now=now)
                except deliver.DeliveryFailed as error:
                    _log.warning("mail for notice %s was not taken: %s", notice_id, error)
                    break  # the server is down for the others too; each has its own next time
            _send_digests(now)
            deliveries.forget_old(now=now)


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
