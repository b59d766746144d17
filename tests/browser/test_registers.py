"""The registers on every screen, and what a script does on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import EACH_KIND, SCREENS, check
from tests.support.gift import start as give
from tests.support.hospitality import approved

Visit = Callable[..., Visitor]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("added_customers")]


@pytest.mark.parametrize("screen", EACH_KIND)
def test_register_pages_are_sound(visit: Visit, screen: str) -> None:
    approved()
    give()
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("finance")
    findings = {}
    for path in (
        "/registers",
        "/registers/customers",
        "/registers/customers?q=没有这一家",
        "/registers/customers/C001",
        "/registers/customers/C001/edit",
        "/registers/add-customer",
        "/registers/budgets",
        "/registers/budgets/1/2026-11",
    ):
        visitor.go(path)
        findings[path] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}


def test_filters_live_in_the_address(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    visitor.go("/registers/customers")
    page = visitor.page
    page.get_by_label("等级").select_option("A")
    page.wait_for_url("**/registers/customers?**grade=A**")
    visitor.settle()
    expect(page.locator("table.hq-list tbody tr")).to_have_count(3)
    page.get_by_placeholder("编号、名称").fill("晨光")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    visitor.settle()
    expect(page.locator("table.hq-list tbody tr")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("等级")).to_have_value("A")


def test_a_customer_with_two_contacts_is_added_on_a_phone(visit: Visit) -> None:
    visitor = visit(width=390, height=844)
    visitor.enter_as("specialist")
    visitor.go("/registers/customers")
    page = visitor.page
    page.get_by_role("link", name="新增").click()
    visitor.settle()
    page.get_by_label("编号").fill("T-001")
    page.get_by_label("客户名称").fill("测试机电有限公司")
    page.get_by_label("姓名").first.fill("丁一")
    page.get_by_role("button", name="添加联系人").click()
    page.get_by_label("姓名").nth(1).fill("冯二")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/registers/customers/T-001")
    expect(page.locator(".hq-contacts li")).to_have_count(2)
