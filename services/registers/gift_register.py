"""The gift register as people keep it: entries, purchases, corrections, the ledger, and what has to be bought."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbUser
from services.registers.changes import PAGE, record_change
from services.registers.gifts import ADJUST, OPENING, PURCHASE, RESERVED, Cause, lock_gifts, move
from services.registers.models import DbGift, DbGiftHold, DbGiftMovement
from services.types import Actor

KEEPER_POST = "礼品管理人员"
READERS = frozenset({"办公室主任", "副经理", "总经理"})
REGISTER = "gifts"
MAX_FOUND = 20
MAX_QUANTITY = 100_000
MAX_PRICE = Decimal(1_000_000)
MAX_REASON = 200
LIMITS: Mapping[str, int] = {"code": 20, "name": 80, "unit": 10, "remark": 500}
FIELDS = ("code", "name", "unit", "price", "remark")


@dataclass(frozen=True, kw_only=True)
class Values:
    """What describes a gift; its stock only changes through the ledger."""

    code: str
    name: str
    unit: str = "件"
    price: Decimal = Decimal(0)
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class GiftLine:
    """A gift in the list. ``short`` is what running cases still need beyond what they hold."""

    gift: DbGift
    short: int


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A row of the ledger: what it was before and after, who, and for which case."""

    id: int
    at: datetime
    kind: str
    who: str
    case_id: int | None
    case_number: str
    stock_before: int
    stock_after: int
    reserved_before: int
    reserved_after: int
    note: str

    @property
    def stock_change(self) -> int:
        return self.stock_after - self.stock_before

    @property
    def reserved_change(self) -> int:
        return self.reserved_after - self.reserved_before


@dataclass(frozen=True, kw_only=True)
class ToBuy:
    """What one case waits for. ``available`` is what is free of this gift by now."""

    gift: DbGift
    case_id: int
    number: str
    title: str
    quantity: int
    since: datetime

    @property
    def is_there(self) -> bool:
        return self.gift.available >= self.quantity


def may_keep(actor: Actor) -> bool:
    """Whether the person keeps the register."""
    return actor.is_admin or KEEPER_POST in actor.posts


def may_read_ledger(actor: Actor) -> bool:
    """Whether the person sees for whom gifts left the stock."""
    return may_keep(actor) or actor.is_owner or not actor.posts.isdisjoint(READERS)


def figure(session: Session, _actor: Actor, _now: datetime) -> tuple[str, dict[str, Any]]:
    """How many kinds of gifts there are, and how many pieces have to be bought."""
    kinds = session.scalar(select(func.count()).select_from(DbGift)) or 0
    waiting = select(func.coalesce(func.sum(DbGiftHold.short), 0)).where(DbGiftHold.state == RESERVED)
    short = int(session.scalar(waiting) or 0)
    return (
        ("{count} 种，待采购 {short} 件", {"count": kinds, "short": short})
        if short
        else ("{count} 种", {"count": kinds})
    )


def find_gift(session: Session, code: str) -> DbGift | None:
    return session.scalar(select(DbGift).where(DbGift.code == code))


def get_gift(session: Session, code: str) -> DbGift:
    """Raises NotFound."""
    gift = find_gift(session, code)
    if gift is None:
        raise NotFound("没有编号为 {code} 的礼品", code=code)
    return gift


def gifts_of(session: Session, codes: Collection[str]) -> dict[str, DbGift]:
    """The gifts of these codes that exist."""
    return {gift.code: gift for gift in session.scalars(select(DbGift).where(DbGift.code.in_(codes)))}


def search_gifts(session: Session, text: str) -> list[DbGift]:
    """Gifts whose code or name contains every word of the text, at most twenty."""
    return list(session.scalars(select(DbGift).where(*_containing(text)).order_by(DbGift.code).limit(MAX_FOUND)))


def list_gifts(session: Session, *, text: str = "", state: str = "", after: str = "", limit: int) -> list[GiftLine]:
    """Gifts by code from the one behind ``after``; ``state`` is ``short``, ``empty`` (nothing free) or everything."""
    wanting = (
        select(DbGiftHold.gift_id, func.sum(DbGiftHold.short).label("short"))
        .where(DbGiftHold.short > 0, DbGiftHold.state == RESERVED)
        .group_by(DbGiftHold.gift_id)
        .subquery()
    )
    query = select(DbGift, func.coalesce(wanting.c.short, 0)).outerjoin(wanting, wanting.c.gift_id == DbGift.id)
    query = query.where(DbGift.code > after, *_containing(text)).order_by(DbGift.code).limit(limit)
    if state == "short":
        query = query.where(wanting.c.short > 0)
    elif state == "empty":
        query = query.where(DbGift.stock <= DbGift.reserved)
    return [GiftLine(gift=gift, short=int(short)) for gift, short in session.execute(query)]


def _containing(text: str) -> list[Any]:
    words = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in text.split()[:5]]
    return [or_(DbGift.code.ilike(f"%{word}%"), DbGift.name.ilike(f"%{word}%")) for word in words]


def list_to_buy(session: Session, *, gift: DbGift | None = None) -> list[ToBuy]:
    """What running cases wait for, the oldest first. What was bought goes to whoever is handed out to first."""
    query = (
        select(DbGift, DbCase.id, DbCase.number, DbCase.title, DbGiftHold.short, DbGiftHold.changed_at)
        .join(DbGiftHold, DbGiftHold.gift_id == DbGift.id)
        .join(DbCase, DbCase.id == DbGiftHold.case_id)
        .where(DbGiftHold.short > 0, DbGiftHold.state == RESERVED)
        .order_by(DbGiftHold.changed_at, DbCase.id, DbGift.id)
    )
    if gift is not None:
        query = query.where(DbGift.id == gift.id)
    return [
        ToBuy(gift=found, case_id=case_id, number=number, title=title, quantity=short, since=since)
        for found, case_id, number, title, short, since in session.execute(query)
    ]


def list_movements(session: Session, gift: DbGift, *, before: int | None = None, limit: int) -> list[Movement]:
    """The ledger of a gift, the newest first, from the row before ``before``."""
    query = (
        select(DbGiftMovement, DbUser.name, DbCase.number)
        .outerjoin(DbUser, DbUser.id == DbGiftMovement.user_id)
        .outerjoin(DbCase, DbCase.id == DbGiftMovement.case_id)
        .where(DbGiftMovement.gift_id == gift.id)
        .order_by(DbGiftMovement.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(DbGiftMovement.id < before)
    return [
        Movement(
            id=row.id,
            at=row.at,
            kind=row.kind,
            who=who or "",
            case_id=row.case_id,
            case_number=number or "",
            stock_before=row.stock_after - row.stock_change,
            stock_after=row.stock_after,
            reserved_before=row.reserved_after - row.reserved_change,
            reserved_after=row.reserved_after,
            note=row.note,
        )
        for row, who, number in session.execute(query)
    ]


def add_gift(actor: Actor, values: Values, *, stock: int, now: datetime, source: str = PAGE) -> DbGift:
    """A new gift with what is there of it. Raises NotPermitted, InvalidInput naming the field."""
    require_keeper(actor)
    errors = {**_wrong(values), **_wrong_quantity("stock", stock, least=0)}
    if errors:
        raise InvalidInput(errors)
    with transaction() as session:
        gift = enter_gift(session, values, Cause(now=now, user_id=actor.id), stock=stock, source=source)
        if gift is None:
            raise InvalidInput({"code": ["这个编号已经有了，请换一个编号"]})
        return gift


def enter_gift(session: Session, values: Values, cause: Cause, *, stock: int, source: str) -> DbGift | None:
    """A new gift inside the caller's transaction; None where its code is taken."""
    fields = {name: getattr(values, name) for name in FIELDS}
    statement = insert(DbGift).values(**fields, stock=0, reserved=0).on_conflict_do_nothing().returning(DbGift)
    gift = session.scalar(statement)
    if gift is not None:
        move(session, gift, OPENING, cause, stock=stock)
        record_change(
            session,
            REGISTER,
            values.code,
            before=None,
            after=fields,
            user_id=cause.user_id,
            source=source,
            now=cause.now,
        )
        session.flush()
    return gift


def change_gift(actor: Actor, code: str, changes: Mapping[str, Any], *, now: datetime, source: str = PAGE) -> DbGift:
    """Change what describes a gift. Raises NotFound, NotPermitted, InvalidInput naming the field."""
    require_keeper(actor)
    with transaction() as session:
        gift = _get_locked(session, code)
        before = {name: getattr(gift, name) for name in FIELDS}
        after = {**before, **{name: value for name, value in changes.items() if name in FIELDS and name != "code"}}
        errors = _wrong(Values(**after))
        if errors:
            raise InvalidInput(errors)
        for name, value in after.items():
            setattr(gift, name, value)
        record_change(session, REGISTER, code, before=before, after=after, user_id=actor.id, source=source, now=now)
        return gift


def purchase(actor: Actor, code: str, quantity: int, reason: str, *, now: datetime) -> DbGift:
    """More of a gift is there. Cases that wait for it take it when it is handed out to them.

    Raises NotFound, NotPermitted, InvalidInput.
    """
    require_keeper(actor)
    errors = {**_wrong_quantity("quantity", quantity, least=1), **_wrong_reason(reason, needed=False)}
    if errors:
        raise InvalidInput(errors)
    with transaction() as session:
        gift = _get_locked(session, code)
        move(session, gift, PURCHASE, Cause(now=now, user_id=actor.id, note=reason.strip()), stock=quantity)
        return gift


def adjust(actor: Actor, code: str, counted: int, reason: str, *, now: datetime, seen: int | None = None) -> DbGift:
    """Set the stock to what was counted. ``seen`` is the stock that the person saw when counting.

    Raises NotFound, NotPermitted, InvalidInput without a reason or where less is there than is reserved, Conflict where
    the stock has changed since.
    """
    require_keeper(actor)
    errors = {**_wrong_quantity("counted", counted, least=0), **_wrong_reason(reason, needed=True)}
    if errors:
        raise InvalidInput(errors)
    with transaction() as session:
        gift = _get_locked(session, code)
        if seen is not None and gift.stock != seen:
            raise Conflict("盘点期间库存已由 {seen} 变为 {stock}，请核对后再保存", seen=seen, stock=gift.stock)
        if counted < gift.reserved:
            raise InvalidInput({"counted": ["不能少于已为申请预留的数量，请先处理这些申请"]})
        cause = Cause(now=now, user_id=actor.id, note=reason.strip())
        move(session, gift, ADJUST, cause, stock=counted - gift.stock)
        return gift


def require_reader(actor: Actor) -> None:
    """Raises NotPermitted."""
    if not may_read_ledger(actor):
        raise NotPermitted("礼品的出入库记录供礼品管理人员、办公室主任、副经理和总经理查看")


def _get_locked(session: Session, code: str) -> DbGift:
    found = lock_gifts(session, DbGift.code == code)
    if not found:
        raise NotFound("没有编号为 {code} 的礼品", code=code)
    return found[0]


def require_keeper(actor: Actor) -> None:
    """Raises NotPermitted."""
    if not may_keep(actor):
        raise NotPermitted("只有礼品管理人员和系统管理员可以更改礼品台账")


def _wrong(values: Values) -> dict[str, list[str]]:
    texts = {name: getattr(values, name).strip() for name in LIMITS}
    errors = {name: ["此项必填"] for name in ("code", "name", "unit") if not texts[name]}
    errors |= {name: [f"最多 {limit} 个字"] for name, limit in LIMITS.items() if len(texts[name]) > limit}
    if not values.price.is_finite() or not 0 <= values.price <= MAX_PRICE or values.price != round(values.price, 2):
        errors["price"] = ["请输入 0 到 1000000 之间的金额，最多两位小数"]
    return errors


def _wrong_quantity(field: str, quantity: int, *, least: int) -> dict[str, list[str]]:
    if least <= quantity <= MAX_QUANTITY:
        return {}
    return {field: ["请输入 1 到 100000 之间的整数" if least else "请输入 0 到 100000 之间的整数"]}


def _wrong_reason(reason: str, *, needed: bool) -> dict[str, list[str]]:
    if needed and not reason.strip():
        return {"reason": ["请写明原因"]}
    return {"reason": [f"最多 {MAX_REASON} 个字"]} if len(reason) > MAX_REASON else {}
