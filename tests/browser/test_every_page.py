"""Every page on every screen: nothing wider than the screen, nothing the policy forbids, nothing axe-core finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.database import db
from services.notices.channels import ChannelForm, add_channel
from tests.browser.conftest import Visitor
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, start, task_id

Visit = Callable[..., Visitor]
AXE = Path("webapp/frontend/node_modules/axe-core/axe.min.js")
SCREENS = {
    "desktop": {"width": 1360, "height": 860},
    "desktop-dark": {"width": 1360, "height": 860, "scheme": "dark"},
    "phone": {"width": 390, "height": 844},
    "phone-dark": {"width": 390, "height": 844, "scheme": "dark"},
}
EACH_KIND = ("desktop", "phone-dark")
"""Both widths and both schemes once, where many pages are looked at."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_are_sound(visit: Visit, screen: str) -> None:
    form = ChannelForm(name="客服群", url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", events=["task"])
    channel = add_channel(find_actor("admin"), "wecom", form, now=MONDAY)
    case = start()
    start(customer="C007", budget={"meal": 40_000})
    act(case, "manager", "manager_review", comment="同意")
    task = task_id(case, "gm_review")
    db.session.rollback()  # the walk takes longer than the database lets a transaction idle
    visitor = visit(**SCREENS[screen])
    visitor.go("/sign-in")
    findings = {"/sign-in": check(visitor)}
    visitor.enter_as("gm")
    for path in ("/inbox", "/inbox?view=claimable", "/inbox?view=done", f"/tasks/{task}", f"/cases/{case.id}"):
        visitor.go(path)
        findings[path] = check(visitor)
    for path in ("/search", "/search?q=晨光", "/inbox?customer=晨光&due=week", "/cases"):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.page.keyboard.press("?")
    findings["the list of keys"] = check(visitor)
    for path in ("/notices", "/calendar", "/processes", "/processes/hospitality", "/nothing"):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.enter_as("admin")
    for path in ("/me/notices", "/channels", "/channels/new/webhook", f"/channels/{channel}"):
        visitor.go(path)
        findings[path] = check(visitor)
    for path in ("/me/substitutes", "/people/rehearsal?person=gm", "/people/unassigned"):
        visitor.go(path)
        findings[path] = check(visitor)
    visitor.enter_as("specialist")
    for path in ("/start", "/start/hospitality", "/inbox?view=started", f"/cases/{case.id}/print/application"):
        visitor.go(path)
        findings[path] = check(visitor)
    assert {path: found for path, found in findings.items() if found} == {}


def check(visitor: Visitor) -> list[str]:
    page = visitor.page
    if page.locator("#viewer-config").count():
        page.locator("html[data-viewer=ready]").wait_for(state="attached")
    found = [f"{visitor.overflow()} px too wide"] if visitor.overflow() > 0 else []
    page.evaluate(AXE.read_text())
    screen = page.viewport_size
    assert screen is not None
    # as tall as the page, so that the bar at the bottom covers none of the links by chance
    tall = {"width": screen["width"], "height": max(screen["height"], page.evaluate("document.body.scrollHeight"))}
    page.set_viewport_size(tall)
    # the drawing of the diagram library is its own
    result = page.evaluate(
        "rules => axe.run({exclude: [['.djs-container'], ['.bjs-powered-by']]}, {runOnly: rules})", RULES
    )
    page.set_viewport_size(screen)
    for violation in result["violations"]:
        places = ", ".join(node["target"][0] for node in violation["nodes"][:3])
        found.append(f"{violation['id']}: {places}")
    return found
