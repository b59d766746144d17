"""What another person does shows on an open page, without loading it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.hospitality import act, start

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser


def opened(visitor: Visitor, path: str) -> None:
    """A page that hears: its stream has been answered."""
    visitor.go(path)
    visitor.page.locator("html[data-live=heard]").wait_for(state="attached")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_new_task_shows_on_an_open_inbox(visit: Visit, width: int) -> None:
    visitor = visit(width=width, height=844)
    visitor.enter_as("manager")
    opened(visitor, "/inbox")
    page = visitor.page
    expect(page.locator("[data-live-refresh]")).to_be_hidden()
    expect(page.locator(".hq-empty")).to_be_visible()
    case = start()
    toast = page.locator(".hq-toasts .hq-toast")
    expect(toast).to_contain_text(case.number)
    expect(page.locator(".hq-nav [data-count=todo]")).to_have_text("1")
    expect(page.locator(".hq-dot[data-count=unread]")).to_be_visible()
    expect(page.locator("[data-live-refresh]")).to_be_visible()
    expect(page.locator(".hq-empty")).to_be_hidden()
    assert visitor.overflow() <= 0
    page.locator("[data-live-refresh] a").click()
    visitor.settle()
    expect(page.locator(".hq-list")).to_contain_text(case.number)
    assert visitor.complaints == []


def test_the_toast_leads_to_the_task_and_can_be_put_away(visit: Visit) -> None:
    visitor = visit(width=1280, height=860)
    visitor.enter_as("manager")
    opened(visitor, "/calendar")
    start()
    toast = visitor.page.locator(".hq-toasts .hq-toast")
    toast.locator("[data-dismiss]").click()
    expect(toast).to_have_count(0)
    start()
    toast.locator("a").click()
    visitor.page.wait_for_url("**/tasks/*")
    assert visitor.complaints == []


def test_a_task_that_somebody_else_did_leaves_the_counts(visit: Visit) -> None:
    case = start()
    visitor = visit(width=1280, height=860)
    visitor.enter_as("manager")
    opened(visitor, "/inbox")
    expect(visitor.page.locator(".hq-nav [data-count=todo]")).to_have_text("1")
    act(case, "manager", "manager_review")
    expect(visitor.page.locator(".hq-nav [data-count=todo]")).to_be_hidden()
    expect(visitor.page.locator("[data-live-refresh]")).to_be_hidden()
