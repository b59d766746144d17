"""The diagram editor: a step drawn by somebody who knows no notation, nothing lost by saving, no English left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree
from playwright.sync_api import Locator, Page, expect

from services.database import db
from services.processes.checking import check_files
from services.processes.drafts import Draft, change_files, get_draft
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import check
from tests.conftest import MONDAY, find_actor
from tests.support.chinese import english_left
from workflows.definition import read_process

Visit = Callable[..., Visitor]
PROCESSES = ("complaint", "gift")
"""A sub-process with timers, and signing: that the library of the diagrams keeps all six is seen without a browser."""
pytestmark = pytest.mark.browser


def open_diagram(visitor: Visitor, key: str) -> Page:
    visitor.go(f"/workbench/{key}/diagram")
    expect(visitor.page.locator("html[data-modeler]")).to_have_attribute("data-modeler", "ready")
    return visitor.page


def draft_of(key: str) -> Draft:
    draft = get_draft(db.session(), find_actor("owner"), key)
    db.session.rollback()
    return draft


def select(page: Page, element: str) -> Locator:
    """Go to an element by the address, as every link of the workbench does. Returns the panel."""
    page.evaluate("id => { location.hash = ''; location.hash = `#${id}`; }", element)
    expect(page.locator(f".djs-element.selected[data-element-id='{element}']")).to_be_attached()
    return page.locator("[data-area=panel]")


def pad(page: Page, action: str) -> Locator:
    return page.locator(f".djs-context-pad .entry[data-action='{action}']")


def middle(page: Page, element: str) -> tuple[float, float]:
    """The middle of a shape, or a point half way along a flow, on the screen."""
    x, y = page.locator(f".djs-element[data-element-id='{element}'] > .djs-visual").evaluate(
        """visual => {
          const path = visual.closest('.djs-connection') && visual.querySelector(':scope > path');
          if (!path) {
            const box = visual.firstElementChild.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
          }
          const half = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
          return [half.x, half.y];
        }"""
    )
    return float(x), float(y)


def click(page: Page, element: str) -> None:
    """Move there as a hand does, since what is carried follows the pointer, and click."""
    x, y = middle(page, element)
    page.mouse.move(x - 4, y - 4)
    page.mouse.move(x, y, steps=3)
    page.mouse.click(x, y)


def drop(page: Page, shape: str, target: str) -> None:
    """Take a shape from the palette and drop it on what is drawn; its name is typed in the panel."""
    page.locator(f".djs-palette .entry[data-action='create.{shape}']").click()
    click(page, target)
    page.keyboard.press("Escape")


def saved(page: Page) -> None:
    """Wait until the newest change is stored."""
    expect(page.locator("html")).to_have_attribute("data-drawn", "kept")


def newest(page: Page) -> str:
    return str(page.locator(".djs-element.selected").first.get_attribute("data-element-id"))


def test_a_step_is_drawn_with_post_form_due_time_and_condition(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("owner")
    page = open_diagram(visitor, "gift_plan")
    page.locator("[data-do=wide]").click()
    panel = select(page, "manager_review")
    drop(page, "user-task", "supervisor_decision_to_manager_review")
    expect(panel.locator("h2")).to_have_text("人工任务")
    assert newest(page) == "task_1"
    panel.get_by_label("名称", exact=True).fill("总经理审批")
    panel.get_by_label("岗位", exact=True).select_option("总经理")
    panel.get_by_label("表单", exact=True).select_option(label="礼品馈赠计划表")
    panel.get_by_label("办理方式").select_option(label="同意或驳回")
    panel.get_by_label("期限").select_option(label="工作日（从任务到来算起）")
    panel.get_by_label("数量").fill("3")
    panel.get_by_role("button", name="添加到期前提醒").click()
    expect(panel.get_by_role("button", name="去掉到期前提醒")).to_be_visible()
    assert english_left(page) == []

    select(page, "flow_1")
    pad(page, "delete").click()
    select(page, "task_1")
    pad(page, "append.exclusive-gateway").click()
    page.keyboard.press("Escape")
    expect(page.locator(".djs-element[data-element-id=gateway_1]")).to_be_attached()
    pad(page, "connect").click()
    click(page, "manager_review")
    select(page, "gateway_1")
    pad(page, "append.end-event").click()
    page.keyboard.press("Escape")
    panel.get_by_label("名称", exact=True).fill("总经理驳回")
    panel.get_by_label("结束后状态").select_option(label="已驳回")

    select(page, "gateway_1")
    panel.get_by_label("默认走").select_option(label="到：经理审批")
    panel.get_by_role("button", name="到：总经理驳回").click()
    panel.get_by_label("字段").select_option(label="办理结果")
    panel.get_by_label("值", exact=True).select_option(label="驳回")
    expect(panel.get_by_role("status")).to_contain_text("驳回")
    panel.get_by_role("button", name="写成表达式").click()
    written = panel.get_by_label("条件", exact=True)
    expect(written).to_have_value("outcome == 'reject'")
    written.fill("")
    page.keyboard.type("outc")
    expect(panel.get_by_role("option")).to_contain_text(["outcome"])
    page.keyboard.press("Escape")
    written.fill("outcome == 'reject' and nobody_knows")
    expect(panel.get_by_role("status")).to_contain_text("nobody_knows")
    written.fill("outcome == 'reject'")

    written.press("Tab")
    saved(page)
    expect(page.locator("[data-area=count]")).to_have_attribute("data-state", "right")
    draft = draft_of("gift_plan")
    assert [str(each) for each in check_files(draft.files) if each.severity == "error"] == []
    definition = read_process(draft.files)
    task = definition.tasks["task_1"]
    assert (task.name, task.lane, task.form, task.outcomes) == ("总经理审批", "总经理", "plan", ("approve", "reject"))
    drawn = draft.files["gift_plan.bpmn"].decode()
    assert "work_days(3)" in drawn
    assert 'id="task_1_remind"' in drawn
    assert check(visitor) == []


KINDS = {
    "complaint": ("handle", "service_times", "start_clock", "handling", "wait_2", "lane_1"),
    "address_change": ("wait_turn", "change_in_system_changed", "change_way"),
}
"""Elements of every kind that the shipped diagrams have, whose panels, pads and menus are looked at."""


def test_no_english_is_left_in_any_menu(visit: Visit) -> None:
    visitor = visit(width=1280, height=800)
    visitor.enter_as("owner")
    left: set[str] = set()
    for key, elements in KINDS.items():
        page = open_diagram(visitor, key)
        for element in elements:
            panel = select(page, element)
            panel.locator("details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")
            left |= {f"{element}: {text}" for text in english_left(page)}
            for action in ("replace", "append"):
                if pad(page, action).count():
                    pad(page, action).click()
                    expect(page.locator(".djs-popup")).to_be_visible()
                    left |= {f"{action} of {element}: {text}" for text in english_left(page)}
                    page.keyboard.press("Escape")
    left |= {f"tools: {text}" for text in _texts_of_tools(page, "request", "customer_choice")}
    page.locator("[data-open-dialog=modeler-keys]").click()
    left |= {f"keys: {text}" for text in english_left(page)}
    assert left == set()
    assert page.locator("html").get_attribute("data-untranslated") == ""


def _texts_of_tools(page: Page, first: str, second: str) -> list[str]:
    """What is left with the menu of all elements, the search, the minimap and two elements to be aligned."""
    page.locator(".djs-palette .entry[data-action=create]").click()
    left = english_left(page)
    page.keyboard.press("Escape")
    page.locator("[data-do=find]").click()
    page.keyboard.type("没有这个")
    left += english_left(page)
    page.keyboard.press("Escape")
    page.locator("[data-do=fit]").click()
    click(page, first)
    page.keyboard.down("Shift")
    click(page, second)
    page.keyboard.up("Shift")
    expect(page.locator("[data-area=panel] h2")).to_have_text("2 个元素")
    pad(page, "align-elements").click()
    page.locator(".djs-minimap .toggle").click()
    return left + english_left(page)


def test_opening_and_saving_changes_nothing(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("owner")
    for key in PROCESSES:
        shipped = draft_of(key).files
        page = open_diagram(visitor, key)
        name = page.locator("[data-area=panel]").get_by_label("流程名称")
        name.fill("改过的名称")
        name.press("Tab")
        page.locator("[data-do=undo]").click()
        saved(page)
        stored = draft_of(key).files
        assert stored[f"{key}.bpmn"] != shipped[f"{key}.bpmn"], "nothing was written"
        assert read_process(stored).tasks == read_process(shipped).tasks
        assert said(stored[f"{key}.bpmn"]) == said(shipped[f"{key}.bpmn"])


def said(xml: bytes) -> list[tuple[str, dict[str, str], str]]:
    """Every element of a diagram in order, with its attributes and text; what is only drawn is left out."""
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    return [
        (
            etree.QName(each).localname,
            {str(name): str(value) for name, value in each.attrib.items()},
            (each.text or "").strip(),
        )
        for each in root.iter("{*}*")
        if not etree.QName(each).namespace.endswith(("/DI", "/DC"))
    ]


BROKEN = {
    "cut off": b"<bpmn:definitions><bpmn:process",
    "no XML": "这不是流程图".encode(),
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
}


def test_a_broken_diagram_is_refused_and_kept(visit: Visit) -> None:
    visitor = visit()
    visitor.enter_as("owner")
    for name, broken in BROKEN.items():
        revision = draft_of("gift_plan").revision
        change_files(find_actor("owner"), "gift_plan", {"gift_plan.bpmn": broken}, revision=revision, now=MONDAY)
        page = open_diagram(visitor, "gift_plan")
        notice = page.locator("[data-area=notice]")
        expect(notice, name).to_contain_text("这张流程图读不出来")
        expect(notice.get_by_role("link", name="看版本与修改记录")).to_be_visible()
        expect(page.locator("[data-area=count]")).to_have_attribute("data-state", "error")
        assert draft_of("gift_plan").files["gift_plan.bpmn"] == broken
