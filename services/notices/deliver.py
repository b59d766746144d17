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

from services.database import read_session, transaction
from services.notices.models import DbNotice
from services.notices.notify import FAILED, NONE, SENT, WAITING
from services.notices.sentences import SENTENCES
from services.people.models import DbUser
from services.runtime import runtime

MAX_TRIES = 8
FIRST_WAIT = timedelta(seconds=15)
"""Doubled after each try: mail is given up an hour after the server went away."""
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
        _send(message)
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
        notice = session.scalar(query.with_for_update(skip_locked=True))
        if notice is None or (notice.mail_due_at is not None and notice.mail_due_at > now):
            return None
        notice.mail_tries += 1
        notice.mail_due_at = now + FIRST_WAIT * 2**notice.mail_tries
        recipient = session.get_one(DbUser, notice.user_id)
        if not recipient.email:
            notice.mail_state = NONE
            return None
        try:
            return _message(notice, recipient)
        except ValueError as error:
            # an address that no message can be sent to: trying again would not help
            notice.mail_state, notice.mail_error = FAILED, str(error)[:500]
            return None


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


def _message(notice: DbNotice, recipient: DbUser) -> EmailMessage:
    sentence = SENTENCES[notice.kind].format_map(notice.values)
    place = f"/tasks/{notice.task_id}" if notice.task_id else f"/cases/{notice.case_id}"
    message = EmailMessage()
    message["Subject"] = " ".join(sentence.split())
    message["From"] = _sender()
    message["To"] = recipient.email
    # the same id at every try: a receiver that got the mail already recognises the copy
    message["Message-ID"] = f"<notice-{notice.id}@huiqian.example>"
    message.set_content(f"{recipient.name}，您好：\n\n{sentence}\n\n{runtime().base_url}{place}\n\n— 会签")
    return message


def _sender() -> str:
    user = unquote(urlsplit(runtime().mail_url).username or "")
    return user if "@" in user else "huiqian@huiqian.example"


def _send(message: EmailMessage) -> None:
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
