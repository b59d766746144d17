"""A diagram that any other modeler made, as a process folder, with a report of what was understood and what was not.

Nothing goes silently: what another program alone understands is taken out, by name and number; elements that are not
supported stay in the drawing, where the checks refuse them, and the report says what to draw instead.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.checks.elements import is_supported
from workflows.checks.reading import FLOW_NODES, MODEL, SPIFF, bpmn_children, local_name, namespace, read_diagram
from workflows.checks.words import instead_of, word_for
from workflows.drafting import dialects
from workflows.drafting.copying import as_bytes, renamed_process, settings_of
from workflows.drafting.findings import IMPOSSIBLE, TRANSLATED, UNDERSTOOD, Finding, Report
from workflows.drafting.ids import mend_ids
from workflows.drafting.layout import DI, is_drawn, lay_out
from workflows.drafting.people import set_lanes

_KEPT_ATTRIBUTES = (DI, "http://www.omg.org/spec/DD/20100524/DI", SPIFF, "http://www.w3.org/2001/XMLSchema-instance")
_COLOURS = ("http://bpmn.io/schema/bpmn/biocolor/1.0", "http://www.omg.org/spec/BPMN/non-normative/color/1.0")
_OUR_DRAWING = ("http://www.omg.org/spec/DD/20100524/DC", *_KEPT_ATTRIBUTES[:2])
_YES = re.compile(r"同意|通过|批准|是|approved?|accept(ed)?|yes|ok|true", re.IGNORECASE)
_NO = re.compile(r"驳回|拒绝|不同意|不通过|不批准|否|reject(ed)?|den(y|ied)|no|false", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Imported:
    files: dict[str, bytes]
    findings: list[Finding]


def understand(raw: bytes, file: str, *, key: str, title: str, prefix: str) -> Imported:
    """The process folder that the diagram becomes. Raises DefinitionError: not XML, not BPMN, hostile, or too large."""
    root = read_diagram(raw, file)
    report = Report()
    mend_ids(root, report)
    _set_process(root, key, title, report)
    forms = _set_tasks(root, report)
    for flow in root.iter(f"{{{MODEL}}}sequenceFlow"):
        _set_condition(flow, report)
    _set_timers(root, report)
    lanes_are_new = set_lanes(root, report)
    _name_elements(root, report)
    _take_out(root, report)
    if lanes_are_new or not is_drawn(root):
        if not lanes_are_new:
            _say_of_drawing(root, report)
        lay_out(root)
    etree.indent(root)
    etree.cleanup_namespaces(root)
    manifest = settings_of(key, title=title, prefix=prefix, subject=title)
    return Imported(files={"process.toml": manifest, f"{key}.bpmn": as_bytes(root), **forms}, findings=report.lines())


def _set_process(root: etree._Element, key: str, title: str, report: Report) -> None:
    for process in bpmn_children(root, "process")[:1]:
        report.say(TRANSLATED, process, f"流程的标识改为 {key}，名称改为“{title}”")
        if process.get("isExecutable") != "true":
            process.set("isExecutable", "true")
            report.say(TRANSLATED, process, "已标记为可执行")
    renamed_process(root, key, title)


def _set_tasks(root: etree._Element, report: Report) -> dict[str, bytes]:
    forms: dict[str, bytes] = {}
    for task in root.iter(f"{{{MODEL}}}userTask"):
        if _property(task, "form") is None:
            name, content = _form(task, report)
            forms.setdefault(f"forms/{name}.json", content)
            _add_property(task, "form", name)
        if _property(task, "outcomes") is None:
            _add_property(task, "outcomes", _outcomes(task, report))
    for task in root.iter(f"{{{MODEL}}}businessRuleTask"):
        decision = dialects.decision_of(task)
        if decision:
            called = etree.SubElement(_extensions(task), f"{{{SPIFF}}}calledDecisionId")
            called.text = decision
            report.say(TRANSLATED, task, f"调用决策“{decision}”；请在“决策表”中建立同名的表，或导入 .dmn")
    for task in root.iter(f"{{{MODEL}}}serviceTask", f"{{{MODEL}}}sendTask"):
        if task.find(f"{{{MODEL}}}extensionElements/{{{SPIFF}}}serviceTaskOperator") is None:
            report.say(IMPOSSIBLE, task, "原来调用的程序不在这里；请在属性面板中选择一个操作，或删去这一步")
    return forms


def _form(task: etree._Element, report: Report) -> tuple[str, bytes]:
    fields, named = dialects.fields_of(task), dialects.form_name_of(task)
    name = _slug(named) or _slug(task.get("id", "")) or "request"
    if fields:
        report.say(TRANSLATED, task, f"图中写明的 {len(fields)} 个字段已建成表单“{name}”")
    else:
        fields = {"note": {"type": "string", "title": "说明", "maxLength": 1000, "x-widget": "textarea"}}
        where = f"原表单“{named}”不在这个文件里" if named else "原任务没有表单"
        report.say(TRANSLATED, task, f"{where}；已建表单“{name}”，只有“说明”一栏，请在“表单”中补充")
    document = {
        "key": name,
        "title": (task.get("name") or name)[:80],
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": [],
            "properties": fields,
        },
        "layout": [{"title": (task.get("name") or "表单")[:80], "fields": [[field, 12] for field in fields]}],
    }
    return name, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _slug(text: str) -> str:
    last = re.split(r"[/:\\]", text.split("?")[0])[-1].rsplit(".", 1)[0]
    slug = re.sub(r"[^a-z0-9]+", "_", last.lower()).strip("_")[:40]
    return slug if slug[:1].isalpha() else ""


def _outcomes(task: etree._Element, report: Report) -> str:
    """Approve and reject, where the gateway that follows has a flow for each; else the task is filled in."""
    root = task.getroottree().getroot()
    flows = list(root.iter(f"{{{MODEL}}}sequenceFlow"))
    nodes = {node.get("id"): node for node in root.iter(f"{{{MODEL}}}exclusiveGateway")}
    after = [flow.get("targetRef") for flow in _from(flows, task)]
    gateway = next((nodes[target] for target in after if target in nodes), None)
    if gateway is None:
        return "submit"
    ways = _from(flows, gateway)
    no = [flow for flow in ways if _NO.fullmatch((flow.get("name") or "").strip())]
    yes = [flow for flow in ways if _YES.fullmatch((flow.get("name") or "").strip())]
    if len(no) != 1 or len(yes) != 1 or len(ways) != 2:
        return "submit"
    for condition in [each for flow in ways for each in bpmn_children(flow, "conditionExpression")]:
        flow = condition.getparent()
        assert flow is not None
        report.leave_out(f"条件 {(condition.text or '').strip()[:60]}", "已改为按“同意 / 驳回”选择")
        flow.remove(condition)
    gateway.set("default", yes[0].get("id", ""))
    etree.SubElement(no[0], f"{{{MODEL}}}conditionExpression").text = "outcome == 'reject'"
    report.say(TRANSLATED, task, "按其后的“同意 / 驳回”两条连线，结果设为同意、驳回")
    return "approve,reject"


def _from(flows: list[etree._Element], node: etree._Element) -> list[etree._Element]:
    return [flow for flow in flows if flow.get("sourceRef") == node.get("id")]


def _set_condition(flow: etree._Element, report: Report) -> None:
    for condition in bpmn_children(flow, "conditionExpression"):
        source = (condition.text or "").strip()
        condition.attrib.pop("language", "")
        ours = dialects.translated(source)
        if ours is None:
            report.say(IMPOSSIBLE, flow, f"条件“{source[:80]}”读不懂，原样保留；请用表单的字段名重写")
        elif ours != source:
            condition.text = ours
            report.say(TRANSLATED, flow, f"条件“{source[:80]}”改写为“{ours[:80]}”")


def _set_timers(root: etree._Element, report: Report) -> None:
    for name in ("timeDuration", "timeCycle", "timeDate"):
        for timer in root.iter(f"{{{MODEL}}}{name}"):
            event = timer.getparent()
            event = event.getparent() if event is not None else None
            source = (timer.text or "").strip()
            ours = f'"{source}"' if dialects.is_duration(source) else dialects.translated(source)
            if event is not None and ours is not None and ours != source:
                timer.text = ours
                report.say(TRANSLATED, event, f"时间“{source[:60]}”改写为“{ours[:60]}”")
            elif event is not None and ours is None:
                report.say(IMPOSSIBLE, event, f"时间“{source[:60]}”读不懂，原样保留；请在属性面板中重新选择")


def _name_elements(root: etree._Element, report: Report) -> None:
    for element in root.iter(f"{{{MODEL}}}*"):
        name = local_name(element)
        if not is_supported(name):
            report.say(IMPOSSIBLE, element, f"不支持{word_for(name)}。{instead_of(name)}")
        elif name in FLOW_NODES:
            report.say(UNDERSTOOD, element, "已按原样导入")


def _take_out(root: etree._Element, report: Report) -> None:
    """Extensions and attributes of other programs: they would do nothing here."""
    for holder in list(root.iter(f"{{{MODEL}}}extensionElements")):
        for child in list(holder):
            if isinstance(child.tag, str) and dialects.is_foreign(child):
                _count(child, report)
                holder.remove(child)
        parent = holder.getparent()
        if len(holder) == 0 and parent is not None:
            parent.remove(holder)
    for element in list(root.iter("*")):
        parent = element.getparent()
        if parent is not None and namespace(element) not in (MODEL, SPIFF, *_OUR_DRAWING):
            _count(element, report)
            parent.remove(element)
            continue
        for key in list(map(str, element.attrib)):
            space, _, local = key.removeprefix("{").rpartition("}")
            if space and space not in (*_KEPT_ATTRIBUTES, *_COLOURS):
                del element.attrib[key]
                report.leave_out(f"{dialects.tool_of(space)}:{local}", _why(local, "属性"))


def _count(element: etree._Element, report: Report) -> None:
    for each in element.iter("*"):
        what = f"{dialects.tool_of(namespace(each))}:{local_name(each)}"
        report.leave_out(what, _why(local_name(each), "扩展"))


def _why(name: str, kind: str) -> str:
    if name in dialects.READ:
        return "其中读得懂的已按本报告改写，原文已去掉"
    return f"这个{kind}只有原来的软件懂，已去掉"


def _say_of_drawing(root: etree._Element, report: Report) -> None:
    for process in bpmn_children(root, "process")[:1]:
        report.say(TRANSLATED, process, "文件中没有图形的位置（或不全），已自动从左到右排好")


def _extensions(task: etree._Element) -> etree._Element:
    found = task.find(f"{{{MODEL}}}extensionElements")
    if found is None:
        found = etree.Element(f"{{{MODEL}}}extensionElements")
        task.insert(0, found)
    return found


def _properties(task: etree._Element) -> Any:
    return task.iterfind(f"{{{MODEL}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property")


def _property(task: etree._Element, name: str) -> str | None:
    return next((each.get("value", "") for each in _properties(task) if each.get("name") == name), None)


def _add_property(task: etree._Element, name: str, value: str) -> None:
    holder = _extensions(task)
    properties = holder.find(f"{{{SPIFF}}}properties")
    if properties is None:
        properties = etree.SubElement(holder, f"{{{SPIFF}}}properties", nsmap={"spiffworkflow": SPIFF})
    etree.SubElement(properties, f"{{{SPIFF}}}property", {"name": name, "value": value})
