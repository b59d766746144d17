"""Registers, reports and the processes beside 客户招待: each page on every screen, as in ``test_every_page``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.cases.models import DbCase
from services.database import db
from services.tasks.models import DbTask
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import EACH_KIND, SCREENS, check
from tests.support import address_change, complaint, gift, visits

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser
REGISTERS = (
    "/registers",
    "/registers/customers",
    "/registers/customers/C001",
    "/registers/gifts",
    "/registers/gifts/G001",
    "/registers/orders",
    f"/registers/orders/{address_change.NUMBER}",
    "/registers/budgets",
    *(f"/registers/{name}/import" for name in ("customers", "gifts", "orders", "budgets")),
    "/reports/complaints",
    "/solutions",
)
FORMS = ("/start/gift", "/start/visit", "/start/complaint")


@pytest.mark.parametrize("screen", EACH_KIND)
def test_registers_are_sound(visit: Visit, screen: str) -> None:
    address_change.add_order()
    complaint.register()
    db.session.rollback()  # the walk takes longer than the database lets a transaction idle
    visitor = visit(**SCREENS[screen])
    visitor.go("/sign-in")
    visitor.enter_as("admin")
    assert _findings(visitor, REGISTERS) == {}


@pytest.mark.parametrize("screen", EACH_KIND)
def test_processes_are_sound(visit: Visit, screen: str) -> None:
    address_change.add_order()
    asked = {
        "manager": [gift.start(), visits.start()],
        "presales": [complaint.register(), address_change.start()],
    }
    pages = {username: [_page(case) for case in cases] for username, cases in asked.items()}
    db.session.rollback()
    visitor = visit(**SCREENS[screen])
    visitor.go("/sign-in")
    visitor.enter_as("specialist")
    findings = _findings(visitor, FORMS)
    for username, tasks in pages.items():
        visitor.enter_as(username)
        forms = ("/start/address_change",) if username == "presales" else ()
        findings |= _findings(visitor, (*tasks, *forms))
    assert findings == {}


def _page(case: DbCase) -> str:
    task = db.session.query(DbTask).filter_by(case_id=case.id, state="open").order_by(DbTask.id).first()
    return f"/tasks/{task.id}"


def _findings(visitor: Visitor, paths: tuple[str, ...]) -> dict[str, list[str]]:
    findings = {}
    for path in paths:
        visitor.go(path)
        findings[path] = check(visitor)
    return {path: found for path, found in findings.items() if found}
