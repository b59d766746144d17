"""The way a new user goes, in a real browser: application to settlement, desktop and phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from services.background.timers import fire_until
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
DAY = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def apply(visitor: Visitor, meal: str = "2600.50") -> None:
    """Fill the application as a person does, with the look-up, and submit it."""
    page = visitor.page
    visitor.enter_as("specialist")
    visitor.go("/start/hospitality")
    page.get_by_role("combobox", name="客户名称").fill("晨光")
    page.get_by_role("option", name="上海晨光科技有限公司").click()
    page.get_by_label("宴请场所").fill("锦江大酒店")
    page.get_by_label("宴请日期").fill(DAY)
    page.get_by_label("客户方面同席人员").fill("周总\n钱工")
    page.get_by_label("用餐").fill(meal)
    page.get_by_label("交通").fill("３００")
    page.get_by_label("招待目的").fill("商谈年度框架合同")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/*")
    visitor.settle()


def decide(visitor: Visitor, username: str, button: str = "同意") -> None:
    visitor.enter_as(username)
    visitor.page.locator("tr[data-list-item] a").first.click()
    visitor.page.wait_for_url("**/tasks/*")
    visitor.settle()
    visitor.page.get_by_role("button", name=button, exact=True).click()
    visitor.page.wait_for_url("**/inbox")


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_a_case_from_application_to_settlement(visit: Visit, size: dict[str, int]) -> None:
    visitor = visit(**size)
    page = visitor.page
    apply(visitor)
    expect(page.get_by_role("heading", level=1)).to_have_text("客户招待 · 上海晨光科技有限公司")
    case = page.url
    for username in ("manager", "gm", "finance"):
        decide(visitor, username)
    fire_until(datetime.now(UTC) + timedelta(days=4))

    visitor.enter_as("specialist")
    page.locator("tr[data-list-item] a").first.click()
    page.wait_for_url("**/tasks/*")
    visitor.settle()
    page.get_by_label("用餐", exact=True).fill("2500")
    page.get_by_label("接待效果").fill("客户认可方案")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url("**/inbox")
    for username in ("manager", "gm", "finance"):
        decide(visitor, username)
    visitor.enter_as("specialist")
    page.goto(case)
    expect(page.locator(".hq-page-meta")).to_contain_text("已完成")
    assert visitor.overflow() == 0


def test_the_total_is_exact_while_typing(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    visitor.go("/start/hospitality")
    for label, amount in (("会议", "0.10"), ("用餐", "0.20"), ("交通", "1,000"), ("礼品", "１２.５")):
        visitor.page.get_by_label(label, exact=True).fill(amount)
    expect(visitor.page.locator("[data-total-of=budget]")).to_have_text("1,012.80")


def test_who_will_be_asked_follows_the_amount(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    visitor.go("/start/hospitality")
    forecast = visitor.page.locator("[data-forecast]")
    expect(forecast).not_to_contain_text("总经理审批超预算")
    visitor.page.get_by_label("宴请日期").fill(DAY)
    visitor.page.get_by_label("用餐").fill("30001")
    expect(forecast).to_contain_text("总经理审批超预算")


def test_what_was_typed_survives_closing_the_page(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    visitor.go("/start/hospitality")
    visitor.page.get_by_label("宴请场所").fill("和平饭店")
    expect(visitor.page.locator("[data-draft-status]")).to_contain_text("草稿已保存")
    visitor.go("/inbox")
    visitor.go("/start/hospitality")
    expect(visitor.page.get_by_label("宴请场所")).to_have_value("和平饭店")


def test_a_rejection_asks_for_a_reason_before_it_is_sent(visit: Visit) -> None:
    visitor = visit()
    apply(visitor)
    visitor.enter_as("manager")
    page = visitor.page
    page.locator("tr[data-list-item] a").first.click()
    visitor.settle()
    page.get_by_role("button", name="驳回").click()
    expect(page.get_by_label("意见", exact=True)).to_be_focused()
    page.get_by_label("意见", exact=True).fill("本月不宜")
    page.get_by_role("button", name="驳回").click()
    page.wait_for_url("**/inbox")


def test_errors_are_summed_up_and_lead_to_their_fields(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("specialist")
    visitor.go("/start/hospitality")
    visitor.page.get_by_role("button", name="提交申请").click()
    summary = visitor.page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="宴请场所").click()
    expect(visitor.page.get_by_label("宴请场所")).to_be_focused()


def test_the_inbox_is_worked_by_keyboard(visit: Visit) -> None:
    visitor = visit()
    apply(visitor)
    visitor.enter_as("manager")
    page = visitor.page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/*")
    visitor.settle()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    page.wait_for_url("**/inbox")
    expect(page.get_by_text("没有待办，都办完了")).to_be_visible()


def test_the_live_diagram_shows_the_current_step(visit: Visit) -> None:
    visitor = visit()
    apply(visitor)
    page = visitor.page
    page.locator("html[data-viewer=ready]").wait_for(state="attached")
    expect(page.locator(".djs-shape.is-active[data-element-id=manager_review]")).to_have_count(1)
    expect(page.locator(".djs-shape.is-done[data-element-id=apply]")).to_have_count(1)
    expect(page.locator(".bjs-powered-by")).to_be_visible()


def test_it_works_without_script(server: str, browser: object, app: object) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(server + "/sign-in")
    page.locator("button[value=specialist]").click()
    page.goto(server + "/start/hospitality")
    page.locator("noscript input[name=customer]").fill("C001")
    page.get_by_label("宴请场所").fill("锦江大酒店")
    page.get_by_label("宴请日期").fill(DAY)
    page.get_by_label("客户方面同席人员").fill("周总")
    page.get_by_label("用餐").fill("100")
    page.get_by_label("招待目的").fill("商谈")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("上海晨光科技有限公司")
    context.close()
