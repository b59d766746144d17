"""What was found is drawn on the diagram, and so is every way through it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from services.database import read_session
from services.processes.drafts import change_files, get_draft
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.conftest import MONDAY, find_actor

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.browser

_REJECTS = b"outcome == &#x27;reject&#x27;</bpmn"


def test_the_owner_follows_findings_and_ways_on_the_diagram(visit: Visit) -> None:
    owner = find_actor("owner")
    draft = get_draft(read_session(), owner, "hospitality")
    broken = draft.files["hospitality.bpmn"].replace(_REJECTS, _REJECTS.replace(b"reject", b"rejekt"), 1)
    change_files(owner, "hospitality", {"hospitality.bpmn": broken}, revision=draft.revision, now=MONDAY)
    visitor = visit()
    visitor.enter_as("owner")
    visitor.go("/workbench/hospitality/checks")
    page = visitor.page
    expect(page.locator("html[data-viewer=ready]")).to_be_attached()
    finding = page.locator(".hq-findings > li", has_text="rejekt").first
    finding.get_by_role("button", name="在图上看").click()
    expect(
        page.locator(".djs-connection.is-here[data-element-id=manager_decision_to_manager_rejected]")
    ).to_be_attached()
    expect(finding.get_by_role("link", name="去修改")).to_have_attribute(
        "href", "/workbench/hospitality/diagram#manager_decision_to_manager_rejected"
    )
    assert check(visitor) == []
    change_files(owner, "hospitality", {"hospitality.bpmn": draft.files["hospitality.bpmn"]}, revision=1, now=MONDAY)
    page.get_by_role("link", name="所有走法").click()
    expect(page.locator("html[data-viewer=ready]")).to_be_attached()
    page.get_by_label("结束于").select_option(label="已驳回")
    expect(page.locator("[data-way-count]")).to_contain_text("显示")
    way = page.locator(".hq-way:not([hidden])").first
    way.locator("summary").click()
    expect(page.locator(".djs-shape.is-way[data-element-id=manager_review]")).to_be_attached()
    expect(page.locator(".hq-way-number").first).to_have_text("1")
    assert check(visitor) == []
