"""A gift case through the real services, each test saying only what matters to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from services.cases.models import RUNNING, DbCase
from services.cases.start_case import start_case
from services.database import db
from services.demo_gifts import GIFTS
from services.registers.models import DbGift, DbGiftHold, DbGiftMovement
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act

DAY = date(2026, 11, 26)
AFTERWARDS = MONDAY + timedelta(days=3)
REVIEWS = (
    ("manager", "head_review"),
    ("gifts", "keeper_review"),
    ("office", "office_review"),
    ("deputy", "deputy_review"),
)


def line(**changes: Any) -> dict[str, Any]:
    """A row of 礼品馈赠申请表."""
    values = {"customer": "C001", "recipient": "周建国", "gift": "G001", "quantity": 2, "value": Decimal(536)}
    return {**values, **changes}


def application(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The values of 礼品馈赠申请表."""
    return {"date": DAY.isoformat(), "lines": list(lines) or [line()], **changes}


def start(*lines: dict[str, Any], by: str = "specialist", now: datetime = MONDAY, **changes: Any) -> DbCase:
    return start_case(find_actor(by), "gift", application(*lines, **changes), now=now, with_defaults=True)


def reviewed(case: DbCase, upto: str = "deputy_review", *, comment: str = "", now: datetime = MONDAY) -> DbCase:
    """The reviews up to and with a step."""
    for username, step in REVIEWS:
        act(case, username, step, comment=comment, now=now)
        if step == upto:
            break
    return case


def handed_out(*lines: dict[str, Any], **changes: Any) -> DbCase:
    case = reviewed(start(*lines, **changes))
    return act(case, "gifts", "hand_out", "submit")


def confirm(case: DbCase, outcome: str = "given", *, comment: str = "", **typed: Any) -> DbCase:
    return act(case, "specialist", "confirm_given", outcome, comment=comment, typed=typed, now=AFTERWARDS)


def stock(code: str = "G001") -> tuple[int, int]:
    """What is there of a gift, and what of that is reserved."""
    db.session.rollback()
    db.session.expire_all()
    gift = db.session.query(DbGift).filter_by(code=code).one()
    return gift.stock, gift.reserved


def hold(case: DbCase, code: str = "G001") -> DbGiftHold:
    db.session.expire_all()
    gift = db.session.query(DbGift).filter_by(code=code).one()
    return db.session.get_one(DbGiftHold, (case.id, gift.id))


def check_gifts(told: str = "") -> None:
    """The stock is what the ledger makes of it, reservations are what cases hold, and nothing is below zero."""
    db.session.rollback()
    db.session.expire_all()
    opening = {gift.code: gift.stock for gift in GIFTS}
    columns = (DbGiftMovement.gift_id, func.sum(DbGiftMovement.stock_change), func.sum(DbGiftMovement.reserved_change))
    moved = {row[0]: row[1:] for row in db.session.execute(select(*columns).group_by(DbGiftMovement.gift_id))}
    held = dict(
        db.session.execute(
            select(DbGiftHold.gift_id, func.sum(DbGiftHold.quantity))
            .where(DbGiftHold.state == "reserved")
            .group_by(DbGiftHold.gift_id)
        ).all()
    )
    for gift in db.session.scalars(select(DbGift)):
        stock_moved, reserved_moved = moved.get(gift.id, (0, 0))
        assert gift.stock == opening[gift.code] + stock_moved, f"{gift.code} is not what its ledger says: {told}"
        assert gift.reserved == reserved_moved == held.get(gift.id, 0), f"{gift.code}: reserved for nobody: {told}"
        assert 0 <= gift.reserved <= gift.stock
    ended = (
        select(DbGiftHold.case_id)
        .join(DbCase, DbCase.id == DbGiftHold.case_id)
        .where(DbGiftHold.state.in_(("reserved", "handed_out")), DbCase.status != RUNNING)
    )
    assert not db.session.scalars(ended).all(), f"a case that ended holds gifts: {told}"
    wrong = select(DbGiftMovement.id).where(
        (DbGiftMovement.stock_after < 0)
        | (DbGiftMovement.reserved_after < 0)
        | (DbGiftMovement.reserved_after > DbGiftMovement.stock_after)
    )
    assert not db.session.scalars(wrong).all()
    db.session.rollback()


def planned(*, approved: bool = True) -> DbCase:
    """A plan of the specialist's."""
    lines = [{**line(quantity=1, value=Decimal("268.50")), "purpose": "年度答谢"}]
    case = start_case(find_actor("specialist"), "gift_plan", {"lines": lines}, now=MONDAY, with_defaults=True)
    act(case, "supervisor", "supervisor_review")
    return act(case, "manager", "manager_review") if approved else case
