"""Everything by keyboard, in a real browser: lists, tasks, search, and the switch that turns single keys off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.support.hospitality import start

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


@pytest.fixture
def manager(visit: Visit) -> Visitor:
    """The manager with three tasks in the inbox."""
    for venue in ("锦江大酒店", "和平饭店", "外滩三号"):
        start(venue=venue)
    visitor = visit()
    visitor.enter_as("manager")
    return visitor


def selected(page: Page) -> int:
    """Which row is selected, from 0; -1 for none."""
    rows = page.locator("[data-list-item]").evaluate_all("rows => rows.findIndex(r => r.matches('.is-selected'))")
    return int(rows)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_letters_and_arrows_move_through_a_list(manager: Visitor) -> None:
    page = manager.page
    press(page, "j")
    assert selected(page) == 0
    press(page, "j", "ArrowDown", "j")
    assert selected(page) == 2
    press(page, "k", "ArrowUp")
    assert selected(page) == 0
    link = page.locator("[data-list-item].is-selected a")
    expect(link).to_be_focused()
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") != "none"


def test_the_next_task_is_one_key_away(manager: Visitor) -> None:
    page = manager.page
    press(page, "j", "Enter")
    page.wait_for_url("**/tasks/1")
    manager.settle()
    press(page, "n")
    page.wait_for_url("**/tasks/2")
    manager.settle()
    press(page, "]")
    page.wait_for_url("**/tasks/3")
    manager.settle()
    press(page, "n", "p")
    page.wait_for_url("**/tasks/2")


def test_an_approval_by_key_asks_first(manager: Visitor) -> None:
    page = manager.page
    manager.go("/tasks/1")
    press(page, "a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("同意")
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(manager.server + "/tasks/1")
    press(page, "a")
    expect(dialog).to_be_visible()
    press(page, "Enter")
    page.wait_for_url("**/inbox")
    expect(page.locator("[data-list-item]")).to_have_count(2)


def test_a_comment_that_is_needed_is_asked_for_first(manager: Visitor) -> None:
    page = manager.page
    manager.go("/tasks/1")
    comment = page.locator("#decision [data-comment]")
    press(page, "c")
    expect(comment).to_be_focused()
    page.keyboard.type("a")
    expect(comment).to_have_value("a")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_lead_everywhere(manager: Visitor) -> None:
    page = manager.page
    for keys, place in (("gs", "**/start"), ("gd", "**/inbox?view=done"), ("gn", "**/notices"), ("gi", "**/inbox")):
        press(page, *keys)
        page.wait_for_url(place)
        manager.settle()


def test_what_is_typed_is_never_a_command(manager: Visitor) -> None:
    page = manager.page
    press(page, "/")
    field = page.locator("[data-search]")
    expect(field).to_be_focused()
    page.keyboard.type("jkg?s")
    expect(field).to_have_value("jkg?s")
    assert selected(page) == -1
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_input_method_that_composes_is_left_alone(manager: Visitor) -> None:
    page = manager.page
    send = """options => document.body.dispatchEvent(new KeyboardEvent('keydown',
        {bubbles: true, cancelable: true, key: 'j', ...options}))"""
    page.evaluate(send, {"isComposing": True})
    page.evaluate(send, {"keyCode": 229})
    assert selected(page) == -1
    page.evaluate(send, {})
    assert selected(page) == 0


def test_the_signs_of_a_chinese_layout_work_as_well(manager: Visitor) -> None:
    page = manager.page
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: '？'}))")
    dialog = page.get_by_role("dialog", name="快捷键")
    expect(dialog).to_be_visible()
    press(page, "Escape")
    expect(dialog).to_be_hidden()


def test_searching_needs_no_mouse(manager: Visitor) -> None:
    page = manager.page
    press(page, "/")
    page.keyboard.type("和平")
    press(page, "Enter")
    page.wait_for_url("**/search?q=*")
    manager.settle()
    expect(page.locator("mark").first).to_have_text("和平")
    press(page, "/", "ArrowDown")
    assert selected(page) == 0
    press(page, "j", "Enter")
    page.wait_for_url("**/cases/2")


def test_single_keys_can_be_switched_off(manager: Visitor) -> None:
    page = manager.page
    press(page, "?")
    page.get_by_role("checkbox", name="启用单个字母和符号的快捷键").uncheck()
    press(page, "Escape")
    press(page, "j", "/", "?")
    assert selected(page) == -1
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "ArrowDown")
    assert selected(page) == 0
    manager.go("/tasks/1")
    press(page, "a")
    expect(page.get_by_role("dialog")).to_have_count(0)
    manager.go("/inbox")
    page.locator(".hq-menu summary").click()
    page.get_by_role("button", name="快捷键").click()
    page.get_by_role("checkbox", name="启用单个字母和符号的快捷键").check()
    press(page, "Escape", "j")
    assert selected(page) >= 0


def test_a_filter_is_saved_on_a_phone(visit: Visit) -> None:
    start()
    visitor = visit(width=390, height=844)
    visitor.enter_as("manager")
    visitor.go("/inbox?customer=晨光")
    page = visitor.page
    page.get_by_text("保存当前筛选").click()
    page.get_by_label("名称", exact=True).fill("晨光")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/inbox?filter=*")
    visitor.settle()
    expect(page.locator(".hq-chip[aria-current=true]")).to_contain_text("晨光")
    assert visitor.overflow() == 0
