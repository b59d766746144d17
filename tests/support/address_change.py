"""Orders and address changes through the real services, each test saying only what matters to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from services.cases import messages
from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db
from services.registers import order_intake, orders
from services.registers.models import DbOrder
from services.tasks.complete_task import complete_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import open_tasks

NUMBER = "DD202611230001"
NEW = {"recipient": "李娜", "phone": "13900000001", "address": "上海市徐汇区漕溪北路 18 号 2 单元 601 室"}
OLD = {"recipient": "张伟", "phone": "13800000000", "address": "上海市浦东新区世纪大道 100 号"}


def add_order(number: str = NUMBER, now: datetime = MONDAY, **changes: Any) -> DbOrder:
    values = {"number": number, "customer": "C001", **OLD, "goods": "办公椅 ×2", "amount": Decimal("899.00"), **changes}
    order, _new = order_intake.add_order(find_actor("presales"), values, source="api", now=now)
    return order


def move(state: str, number: str = NUMBER, *, by: str = "courier", now: datetime = MONDAY, **given: Any) -> DbOrder:
    """Somebody brings the order to another state; the cases that wait for it hear of it."""
    reason = given.pop("reason", "")
    values = {"state": state, **given}
    return order_intake.change_order(find_actor(by), number, values, reason=reason, source="api", now=now)


def request(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    """The values of the first form."""
    return {"order": number, **NEW, "reason": "客户搬家", "source": "电话", **changes}


def start(username: str = "specialist", number: str = NUMBER, now: datetime = MONDAY, **changes: Any) -> DbCase:
    return start_case(find_actor(username), "address_change", request(number, **changes), now=now, with_defaults=True)


def act(case: DbCase, username: str, step: str, outcome: str, *, comment: str = "", now: datetime = MONDAY) -> DbCase:
    task = TaskId(open_tasks(case)[step].id)
    return complete_task(find_actor(username), task, outcome=outcome, comment=comment, typed={}, now=now)


def work(now: datetime = MONDAY) -> int:
    """What the worker does with the messages that were left."""
    return messages.sweep(now=now)


def standing(case: DbCase) -> tuple[str, list[str]]:
    """How the case stands, and who is asked."""
    db.session.expire_all()
    found = db.session.get_one(DbCase, case.id)
    status = found.status
    steps = sorted(open_tasks(case))
    db.session.rollback()
    return status, steps


def order(number: str = NUMBER) -> DbOrder:
    db.session.expire_all()
    found = orders.find_order(db.session, number)
    assert found is not None
    return found


def where(number: str = NUMBER) -> dict[str, str]:
    """Where the order goes."""
    found = order(number)
    return {name: getattr(found, name) for name in OLD}


def failed() -> DbCase:
    """A change whose interception failed."""
    add_order(state="collected", tracking_number="SF1000000001")
    case = start()
    act(case, "courier", "intercept", "failed", comment="已在派送途中")
    return case
