"""礼品馈赠 in a real browser, from the application to what came back, as the posts, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.browser.test_walk import PHONE, decide

Visit = Callable[..., Visitor]
DAY = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
pytestmark = pytest.mark.browser


def choose(page: Page, label: str, text: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.fill(text)
    page.get_by_role("option", name=option).click()


def fill_in(visitor: Visitor) -> None:
    """Five of a gift of which there are three, for more than a person may get in a year."""
    page = visitor.page
    visitor.enter_as("specialist")
    visitor.go("/start/gift")
    page.get_by_label("馈赠日期").fill(DAY)
    choose(page, "馈赠对象", "晨光", "上海晨光科技有限公司")
    page.get_by_label("礼品收受人员").first.fill("周建国 总经理")
    choose(page, "礼品名称", "景泰蓝", "景泰蓝摆件")
    page.get_by_label("数量").first.fill("5")
    page.get_by_label("价值(元)").first.fill("6400")


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_a_gift_from_the_application_to_what_came_back(visit: Visit, size: dict[str, int]) -> None:
    visitor = visit(**size)
    page = visitor.page
    fill_in(visitor)
    known = page.locator("#known")
    expect(known).to_contain_text("超出限额 3,400.00 元")
    expect(known).to_contain_text("可用 3，缺 2，须采购")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("alert")).to_contain_text("有收受人超过年度限额，请写明馈赠事由")
    assert check(visitor) == []
    page.get_by_label("馈赠事由").fill("签约十周年")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/*")
    for username in ("manager", "gifts", "office"):
        decide(visitor, username)

    visitor.enter_as("deputy")
    page.locator("tr[data-list-item] a").first.click()
    page.wait_for_url("**/tasks/*")
    visitor.settle()
    expect(page.get_by_text("超出限额 3,400.00 元")).to_be_in_viewport()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("有收受人超过年度限额，同意时请写明理由").last).to_be_visible()
    page.get_by_label("意见", exact=True).fill("已报备")
    page.get_by_role("button", name="同意", exact=True).click()
    page.wait_for_url("**/inbox")

    visitor.enter_as("gifts")
    visitor.go("/registers/gifts")
    expect(page.get_by_role("heading", name="待采购")).to_be_visible()
    assert check(visitor) == []
    page.get_by_role("link", name="景泰蓝摆件").first.click()
    page.get_by_label("入库数量（件）").fill("2")
    page.get_by_role("button", name="登记入库").click()
    expect(page.get_by_text("已到货，可以发放")).to_be_visible()
    assert check(visitor) == []
    decide(visitor, "gifts", "提交")

    visitor.enter_as("specialist")
    page.locator("tr[data-list-item] a").first.click()
    page.wait_for_url("**/tasks/*")
    visitor.settle()
    page.get_by_label("申请表第几行").first.fill("1")
    page.get_by_label("退回数量").first.fill("2")
    assert check(visitor) == []
    page.get_by_role("button", name="退回入库").click()
    page.wait_for_url("**/inbox")
    visitor.go("/registers/gifts/G008")
    expect(page.get_by_text("2 件").first).to_be_visible()
    assert visitor.overflow() == 0
