"""Whose turn it is to change where an order goes. One case at a time; the others wait, or take its place.

Everything here happens under the lock of the order's row, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.mailbox import leave_message
from services.errors import Conflict
from services.registers import orders
from services.registers.models import DELIVERED, DbOrder, DbOrderClaim

WAITING, OPEN, APPLIED, REPLACED, RELEASED = "waiting", "open", "applied", "replaced", "released"
TURN_CAME, CHANGE_REPLACED = "turn_came", "change_replaced"
"""Messages to the next case in the line, and to one whose place was taken."""
_ALIVE = (WAITING, OPEN)


def find_claim(session: Session, case_id: int) -> DbOrderClaim | None:
    return session.get(DbOrderClaim, case_id, populate_existing=True)


def is_alive(claim: DbOrderClaim | None) -> bool:
    """Whether the case waits for the order or has it."""
    return claim is not None and claim.state in _ALIVE


def rivals(session: Session, order: DbOrder, case_id: int) -> list[DbOrderClaim]:
    """The other cases that have the order or wait for it, in the order of asking."""
    query = select(DbOrderClaim).where(DbOrderClaim.order_id == order.id, DbOrderClaim.state.in_(_ALIVE))
    query = query.where(DbOrderClaim.case_id != case_id).order_by(DbOrderClaim.asked_at, DbOrderClaim.case_id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def ahead_of(session: Session, claim: DbOrderClaim) -> int | None:
    """The case that a waiting one waits for: who has the order, else who is right before it."""
    query = select(DbOrderClaim).where(DbOrderClaim.order_id == claim.order_id, DbOrderClaim.state.in_(_ALIVE))
    others = [other for other in session.scalars(query) if other.case_id != claim.case_id]
    having = next((other.case_id for other in others if other.state == OPEN), None)
    place = (claim.asked_at, claim.case_id)
    before = [(other.asked_at, other.case_id) for other in others if (other.asked_at, other.case_id) < place]
    return having or (max(before)[1] if before else None)


def ask(session: Session, order: DbOrder, case_id: int, *, now: datetime) -> DbOrderClaim:
    """Take a place in the line, behind everybody who asked before; a case that is in it keeps its place."""
    claim = find_claim(session, case_id)
    if claim is None:
        claim = DbOrderClaim(case_id=case_id, order_id=order.id, state=WAITING, asked_at=now, before={})
        session.add(claim)
    elif claim.state not in _ALIVE:
        claim.order_id, claim.state, claim.asked_at, claim.replaced_by = order.id, WAITING, now, None
    session.flush()
    return claim


def replace(
    session: Session, order: DbOrder, claim: DbOrderClaim, others: Collection[DbOrderClaim], *, now: datetime
) -> None:
    """Take the place of others, and tell them."""
    for other in others:
        message = CHANGE_REPLACED if other.state == OPEN else TURN_CAME
        other.state, other.replaced_by = REPLACED, claim.case_id
        leave_message(session, other.case_id, message, order.number, {"order": order.number}, now=now)
    session.flush()


def take_turn(session: Session, order: DbOrder, claim: DbOrderClaim) -> DbOrderClaim | None:
    """Open the claim if nobody is before it; else whoever is next before it."""
    place = (claim.asked_at, claim.case_id)
    before = [
        other
        for other in rivals(session, order, claim.case_id)
        if other.state == OPEN or (other.asked_at, other.case_id) < place
    ]
    if before:
        return next((other for other in before if other.state == OPEN), before[-1])
    claim.state = OPEN
    session.flush()
    return None


def release(session: Session, order: DbOrder, claim: DbOrderClaim, state: str, *, now: datetime) -> None:
    """Leave the line as ``state``, and wake whoever is first in it if nobody has the order."""
    claim.state = state
    session.flush()
    others = rivals(session, order, claim.case_id)
    if others and all(other.state == WAITING for other in others):
        payload = {"order": order.number}
        leave_message(session, others[0].case_id, TURN_CAME, order.number, payload, now=now)


def keep_before(claim: DbOrderClaim, order: DbOrder, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Remember what the change has overwritten, and how the order stood then."""
    claim.before = {"state": order.state, "before": before, "after": after}


def put_back(session: Session, order: DbOrder, claim: DbOrderClaim, *, user_id: int | None, now: datetime) -> None:
    """Undo an applied change. Raises Conflict when the order has gone on since, or somebody else has changed it."""
    kept = claim.before
    if claim.state != APPLIED or not kept:
        return
    if order.state != kept["state"]:
        state = orders.STATE_LABELS[order.state]
        raise Conflict("订单 {number} {state}，更改已经生效，不能再撤回", number=order.number, state=state)
    moved = any(getattr(order, name) != value for name, value in kept["after"].items())
    if moved or any(other.state == OPEN for other in rivals(session, order, claim.case_id)):
        raise Conflict("订单 {number} 之后又有别的地址更改，不能再撤回这一项", number=order.number)
    orders.write(session, order, kept["before"], source="case", user_id=user_id, now=now)
    orders.note_event(
        session, order, source="case", user_id=user_id, case_id=claim.case_id, now=now, note="撤回更改，恢复原收件信息"
    )
    claim.state, claim.before = OPEN, {}
    session.flush()


def is_over(order: DbOrder) -> bool:
    """Whether nothing can be changed any more."""
    return order.state == DELIVERED
