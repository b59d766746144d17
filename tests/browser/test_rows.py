"""Rows of a form as people use them: add, remove, look up, add up, with keys, on a phone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from services.cases.models import DbCase
from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.support.rows import KEY, publish_rows

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def process(app: Flask) -> None:
    publish_rows()


def opened(visitor: Visitor) -> Page:
    visitor.enter_as("specialist")
    visitor.go(f"/start/{KEY}")
    return visitor.page


def cell(page: Page, path: str) -> str:
    return f"#field-lines-{path}"


def look_up(page: Page, path: str, text: str, label: str) -> None:
    box = page.locator(cell(page, path))
    box.fill(text)
    page.locator(f"{cell(page, path)}-list").get_by_role("option", name=label).click()
    expect(box).to_have_value(label)


def test_rows_are_added_looked_up_added_up_and_removed(visit: Visit) -> None:
    page = opened(visit())
    look_up(page, "0-customer", "晨光", "上海晨光科技有限公司")
    expect(page.locator(cell(page, "0-address"))).not_to_have_text("—")
    page.locator(cell(page, "0-value")).fill("1,200.50")
    page.get_by_role("button", name="添加一行").click()
    expect(page.locator(cell(page, "1-customer"))).to_be_focused()
    expect(page.locator("[data-rows-status=lines]")).to_have_text("已添加第 2 行")
    expect(page.locator(cell(page, "1-quantity"))).to_have_value("1")
    page.locator(cell(page, "1-value")).fill("300")
    page.get_by_role("button", name="添加一行").click()
    look_up(page, "2-customer", "C002", "苏州恒泰精密制造有限公司")
    page.locator(cell(page, "2-value")).fill("0.25")
    total = page.locator("[data-total-of=lines-value]")
    expect(total).to_have_text("1,500.75")

    page.get_by_role("button", name="删除这一行").nth(1).click()
    expect(total).to_have_text("1,200.75")
    expect(page.locator(cell(page, "1-customer"))).to_be_focused()
    expect(page.locator(cell(page, "1-value"))).to_have_value("0.25")
    expect(page.locator("[data-rows-status=lines]")).to_have_text("已删除第 2 行，还有 2 行")
    page.locator(cell(page, "1-result")).select_option(label="再度访问")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/*")
    data = db.session.query(DbCase).one().forms["request"]
    assert [row["customer"] for row in data["lines"]] == ["C001", "C002"]
    assert data["lines"][1]["result"] == "c"
    assert Decimal(str(data["total"])) == Decimal("1200.75")


def test_rows_are_filled_in_with_keys_alone(visit: Visit) -> None:
    page = opened(visit())
    page.locator(cell(page, "0-customer")).focus()
    page.keyboard.type("C001")
    page.locator(f"{cell(page, '0-customer')}-list [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(cell(page, "0-quantity"))).to_be_focused()
    page.get_by_role("button", name="添加一行").focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(page, "1-customer"))).to_be_focused()
    page.get_by_role("button", name="删除这一行").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(page, "0-customer"))).to_be_focused()
    page.get_by_role("button", name="删除这一行").press("Enter")
    expect(page.get_by_role("button", name="添加一行")).to_be_focused()


def test_what_a_look_up_filled_follows_it_and_what_somebody_wrote_stays(visit: Visit) -> None:
    page = opened(visit())
    region = page.locator("#field-region")
    page.locator("#field-customer").fill("C001")
    page.locator("#field-customer-list [role=option]").first.click()
    first = region.input_value()
    assert first
    page.locator("#field-customer").fill("")
    page.locator("#field-fee").focus()
    expect(region).to_have_value("")
    region.fill("自己写的")
    page.locator("#field-customer").fill("C001")
    page.locator("#field-customer-list [role=option]").first.click()
    expect(page.locator("#field-address")).not_to_have_text("—")
    expect(region).to_have_value("自己写的")


def test_an_error_leads_to_its_cell(visit: Visit) -> None:
    page = opened(visit())
    page.get_by_role("button", name="添加一行").click()
    page.locator(cell(page, "1-quantity")).fill("0")
    page.get_by_role("button", name="提交申请").click()
    page.locator("[data-error-summary]").get_by_role("link", name="明细 · 第 1 行 · 数量").click()
    expect(page.locator(cell(page, "0-quantity"))).to_be_focused()
    expect(page.locator(cell(page, "0-quantity"))).to_have_value("0")


@pytest.mark.parametrize("screen", SCREENS)
def test_rows_are_sound_and_fit_every_screen(visit: Visit, screen: str) -> None:
    visitor = visit(**SCREENS[screen])
    page = opened(visitor)
    findings = {"filling": check(visitor)}
    looks = page.locator("td[data-label=数量]").first.evaluate(
        "cell => [cell.parentElement, cell].map(it => getComputedStyle(it).display)"
        ".concat(getComputedStyle(cell, '::before').display)"
    )
    assert looks == (["flex", "block", "block"] if "phone" in screen else ["table-row", "table-cell", "none"])
    page.get_by_role("button", name="添加一行").click()
    page.locator(cell(page, "1-quantity")).fill("0")
    page.get_by_role("button", name="提交申请").click()
    page.locator("[data-error-summary]").wait_for()
    visitor.settle()
    findings["refused"] = check(visitor)
    look_up(page, "0-customer", "晨光", "上海晨光科技有限公司")
    page.locator(cell(page, "0-quantity")).fill("2")
    page.locator(cell(page, "0-value")).fill("12.5")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/*")
    visitor.enter_as("manager")
    page.locator("tr[data-list-item] a").first.click()
    page.wait_for_url("**/tasks/*")
    visitor.settle()
    findings["reading"] = check(visitor)
    assert findings == {"filling": [], "refused": [], "reading": []}


def test_without_script_the_rows_can_be_filled_in(visit: Visit, server: str) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    browser = visitor.page.context.browser
    assert browser is not None
    context = browser.new_context(
        java_script_enabled=False, storage_state=visitor.page.context.storage_state(), locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{server}/start/{KEY}")
    expect(page.locator(".hq-lookup").first).to_be_hidden()
    page.locator("[name=lines-0-customer]:visible").fill("C001")
    page.locator(cell(page, "0-quantity")).fill("2")
    page.get_by_role("button", name="添加一行").click()
    expect(page.locator(cell(page, "0-quantity"))).to_have_value("2")
    page.locator("[name=lines-1-customer]:visible").fill("C002")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("上海晨光科技有限公司").first).to_be_visible()
    context.close()
    assert [row["customer"] for row in db.session.query(DbCase).one().forms["request"]["lines"]] == ["C001", "C002"]
