"""Settings, English and files of a draft on both widths and both schemes: sound, Chinese, and read while typing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.support.chinese import english_left

Visit = Callable[..., Visitor]
PAGES = (
    "/workbench/hospitality/settings/english",
    "/workbench/visit/source/papers/reservations.json",
    "/workbench/hospitality/settings",
)
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("screen", "paths"), [("desktop", PAGES), ("phone-dark", PAGES[-1:])])
def test_the_pages_are_sound_and_chinese(visit: Visit, screen: str, paths: tuple[str, ...]) -> None:
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("owner")
    for path in paths:
        visitor.go(path)
        assert check(visitor) == [], path
        assert english_left(visitor.page) == [], path
        assert visitor.overflow() == 0, path


def test_a_condition_is_read_and_a_subject_is_shown_while_typing(visit: Visit) -> None:
    visitor = visit(**SCREENS["desktop"])
    visitor.enter_as("owner")
    visitor.go("/workbench/hospitality/settings")
    page = visitor.page
    expect(page.locator("html[data-editor=ready]")).to_be_attached()
    page.get_by_label("撤销条件").fill("budget_total >")
    answer = page.locator("#cancel ~ [role=status]")
    expect(answer).to_have_class("hq-error")
    page.get_by_label("撤销条件").fill("budget_total > 100")
    expect(answer).to_have_class("hq-hint")
    expect(answer).not_to_be_empty()
    page.get_by_label("事项名称").fill("招待 ")
    page.get_by_text("可以插入的字段").click()
    page.locator("[data-insert=venue]").click()
    expect(page.locator("[data-subject-preview]")).to_have_text("招待 〈宴请场所〉")
    page.get_by_label("编号前缀").fill("ZX")
    expect(page.locator("[data-next-number]")).to_have_text("ZX-2026-…")
