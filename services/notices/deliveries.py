"""Sending what waits for channels: claimed before it is sent, marked afterwards, tried again when it was not taken.

A crash between sending and marking leaves the delivery claimed; when the claim lapses it is sent once more. A webhook
gets the same ``webhook-id`` again and drops the copy. A robot has no such id and says it twice, never more often: when
nobody knows for the second time, a person has to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases import feed
from services.database import read_session, table_of, transaction
from services.errors import NotFound
from services.notices import channels, formats, outside, wording
from services.notices.announce import delivery
from services.notices.formats import LATER, REFUSED, TAKEN, Outgoing, Verdict
from services.notices.models import DbChannel, DbDelivery
from services.tasks.models import DbTask
from services.types import Actor

WAITING, SENDING, SENT, FAILED, NONE = "waiting", "sending", "sent", "failed", "none"
MAX_TRIES = 8
FIRST_WAIT = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
CLAIM = timedelta(minutes=1)
"""Longer than a request may take: whose claim lapses is dead."""
KEPT = timedelta(days=30)
BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Claimed:
    delivery_id: int
    tries: int
    kind: str
    outgoing: Outgoing


def spread_events(*, now: datetime) -> None:
    """Make a delivery of each new event for each webhook; the history itself is what cannot be lost."""
    wanted = select(DbChannel.id).where(DbChannel.enabled, DbChannel.kind == formats.WEBHOOK).order_by(DbChannel.id)
    webhooks = list(read_session().scalars(wanted))
    read_session().rollback()
    if webhooks:
        feed.number_events()
    for channel_id in webhooks:
        while _spread_batch(channel_id, now) == BATCH:
            continue


def _spread_batch(channel_id: int, now: datetime) -> int:
    with transaction() as session:
        query = select(DbChannel).where(DbChannel.id == channel_id, DbChannel.enabled)
        channel = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if channel is None:
            return 0
        after, last = channel.event_number, feed.last_number(session)
        found = feed.list_new_events(session, after=after, processes=channel.processes, limit=BATCH)
        rows = [
            delivery(channel.id, channels.HISTORY, event.case_id, now, event_number=event.number) for event in found
        ]
        if rows:
            session.execute(insert(table_of(DbDelivery)).on_conflict_do_nothing(), rows)
        channel.event_number = found[-1].number if len(found) == BATCH else max(after, last)
        return len(found)


def due_channels(*, now: datetime) -> list[int]:
    """Channels that something waits for, the truth behind the jobs."""
    session = read_session()
    waiting = exists().where(
        DbDelivery.channel_id == DbChannel.id,
        DbDelivery.state.in_((WAITING, SENDING)),
        DbDelivery.due_at <= now,
    )
    calm = or_(DbChannel.paused_until.is_(None), DbChannel.paused_until <= now)
    found = list(session.scalars(select(DbChannel.id).where(DbChannel.enabled, calm, waiting).order_by(DbChannel.id)))
    session.rollback()
    return found


def deliver_next(channel_id: int, *, now: datetime) -> bool:
    """Send the oldest that waits for a channel; False when nothing waits, or the channel takes no more for now.

    No transaction is open while the request is on its way.
    """
    claimed = _claim(channel_id, now)
    if claimed is None:
        return False
    verdict, sure = _send(claimed)
    _mark(channel_id, claimed, verdict, sure=sure, now=now)
    return verdict.state != LATER


def _claim(channel_id: int, now: datetime) -> Claimed | None:
    """Take the next delivery for one try; what is not to be sent any more is put aside on the way."""
    while True:
        with transaction() as session:
            channel = session.get(DbChannel, channel_id, populate_existing=True)
            if channel is None or not channel.enabled or (channel.paused_until and channel.paused_until > now):
                return None
            found = _next(session, channel_id, now)
            if found is None:
                return None
            outgoing = _prepare(session, channel, found, now)
            if outgoing is not None:
                found.state, found.due_at = SENDING, now + CLAIM
                found.tries += 1
                return Claimed(delivery_id=found.id, tries=found.tries, kind=channel.kind, outgoing=outgoing)


def _next(session: Session, channel_id: int, now: datetime) -> DbDelivery | None:
    query = (
        select(DbDelivery)
        .where(DbDelivery.channel_id == channel_id, DbDelivery.state.in_((WAITING, SENDING)), DbDelivery.due_at <= now)
        .order_by(DbDelivery.id)
        .limit(1)
    )
    return session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _prepare(session: Session, channel: DbChannel, found: DbDelivery, now: datetime) -> Outgoing | None:
    """The request, or nothing when there is no sense in sending it; then the row says why."""
    if found.state == SENDING:
        found.unsure += 1
    if found.unsure > 1 and channel.kind != formats.WEBHOOK:
        found.state, found.answer = FAILED, "无法确认是否送达，请到群里查看后再重试"
        return None
    if channel.kind == formats.WEBHOOK:
        event = feed.find_event(session, found.event_number or 0)
        assert event is not None, "events are never deleted"
        message_id = f"event_{found.event_number}"
        return formats.webhook_message(channel.url, channel.secret, feed.as_item(event), message_id, now=now)
    if found.event == channels.TASK and _is_closed(session, found.task_id):
        found.state, found.answer = NONE, "任务已办结"
        return None
    message = wording.group_message(session, found)
    return formats.robot_message(channel.kind, channel.url, channel.secret, message, now=now)


def _is_closed(session: Session, task_id: int | None) -> bool:
    return session.scalar(select(DbTask.state).where(DbTask.id == task_id)) != "open"


def _send(claimed: Claimed) -> tuple[Verdict, bool]:
    """The other side's word, and whether it is certain what happened."""
    request = claimed.outgoing
    try:
        answer = outside.post(request.url, request.body, request.headers)
    except outside.NotReached as error:
        return Verdict(state=LATER, answer=str(error)), True
    except outside.NoAnswer as error:
        return Verdict(state=LATER, answer=str(error)), False
    return formats.judge(claimed.kind, answer), True


def _mark(channel_id: int, claimed: Claimed, verdict: Verdict, *, sure: bool, now: datetime) -> None:
    with transaction() as session:
        channel = session.get(DbChannel, channel_id, with_for_update=True, populate_existing=True)
        found = session.get(DbDelivery, claimed.delivery_id, with_for_update=True, populate_existing=True)
        if channel is None or found is None or (found.state, found.tries) != (SENDING, claimed.tries):
            return  # the claim lapsed and somebody else has it, or the channel is gone
        found.answer = verdict.answer[:500]
        found.unsure += not sure
        if verdict.state == TAKEN:
            found.state, found.sent_at = SENT, now
            channel.failures, channel.paused_until = 0, None
        elif verdict.state == REFUSED:
            found.state = FAILED
        else:
            _put_off(channel, found, verdict, now)


def _put_off(channel: DbChannel, found: DbDelivery, verdict: Verdict, now: datetime) -> None:
    """The whole channel rests: what is not taken now would not be taken a moment later either."""
    found.state = WAITING
    if verdict.wait is not None:
        # the other side has said when to come again: that was no failed try
        found.tries -= 1
        found.due_at = channel.paused_until = now + timedelta(seconds=verdict.wait)
        return
    channel.failures += 1
    channel.paused_until = now + min(FIRST_WAIT * 2 ** min(channel.failures, 10), LONGEST_PAUSE)
    found.due_at = now + FIRST_WAIT * 2**found.tries
    if found.tries >= MAX_TRIES:
        found.state = FAILED


def send_test(actor: Actor, channel_id: int, *, now: datetime) -> Verdict:
    """Send a message that says it is a test, and give the other side's word. Raises NotFound, NotPermitted."""
    channels.require_admin(actor)
    session = read_session()
    channel = channels.get_channel(session, channel_id)
    if channel.kind == formats.WEBHOOK:
        message_id = f"test_{channel.id}_{int(now.timestamp() * 1000)}"
        item = wording.test_item(actor, now)
        outgoing = formats.webhook_message(channel.url, channel.secret, item, message_id, now=now)
    else:
        message = wording.test_message(actor)
        outgoing = formats.robot_message(channel.kind, channel.url, channel.secret, message, now=now)
    claimed = Claimed(delivery_id=0, tries=0, kind=channel.kind, outgoing=outgoing)
    session.rollback()
    return _send(claimed)[0]


def list_deliveries(session: Session, channel_id: int, *, limit: int = 50) -> list[DbDelivery]:
    """The newest deliveries of a channel, newest first."""
    query = select(DbDelivery).where(DbDelivery.channel_id == channel_id).order_by(DbDelivery.id.desc())
    return list(session.scalars(query.limit(limit)))


def list_failed(session: Session) -> list[tuple[DbDelivery, DbChannel]]:
    """What was given up, oldest first."""
    query = select(DbDelivery, DbChannel).join(DbChannel, DbChannel.id == DbDelivery.channel_id)
    rows = session.execute(query.where(DbDelivery.state == FAILED).order_by(DbDelivery.id))
    return [(row[0], row[1]) for row in rows]


def retry(actor: Actor, channel_id: int, delivery_id: int | None, *, now: datetime) -> int:
    """Send what was given up once more: one delivery, or all of the channel; returns how many.

    Raises NotFound, NotPermitted.
    """
    channels.require_admin(actor)
    with transaction() as session:
        channel = session.get(DbChannel, channel_id, with_for_update=True, populate_existing=True)
        if channel is None:
            raise NotFound("没有这个消息通道")
        query = select(DbDelivery).where(DbDelivery.channel_id == channel_id, DbDelivery.state == FAILED)
        if delivery_id is not None:
            query = query.where(DbDelivery.id == delivery_id)
        return put_back(session, list(session.scalars(query.with_for_update())), now)


def put_back(session: Session, failed: list[DbDelivery], now: datetime) -> int:
    """Let given-up deliveries wait again, and their channels with them."""
    for found in failed:
        found.state, found.due_at, found.tries, found.unsure = WAITING, now, 0, 0
    for channel_id in sorted({found.channel_id for found in failed}):
        channel = session.get_one(DbChannel, channel_id)
        channel.failures, channel.paused_until = 0, None
    return len(failed)


def forget_old(*, now: datetime) -> None:
    """Delete the record of what was sent long ago."""
    old = select(DbDelivery.id).where(DbDelivery.created_at < now - KEPT, DbDelivery.state.in_((SENT, NONE)))
    with transaction() as session:
        session.execute(delete(DbDelivery).where(DbDelivery.id.in_(old.order_by(DbDelivery.id).limit(1_000))))
