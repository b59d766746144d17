"""The layout of a paper: moved by key and by dragging, made from the fields, taken back, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from services.database import db
from services.processes.drafts import get_draft
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.conftest import find_actor
from tests.support.chinese import english_left

Visit = Callable[..., Visitor]
FORM = "forms/application.json"
pytestmark = pytest.mark.browser


def layout() -> list[list[Any]]:
    raw = get_draft(db.session(), find_actor("owner"), "hospitality").files[FORM]
    db.session.rollback()
    return [[block["label"] for block in row] for row in json.loads(raw)["print"]["rows"]]


def kept(page: Page) -> Any:
    return page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok)


def test_a_paper_is_laid_out_by_key_and_by_dragging(visit: Visit) -> None:
    visitor = visit(width=1280, height=900)
    visitor.enter_as("owner")
    page = visitor.page
    visitor.go(f"/workbench/hospitality/papers?file={FORM}")
    expect(page.locator("html[data-papers=ready]")).to_be_attached()
    sheet, chips = page.locator("[data-area=sheet]"), page.locator("[data-at]")
    expect(sheet.get_by_text("客户招待申请表")).to_be_visible()
    before = layout()

    chips.first.focus()
    with kept(page):
        page.keyboard.press("Alt+ArrowRight")
        page.keyboard.press("Alt+ArrowDown")
    assert layout()[1] == ["部门", "申请人", "申请日期"]
    expect(page.locator("[data-area=said]")).to_have_text("已移动")

    page.keyboard.press("Enter")
    label = page.get_by_label("印在格子前的字")
    expect(label).to_be_focused()
    label.fill("申请的人")
    with kept(page):
        page.keyboard.press("Tab")
    expect(sheet.get_by_text("申请的人")).to_be_visible()
    assert english_left(page) == []
    assert check(visitor) == []

    with kept(page):
        chips.filter(has_text="申请日期").drag_to(chips.filter(has_text="招待事宜安排人员"))
    assert "申请日期" in next(row for row in layout() if "实际支出额\n(元)" in row)

    with kept(page):
        page.get_by_role("button", name="按字段生成").click()
    assert ["客户名称", "宴请场所"] in layout()
    chips.first.focus()
    with kept(page):
        for _each in range(5):
            page.keyboard.press("Control+z")
    assert layout() == before
