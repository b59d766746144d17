"""Visits on screens: the plan with its proposal, a record on a phone, the days of a plan; all of them axe-clean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.support import visits
from tests.support.visits import row

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


def test_a_record_on_a_phone_asks_only_for_what_happened(app: object, visit: Visit) -> None:
    case = visits.approved(row("C003"), **{"from": "2026-11-24"})
    visits.appoint(case)
    phone = visit(width=390, height=844)
    phone.enter_as("specialist")
    phone.go(f"/tasks/{visits.open_task(case, 'visit_record').id}")
    form = phone.page.locator("form#decision")
    expect(form.locator("h2", has_text="面谈")).to_be_visible()
    expect(form.locator("h2", has_text="未能拜访")).to_be_hidden()
    assert check(phone) == []
    form.get_by_label("改期", exact=True).check()
    expect(form.locator("h2", has_text="面谈")).to_be_hidden()
    expect(form.get_by_label("未能拜访的原因")).to_be_visible()


def test_the_days_of_a_plan_lead_to_what_is_asked(app: object, visit: Visit) -> None:
    case = visits.approved()
    desk = visit()
    desk.enter_as("specialist")
    desk.go(f"/cases/{case.id}")
    assert check(desk) == []
    desk.page.locator("#visits a", has_text="预约客户").first.click()
    desk.page.wait_for_url("**/tasks/*")
    desk.go("/start/visit")
    assert check(desk) == []
