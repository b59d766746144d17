"""A process owner plays a draft as a person would, and keeps what was played."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.support.chinese import english_left
from tests.support.playing import real_world

pytestmark = pytest.mark.browser


def said_in_english(page: Page) -> list[str]:
    """Besides the numbers of cases, which begin with letters."""
    return [text for text in english_left(page) if "ZD-2026" not in text]


def test_a_rehearsal_from_the_first_form_to_a_scenario(visit: Callable[..., Visitor]) -> None:
    owner = visit(width=1280)
    owner.enter_as("owner")
    page = owner.page
    owner.go("/workbench/hospitality/play")
    before = real_world()
    page.get_by_label("从什么时间开始").fill("2026-11-23T09:00")
    page.get_by_role("button", name="开始试运行").click()
    owner.settle()
    banner = page.get_by_role("region", name="试运行")
    expect(banner).to_contain_text("2026-11-23 09:00")
    banner.get_by_role("button", name="填入示例数据").click()
    owner.settle()
    page.get_by_role("button", name="提交").first.click()
    page.wait_for_url("**/cases/1")

    banner.get_by_role("button", name="轮到 王雅琴").click()
    page.wait_for_url("**/tasks/1")
    expect(banner).to_contain_text("您现在是 王雅琴")
    banner.get_by_text("时间前进").click()
    banner.get_by_role("button", name="到下一个定时或期限").click()
    expect(page.get_by_role("status").first).to_contain_text("触发了 1 个定时")
    page.get_by_role("button", name="同意").first.click()
    page.wait_for_url("**/inbox")
    expect(banner.get_by_role("button", name="轮到 郑国栋")).to_be_visible()
    assert said_in_english(page) == []
    assert check(owner) == []

    banner.get_by_role("link", name="结果与场景").click()
    expect(page.get_by_role("table").nth(1)).to_contain_text("即将到期，请尽快办理")
    assert said_in_english(page) == []
    page.get_by_label("场景名称").fill("经理拖到提醒才同意")
    page.get_by_role("button", name="保存为场景").click()
    page.wait_for_url("**/workbench/hospitality/scenarios?name=*")
    expect(page.get_by_role("heading", name="经理拖到提醒才同意")).to_be_visible()
    expect(page.locator(".hq-badge-green").first).to_contain_text("通过")
    assert check(owner) == []
    assert said_in_english(page) == []

    page.get_by_label("处理方式").nth(1).select_option("reject")
    page.get_by_label("意见").nth(1).fill("不必招待")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".hq-badge-red").first).to_contain_text("不通过")
    page.get_by_role("button", name="实际结果是对的，作为预期").click()
    page.get_by_role("button", name="确定", exact=True).click()
    expect(page.locator(".hq-badge-green").first).to_contain_text("通过")

    kept = {name for name, digest in real_world().items() if digest != before.get(name)}
    assert kept <= {"process_drafts", "draft_revisions", "draft_files", "draft_editors"}
