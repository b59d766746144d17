"""The decision table editor: a rule forgotten, found, added and tried; nothing lost by saving; no English left."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from services.database import db
from services.processes.drafts import get_draft
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.conftest import find_actor
from tests.support.chinese import english_left
from workflows.decisions import DecisionTable, read_decisions

Visit = Callable[..., Visitor]
SHIPPED = [Path(f"bpmn/{name}.dmn") for name in ("address_change/decisions/change_way", "complaint/decisions/dispatch")]
OVERSPEND = "decisions/overspend.dmn"
pytestmark = pytest.mark.browser


def open_table(visitor: Visitor, key: str, name: str) -> Page:
    visitor.go(f"/workbench/{key}/tables?name={name}")
    expect(visitor.page.locator("html[data-editor]")).to_have_attribute("data-editor", "ready")
    return visitor.page


def stored(key: str, path: str) -> bytes:
    content = get_draft(db.session(), find_actor("owner"), key).files[path]
    db.session.rollback()
    return content


def said_by(xml: bytes) -> list[Any]:
    """Everything that decides, line numbers apart."""
    found: list[Any] = []
    for decision in read_decisions(xml, file="").decisions:
        table = decision.logic
        assert isinstance(table, DecisionTable)
        inputs = [(each.label, each.expression.source, each.type.base, source(each.allowed)) for each in table.inputs]
        outputs = [(each.name, each.label, each.type.base, each.ranking) for each in table.outputs]
        rules = [
            (rule.id, rule.description, [test.source for test in rule.tests], [cell.source for cell in rule.outputs])
            for rule in table.rules
        ]
        found.append((decision.id, decision.name, table.hit_policy, table.aggregation, inputs, outputs, rules))
    return found


def source(tests: Any) -> str:
    return tests.source if tests else ""


def findings(page: Page) -> Locator:
    return page.locator("[data-table-findings]")


def saving(page: Page, says: Callable[[str], bool]) -> Any:
    """Wait until the file is kept as ``says`` wants it."""
    return page.expect_response(
        lambda answer: answer.request.method == "PUT" and answer.ok and says(answer.request.post_data or "")
    )


def test_a_forgotten_case_is_found_added_tried_and_taken_back(visit: Visit) -> None:
    visitor = visit(width=1280, height=900)
    visitor.enter_as("owner")
    page = open_table(visitor, "hospitality", "overspend")
    expect(findings(page)).to_contain_text("没有遗漏，也没有重叠")
    page.get_by_label("第 2 条规则，超出批准金额（元）").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("]0..80]")
    expect(findings(page)).to_contain_text("80 < 超出批准金额（元） ≤ 100：没有规则")
    page.get_by_role("button", name="补一条规则").click()
    expect(page.locator("td.rule-index")).to_have_count(5)
    expect(page.get_by_label("第 5 条规则，超出批准金额（元）")).to_have_text("(80..100]")
    expect(page.get_by_label("第 5 条规则，须说明")).to_be_focused()
    page.keyboard.type('"explain')
    expect(findings(page)).to_contain_text("文字没有结束")
    expect(page.locator("td[data-wrong]")).to_have_count(1)
    with saving(page, lambda text: text.count('<text>"explain"</text>') == 2):
        page.keyboard.type('"')
    expect(findings(page)).to_contain_text("没有遗漏，也没有重叠")
    page.get_by_label("合计（客户招待申请表）").fill("1000")
    page.get_by_label("合计（客户招待报告表）").fill("1090")
    page.get_by_role("button", name="试算").click()
    answer = page.locator(".hq-trial-answer")
    expect(answer).to_contain_text("第 5 条规则满足")
    expect(answer).to_contain_text("超出批准金额（元） = 90")
    expect(page.locator("td[data-fired].rule-index")).to_have_text("5")
    (told,) = said_by(stored("hospitality", OVERSPEND))
    assert told[-1][1][2] == ["]0..80]", "-"]
    assert told[-1][4][2:] == (["(80..100]", "-"], ['"explain"'])
    undo = page.locator("[data-act=undo]")
    with saving(page, lambda text: "]0..100]" in text and text.count("<rule ") == 4):
        while undo.is_enabled():
            undo.click()
    expect(page.locator("td.rule-index")).to_have_count(4)
    expect(findings(page)).to_contain_text("没有遗漏，也没有重叠")
    shipped = Path("bpmn/hospitality", OVERSPEND).read_bytes()
    assert said_by(stored("hospitality", OVERSPEND)) == said_by(shipped)


def test_columns_are_set_up_without_knowing_the_language(visit: Visit) -> None:
    visitor = visit(width=1280, height=900, scheme="dark")
    visitor.enter_as("owner")
    page = open_table(visitor, "complaint", "service_times")
    page.locator("#hit-policy").select_option(label="首个")
    page.locator("[data-act=add-input]").click()
    page.get_by_label("看哪个值").select_option("type")
    side = page.locator("[data-table-side]")
    expect(side.get_by_label("显示名称")).to_have_value("类型")
    expect(side.get_by_label("可选值")).to_have_value(re.compile("^质量问题\n少货"))
    page.get_by_label("第 1 条规则，类型").click()
    with saving(page, lambda text: '<text>"质量问题"</text>' in text):
        side.get_by_label("质量问题").check()
    (told,) = said_by(stored("complaint", "decisions/service_times.dmn"))
    assert told[2].value == "FIRST"
    assert told[4][-1][1] == "type"
    assert told[6][0][2][-1] == '"质量问题"'
    page.locator("td.input-cell").first.click(button="right")
    expect(page.get_by_role("menu")).to_be_visible()
    assert english_left(page) == []
    page.keyboard.press("Escape")
    assert page.locator("html").get_attribute("data-untranslated") == ""
    assert check(visitor) == []


def test_a_shipped_table_says_the_same_after_it_was_opened_and_saved(visit: Visit) -> None:
    visitor = visit(width=1280, height=900)
    visitor.enter_as("owner")
    for path in SHIPPED:
        key, name = path.parts[1], path.stem
        page = open_table(visitor, key, name)
        rules = path.read_text().count("<rule ")
        with saving(page, lambda text, rules=rules: text.count("<rule ") == rules):
            page.locator("[data-act=add-rule]").click()
            page.locator("[data-act=undo]").click()
        assert said_by(stored(key, f"decisions/{path.name}")) == said_by(path.read_bytes()), path
