"""A form that each test changes where it matters."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from workflows.forms import Form, read_form

PROPERTIES: dict[str, Any] = {
    "applicant": {"type": "string", "title": "申请人", "readOnly": True, "x-default": "starter_name"},
    "customer": {
        "type": "string",
        "title": "客户",
        "x-source": "customers",
        "x-messages": {"required": "请选择客户", "lookup": "没有这个客户"},
    },
    "day": {"type": "string", "format": "date", "title": "日期", "x-default": "today()"},
    "at": {"type": "string", "format": "time", "title": "时间"},
    "people": {"type": "integer", "title": "人数", "minimum": 1, "maximum": 200},
    "urgent": {"type": "boolean", "title": "加急"},
    "guests": {
        "type": "array",
        "title": "客人",
        "items": {"type": "string", "maxLength": 10},
        "minItems": 1,
        "x-widget": "lines",
    },
    "budget": {
        "type": "object",
        "title": "预算",
        "additionalProperties": False,
        "properties": {
            "meal": {"type": "number", "title": "用餐", "minimum": 0.1, "maximum": 1000000, "multipleOf": 0.01},
            "gift": {"type": "number", "title": "礼品", "minimum": 0, "multipleOf": 0.01},
        },
    },
    "lines": {
        "type": "array",
        "title": "明细",
        "items": {
            "type": "object",
            "required": ["item"],
            "additionalProperties": False,
            "properties": {
                "item": {"type": "string", "title": "品名"},
                "count": {"type": "integer", "title": "数量", "minimum": 1},
            },
        },
    },
    "total": {"type": "number", "title": "合计", "readOnly": True, "x-compute": "sum(values(budget))"},
    "double": {"type": "number", "title": "两倍", "readOnly": True, "x-compute": "total * 2"},
}


def document(**changes: Any) -> dict[str, Any]:
    """The form file as it is written, with ``properties`` on top of the fields above."""
    properties = {**deepcopy(PROPERTIES), **changes.pop("properties", {})}
    return {
        "key": "request",
        "title": "申请表",
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": changes.pop("required", ["customer"]),
            "properties": properties,
        },
        "layout": [{"title": "基本信息", "fields": [["customer", 6], ["budget", 12]]}],
        "rules": [{"field": "day", "when": "day < today()", "message": "日期不能早于今天"}],
        **changes,
    }


def form(**changes: Any) -> Form:
    return read_form(json.dumps(document(**changes)).encode(), file="forms/request.json")


class Registers:
    """Registers in memory: entries by register and code, each with a name; ``asked`` keeps what was asked."""

    def __init__(self, **registers: Mapping[str, Mapping[str, Any]]) -> None:
        self.registers = registers
        self.asked: list[tuple[str, list[str]]] = []

    def labels(self, source: str, codes: Collection[str]) -> dict[str, str]:
        return {code: entry["name"] for code, entry in self.entries(source, codes).items()}

    def entries(self, source: str, codes: Collection[str]) -> dict[str, Mapping[str, Any]]:
        self.asked.append((source, sorted(codes)))
        return {code: self.registers[source][code] for code in codes if code in self.registers[source]}
