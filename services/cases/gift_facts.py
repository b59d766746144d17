"""What there is of the gifts of an application: for who decides and for who applies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.fact import Asking, Fact, Found, Known, Subject
from services.registers.gift_register import gifts_of
from services.registers.gifts import RESERVED
from services.registers.models import DbGift, DbGiftHold

TITLE = "礼品库存"
_CENT = Decimal("0.01")
Lines = Sequence[Mapping[str, Any]]


def quantities(lines: Lines) -> dict[str, int]:
    """How many of each gift the lines ask for, by code; lines that are not filled in yet ask for nothing."""
    wanted: dict[str, int] = defaultdict(int)
    for line in lines:
        gift, quantity = line.get("gift"), line.get("quantity")
        if isinstance(gift, str) and isinstance(quantity, int) and quantity > 0:
            wanted[gift] += quantity
    return dict(wanted)


def stock_of_cases(session: Session, cases: Sequence[Subject], _now: datetime) -> Found:
    """What of each case's gifts is there, reserved for it, or still has to be bought; and values below the price."""
    lines = {case.id: case.forms.get("application", {}).get("lines") or () for case in cases}
    codes = {code for found in lines.values() for code in quantities(found)}
    gifts = gifts_of(session, sorted(codes))
    holds = _holds(session, list(lines))
    return {
        case.id: [
            *(_of_stock(quantities(lines[case.id]), gifts, holds.get(case.id, {})) if case.running else ()),
            *_undervalued(lines[case.id], gifts),
        ]
        for case in cases
    }


def know_stock(asking: Asking) -> Known:
    """How many are short in all, and of which gifts."""
    lines = [line for line in asking.values.get("lines") or () if isinstance(line, Mapping)]
    wanted = quantities(lines)
    gifts = gifts_of(asking.session, sorted(wanted))
    holds = _holds(asking.session, [asking.case_id] if asking.case_id else []).get(asking.case_id or 0, {})
    short = sum(max(wanted[code] - _free(gift, holds), 0) for code, gift in gifts.items())
    facts = [*_of_stock(wanted, gifts, holds), *_undervalued(lines, gifts)] if wanted else []
    return Known(names={"stock_short": short}, facts=facts)


def _holds(session: Session, case_ids: Sequence[int]) -> dict[int, dict[int, DbGiftHold]]:
    found: dict[int, dict[int, DbGiftHold]] = defaultdict(dict)
    if case_ids:
        for hold in session.scalars(select(DbGiftHold).where(DbGiftHold.case_id.in_(case_ids))):
            found[hold.case_id][hold.gift_id] = hold
    return found


def _free(gift: DbGift, holds: Mapping[int, DbGiftHold]) -> int:
    """What this case may have of the gift."""
    hold = holds.get(gift.id)
    return gift.available + (hold.quantity if hold is not None and hold.state == RESERVED else 0)


def _of_stock(
    wanted: Mapping[str, int], gifts: Mapping[str, DbGift], holds: Mapping[int, DbGiftHold]
) -> Iterator[Fact]:
    """One line for each gift that needs a word, and one for all the others."""
    fine = []
    for code, gift in sorted(gifts.items()):
        hold = holds.get(gift.id)
        free = _free(gift, holds)
        values = {"gift": gift.name, "unit": gift.unit, "wanted": wanted[code], "free": free}
        if hold is not None and hold.state not in (RESERVED, "released"):
            continue  # it has left the stock
        if hold is not None and hold.state == RESERVED and hold.short:
            values |= {"reserved": hold.quantity, "short": hold.short}
            if hold.short <= gift.available:
                yield Fact(title=TITLE, text="{gift}：待采购的 {short} {unit}已到货，可以发放", values=values)
            else:
                text = "{gift}：申请 {wanted} {unit}，已预留 {reserved}，还缺 {short}，待采购"
                yield Fact(title=TITLE, text=text, values=values, alert=True)
        elif wanted[code] > free:
            values["short"] = wanted[code] - free
            text = "{gift}：申请 {wanted} {unit}，可用 {free}，缺 {short}，须采购"
            yield Fact(title=TITLE, text=text, values=values, alert=True)
        else:
            fine.append(f"{gift.name} {free} {gift.unit}")
    if fine:
        yield Fact(title=TITLE, text="可用：{gifts}", values={"gifts": "、".join(fine)})


def _undervalued(lines: Lines, gifts: Mapping[str, DbGift]) -> Iterator[Fact]:
    """Lines that say less than the register's price: what is declared too low counts too little towards the limit."""
    for line in lines:
        gift, quantity, value = gifts.get(str(line.get("gift"))), line.get("quantity"), line.get("value")
        if gift is None or not isinstance(quantity, int) or value is None:
            continue
        registered = (gift.price * quantity).quantize(_CENT)
        if Decimal(str(value)) < registered:
            values = {"gift": gift.name, "quantity": quantity, "value": Decimal(str(value)), "registered": registered}
            text = "{gift}（{quantity}）填写 {value} 元，按登记单价为 {registered} 元"
            yield Fact(title="价值偏低", text=text, values=values, alert=True)
