"""What address changes do to orders: take a turn, look at the order, change it, give the turn up.

The case is locked before the order, always: an order never asks for a case, it leaves messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun
from services.cases.models import DbCase, DbHistory
from services.errors import Conflict, InvalidInput
from services.registers import order_claims, orders
from services.registers.models import COLLECTED, PRINTED, UNPRINTED, DbOrder, DbOrderClaim
from workflows.calendar import COMPANY_ZONE

Parameters = Mapping[str, Any]
_WHERE = ("recipient", "phone", "address")
_ACTED = ("claimed", "completed", "returned", "transferred", "delegated", "answered", "signer_added", "taken_back")


def claim_order(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Take a turn with ``order``: ``order_claim`` is ``open``, ``waiting`` (for ``order_ahead``) or ``replaced``.

    Asked for the first time, it refuses an order that is not there or was delivered, and a change that changes nothing
    (InvalidInput). With ``replace`` it takes the place of changes on which nobody has acted.
    """
    number = parameters["order"]
    order = _order(run.session, number)
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is not None and claim.state == order_claims.REPLACED:
        return _replaced(run, claim)
    if not order_claims.is_alive(claim):
        _refuse_pointless(order, parameters)
        claim = order_claims.ask(run.session, order, run.case.id, now=run.now)
        if parameters.get("replace"):
            _replace_untouched(run, order, claim)
    assert claim is not None
    ahead = order_claims.take_turn(run.session, order, claim)
    if ahead is None:
        return {"order_claim": order_claims.OPEN, "order_ahead": ""}
    return {"order_claim": order_claims.WAITING, "order_ahead": _number_of(run.session, ahead.case_id)}


def _order(session: Session, number: str) -> DbOrder:
    if orders.find_order(session, number) is None:
        raise InvalidInput({"order": ["没有这个订单，请核对订单编号"]})
    return orders.lock_order(session, number)


def _refuse_pointless(order: DbOrder, parameters: Parameters) -> None:
    if order_claims.is_over(order):
        raise InvalidInput({"order": ["订单已送达，不能再更改地址；客户没有收到的，请登记客户投诉"]})
    if all((parameters[name] or "").strip() == getattr(order, name) for name in _WHERE):
        raise InvalidInput({"address": ["新的收货人、电话和地址与订单上的完全一样，没有需要更改的"]})


def _replace_untouched(run: CaseRun, order: DbOrder, claim: DbOrderClaim) -> None:
    """Whether anybody has acted is read without the other case's lock: whoever acts on it at this moment has to come
    by the order, and finds there that the place was taken."""
    first = run.definition.first_task.id
    untouched = [
        other
        for other in order_claims.rivals(run.session, order, run.case.id)
        if not run.session.scalar(
            select(
                exists().where(
                    DbHistory.case_id == other.case_id,
                    DbHistory.user_id.is_not(None),
                    DbHistory.action.in_(_ACTED),
                    DbHistory.step != first,
                )
            )
        )
    ]
    order_claims.replace(run.session, order, claim, untouched, now=run.now)


def _replaced(run: CaseRun, claim: DbOrderClaim) -> dict[str, Any]:
    return {"order_claim": order_claims.REPLACED, "order_ahead": _number_of(run.session, claim.replaced_by)}


def _number_of(session: Session, case_id: int | None) -> str:
    return session.scalar(select(DbCase.number).where(DbCase.id == case_id)) or ""


def read_order(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """How ``order`` stands at this moment, under its lock: it stands so until the step's transaction ends."""
    order = orders.lock_order(run.session, parameters["order"])
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is not None and claim.state == order_claims.REPLACED:
        return {**_standing(order), **_replaced(run, claim)}
    return _standing(order)


def _standing(order: DbOrder) -> dict[str, Any]:
    pickup = order.pickup_at.astimezone(COMPANY_ZONE).isoformat(timespec="seconds") if order.pickup_at else ""
    return {
        "order_state": order.state,
        "tracking_number": order.tracking_number,
        "carrier": order.carrier,
        "pickup_at": pickup,
    }


def change_order(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Write ``recipient``, ``phone`` and ``address`` into ``order``, and let the next case have its turn.

    ``state`` is how the order has to stand for that; a Conflict says if it went on meanwhile.
    """
    order = orders.lock_order(run.session, parameters["order"])
    claim = _own_turn(run, order)
    expected = parameters.get("state")
    if expected and order.state != expected:
        state = orders.STATE_LABELS[order.state]
        text = "订单 {number} 刚刚变为“{state}”，这一步不再适用；请刷新页面，按新的环节办理"
        raise Conflict(text, number=order.number, state=state)
    after = {name: (parameters[name] or "").strip() for name in _WHERE}
    before = orders.write(run.session, order, after, source="case", user_id=run.user_id, now=run.now)
    order_claims.keep_before(claim, order, before, after)
    _note(run, order, "更改收件信息")
    order_claims.release(run.session, order, claim, order_claims.APPLIED, now=run.now)
    return {"order_changed_at": run.now.isoformat(timespec="seconds")}


def undo_change(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Put back what was there. Raises Conflict when it is too late for that."""
    order = orders.lock_order(run.session, parameters["order"])
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is not None:
        order_claims.put_back(run.session, order, claim, user_id=run.user_id, now=run.now)
    return {}


def _own_turn(run: CaseRun, order: DbOrder) -> DbOrderClaim:
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is None or claim.state == order_claims.REPLACED:
        other = _number_of(run.session, claim.replaced_by) if claim else ""
        raise Conflict("这项更改已被 {other} 替代，请按新的更改办理", other=other)
    if claim.state != order_claims.OPEN:
        raise Conflict("订单 {number} 的更改已经结束", number=order.number)
    return claim


def collect_order(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The courier has the parcel already, says whoever was to change it: the order goes on to 已收件."""
    order = orders.lock_order(run.session, parameters["order"])
    if orders.rank(order.state) < orders.rank(COLLECTED):
        orders.move(run.session, order, COLLECTED, source="case", user_id=run.user_id, now=run.now, case_id=run.case.id)
    return {}


def undo_collect(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The courier did not have it after all: back to 已打印, if it was this case that moved the order on."""
    order = orders.lock_order(run.session, parameters["order"])
    last = orders.last_event(run.session, order)
    if order.state == COLLECTED and last is not None and last.case_id == run.case.id:
        note = orders.correction(f"{run.case.number} 撤回")
        orders.move(
            run.session,
            order,
            PRINTED,
            source="case",
            user_id=run.user_id,
            now=run.now,
            case_id=run.case.id,
            note=note,
        )
    return {}


def resend_order(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """拒收重发: the parcel comes back and is sent anew, so the order is to be printed again."""
    order = orders.lock_order(run.session, parameters["order"])
    _own_turn(run, order)
    if order_claims.is_over(order):
        raise Conflict("订单 {number} 已送达，不能再拒收重发", number=order.number)
    values = {"tracking_number": "", "pickup_at": None}
    orders.write(run.session, order, values, source="case", user_id=run.user_id, now=run.now)
    orders.move(
        run.session,
        order,
        UNPRINTED,
        source="case",
        user_id=run.user_id,
        now=run.now,
        case_id=run.case.id,
        note=orders.correction("客户拒收，重新发货"),
    )
    return {}


def refuse_undo(_run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Raises Conflict: the parcel is on its way back, and the order waits to be printed again."""
    raise Conflict("订单 {number} 已按拒收重发处理，不能再撤回", number=parameters["order"])


def reclaim_order(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """Take the turn up again. Raises Conflict when somebody else has it, or waits for it and was woken."""
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is None or claim.state != order_claims.RELEASED:
        return {}
    order = run.session.get_one(DbOrder, claim.order_id, with_for_update=True, populate_existing=True)
    others = order_claims.rivals(run.session, order, run.case.id)
    if others:
        other = _number_of(run.session, others[0].case_id)
        raise Conflict("订单 {number} 已由 {other} 接着更改，不能再撤回", number=order.number, other=other)
    claim.state = order_claims.OPEN
    run.session.flush()
    return {}


def release_order(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """Give the turn up, whichever order it is of; nothing if the case has none."""
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is None or not order_claims.is_alive(claim):
        return {}
    order = run.session.get_one(DbOrder, claim.order_id, with_for_update=True, populate_existing=True)
    claim = order_claims.find_claim(run.session, run.case.id)
    if claim is None or not order_claims.is_alive(claim):
        return {}
    order_claims.release(run.session, order, claim, order_claims.RELEASED, now=run.now)
    return {"order_released": order.number}


def _note(run: CaseRun, order: DbOrder, note: str) -> None:
    orders.note_event(
        run.session, order, source="case", user_id=run.user_id, case_id=run.case.id, now=run.now, note=note
    )


def look_at_order(session: Session, parameters: Parameters) -> dict[str, Any]:
    """As ``read_order``, without the lock; an order that is not chosen yet counts as one just placed."""
    order = orders.find_order(session, parameters["order"] or "")
    if order is None:
        return {"order_state": UNPRINTED, "tracking_number": "", "carrier": "", "pickup_at": ""}
    return _standing(order)


def look_at_claim() -> dict[str, Any]:
    """A forecast shows the way behind the wait."""
    return {"order_claim": order_claims.OPEN, "order_ahead": ""}


OPERATIONS: Mapping[str, Callable[[CaseRun, Parameters], dict[str, Any]]] = {
    "change_order": change_order,
    "claim_order": claim_order,
    "collect_order": collect_order,
    "read_order": read_order,
    "release_order": release_order,
    "resend_order": resend_order,
}
UNDO: Mapping[str, Callable[[CaseRun, Parameters], dict[str, Any]]] = {
    "change_order": undo_change,
    "claim_order": release_order,
    "collect_order": undo_collect,
    "release_order": reclaim_order,
    "resend_order": refuse_undo,
}
