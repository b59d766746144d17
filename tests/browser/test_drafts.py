"""A new process from a template to its first case; and two owners at one draft, of whom nobody loses anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import EACH_KIND, SCREENS, check
from tests.support.owners import KEY, begin, describe, publish_now, second_owner

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser
PAGES = ("", f"/{KEY}", f"/{KEY}/versions", "/new", "/import", f"/{KEY}/import")
CELL = "第 1 条规则，金额（元）"


def open_table(visitor: Visitor) -> Page:
    visitor.go(f"/workbench/{KEY}/tables?name=approval_level")
    expect(visitor.page.locator("html[data-editor]")).to_have_attribute("data-editor", "ready")
    return visitor.page


def type_into(page: Page, text: str) -> None:
    page.get_by_label(CELL).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def test_a_process_from_a_template_to_its_first_case(visit: Visit) -> None:
    visitor = visit(width=1280, height=900)
    visitor.enter_as("owner")
    visitor.go("/workbench")
    page = visitor.page
    page.get_by_role("link", name="新建流程").click()
    page.get_by_label("逐级审批").check()
    page.get_by_role("textbox", name="流程名称").fill("用章申请")
    page.get_by_role("textbox", name="标识").fill("seal")
    page.get_by_role("textbox", name="编号前缀").fill("YZ")
    page.get_by_role("button", name="建立草稿").click()
    expect(page.get_by_role("heading", name="用章申请")).to_be_visible()
    page.get_by_role("link", name="发布", exact=True).click()
    page.get_by_label("这一版改了什么、为什么").fill("第一版")
    if page.get_by_label("我已看过").count():
        page.get_by_label("我已看过").check()
    page.get_by_role("button", name="发布第 1 版").click()
    expect(page.get_by_role("status").filter(has_text="第 1 版已发布")).to_be_visible()
    visitor.enter_as("specialist")
    visitor.go("/start/seal")
    page.get_by_label("事由").fill("合同盖章")
    page.get_by_label("说明").fill("与晨光软件的框架合同")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_text("用章申请 · 合同盖章").first).to_be_visible()


def test_two_owners_see_each_other_and_nothing_is_overwritten(visit: Visit) -> None:
    begin()
    db.session.rollback()
    with second_owner() as username:
        db.session.rollback()
        mine, theirs = visit(width=1280, height=900), visit(width=1280, height=900)
        mine.enter_as("owner")
        theirs.enter_as(username)
        my_page, their_page = open_table(mine), open_table(theirs)
        with their_page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
            type_into(their_page, "<= 6000")
            their_page.keyboard.press("Tab")
        expect(my_page.locator("[data-presence]")).to_contain_text("改了您打开的这一部分", timeout=15_000)
        type_into(my_page, "<= 7000")
        my_page.keyboard.press("Tab")
        state = my_page.locator("[data-draft-state]")
        expect(state).to_contain_text("王雅琴在")
        expect(state.get_by_role("link", name="查看对方的修改")).to_be_visible()
        with my_page.expect_navigation():
            state.get_by_role("button", name="把我的另存一份，载入最新的").click()
        expect(my_page.locator("html[data-editor]")).to_have_attribute("data-editor", "ready")
        expect(my_page.get_by_label(CELL)).to_contain_text("6000")
        mine.go(f"/workbench/{KEY}")
        aside = my_page.locator("li.is-aside")
        expect(aside).to_contain_text("没有进入草稿")
        aside.get_by_role("button", name="恢复").click()
        my_page.locator("dialog[open] button").last.click()
        expect(my_page.locator("li.is-restored")).to_be_visible()
        open_table(mine)
        expect(my_page.get_by_label(CELL)).to_contain_text("7000")


@pytest.mark.parametrize("screen", EACH_KIND)
def test_the_pages_of_drafts_are_sound(visit: Visit, screen: str) -> None:
    begin()
    publish_now()
    describe("第二版的说明")
    db.session.rollback()
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("owner")
    findings = {}
    for path in PAGES if screen == "desktop" else PAGES[:3]:
        visitor.go(f"/workbench{path}")
        findings[path] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}
