"""The verbs of approval in a real browser: signers, returns, taking back; desktop and phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from services.cases.models import DbCase
from services.database import db
from services.tasks.add_signers import add_signers
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.shapes import start_shape, together

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser
SIZES = [SCREENS["desktop"], SCREENS["phone"]]


@pytest.fixture
def case(app: object) -> DbCase:
    return hospitality.start()


def open_first(visitor: Visitor, username: str) -> Page:
    """Sign in and open the newest task."""
    visitor.enter_as(username)
    visitor.page.locator("tr[data-list-item] a").first.click()
    visitor.page.wait_for_url("**/tasks/*")
    visitor.settle()
    return visitor.page


def summary(page: Page, text: str) -> None:
    page.locator("summary", has_text=text).first.click()


def approve(page: Page) -> None:
    page.get_by_role("button", name="同意", exact=True).click()
    page.wait_for_url("**/inbox")


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_a_signer_is_added_before_and_then_the_task_comes_back(
    visit: Visit, case: DbCase, size: dict[str, int]
) -> None:
    visitor = visit(**size)
    page = open_first(visitor, "manager")
    page.get_by_label("意见", exact=True).fill("请先核对")
    summary(page, "更多")
    summary(page, "加签")
    expect(page.get_by_label("请谁签字")).to_be_focused()
    # what was written for the decision is offered here
    expect(page.locator("#add-comment")).to_have_value("请先核对")
    page.get_by_label("请谁签字").press_sequentially("李")
    page.get_by_role("option", name="李慧").click()
    expect(page.get_by_label("请谁签字")).to_have_value("李慧、")
    page.get_by_role("button", name="确认加签").click()
    page.wait_for_url("**/inbox")
    expect(page.locator(".hq-toast").first).to_contain_text("已加签")
    expect(page.locator("[data-list-item]")).to_have_count(0)

    page = open_first(visitor, "supervisor")
    expect(page.locator(".hq-note")).to_contain_text("王雅琴请您先签字")
    expect(page.locator("#signers")).to_contain_text("未轮到")
    approve(page)
    page = open_first(visitor, "manager")
    expect(page.locator("#signers")).to_contain_text("已同意")
    approve(page)
    visitor.enter_as("gm")
    expect(page.locator("[data-list-item]")).to_have_count(1)
    assert visitor.overflow() == 0


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_a_second_click_on_return_does_not_reject(visit: Visit, case: DbCase, size: dict[str, int]) -> None:
    page = open_first(visit(**size), "manager")
    page.get_by_label("意见", exact=True).fill("请换一家")
    page.locator("summary", has_text="退回").dblclick()
    expect(page.locator(".hq-verb[open]")).to_have_count(0)
    assert page.url.endswith(f"/tasks/{hospitality.task_id(case, 'manager_review')}")
    summary(page, "更多")
    expect(page.locator(".hq-verb[open] > summary")).to_have_text("更多")


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_a_case_is_returned_and_comes_straight_back(visit: Visit, case: DbCase, size: dict[str, int]) -> None:
    hospitality.act(case, "manager", "manager_review")
    visitor = visit(**size)
    page = open_first(visitor, "gm")
    summary(page, "退回")
    page.get_by_label("办完直接回到我").check()
    page.get_by_role("button", name="确认退回").click()
    expect(page.locator("#return-comment-error")).to_contain_text("退回时请填写意见")
    expect(page.get_by_label("办完直接回到我")).to_be_checked()
    page.get_by_label("退回意见").fill("请换一家")
    page.get_by_role("button", name="确认退回").click()
    page.wait_for_url("**/inbox")

    page = open_first(visitor, "specialist")
    expect(page.locator(".hq-note")).to_contain_text("请换一家")
    page.get_by_label("宴请场所").fill("和平饭店")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url("**/inbox")
    page = open_first(visitor, "gm")
    expect(page.locator("#changed")).to_contain_text("和平饭店")
    assert visitor.overflow() == 0


def test_an_approval_is_taken_back_from_the_message(visit: Visit, case: DbCase) -> None:
    visitor = visit()
    page = open_first(visitor, "manager")
    address = page.url
    approve(page)
    visitor.settle()
    page.locator(".hq-toast").get_by_role("button", name="撤回").click()
    page.wait_for_url(address)
    expect(page.locator(".hq-toast")).to_contain_text("任务回到您的待办")
    expect(page.get_by_role("button", name="同意", exact=True)).to_be_visible()


def test_the_panels_are_opened_by_key_and_closed_by_escape(visit: Visit, case: DbCase) -> None:
    visitor = visit()
    page = open_first(visitor, "manager")
    page.keyboard.press("t")
    expect(page.get_by_label("转办给")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("转办给")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.get_by_label("退回到")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("退回到")).to_be_hidden()


def test_without_script_the_panels_open_and_send(visit: Visit, case: DbCase) -> None:
    visitor = visit()
    visitor.enter_as("manager")
    task = hospitality.task_id(case, "manager_review")
    browser = visitor.page.context.browser
    assert browser is not None
    plain = browser.new_context(
        java_script_enabled=False, locale="zh-CN", storage_state=visitor.page.context.storage_state()
    )
    page = plain.new_page()
    page.goto(f"{visitor.server}/tasks/{task}")
    summary(page, "更多")
    summary(page, "转办")
    page.get_by_label("转办给").fill("李慧")
    page.get_by_role("button", name="确认转办").click()
    expect(page.locator(".hq-toast")).to_contain_text("已转办")
    plain.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_are_sound(visit: Visit, case: DbCase, screen: str) -> None:
    manager = find_actor("manager")
    hospitality.act(case, "manager", "manager_review")
    task = hospitality.task_id(case, "gm_review")
    return_task(find_actor("gm"), task, to="apply", comment="请改", now=MONDAY)
    changed = hospitality.application(venue="和平饭店", budget={"meal": 1800, "gift": 200})
    hospitality.act(case, "specialist", "apply", "submit", typed=changed)
    task = hospitality.task_id(case, "manager_review")
    users = ["supervisor", "office"]
    add_signers(manager, task, users=users, when="beside", mode="all", comment="", now=MONDAY)
    vote = start_shape(together(signing="vote", vote_needed="60%", abstention="excluded"))
    voting = db.session.query(DbTask.id).filter_by(case_id=vote.id, assignee_id=manager.id).scalar()
    db.session.rollback()
    visitor = visit(**SCREENS[screen])
    page = visitor.page
    visitor.enter_as("manager")
    findings = {}
    for path in (f"/tasks/{task}", f"/cases/{case.id}", f"/tasks/{voting}"):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.go(f"/tasks/{task}")
    for first, second in (("退回", ""), ("更多", "转办"), ("", "委派"), ("", "加签")):
        for text in (first, second):
            if text:
                summary(page, text)
        findings[f"{first} {second}"] = check(visitor)
    visitor.go(f"/tasks/{task}")
    complete_task(manager, task, outcome="approve", comment="另一处", typed={}, now=MONDAY)
    page.get_by_label("意见", exact=True).fill("来晚了")
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.locator("#unsent")).to_have_value("来晚了")
    visitor.settle()
    findings["too late"] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}
