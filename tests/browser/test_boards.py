"""The work plan in a browser, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import EACH_KIND, SCREENS, check
from tests.support.hospitality import start

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("screen", EACH_KIND)
def test_boards_are_sound(visit: Callable[..., Visitor], screen: str) -> None:
    start(venue="锦江大酒店" * 10)
    db.session.rollback()
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("manager")
    findings = {}
    for path in (
        "/board",
        "/board?scope=department&day=2026-11-25",
        "/board?view=month&scope=department&day=2026-11-25",
    ):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.go("/board")
    visitor.page.get_by_text("在手机日历中订阅").click()
    visitor.page.get_by_role("button", name="生成订阅地址").click()
    visitor.page.get_by_label("地址", exact=True).wait_for()
    findings["the new address"] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}
