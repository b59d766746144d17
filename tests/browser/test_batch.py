"""Several tasks at once: choosing, looking through, doing, taking back; by mouse, by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.support.batches import requests, with_habits
from tests.support.hospitality import open_tasks

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_of_a_batch_are_sound(visit: Visit, screen: str) -> None:
    with_habits()
    requests("1500", "1500", "9000")
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("manager")
    page = visitor.page
    page.locator("[data-select]").first.check()
    findings = {"inbox": check(visitor)}
    for verb in ("approve", "return", "transfer", "claim"):
        visitor.go(f"/batch?view=todo&verb={verb}")
        findings[verb] = check(visitor)
    visitor.go("/batch?view=todo")
    page.locator(".hq-alike summary").click()
    findings["unfolded"] = check(visitor)
    page.get_by_role("button", name="同意所选").click()
    page.wait_for_url("**/batch")
    visitor.settle()
    findings["done"] = check(visitor)
    page.get_by_role("button", name="全部撤销").click()
    page.wait_for_url("**/undo")
    visitor.settle()
    findings["undone"] = check(visitor)
    assert {name: found for name, found in findings.items() if found} == {}


def test_all_of_a_page_is_chosen_and_what_is_unusual_is_opened_first(visit: Visit) -> None:
    with_habits()
    cases = requests("1500", "1500", "9000")
    visitor = visit()
    visitor.enter_as("manager")
    page = visitor.page
    bar = page.locator("#batch")
    expect(bar).to_be_hidden()
    page.locator("th").get_by_label("选择本页全部").check()
    expect(bar).to_contain_text("已选 3 项")
    bar.get_by_role("button", name="同意").click()
    page.wait_for_url("**/batch?*")
    visitor.settle()
    expect(page.locator(".hq-batch-bar")).to_contain_text("已选 2 项")
    page.get_by_label("选择这一组").uncheck()
    expect(page.locator(".hq-batch-bar")).to_contain_text("已选 0 项")
    page.get_by_label("选择这一组").check()

    unusual = page.locator(".hq-apart input[type=checkbox]")
    expect(unusual).to_be_disabled()
    with page.context.expect_page() as opened:
        page.locator(".hq-apart").get_by_role("link", name="打开查看").click()
    opened.value.locator("html[data-ready=app]").wait_for(state="attached")
    opened.value.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(unusual).to_be_enabled()
    unusual.check()
    expect(page.locator(".hq-batch-bar")).to_contain_text("已选 3 项")
    page.get_by_role("button", name="同意所选").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已办理 3 项")
    assert [list(open_tasks(case)) for case in cases] == [["gm_review"]] * 3
    page.get_by_role("button", name="全部撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已撤销 3 项")
    assert [list(open_tasks(case)) for case in cases] == [["manager_review"]] * 3


def test_tasks_are_chosen_by_keyboard_and_handed_over(visit: Visit) -> None:
    with_habits()
    requests("1500", "1500")
    visitor = visit()
    visitor.enter_as("manager")
    page = visitor.page
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#batch")).to_contain_text("已选 2 项")
    page.locator("#batch").get_by_role("button", name="转办").press("Enter")
    page.wait_for_url("**/batch?*")
    visitor.settle()
    page.get_by_label("转办给").fill("supervisor")
    page.get_by_role("button", name="转办所选").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已转办 2 项")


def test_the_button_to_take_back_counts_down_and_goes(visit: Visit) -> None:
    with_habits()
    requests("1500")
    visitor = visit(width=390, height=844)
    visitor.enter_as("manager")
    visitor.page.locator("[data-select]").check()
    visitor.page.locator("#batch").get_by_label("选择本页全部").uncheck()
    expect(visitor.page.locator("#batch")).to_be_hidden()
    visitor.page.clock.install()
    visitor.go("/batch?view=todo")
    visitor.page.get_by_role("button", name="同意所选").click()
    visitor.page.wait_for_url("**/batch")
    left = visitor.page.locator("[data-countdown-left]")
    expect(left).to_have_text("10")
    visitor.page.clock.run_for(4_000)
    expect(left).to_have_text("6")
    visitor.page.clock.run_for(7_000)
    expect(left).to_have_count(0)
    expect(visitor.page.get_by_text("还可以在各自的页面上撤回")).to_be_visible()


def test_a_batch_works_without_script(server: str, browser: Browser, app: object) -> None:
    with_habits()
    requests("1500", "1500")
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{server}/sign-in")
    page.locator("button[name=username][value=manager]").click()
    for box in page.locator("[data-select]").all():
        box.check()
    page.locator("#batch").get_by_role("button", name="同意").click()
    page.get_by_role("button", name="同意所选").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已办理 2 项")
    page.get_by_role("button", name="全部撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已撤销 2 项")
    context.close()
