"""What went wrong in the background and waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.models import DbCase, DbCaseMessage
from services.database import transaction
from services.notices import deliveries
from services.notices.models import DbNotice
from services.notices.notify import FAILED, WAITING
from services.people.models import DbUser


@dataclass(frozen=True, kw_only=True)
class FailedMail:
    notice_id: int
    recipient: str
    reason: str


def list_failed(session: Session) -> list[FailedMail]:
    """Mail that was given up after all tries, oldest first."""
    rows = session.execute(
        select(DbNotice, DbUser.email)
        .join(DbUser, DbUser.id == DbNotice.user_id)
        .where(DbNotice.mail_state == FAILED)
        .order_by(DbNotice.id)
    )
    return [FailedMail(notice_id=notice.id, recipient=email, reason=notice.mail_error) for notice, email in rows]


@dataclass(frozen=True, kw_only=True)
class FailingCase:
    case_id: int
    number: str
    tries: int
    reason: str


def list_failing_cases(session: Session) -> list[FailingCase]:
    """Cases whose timers could not be fired; they are tried again, later each time."""
    rows = session.scalars(select(DbCase).where(DbCase.timer_failures > 0).order_by(DbCase.id))
    return [
        FailingCase(case_id=case.id, number=case.number, tries=case.timer_failures, reason=case.timer_error)
        for case in rows
    ]


def list_waiting_messages(session: Session) -> list[FailingCase]:
    """Cases that could not take a message that was left for them; they are tried again, later each time."""
    rows = session.execute(
        select(DbCaseMessage, DbCase.number)
        .join(DbCase, DbCase.id == DbCaseMessage.case_id)
        .where(DbCaseMessage.tries > 0)
        .order_by(DbCaseMessage.id)
    )
    return [
        FailingCase(case_id=letter.case_id, number=number, tries=letter.tries, reason=letter.error)
        for letter, number in rows
    ]


@dataclass(frozen=True, kw_only=True)
class FailedDelivery:
    delivery_id: int
    channel: str
    event: str
    reason: str


def list_failed_deliveries(session: Session) -> list[FailedDelivery]:
    """What channels did not take, oldest first."""
    return [
        FailedDelivery(delivery_id=found.id, channel=channel.name, event=found.event, reason=found.answer)
        for found, channel in deliveries.list_failed(session)
    ]


def retry_failed(*, now: datetime) -> int:
    """Put all given-up mail and deliveries back into the queue; returns how many."""
    with transaction() as session:
        notices = session.scalars(select(DbNotice).where(DbNotice.mail_state == FAILED).with_for_update()).all()
        for notice in notices:
            notice.mail_state, notice.mail_tries, notice.mail_due_at = WAITING, 0, None
            jobs.enqueue(session, case_id=notice.case_id, next_due=None, notice_ids=[notice.id])
        given_up = [found for found, _channel in deliveries.list_failed(session)]
        return len(notices) + deliveries.put_back(session, given_up, now)
