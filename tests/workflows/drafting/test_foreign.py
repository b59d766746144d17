"""Diagrams of other modelers: put into our words as far as that goes, and nothing left out silently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from workflows.definition import read_process
from workflows.drafting.foreign import Imported, understand
from workflows.drafting.layout import DI, is_drawn
from workflows.errors import DefinitionError

FILES = Path(__file__).parent / "files"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def imported(name: str) -> Imported:
    return understand((FILES / name).read_bytes(), name, key="invoice", title="发票", prefix="FP")


def said(found: Imported, state: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for each in found.findings:
        if each.state == state:
            lines.setdefault(each.element or each.what, []).append(each.message)
    return lines


def root_of(found: Imported) -> etree._Element:
    return etree.fromstring(found.files["invoice.bpmn"])


def test_assignments_become_lanes_and_the_drawing_is_made() -> None:
    found = imported("camunda7.bpmn")
    lanes = {lane.get("name"): [node.text for node in lane] for lane in root_of(found).iter(f"{BPMN}lane")}
    assert lanes["申请人"] == ["startEvent_Start", "enter"]
    assert set(lanes["finance"]) == {"review", "approved", "large", "pay", "file", "no", "paid", "filed"}
    assert is_drawn(root_of(found))
    assert "办理人“finance”成为泳道“finance”，请改成贵公司的岗位名称" in said(found, "translated")["review"]


def test_fields_in_the_diagram_become_a_form() -> None:
    form = json.loads(imported("camunda7.bpmn").files["forms/enter.json"])
    assert form["schema"]["properties"] == {
        "amount": {"type": "integer", "title": "Amount"},
        "kind": {"type": "string", "title": "Kind", "enum": ["a", "b"], "x-labels": {"a": "Travel", "b": "Goods"}},
    }


def test_conditions_are_rewritten_and_a_decision_becomes_outcomes() -> None:
    flows = {flow.get("id"): flow for flow in root_of(imported("camunda7.bpmn")).iter(f"{BPMN}sequenceFlow")}
    texts = {key: flow.findtext(f"{BPMN}conditionExpression") for key, flow in flows.items()}
    assert texts["f6"] == "amount > 1000 and kind == 'a'"
    assert (texts["f4"], texts["f5"]) == (None, "outcome == 'reject'")


def test_what_is_not_possible_stays_in_the_drawing_and_says_what_to_do_instead() -> None:
    found = imported("camunda7.bpmn")
    assert said(found, "impossible") == {
        "pay": ["原来调用的程序不在这里；请在属性面板中选择一个操作，或删去这一步"],
        "file": ["不支持手工任务（manualTask）。请改用人工任务。"],
    }
    with pytest.raises(DefinitionError) as refusal:
        read_process(found.files)
    assert {problem.element for problem in refusal.value.problems} == {"pay", "file"}


def test_every_extension_that_goes_is_named_and_counted() -> None:
    found = imported("camunda7.bpmn")
    raw = (FILES / "camunda7.bpmn").read_text()
    counted = {each.what: each.count for each in found.findings if each.state == "left_out"}
    assert counted["camunda:formField"] == raw.count("<camunda:formField")
    assert counted["camunda:historyTimeToLive"] == 1
    assert b"camunda" not in found.files["invoice.bpmn"]


def test_feel_timers_and_decisions_of_camunda_8() -> None:
    found = imported("zeebe.bpmn")
    root = root_of(found)
    assert root.findtext(f".//{BPMN}conditionExpression") == "days == 3"
    assert root.findtext(f".//{BPMN}timeDuration") == '"P2D"'
    assert "forms/leave_form.json" in found.files
    assert said(found, "impossible") == {
        "inc": ["不支持包容网关（inclusiveGateway）。它在循环中会漏掉审批人，请改用排他网关和并行网关。"]
    }


def test_a_drawing_that_is_there_stays() -> None:
    first = imported("zeebe.bpmn").files["invoice.bpmn"]
    again = understand(first, "again", key="invoice", title="发票", prefix="FP").files["invoice.bpmn"]

    def places(xml: bytes) -> list[tuple[str | None, str | None]]:
        shapes = etree.fromstring(xml).iter(f"{{{DI}}}BPMNShape")
        return [(shape.get("bpmnElement"), shape[0].get("x")) for shape in shapes]

    assert places(again) == places(first)


DOCTYPE = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
HOSTILE = {
    "a document type": (
        DOCTYPE + b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>',
        "DOCTYPE",
    ),
    "not XML": (b"hello", "不是有效的 XML"),
    "not BPMN": (b"<html/>", "不是 BPMN 2.0"),
    "too many elements": (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">'
        + b"".join(b'<userTask id="t%d"/>' % number for number in range(10_000))
        + b"</process></definitions>",
        "10000 个节点",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_with_the_reason(name: str) -> None:
    raw, reason = HOSTILE[name]
    with pytest.raises(DefinitionError, match=reason):
        understand(raw, "x.bpmn", key="x", title="x", prefix="X")


def test_lanes_that_are_there_decide_and_assignments_are_only_named() -> None:
    root = root_of(imported("zeebe.bpmn"))
    next(root.iter(f"{BPMN}userTask")).set("{http://camunda.org/schema/1.0/bpmn}assignee", "kermit")
    first = etree.tostring(root)
    found = understand(first, "x", key="invoice", title="发票", prefix="FP")
    assert "办理人“kermit”没有照搬：由所在泳道的岗位办理，请核对" in said(found, "translated")["ask"]
