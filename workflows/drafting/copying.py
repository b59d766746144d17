"""A process folder under another key: a copy, a template made one's own, or the smallest one that is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import tomlkit
from lxml import etree

from workflows.checks.reading import bpmn_children, read_diagram
from workflows.definition import ProcessFiles
from workflows.drafting.layout import lay_out
from workflows.errors import DefinitionError
from workflows.toml import TomlError, read_document

MAX_KEY, MAX_TITLE, MAX_PREFIX = 40, 60, 8
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]*")
RESERVED_KEYS = frozenset({"typename", "start", "end", "root", "new", "import", "templates"})
"""What the engine calls its own, in any letters, and the addresses of the workbench itself."""


def key_refusal(key: str) -> str:
    """Why a process cannot have this key; nothing where it can."""
    if not _KEY.fullmatch(key) or len(key) > MAX_KEY:
        return f"标识只用小写英文字母、数字和“_”，以字母开头，最多 {MAX_KEY} 个字，如 travel_request"
    return f"“{key}”是系统保留的，请换一个标识" if key in RESERVED_KEYS else ""


def prefix_refusal(prefix: str) -> str:
    """Why case numbers cannot begin like this; nothing where they can."""
    ok = _PREFIX.fullmatch(prefix) and len(prefix) <= MAX_PREFIX
    return "" if ok else f"编号前缀用 1 到 {MAX_PREFIX} 个大写英文字母或数字，以字母开头，如 CL"


def copied(files: ProcessFiles, old: str, key: str, *, title: str, prefix: str) -> dict[str, bytes]:
    """The files as those of the process ``key``: its settings, its diagram and its file's name say so.

    What cannot be read is copied as it is; the checks name it.
    """
    made = dict(files)
    made["process.toml"] = _settings(files.get("process.toml", b""), key, title, prefix)
    diagram = made.pop(f"{old}.bpmn", None)
    if diagram is not None:
        made[f"{key}.bpmn"] = _diagram(diagram, key, title)
    before = _title_of(files.get("process.toml", b""))
    if before and before != title and "en.toml" in made:
        made["en.toml"] = _english(made["en.toml"], before)
    return made


def smallest(key: str, *, title: str, prefix: str) -> dict[str, bytes]:
    """A process that is valid: somebody fills in a form, and the head of the department decides."""
    return {
        "process.toml": settings_of(key, title=title, prefix=prefix, subject=f"{title} · {{subject}}"),
        f"{key}.bpmn": _drawn(_DIAGRAM.format(key="smallest").encode(), key, title),
        "forms/request.json": (json.dumps(_FORM, ensure_ascii=False, indent=2) + "\n").encode(),
    }


def settings_of(key: str, *, title: str, prefix: str, subject: str) -> bytes:
    """The manifest of a new process that everybody may start."""
    document = tomlkit.document()
    document["key"], document["title"], document["description"] = key, title, ""
    document["category"], document["number"], document["subject"] = "通用", prefix, subject
    document["starters"] = ["*"]
    return tomlkit.dumps(document).encode()


def renamed_process(root: etree._Element, key: str, title: str) -> None:
    """Give the first process another id and name, wherever the diagram names it."""
    processes = bpmn_children(root, "process")
    if not processes:
        return
    old = processes[0].get("id")
    processes[0].set("id", key)
    processes[0].set("name", title)
    for element in root.iter("*"):
        if element.get("processRef") == old and old:
            element.set("processRef", key)
            element.set("name", title)
        if element.get("bpmnElement") == old and old:
            element.set("bpmnElement", key)


def as_bytes(root: etree._Element) -> bytes:
    """The diagram as a file."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _diagram(xml: bytes, key: str, title: str) -> bytes:
    try:
        root = read_diagram(xml, f"{key}.bpmn")
    except DefinitionError:
        return xml
    renamed_process(root, key, title)
    return as_bytes(root)


def _drawn(xml: bytes, key: str, title: str) -> bytes:
    root = read_diagram(xml, f"{key}.bpmn")
    renamed_process(root, key, title)
    lay_out(root)
    etree.indent(root)
    return as_bytes(root)


def _settings(raw: bytes, key: str, title: str, prefix: str) -> bytes:
    """The manifest with another key, title and prefix; comments and everything else stay."""
    try:
        document = read_document(raw)
    except TomlError:
        return raw
    before = document.get("title")
    document["key"], document["title"], document["number"] = key, title, prefix
    subject = document.get("subject")
    if isinstance(subject, str) and isinstance(before, str) and before in subject:
        document["subject"] = subject.replace(before, title, 1)
    return tomlkit.dumps(document).encode()


def _title_of(raw: bytes) -> str:
    try:
        return str(read_document(raw).get("title", ""))
    except TomlError:
        return ""


def _english(raw: bytes, title: str) -> bytes:
    """Without the English of the title that is no more."""
    try:
        document = read_document(raw)
    except TomlError:
        return raw
    document.pop(title, None)
    return tomlkit.dumps(document).encode()


_FORM: Mapping[str, object] = {
    "key": "request",
    "title": "申请单",
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["subject"],
        "properties": {"subject": {"type": "string", "title": "事由", "minLength": 1, "maxLength": 200}},
    },
    "layout": [{"title": "申请", "fields": [["subject", 12]]}],
    "print": {
        "rows": [[{"label": "事由", "field": "subject", "wide": True}]],
        "signatures": [{"label": "部门主管", "step": "review"}],
    },
}

_DIAGRAM = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"
  id="definitions" targetNamespace="http://huiqian.example/bpmn">
  <bpmn:collaboration id="collaboration"><bpmn:participant id="company" processRef="{key}" /></bpmn:collaboration>
  <bpmn:process id="{key}" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_1" name="申请人">
        <bpmn:flowNodeRef>begin</bpmn:flowNodeRef><bpmn:flowNodeRef>apply</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="lane_2" name="部门主管">
        <bpmn:flowNodeRef>review</bpmn:flowNodeRef><bpmn:flowNodeRef>decision</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>approved</bpmn:flowNodeRef><bpmn:flowNodeRef>rejected</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="begin" name="开始"><bpmn:outgoing>begin_to_apply</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="apply" name="填写申请">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="form" value="request" />
        <spiffworkflow:property name="outcomes" value="submit" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>begin_to_apply</bpmn:incoming><bpmn:outgoing>apply_to_review</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:userTask id="review" name="部门主管审批">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="form" value="request" />
        <spiffworkflow:property name="outcomes" value="approve,reject" />
        <spiffworkflow:property name="due" value="work_days(2)" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>apply_to_review</bpmn:incoming><bpmn:outgoing>review_to_decision</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="decision" name="同意？" default="decision_to_approved">
      <bpmn:incoming>review_to_decision</bpmn:incoming>
      <bpmn:outgoing>decision_to_approved</bpmn:outgoing><bpmn:outgoing>decision_to_rejected</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:endEvent id="approved" name="已批准">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="status" value="completed" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>decision_to_approved</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:endEvent id="rejected" name="已驳回">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="status" value="rejected" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>decision_to_rejected</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="begin_to_apply" sourceRef="begin" targetRef="apply" />
    <bpmn:sequenceFlow id="apply_to_review" sourceRef="apply" targetRef="review" />
    <bpmn:sequenceFlow id="review_to_decision" sourceRef="review" targetRef="decision" />
    <bpmn:sequenceFlow id="decision_to_approved" name="同意" sourceRef="decision" targetRef="approved" />
    <bpmn:sequenceFlow id="decision_to_rejected" name="驳回" sourceRef="decision" targetRef="rejected">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">outcome == 'reject'</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
  </bpmn:process>
</bpmn:definitions>
"""
