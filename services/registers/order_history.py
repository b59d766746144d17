"""What happened to an order: its way, and the cases that changed or wanted to change where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.cases.visibility import visible_to
from services.people.models import DbUser
from services.registers.models import DbOrder, DbOrderClaim, DbOrderEvent
from services.types import Actor

MAX_EVENTS = 200


@dataclass(frozen=True, kw_only=True)
class OrderEvent:
    at: datetime
    state: str
    source: str
    note: str
    username: str | None
    who: str | None
    case_id: int | None
    case_number: str | None


@dataclass(frozen=True, kw_only=True)
class AddressChange:
    """A case about where the order goes; ``claim`` is ``waiting``, ``open``, ``applied``, ``replaced``, ``released``.
    ``visible`` says whether the reader may open it."""

    case_id: int
    number: str
    status: str
    claim: str
    at: datetime
    visible: bool


@dataclass(frozen=True, kw_only=True)
class OrderHistory:
    events: list[OrderEvent]
    changes: list[AddressChange]


def history_of(session: Session, actor: Actor, order: DbOrder) -> OrderHistory:
    """Both with the newest first, for somebody who may see the order."""
    return OrderHistory(events=_events(session, order), changes=_changes(session, actor, order))


def _events(session: Session, order: DbOrder) -> list[OrderEvent]:
    rows = session.execute(
        select(DbOrderEvent, DbUser.username, DbUser.name, DbCase.number)
        .outerjoin(DbUser, DbUser.id == DbOrderEvent.user_id)
        .outerjoin(DbCase, DbCase.id == DbOrderEvent.case_id)
        .where(DbOrderEvent.order_id == order.id)
        .order_by(DbOrderEvent.id.desc())
        .limit(MAX_EVENTS)
    )
    return [
        OrderEvent(
            at=event.at,
            state=event.state,
            source=event.source,
            note=event.note,
            username=username,
            who=name,
            case_id=event.case_id,
            case_number=number,
        )
        for event, username, name, number in rows
    ]


def _changes(session: Session, actor: Actor, order: DbOrder) -> list[AddressChange]:
    own = set(
        session.scalars(
            select(DbCase.id).where(
                visible_to(actor),
                DbCase.id.in_(select(DbOrderClaim.case_id).where(DbOrderClaim.order_id == order.id)),
            )
        )
    )
    rows = session.execute(
        select(DbOrderClaim, DbCase.number, DbCase.status)
        .join(DbCase, DbCase.id == DbOrderClaim.case_id)
        .where(DbOrderClaim.order_id == order.id)
        .order_by(DbOrderClaim.asked_at.desc(), DbOrderClaim.case_id.desc())
        .limit(MAX_EVENTS)
    )
    return [
        AddressChange(
            case_id=claim.case_id,
            number=number,
            status=status,
            claim=claim.state,
            at=claim.asked_at,
            visible=claim.case_id in own,
        )
        for claim, number, status in rows
    ]
