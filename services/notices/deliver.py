"""Sending notices by mail: at least once, and with an id by which a receiver drops a second copy."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.notices.models import DbNotice
from services.notices.notify import FAILED, IN_DIGEST, NONE, SENT, WAITING
from services.notices.settings import DIGEST, NO, NoticeSettings, get_settings, group_of, may_send_at
from services.notices.wording import link_to, notice_text, place_of, say
from services.people.company_calendar import load_calendar
from services.people.models import DbUser
from services.runtime import runtime
from services.tasks.models import DbInboxEntry, DbTask
from services.types import UserId

MAX_TRIES = 8
FIRST_WAIT = timedelta(seconds=15)
"""Doubled after each try: mail is given up an hour after the server went away."""
_TO_SUPERIORS = frozenset({"escalation", "no_response"})
_TO_HOLDERS = frozenset(
    {"task", "stand_in", "transferred", "delegated", "answered", "reminder", "urged", "respond_soon"},
)
TO_DO = _TO_SUPERIORS | _TO_HOLDERS
"""Kinds that ask somebody to act on a task; superiors are told of one that is not theirs."""
_TIMEOUT = 20.0


class DeliveryFailed(Exception):
    """The mail server did not take the message; the job is tried again later."""


def deliver_mail(notice_id: int, *, now: datetime) -> None:
    """Send one notice. Raises DeliveryFailed as long as another try makes sense.

    The try is written down before it is made, with the time of the next one: two workers never send at the same time,
    and no transaction waits for a mail server.
    """
    message = _claim(notice_id, now)
    if message is None:
        return
    try:
        send(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if not _note_failure(notice_id, error):
            raise DeliveryFailed(str(error)) from error
        return
    with transaction() as session:
        session.get_one(DbNotice, notice_id).mail_state = SENT


def _claim(notice_id: int, now: datetime) -> EmailMessage | None:
    """Take the notice for one try; None when it is not to be sent now, or not at all."""
    with transaction() as session:
        query = select(DbNotice).where(DbNotice.id == notice_id, DbNotice.mail_state == WAITING)
        notice = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if notice is None or (notice.mail_due_at is not None and notice.mail_due_at > now):
            return None
        recipient = session.get_one(DbUser, notice.user_id, populate_existing=True)
        settings = get_settings(session, UserId(recipient.id))
        if not _is_wanted(session, notice, recipient, settings, now):
            return None
        notice.mail_tries += 1
        notice.mail_due_at = now + FIRST_WAIT * 2**notice.mail_tries
        try:
            return _message(session, notice, recipient, settings.language)
        except ValueError as error:
            # an address that no message can be sent to: trying again would not help
            notice.mail_state, notice.mail_error = FAILED, str(error)[:500]
            return None


def _is_wanted(session: Session, notice: DbNotice, recipient: DbUser, settings: NoticeSettings, now: datetime) -> bool:
    """Whether the mail goes out now; else the row says why not, or until when it waits."""
    task = session.get(DbTask, notice.task_id, populate_existing=True) if notice.task_id else None
    way = settings.way(group_of(notice.kind, claimable=task is not None and task.assignee_id is None))
    reason = needless(session, notice, task) if recipient.email and recipient.active else "没有邮箱或已离职"
    if reason or way == NO:
        notice.mail_state, notice.mail_error = NONE, reason or "本人设置为不发邮件"
        return False
    if way == DIGEST:
        notice.mail_state = IN_DIGEST
        return False
    at = may_send_at(settings, now, load_calendar(session))
    if at > now:
        notice.mail_due_at = at
        return False
    return True


def needless(session: Session, notice: DbNotice, task: DbTask | None) -> str:
    """Why nobody needs to read of this any more; nothing when somebody does."""
    if task is None or notice.kind not in TO_DO:
        return ""
    if task.state != "open":
        return "任务已办结"
    entry = session.get(DbInboxEntry, (task.id, notice.user_id), populate_existing=True)
    if notice.kind not in _TO_SUPERIORS and (entry is None or entry.hidden):
        return "任务已由他人办理"
    return ""


def _note_failure(notice_id: int, error: Exception) -> bool:
    """Write down why it failed; True when this was the last try."""
    with transaction() as session:
        notice = session.get_one(DbNotice, notice_id)
        notice.mail_error = str(error)[:500]
        if notice.mail_tries >= MAX_TRIES:
            notice.mail_state = FAILED
        return notice.mail_state == FAILED


def unsent(*, now: datetime) -> list[int]:
    """Notices whose mail is due by ``now``, oldest first: the truth behind the jobs."""
    session = read_session()
    due = or_(DbNotice.mail_due_at.is_(None), DbNotice.mail_due_at <= now)
    query = select(DbNotice.id).where(DbNotice.mail_state == WAITING, due).order_by(DbNotice.id).limit(200)
    found = list(session.scalars(query))
    session.rollback()
    return found


def _message(session: Session, notice: DbNotice, recipient: DbUser, language: str) -> EmailMessage:
    sentence = notice_text(session, notice, language)
    body = f"{sentence}\n\n{link_to(place_of(notice))}"
    # the same id at every try: a receiver that got the mail already recognises the copy
    return compose(recipient, language, subject=sentence, body=body, message_id=f"notice-{notice.id}")


def compose(recipient: DbUser, language: str, *, subject: str, body: str, message_id: str) -> EmailMessage:
    """A mail to one person. Raises ValueError for an address that none can be sent to."""
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = _sender()
    message["To"] = recipient.email
    message["Message-ID"] = f"<{message_id}@huiqian.example>"
    greeting, closing = say(language, "{name}，您好：", name=recipient.name), say(language, "— 会签")
    message.set_content(f"{greeting}\n\n{body}\n\n{closing}")
    return message


def _sender() -> str:
    user = unquote(urlsplit(runtime().mail_url).username or "")
    return user if "@" in user else "huiqian@huiqian.example"


def send(message: EmailMessage) -> None:
    """Hand a message to the mail server. Raises OSError or SMTPException."""
    with _server() as server:
        server.send_message(message)


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    url = urlsplit(runtime().mail_url)
    with smtplib.SMTP(url.hostname or "", url.port or 25, timeout=_TIMEOUT) as server:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
