"""The daily digest: one mail with what a person chose to read once a day."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.notices import deliver, settings
from services.notices.models import DbNotice, DbNoticeSettings
from services.notices.notify import IN_DIGEST, NONE, SENT
from services.notices.settings import NoticeSettings, get_settings, group_of, may_send_at
from services.notices.wording import link_to, notice_text, place_of, say
from services.people.company_calendar import load_calendar
from services.people.models import DbUser
from services.tasks.models import DbTask
from services.types import UserId
from workflows.calendar import COMPANY_ZONE

CLAIM = timedelta(minutes=10)
"""For so long nobody else tries the same digest."""
_MOST = 200
_HEADINGS: Mapping[str, str] = {
    settings.TASK: "待办任务",
    settings.CLAIMABLE: "可认领的任务",
    settings.URGED: "催办",
    settings.REMINDER: "到期提醒与逾期",
    settings.MENTIONED: "提到您的评论",
    settings.COPIED: "抄送给您",
    settings.RESULT: "申请结果",
}


@dataclass(frozen=True, kw_only=True)
class Digest:
    message: EmailMessage
    notice_ids: Sequence[int]


def due_digests(*, now: datetime) -> list[UserId]:
    """People for whose digest the time of day has come, and for whom there is something in it."""
    local = now.astimezone(COMPANY_ZONE)
    waiting = exists().where(DbNotice.user_id == DbNoticeSettings.user_id, DbNotice.mail_state == IN_DIGEST)
    row = DbNoticeSettings
    session = read_session()
    query = select(row.user_id).where(
        waiting,
        row.digest_at <= local.time(),
        or_(row.digest_sent_on.is_(None), row.digest_sent_on < local.date()),
        or_(row.digest_claimed_at.is_(None), row.digest_claimed_at < now - CLAIM),
    )
    found = [UserId(user_id) for user_id in session.scalars(query.order_by(row.user_id))]
    session.rollback()
    return found


def send_digest(user_id: UserId, *, now: datetime) -> bool:
    """Send one person's digest; False when there is nothing to send now. Raises DeliveryFailed; it is tried again."""
    digest = _claim(user_id, now)
    if digest is None:
        return False
    try:
        deliver.send(digest.message)
    except (OSError, smtplib.SMTPException) as error:
        raise deliver.DeliveryFailed(str(error)) from error
    with transaction() as session:
        sent = update(DbNotice).where(DbNotice.id.in_(digest.notice_ids), DbNotice.mail_state == IN_DIGEST)
        session.execute(sent.values(mail_state=SENT))
        mine = update(DbNoticeSettings).where(DbNoticeSettings.user_id == user_id)
        session.execute(mine.values(digest_sent_on=now.astimezone(COMPANY_ZONE).date(), digest_claimed_at=None))
    return True


def _claim(user_id: UserId, now: datetime) -> Digest | None:
    with transaction() as session:
        row = session.get(DbNoticeSettings, user_id, with_for_update={"skip_locked": True}, populate_existing=True)
        today = now.astimezone(COMPANY_ZONE).date()
        if row is None or row.digest_sent_on == today:
            return None
        if row.digest_claimed_at is not None and row.digest_claimed_at >= now - CLAIM:
            return None
        chosen = get_settings(session, user_id)
        if may_send_at(chosen, now, load_calendar(session)) > now:
            return None
        digest = _compose(session, user_id, chosen, today.isoformat())
        if digest is not None:
            row.digest_claimed_at = now
        return digest


def _compose(session: Session, user_id: UserId, chosen: NoticeSettings, day: str) -> Digest | None:
    query = select(DbNotice).where(DbNotice.user_id == user_id, DbNotice.mail_state == IN_DIGEST)
    found = session.scalars(query.order_by(DbNotice.id).limit(_MOST).with_for_update()).all()
    groups: dict[str, list[DbNotice]] = {group: [] for group in _HEADINGS}
    for notice in found:
        task = session.get(DbTask, notice.task_id) if notice.task_id else None
        reason = deliver.needless(session, notice, task)
        if reason:
            notice.mail_state, notice.mail_error = NONE, reason
            continue
        groups[group_of(notice.kind, claimable=task is not None and task.assignee_id is None)].append(notice)
    kept = [notice for notices in groups.values() for notice in notices]
    recipient = session.get_one(DbUser, user_id)
    if not kept or not recipient.email or not recipient.active:
        return None
    message = deliver.compose(
        recipient,
        chosen.language,
        subject=say(chosen.language, "今日汇总：{count} 项", count=len(kept)),
        body="\n\n".join(_section(session, chosen.language, group, groups[group]) for group in groups if groups[group]),
        message_id=f"digest-{user_id}-{day}",
    )
    return Digest(message=message, notice_ids=[notice.id for notice in kept])


def _section(session: Session, language: str, group: str, notices: Sequence[DbNotice]) -> str:
    lines = [f"{say(language, _HEADINGS[group])}（{len(notices)}）"]
    lines += [f"· {notice_text(session, notice, language)}\n  {link_to(place_of(notice))}" for notice in notices]
    return "\n".join(lines)
