"""A form is changed in the designer: by keyboard, by pointer, with rights and rules, and is kept as the draft."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from services.database import db, read_session
from services.processes.drafts import get_draft
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.conftest import find_actor
from tests.support.chinese import english_left

pytestmark = pytest.mark.browser
PAGE = "/workbench/hospitality/forms?name=application"


def stored() -> dict[str, Any]:
    db.session.rollback()
    raw = get_draft(read_session(), find_actor("owner"), "hospitality").files["forms/application.json"]
    found: dict[str, Any] = json.loads(raw)
    return found


def english(page: Page) -> list[str]:
    """What is left in English beside the hint of the form itself, which names a product."""
    return [text for text in english_left(page) if "Office" not in text]


def names(form: dict[str, Any], section: int) -> list[str]:
    return [name for name, _width in form["layout"][section]["fields"]]


def test_a_form_is_designed_by_keyboard_and_by_pointer(visit: Callable[..., Visitor]) -> None:
    visitor = visit(**SCREENS["desktop"])
    visitor.enter_as("owner")
    visitor.go(f"{PAGE}#venue")
    page = visitor.page
    page.locator("html[data-designer=ready]").wait_for()
    box = page.locator("[data-field=venue][role=button]")
    expect(box).to_have_attribute("aria-pressed", "true")
    assert check(visitor) == []
    assert english(page) == []

    page.locator("[data-kind=money]").focus()
    page.keyboard.press("Enter")
    added = page.locator("[data-field=amount][role=button]")
    expect(added).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-area=said]")).to_have_text("“金额”在第 1 部分的第 5 个")
    expect(added).to_be_focused()
    page.keyboard.press("Enter")
    title = page.locator(".hq-props [data-field=title]")
    expect(title).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("押金")
    page.keyboard.press("Escape")
    expect(added).to_be_focused()
    expect(added.locator(".hq-label")).to_have_text("押金")

    page.locator("[data-kind=rows]").drag_to(
        page.locator("[data-field=budget][role=button]"), target_position={"x": 100, "y": 3}
    )
    expect(page.locator("[data-field=lines][role=button] table.hq-rows")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.locator("[data-field=lines]")).to_have_count(0)
    page.locator("[data-do=undo]").click()
    expect(page.locator("[data-field=lines][role=button]")).to_be_visible()

    page.locator("button[data-mode=rights]").click()
    page.get_by_label("“押金”在“客户服务部经理审核”").select_option(label="不可见")
    page.get_by_label("“数量”在“财务部审核”").select_option(label="不可见")
    assert english(page) == []
    page.locator("button[data-mode=rules]").click()
    page.locator("[data-field='rule.0.message']").fill("请早些申请")
    page.locator("[data-field='rule.0.message']").press("Tab")
    assert english(page) == []
    page.locator("button[data-mode=preview]").click()
    page.locator("[data-area=step]").select_option(label="客户服务部经理审核（只看）")
    expect(page.locator(".hq-designer-canvas")).not_to_contain_text("押金")

    page.locator("html[data-form=kept]").wait_for()
    form = stored()
    assert names(form, 0) == [
        "applicant",
        "department",
        "applied_on",
        "customer",
        "amount",
        "venue",
        "date",
        "organiser",
    ]
    assert names(form, 2) == ["lines", "budget"]
    assert form["schema"]["properties"]["amount"]["title"] == "押金"
    assert form["steps"]["manager_review"] == {"hide": ["amount"]}
    assert form["steps"]["finance_review"] == {"hide": ["lines/quantity"]}
    assert form["rules"][0]["message"] == "请早些申请"
