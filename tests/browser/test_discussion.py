"""Naming colleagues while typing: by keyboard, by pointer, and without any script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from services.cases.models import DbCase
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnCase
from services.discussion.urge import urge_task
from services.types import CaseId
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import start, task_id

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


def open_case(visitor: Visitor, case: DbCase, username: str = "specialist") -> Page:
    visitor.enter_as(username)
    visitor.go(f"/cases/{case.id}")
    return visitor.page


def offered(page: Page) -> Locator:
    return page.locator("#discussion").get_by_role("option")


def test_a_colleague_is_named_by_keyboard(visit: Visit) -> None:
    case = start()
    page = open_case(visit(), case)
    box = page.get_by_label("写评论")
    box.press_sequentially("请 @王雅")
    expect(offered(page)).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("请 @王雅琴 ")
    box.press_sequentially("和 @李")
    expect(offered(page).first).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(offered(page).first).to_be_hidden()
    box.press_sequentially("慧")
    expect(offered(page)).to_have_count(1)
    box.press("Tab")
    box.press_sequentially("看一下")
    page.get_by_role("button", name="发表评论").click()
    page.wait_for_url("**/cases/*#discussion")
    expect(page.locator(".hq-comment-text")).to_have_text("请 @王雅琴 和 @李慧 看一下")
    expect(page.locator(".hq-comment-text mark")).to_have_text(["@王雅琴", "@李慧"])


def test_colleagues_are_added_to_a_copy_by_pointer(visit: Visit) -> None:
    case = start()
    page = open_case(visit(width=390, height=844), case)
    page.get_by_text("抄送", exact=True).click()
    box = page.get_by_label("抄送给")
    for name in ("钱进", "徐文博"):
        box.press_sequentially(name[:1])
        offered(page).filter(has_text=name).click()
    expect(box).to_have_value("钱进、徐文博、")
    page.get_by_role("button", name="发送抄送").click()
    page.wait_for_url("**/cases/*#discussion")
    expect(page.locator(".hq-copies li")).to_contain_text(["钱进", "徐文博"])


def test_the_forms_work_without_script(server: str, browser: Browser, visit: Visit) -> None:
    case = start()
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{server}/sign-in")
    page.locator("button[name=username][value=specialist]").click()
    page.goto(f"{server}/cases/{case.id}")
    page.get_by_label("写评论").fill("@赵 请看")
    page.get_by_role("button", name="发表评论").click()
    expect(page.get_by_label("写评论")).to_have_value("@赵 请看")
    page.get_by_label("写评论").fill("@赵敏 请看")
    page.get_by_role("button", name="发表评论").click()
    expect(page.locator(".hq-comment-text mark")).to_have_text("@赵敏")
    page.get_by_text("催办", exact=True).click()
    page.get_by_label("对王雅琴说").fill("客户明天到")
    page.get_by_role("button", name="发送催办").click()
    expect(page.locator("#urges")).to_contain_text("已催办 1 次")
    context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_panel_is_sound_in_every_state(visit: Visit, screen: str) -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    talk(case)
    visitor = visit(**SCREENS[screen])
    page = open_case(visitor, case)
    for summary in page.locator("#discussion summary").all():
        summary.click()
    page.get_by_label("写评论").press_sequentially("@")
    expect(offered(page).first).to_be_visible()
    page.get_by_label("写评论").evaluate("field => field.scrollIntoView({block: 'center'})")
    findings = {"open": check(visitor)}
    page.get_by_label("写评论").fill("@没有这人")
    page.get_by_role("button", name="发表评论").click()
    visitor.settle()
    findings["refused"] = check(visitor)
    visitor.enter_as("manager")
    for path in (f"/tasks/{wanted}", "/inbox"):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.enter_as("marketing")
    visitor.go("/inbox?view=copied")
    findings["copied"] = check(visitor)
    assert {name: found for name, found in findings.items() if found} == {}


def talk(case: DbCase) -> None:
    """Something of everything on a case."""
    place, specialist = OnCase(CaseId(case.id)), find_actor("specialist")
    add_comment(find_actor("manager"), place, "@陈晓明 交通费怎么算的？\n请补充", now=MONDAY)
    send_copy(specialist, place, ["outsider", "marketing"], comment="供参考", now=MONDAY)
    urge_task(specialist, task_id(case, "manager_review"), comment="客户明天到", now=MONDAY)
