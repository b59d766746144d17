"""A change of address in a real browser: asked for, overtaken by the courier, chosen by the customer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from services.cases import messages
from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.conftest import MONDAY
from tests.support.address_change import NEW, NUMBER, add_order, order

Visit = Callable[..., Visitor]
PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def ask(visitor: Visitor) -> None:
    page = visitor.page
    visitor.enter_as("specialist")
    visitor.go("/start/address_change")
    page.get_by_role("combobox", name="订单编号").fill("张伟")
    page.get_by_role("option", name=NUMBER).click()
    expect(page.locator("#field-original_address")).to_have_text("上海市浦东新区世纪大道 100 号")
    expect(page.locator("#field-state_at_request")).to_have_text("已打印")
    page.get_by_label("新收货人").fill(NEW["recipient"])
    page.get_by_label("新电话").fill(NEW["phone"])
    page.get_by_label("新地址").fill(NEW["address"])
    page.get_by_label("更改原因").fill("客户搬家")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/*")
    visitor.settle()


def open_task(visitor: Visitor, username: str) -> None:
    visitor.enter_as(username)
    visitor.page.locator("tr[data-list-item] a").first.click()
    visitor.page.wait_for_url("**/tasks/*")
    visitor.settle()


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_the_courier_is_faster_than_the_warehouse(visit: Visit, size: dict[str, int]) -> None:
    add_order(state="printed", carrier="顺丰速运")
    db.session.rollback()
    asking, working, moving = visit(**size), visit(**size), visit(**size)
    ask(asking)
    open_task(working, "warehouse")
    expect(working.page.get_by_text("订单状态 已打印")).to_be_visible()

    moving.enter_as("courier")
    moving.go(f"/registers/orders/{NUMBER}")
    moving.page.get_by_label("运单号").fill("SF1000000001")
    moving.page.get_by_role("button", name="已收件", exact=True).click()
    moving.page.wait_for_url(f"**/registers/orders/{NUMBER}")
    moving.settle()
    expect(moving.page.get_by_text("SF1000000001").first).to_be_visible()

    working.page.get_by_role("button", name="已更改", exact=True).click()
    expect(working.page.get_by_role("heading", name="没有办成")).to_be_visible()
    open_task(moving, "courier")
    moving.page.get_by_role("button", name="截件失败", exact=True).click()
    moving.page.wait_for_url("**/inbox")
    open_task(working, "presales")
    working.page.get_by_role("button", name="拒收重发", exact=True).click()
    working.page.wait_for_url("**/inbox")
    assert (order().state, order().address) == ("unprinted", NEW["address"])
    assert messages.sweep(now=MONDAY) == 0


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_the_pages_of_orders_are_sound(visit: Visit, size: dict[str, int]) -> None:
    add_order(state="printed")
    db.session.rollback()
    visitor = visit(**size)
    ask(visitor)
    findings = {"the case": check(visitor)}
    visitor.enter_as("warehouse")
    for path in (
        "/registers/orders",
        f"/registers/orders/{NUMBER}",
        "/registers/orders?q=没有的人",
        "/processes/address_change",
    ):
        visitor.go(path)
        findings[path] = check(visitor)
    open_task(visitor, "warehouse")
    findings["the task"] = check(visitor)
    assert {place: found for place, found in findings.items() if found} == {}
