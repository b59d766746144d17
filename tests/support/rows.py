"""A small process whose form has every kind of field: rows, look-ups that fill others, options, boxes."""

from __future__ import annotations

import json
from typing import Any

from services.processes.publish import publish
from tests.conftest import MONDAY
from tests.support.shapes import MANAGER, applying, decided, properties, signing

KEY = "shape"
RESULTS = {"a": "商谈成功", "b": "有希望", "c": "再度访问"}
COLUMNS: dict[str, Any] = {
    "customer": {
        "type": "string",
        "title": "馈赠对象",
        "maxLength": 20,
        "x-widget": "lookup",
        "x-source": "customers",
        "x-fills": {"address": "address"},
        "x-messages": {"lookup": "没有这个客户，请从列表中选择"},
    },
    "address": {"type": "string", "title": "地址", "readOnly": True, "x-width": 2},
    "quantity": {"type": "integer", "title": "数量", "minimum": 1, "x-width": 1, "x-default": "1"},
    "value": {"type": "number", "title": "价值", "minimum": 0, "multipleOf": 0.01, "x-total": True, "x-width": 2},
    "result": {"type": "string", "title": "成果", "enum": list(RESULTS), "x-labels": RESULTS, "x-width": 2},
}
FIELDS: dict[str, Any] = {
    "customer": {
        "type": "string",
        "title": "客户",
        "x-widget": "lookup",
        "x-source": "customers",
        "x-fills": {"address": "address", "region": "region"},
    },
    "address": {"type": "string", "title": "客户地址", "readOnly": True},
    "region": {"type": "string", "title": "地区", "maxLength": 40},
    "lines": {
        "type": "array",
        "title": "明细",
        "x-widget": "rows",
        "minItems": 1,
        "maxItems": 60,
        "items": {
            "type": "object",
            "required": ["customer", "quantity"],
            "additionalProperties": False,
            "properties": COLUMNS,
        },
    },
    "total": {"type": "number", "title": "总价值", "readOnly": True, "x-compute": "sum(column(lines, 'value'))"},
    "result": {"type": "string", "title": "结果", "enum": list(RESULTS), "x-labels": RESULTS, "x-widget": "choice"},
    "topics": {
        "type": "array",
        "title": "商谈计划",
        "items": {"type": "string", "enum": ["x", "y"], "x-labels": {"x": "初次拜访", "y": "建立关系"}},
    },
    "urgent": {"type": "boolean", "title": "加急", "x-widget": "check", "x-default": "True"},
    "at": {"type": "string", "format": "time", "title": "时间"},
    "fee": {"type": "number", "title": "费用", "minimum": 0, "multipleOf": 0.01, "x-unit": "元"},
}
FORM: dict[str, Any] = {
    "key": "request",
    "title": "拜访明细表",
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["lines"],
        "properties": FIELDS,
    },
    "layout": [
        {"title": "基本信息", "fields": [["customer", 6], ["address", 6], ["region", 4], ["at", 4], ["fee", 4]]},
        {"title": "明细", "fields": [["lines", 12]]},
        {"title": "其他", "fields": [["result", 6], ["topics", 6], ["urgent", 12]]},
    ],
}
# as much of a drawing as the viewer needs
_DRAWING = (
    '<bpmndi:BPMNDiagram id="drawing"><bpmndi:BPMNPlane id="plane" bpmnElement="shape">'
    '<bpmndi:BPMNShape id="apply_shape" bpmnElement="apply"><dc:Bounds x="0" y="0" width="100" height="80"/>'
    "</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
)


def publish_rows(**steps: dict[str, list[str]]) -> None:
    """apply → first (manager); everybody may start it.

    With ``steps``, what each step may do with the form, a ``price`` (manager) that fills it in again comes between.
    """
    if steps:
        process = applying().line("start", "apply", "price", "first")
        process.user("price", properties(form="request"), lane=MANAGER)
    else:
        process = applying().line("start", "apply", "first")
    signing(process, "first", MANAGER)
    decided(process, "first", "end")
    manifest = {"key": KEY, "title": "明细", "number": "MX", "subject": "{result} · {customer}", "starters": ["*"]}
    files = {
        "process.toml": "\n".join(f"{name} = {json.dumps(value)}" for name, value in manifest.items()).encode(),
        "shape.bpmn": process.xml(diagram=_DRAWING),
        "forms/request.json": json.dumps({**FORM, "steps": steps}).encode(),
    }
    publish(files, actor=None, note="", now=MONDAY)


def line(number: int, **cells: Any) -> dict[str, Any]:
    """The controls of a row."""
    return {f"lines-{number}-{name}": value for name, value in cells.items()}
