"""Gifts in stock, as cases hold them: reserve, hand out, take back, release.

Everything works inside the caller's transaction. Gifts are locked in the order of their ids, so that two cases that
want the same ones wait for each other and never block each other. Each function is idempotent for a case, and every
change of a stock or a reservation is one row of the ledger. What the keeper enters is in ``gift_register``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.errors import Conflict
from services.registers.models import DbGift, DbGiftHold, DbGiftMovement

RESERVED, HANDED_OUT, GIVEN, RETURNED, RELEASED = "reserved", "handed_out", "given", "returned", "released"
OPENING, PURCHASE, ADJUST = "opening", "purchase", "adjust"
RESERVE, RELEASE, HAND_OUT, RETURN = "reserve", "release", "hand_out", "return"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a stock changes: a case, or a person who enters it, with a reason."""

    now: datetime
    user_id: int | None
    case_id: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A gift of which a case needs more than there is."""

    code: str
    name: str
    unit: str
    quantity: int


def reserve(session: Session, wanted: Mapping[str, int], cause: Cause) -> list[Missing]:
    """Hold gifts by code for the case, as many as there are, in place of what it held; gives what is short."""
    gifts, held = _locked(session, wanted, cause)
    asked = {gift.id: wanted[gift.code] for gift in gifts.values() if gift.code in wanted}
    standing = {gift_id: hold for gift_id, hold in held.items() if hold.state == RESERVED}
    if {gift_id: hold.quantity + hold.short for gift_id, hold in standing.items()} != asked:
        for gift_id, hold in standing.items():
            _release(session, gifts[gift_id], hold, cause)
        for gift_id, quantity in sorted(asked.items()):
            _reserve(session, gifts[gift_id], held, quantity, cause)
    session.flush()
    return _short(session, cause, gifts)


def _reserve(session: Session, gift: DbGift, held: Mapping[int, DbGiftHold], quantity: int, cause: Cause) -> None:
    taken = max(min(gift.available, quantity), 0)
    hold = held.get(gift.id)
    if hold is None:
        assert cause.case_id is not None
        hold = DbGiftHold(case_id=cause.case_id, gift_id=gift.id)
        session.add(hold)
    hold.state, hold.quantity, hold.short, hold.returned = RESERVED, taken, quantity - taken, 0
    hold.changed_at = cause.now
    move(session, gift, RESERVE, cause, reserved=taken)


def hand_out(session: Session, cause: Cause) -> None:
    """Take what the case holds out of the stock. What was short is taken too, where it has been bought meanwhile.

    Raises Conflict naming what is still missing; then nothing is handed out.
    """
    gifts, held = _locked(session, (), cause)
    waiting = {gift_id: hold for gift_id, hold in held.items() if hold.state == RESERVED}
    missing = [
        Missing(code=gift.code, name=gift.name, unit=gift.unit, quantity=hold.short - gift.available)
        for gift_id, hold in waiting.items()
        for gift in [gifts[gift_id]]
        if hold.short > gift.available
    ]
    if missing:
        raise Conflict(
            "库存不足，不能发放，还缺：{missing}；入库后再办理，或退回申请人减少数量", missing=in_words(missing)
        )
    for gift_id, hold in sorted(waiting.items()):
        reserved = hold.quantity
        hold.state, hold.quantity, hold.short = HANDED_OUT, hold.quantity + hold.short, 0
        hold.changed_at = cause.now
        move(session, gifts[gift_id], HAND_OUT, cause, stock=-hold.quantity, reserved=-reserved)
    session.flush()


def undo_hand_out(session: Session, cause: Cause) -> None:
    """What was handed out is back in the stock, and held for the case."""
    gifts, held = _locked(session, (), cause)
    for gift_id, hold in sorted(held.items()):
        if hold.state == HANDED_OUT:
            hold.state, hold.changed_at = RESERVED, cause.now
            move(session, gifts[gift_id], RETURN, cause, stock=hold.quantity, reserved=hold.quantity)
    session.flush()


def confirm(session: Session, returned: Mapping[str, int] | None, cause: Cause) -> dict[str, int]:
    """What was handed out was given, but for what is ``returned`` by code (None: all of it), which is in stock again.

    Gives what came back, by code.
    """
    gifts, held = _locked(session, (), cause)
    back: dict[str, int] = {}
    for gift_id, hold in sorted(held.items()):
        gift = gifts[gift_id]
        if hold.state == HANDED_OUT:
            hold.returned = hold.quantity if returned is None else min(returned.get(gift.code, 0), hold.quantity)
            hold.state, hold.changed_at = RETURNED if hold.returned == hold.quantity else GIVEN, cause.now
            move(session, gift, RETURN, cause, stock=hold.returned)
            back |= {gift.code: hold.returned} if hold.returned else {}
    session.flush()
    return back


def undo_confirm(session: Session, cause: Cause) -> None:
    """What came back is out again. Raises Conflict where others hold it by now."""
    gifts, held = _locked(session, (), cause)
    for gift_id, hold in sorted(held.items()):
        if hold.state in (GIVEN, RETURNED):
            gift = gifts[gift_id]
            if hold.returned > gift.available:
                raise Conflict("退回入库的“{gift}”已被其他申请预留，不能再撤回", gift=gift.name)
            move(session, gift, HAND_OUT, cause, stock=-hold.returned)
            hold.state, hold.returned, hold.changed_at = HANDED_OUT, 0, cause.now
    session.flush()


def release(session: Session, cause: Cause) -> dict[str, int]:
    """Give back what the case holds or has out; gives how many of each, by code."""
    gifts, held = _locked(session, (), cause)
    released = {
        gifts[gift_id].code: _release(session, gifts[gift_id], hold, cause)
        for gift_id, hold in sorted(held.items())
        if hold.state in (RESERVED, HANDED_OUT)
    }
    session.flush()
    return {code: quantity for code, quantity in released.items() if quantity}


def _release(session: Session, gift: DbGift, hold: DbGiftHold, cause: Cause) -> int:
    if hold.state == RESERVED:
        move(session, gift, RELEASE, cause, reserved=-hold.quantity)
    else:
        move(session, gift, RETURN, cause, stock=hold.quantity)
    hold.state, hold.short, hold.changed_at = RELEASED, 0, cause.now
    return hold.quantity


def move(session: Session, gift: DbGift, kind: str, cause: Cause, *, stock: int = 0, reserved: int = 0) -> None:
    """Change a locked gift's stock and reservation and write it into the ledger; nothing where nothing changes."""
    if not stock and not reserved:
        return
    gift.stock += stock
    gift.reserved += reserved
    session.add(
        DbGiftMovement(
            gift_id=gift.id,
            at=cause.now,
            kind=kind,
            stock_change=stock,
            reserved_change=reserved,
            stock_after=gift.stock,
            reserved_after=gift.reserved,
            case_id=cause.case_id,
            user_id=cause.user_id,
            note=cause.note,
        )
    )


def lock_gifts(session: Session, matching: ColumnElement[bool]) -> list[DbGift]:
    """The gifts of a condition, locked in the order of their ids until the transaction ends."""
    query = select(DbGift).where(matching).order_by(DbGift.id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _locked(session: Session, codes: Collection[str], cause: Cause) -> tuple[dict[int, DbGift], dict[int, DbGiftHold]]:
    """The gifts of these codes and those that the case holds, by id, locked; and what the case holds."""
    session.flush()
    mine = select(DbGiftHold).where(DbGiftHold.case_id == cause.case_id)
    held = {hold.gift_id: hold for hold in session.scalars(mine)}
    gifts = lock_gifts(session, DbGift.code.in_(codes) | DbGift.id.in_(held))
    return {gift.id: gift for gift in gifts}, held


def _short(session: Session, cause: Cause, gifts: Mapping[int, DbGift]) -> list[Missing]:
    query = select(DbGiftHold).where(DbGiftHold.case_id == cause.case_id, DbGiftHold.short > 0)
    holds = session.scalars(query.order_by(DbGiftHold.gift_id))
    return [
        Missing(code=gift.code, name=gift.name, unit=gift.unit, quantity=hold.short)
        for hold in holds
        for gift in [gifts[hold.gift_id]]
    ]


def in_words(missing: Collection[Missing]) -> str:
    """``龙井茶礼盒 3 盒、丝绸围巾 1 条``."""
    return "、".join(f"{each.name} {each.quantity} {each.unit}" for each in missing)
