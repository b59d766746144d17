"""How the order of an address change stands now: for who works on it and for who waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.fact import Asking, Fact, Found, Known, Subject
from services.cases.models import DbCase
from services.registers import order_claims
from services.registers.models import COLLECTED, DbOrder, DbOrderClaim
from services.registers.order_search import orders_by_number
from services.registers.orders import STATE_LABELS
from workflows.calendar import COMPANY_ZONE


def orders_of_cases(session: Session, cases: Sequence[Subject], now: datetime) -> Found:
    """Of each case the order as it stands, and the case that is before it in the line."""
    numbers = {case.id: case.forms.get("request", {}).get("order", "") for case in cases}
    known = {line.order.number: line.order for line in orders_by_number(session, set(numbers.values()))}
    ahead = _ahead(session, list(numbers))
    return {case.id: list(_facts(known.get(numbers[case.id]), ahead.get(case.id), case.running, now)) for case in cases}


def know_order_owner(asking: Asking) -> Known:
    """Whether the order that a form names is the customer's; a warning, because goods are bought for others too."""
    number, customer = asking.values.get("order"), asking.values.get("customer")
    lines = orders_by_number(asking.session, [number]) if number and customer else []
    facts = [
        Fact(
            title="订单",
            text="{number} 是{customer}的订单，请核对客户和订单编号",
            values={"number": line.order.number, "customer": line.customer_name},
            alert=True,
        )
        for line in lines
        if line.customer_code not in ("", customer)
    ]
    return Known(facts=facts)


def _facts(order: DbOrder | None, ahead: tuple[str, str] | None, running: bool, now: datetime) -> Iterator[Fact]:
    if ahead is not None:
        state, number = ahead
        if state == order_claims.WAITING and running:
            yield Fact(
                title="等待", text="排在 {number} 之后，那一件办完就办这一件", values={"number": number}, alert=True
            )
        elif state == order_claims.REPLACED:
            yield Fact(title="替代", text="已被 {number} 替代", values={"number": number}, alert=True, lasts=True)
    if order is None:
        return
    yield Fact(title="订单状态", text=STATE_LABELS[order.state])
    if order.tracking_number:
        values = {"carrier": order.carrier, "number": order.tracking_number}
        yield Fact(title="运单号", text="{carrier} {number}", values=values)
    elif order.state == COLLECTED:
        yield Fact(title="运单号", text="还没有登记，请补在订单上", alert=True)
    elif order.pickup_at is not None:
        at = order.pickup_at.astimezone(COMPANY_ZONE)
        late = order.pickup_at <= now
        values = {"carrier": order.carrier, "at": at.strftime("%m-%d %H:%M")}
        yield Fact(title="快递取件", text="{carrier} {at}", values=values, alert=late)


def _ahead(session: Session, case_ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """The case that each waits for, or that took its place, with how its own claim stands."""
    found: dict[int, tuple[str, str]] = {}
    for claim in session.scalars(select(DbOrderClaim).where(DbOrderClaim.case_id.in_(case_ids))):
        other = claim.replaced_by
        if claim.state == order_claims.WAITING:
            other = order_claims.ahead_of(session, claim)
        number = session.scalar(select(DbCase.number).where(DbCase.id == other)) if other is not None else None
        if number is not None:
            found[claim.case_id] = (claim.state, number)
    return found
