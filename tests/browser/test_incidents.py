"""An owner finds a case that stands still, sees the step in red, and sends it on; wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, check
from tests.support.acting import asked
from tests.support.incidents import GATEWAY, publish_broken, stuck_case

pytestmark = pytest.mark.browser


def test_an_owner_mends_a_case_where_it_stands(visit: Callable[..., Visitor]) -> None:
    publish_broken()
    case = stuck_case()
    db.session.rollback()
    visitor = visit(**SCREENS["desktop"])
    visitor.enter_as("specialist")
    visitor.go(f"/cases/{case.id}")
    page = visitor.page
    assert page.get_by_text("这件事在等流程负责人处理").is_visible()
    assert page.locator(".is-failed").count() == 0

    visitor.enter_as("owner")
    visitor.go("/incidents")
    findings = {"/incidents": check(visitor)}
    page.get_by_role("link", name="“超预算？”的条件算不出来").click()
    visitor.settle()
    findings["/incidents/<id>"] = check(visitor)
    assert page.locator(f"[data-element-id={GATEWAY}].is-failed").count() == 1

    page.get_by_role("button", name="再试一次", exact=True).click()
    assert page.locator("#reason:invalid").count() == 1, "a reason is asked for before anything is sent"
    page.get_by_label("理由（留在这件事的历史里）").fill("请总经理审批")
    page.get_by_label("超预算 → 总经理审批超预算").check()
    page.get_by_role("button", name="按所选去向继续").click()
    page.wait_for_url(f"**/cases/{case.id}")
    visitor.settle()
    findings["/cases/<id>"] = check(visitor)
    assert page.locator(".is-failed").count() == 0
    assert page.get_by_text("请总经理审批").first.is_visible()
    assert asked(case) == {"gm": "over_budget_approval"}
    assert {path: found for path, found in findings.items() if found} == {}


def test_a_failed_case_can_be_looked_at_on_a_phone(visit: Callable[..., Visitor]) -> None:
    publish_broken()
    stuck_case()
    db.session.rollback()
    visitor = visit(**SCREENS["phone-dark"])
    visitor.enter_as("owner")
    visitor.go("/incidents")
    assert check(visitor) == []
    visitor.page.get_by_role("link", name="“超预算？”的条件算不出来").click()
    visitor.settle()
    assert check(visitor) == []
