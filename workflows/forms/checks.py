"""What is wrong with a form file, each mistake with the file and the field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from workflows.errors import Problem
from workflows.expressions import ExpressionError, parse_expression

WIDGETS = frozenset(
    {"text", "textarea", "lines", "lookup", "amounts", "files", "rows", "choice", "check"}
)
IN_ROWS = frozenset({"text", "textarea", "lookup", "choice", "check"})
RESERVED_NAMES = frozenset({"typename", "outcome", "comment"})
_NAME = re.compile(r"[a-zA-Z]\w*", re.ASCII)


def problem(file: str, element: str, message: str, line: int | None = None) -> Problem:
    return Problem(severity="error", file=file, element=element, message=message, line=line)


def form_problems(document: dict[str, Any], file: str) -> Iterator[Problem]:
    broken = list(_shape_problems(document, file))
    if broken:
        yield from broken
        return
    properties = document["schema"]["properties"]
    for name in document["schema"].get("required", ()):
        if name not in properties:
            yield problem(file, name, "必填的字段没有在 schema 中定义")
    for name, field in properties.items():
        yield from _field_problems(file, name, field)
    for name, _width in (place for section in document["layout"] for place in section.get("fields", ())):
        if name not in properties:
            yield problem(file, name, "版面中的字段没有在 schema 中定义")
    for step, entry in document.get("steps", {}).items():
        for name in (*entry.get("hide", ()), *entry.get("edit", ())):
            if name not in properties:
                yield problem(file, f"{step}/{name}", "字段权限中的字段没有在 schema 中定义")
    for rule in document.get("rules", ()):
        if rule["field"] not in properties:
            yield problem(file, rule["field"], "规则中的字段没有在 schema 中定义")
        yield from _expression_problems(file, rule["field"], rule["when"])


_SHAPE: Mapping[str, Any] = {
    "type": "object",
    "required": ["key", "title", "schema", "layout"],
    "additionalProperties": False,
    "properties": {
        "key": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
        "schema": {
            "type": "object",
            "required": ["properties"],
            "properties": {"properties": {"additionalProperties": {"type": "object"}}},
        },
        "layout": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "fields": {
                        "type": "array",
                        "items": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
                    },
                },
            },
        },
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "when", "message"],
                "additionalProperties": {"type": "string"},
            },
        },
        "steps": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"hide": {"$ref": "#/$defs/names"}, "edit": {"$ref": "#/$defs/names"}},
                "additionalProperties": False,
            },
        },
        "print": {"type": "object"},
        "knows": {"$ref": "#/$defs/names"},
        "benefits": {
            "type": "object",
            "required": ["kind", "day", "customer", "people", "amount"],
            "properties": {"kind": {"enum": ["gift", "hospitality"]}, "stage": {"enum": ["planned", "actual"]}},
            "additionalProperties": {"type": "string"},
        },
    },
    "$defs": {"names": {"type": "array", "items": {"type": "string"}}},
}


def _shape_problems(document: dict[str, Any], file: str) -> Iterator[Problem]:
    """What would make it impossible to look any further."""
    for error in Draft202012Validator(_SHAPE).iter_errors(document):
        place = "/".join(map(str, error.absolute_path))
        yield problem(file, place, f"表单文件的结构不对：{error.message[:200]}")
    for place in _references(document.get("schema"), "schema"):
        yield problem(file, place, "不支持引用（$ref），请把字段直接写在这里")
    if isinstance(document.get("schema"), dict):
        try:
            Draft202012Validator.check_schema(document["schema"])
        except SchemaError as error:
            place = "/".join(map(str, error.absolute_path))
            yield problem(file, place, f"表单结构不符合 JSON Schema：{error.message[:200]}")


def _references(node: Any, place: str) -> Iterator[str]:
    """A reference could be to anywhere in the net, and would be fetched."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        if key in ("$ref", "$dynamicRef", "$schema") and item != Draft202012Validator.META_SCHEMA["$id"]:
            yield f"{place}/{key}"
        yield from _references(item, f"{place}/{key}")


def _field_problems(file: str, name: str, field: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _name_problems(file, name, field)
    widget = field.get("x-widget")
    if widget is not None and widget not in WIDGETS:
        yield problem(file, name, f"没有“{widget}”这种控件，可用：{'、'.join(sorted(WIDGETS))}")
    if "x-compute" in field and not field.get("readOnly"):
        yield problem(file, name, "计算得出的字段（x-compute）须设为只读（readOnly）")
    for key in ("x-compute", "x-default"):
        if key in field:
            yield from _expression_problems(file, name, field[key])


def _name_problems(file: str, name: str, field: Mapping[str, Any]) -> Iterator[Problem]:
    if name.split("/")[-1] in RESERVED_NAMES or not _NAME.fullmatch(name.split("/")[-1]):
        yield problem(file, name, "这个字段名不能使用，请换成英文字母、数字和下划线组成的名称")
    if not field.get("title"):
        yield problem(file, name, "字段没有标题（title）")
    items = field.get("items")
    nested = field.get("properties") or (items.get("properties") if isinstance(items, dict) else None) or {}
    for inner, part in nested.items():
        yield from _name_problems(file, f"{name}/{inner}", part)


def _expression_problems(file: str, element: str, source: Any) -> Iterator[Problem]:
    if not isinstance(source, str):
        yield problem(file, element, "表达式应为文字")
        return
    try:
        parse_expression(source)
    except ExpressionError as error:
        yield problem(file, element, f"表达式无法读懂：{error}")
