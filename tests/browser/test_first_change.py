"""The guide's first change, word by word: a due time is changed, checked, played, compared and published."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

GUIDE = Path("webapp/guide/zh/first-change.md")


def test_the_first_change_goes_as_the_guide_says(visit: Callable[..., Visitor]) -> None:
    owner = visit()
    page = owner.page
    owner.enter_as("owner")
    told = Told()
    page.get_by_role("link", name=told("流程设计")).click()
    page.get_by_role("link", name=told("客户招待"), exact=True).click()
    page.get_by_role("link", name=told("流程图"), exact=True).click()
    _change_the_due_time(page, told)
    page.get_by_role("link", name=told("检查与走法")).click()
    expect(page.get_by_text(told("可以发布"))).to_be_visible()
    _play(owner, told)
    _publish(page, told)
    assert told.left() <= {"换人", "去修改"}


class Told:
    """The bold words of the guide: a word that is used here must stand there, and ``left`` are those not used."""

    def __init__(self) -> None:
        self.words = set(re.findall(r"\*\*(.+?)\*\*", GUIDE.read_text("utf-8")))
        self.used: set[str] = set()

    def __call__(self, word: str) -> str:
        assert word in self.words, f"the guide does not say “{word}”"
        self.used.add(word)
        return word

    def left(self) -> set[str]:
        return self.words - self.used


def _change_the_due_time(page: Page, told: Told) -> None:
    page.locator(".djs-shape").filter(has_text=told("总经理审核")).first.click()
    panel = page.locator(".hq-props")
    expect(panel).to_contain_text("人工任务")
    expect(panel).to_contain_text(told("办理时限"))
    expect(panel.get_by_label(told("期限"), exact=True).locator("option:checked")).to_have_text(
        "工作日（从任务到来算起）"
    )
    number = panel.get_by_label(told("数量"))
    expect(number).to_have_value("2")
    number.fill("3")
    number.press("Tab")
    expect(panel).to_contain_text("逾期升级：2 个工作日，与期限不同")
    panel.get_by_role("button", name=told("改为按期限")).click()
    expect(panel).to_contain_text("逾期升级：3 个工作日")
    expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()


def _play(owner: Visitor, told: Told) -> None:
    page = owner.page
    page.get_by_role("link", name=told("试运行")).click()
    page.get_by_label("谁来发起").select_option(label="客户关系专员 · 陈晓明")
    page.get_by_role("button", name=told("开始试运行")).click()
    owner.settle()
    banner = page.get_by_role("region", name="试运行")
    banner.get_by_role("button", name=told("填入示例数据")).click()
    page.get_by_role("button", name=told("提交申请")).click()
    banner.get_by_role("button", name=told("轮到")).click()
    page.get_by_role("button", name=told("同意")).click()
    page.wait_for_url("**/inbox")
    banner.get_by_role("button", name=told("轮到 郑国栋：总经理审核")).click()
    expect(page.locator("main")).to_contain_text("期限")
    banner.get_by_role("button", name=told("结束")).click()
    page.get_by_role("button", name=told("确定"), exact=True).click()
    page.wait_for_url("**/workbench/hospitality/play")


def _publish(page: Page, told: Told) -> None:
    page.get_by_role("link", name=told("版本与发布")).click()
    expect(page.locator("main")).to_contain_text("“总经理审核”的办理期限：2 个工作日 → 3 个工作日")
    page.get_by_role("link", name=told("逐处对比")).click()
    page.get_by_role("button", name=told("下一处")).click()
    expect(page.locator(".hq-sign.is-changed").first).to_be_in_viewport()
    page.get_by_role("link", name="版本与发布").click()
    page.get_by_label("这一版改了什么、为什么").fill("总经理审核改为三个工作日")
    expect(page.get_by_label(told("现在"), exact=True)).to_be_checked()
    page.get_by_role("button", name=told("发布第 2 版")).click()
    expect(page.get_by_role("status").first).to_contain_text("第 2 版已发布")
    expect(page.locator("summary", has_text=told("回到这一版"))).to_be_visible()
