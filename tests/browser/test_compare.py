"""Two versions of a process beside each other in a browser, and a page of the guide, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.database import db, read_session
from services.processes.drafts import change_files
from services.processes.versions import get_archive
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import EACH_KIND, SCREENS, check
from tests.conftest import MONDAY, find_actor
from workflows.definition import read_archive

pytestmark = pytest.mark.browser
PAGE = "/workbench/hospitality/compare"


def change() -> None:
    raw = read_archive(get_archive(read_session(), "hospitality"))["hospitality.bpmn"]
    text = raw.decode().replace('value="work_days(2)"', 'value="work_days(3)"', 1)
    text = text.replace(
        '<bpmn:userTask id="gm_review" name="总经理审核"', '<bpmn:userTask id="gm_review" name="总经理终审"'
    )
    change_files(find_actor("owner"), "hospitality", {"hospitality.bpmn": text.encode()}, revision=0, now=MONDAY)
    db.session.rollback()


@pytest.mark.parametrize("screen", EACH_KIND)
def test_a_comparison_marks_both_diagrams_and_leads_to_each_change(visit: Callable[..., Visitor], screen: str) -> None:
    change()
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("owner")
    visitor.go(PAGE)
    page = visitor.page
    page.locator("html[data-compare=ready]").wait_for()
    assert page.locator(".hq-compare-pane .is-changed").count() == 2 * 2 + 2 * 2, "two elements and their signs, twice"
    assert page.locator("[data-step-count]").inner_text() == "1 / 2"
    page.get_by_role("button", name="下一处").click()
    assert page.locator("[data-step-count]").inner_text() == "2 / 2"
    for side in ("before", "after"):
        shown = page.locator(f"[data-diagram={side}] .djs-element.is-shown")
        assert shown.get_attribute("data-element-id") == "gm_review"
    findings = {PAGE: check(visitor)}
    for path in ("/help", "/help/hit-policy-collect"):
        visitor.go(path)
        findings[path] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}
