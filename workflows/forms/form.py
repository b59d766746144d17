"""A form as its file declares it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from workflows.errors import DefinitionError, Problem
from workflows.expressions import ExpressionError, parse_expression

MAX_FORM_BYTES = 200_000
WIDGETS = frozenset({"text", "textarea", "lines", "lookup", "amounts", "files"})
_NAME = re.compile(r"[a-zA-Z]\w*", re.ASCII)
RESERVED_NAMES = frozenset({"typename", "outcome", "comment"})


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a step may do with a form's fields; a hidden one is kept from its pages, tasks, comparisons and drafts."""

    hidden: frozenset[str] = frozenset()
    editable: frozenset[str] | None = None
    """``None``: every field that is not computed."""


@dataclass(frozen=True, kw_only=True)
class Form:
    key: str
    title: str
    schema: Mapping[str, Any]
    layout: tuple[Mapping[str, Any], ...]
    rules: tuple[Mapping[str, str], ...]
    rights: Mapping[str, Rights]
    paper: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        properties: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return properties

    def rights_at(self, step: str) -> Rights:
        return self.rights.get(step, Rights())

    def texts(self) -> Iterator[str]:
        """Every text a person reads on this form, for the catalogues."""
        yield self.title
        yield from (section["title"] for section in self.layout if section.get("title"))
        yield from (rule["message"] for rule in self.rules)
        for field in self.properties.values():
            yield from _field_texts(field)


def _field_texts(field: Mapping[str, Any]) -> Iterator[str]:
    yield from (field[key] for key in ("title", "description") if field.get(key))
    yield from field.get("x-messages", {}).values()
    nested = field.get("properties") or field.get("items", {}).get("properties") or {}
    for inner in nested.values():
        yield from _field_texts(inner)


def read_form(raw: bytes, *, file: str) -> Form:
    """Read a form file. Raises DefinitionError naming the file and the field."""
    document = _read_json(raw, file)
    problems = list(_problems(document, file))
    if problems:
        raise DefinitionError(problems)
    rights = {
        step: Rights(
            hidden=frozenset(entry.get("hide", ())),
            editable=frozenset(entry["edit"]) if "edit" in entry else None,
        )
        for step, entry in document.get("steps", {}).items()
    }
    return Form(
        key=document["key"],
        title=document["title"],
        schema=document["schema"],
        layout=tuple(document["layout"]),
        rules=tuple(document.get("rules", ())),
        rights=rights,
        paper=document.get("print", {}),
    )


def _read_json(raw: bytes, file: str) -> dict[str, Any]:
    if len(raw) > MAX_FORM_BYTES:
        raise DefinitionError([_problem(file, "", f"表单文件超过 {MAX_FORM_BYTES} 字节")])
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise DefinitionError([_problem(file, "", f"不是有效的 JSON：{error}", line)]) from error
    if not isinstance(document, dict):
        raise DefinitionError([_problem(file, "", "表单应为一个 JSON 对象")])
    return document


def _problem(file: str, element: str, message: str, line: int | None = None) -> Problem:
    return Problem(severity="error", file=file, element=element, message=message, line=line)


def _problems(document: dict[str, Any], file: str) -> Iterator[Problem]:
    broken = list(_shape_problems(document, file))
    if broken:
        yield from broken
        return
    properties = document["schema"]["properties"]
    for name in document["schema"].get("required", ()):
        if name not in properties:
            yield _problem(file, name, "必填的字段没有在 schema 中定义")
    for name, field in properties.items():
        yield from _field_problems(file, name, field)
    for name, _width in (place for section in document["layout"] for place in section.get("fields", ())):
        if name not in properties:
            yield _problem(file, name, "版面中的字段没有在 schema 中定义")
    for step, entry in document.get("steps", {}).items():
        for name in (*entry.get("hide", ()), *entry.get("edit", ())):
            if name not in properties:
                yield _problem(file, f"{step}/{name}", "字段权限中的字段没有在 schema 中定义")
    for rule in document.get("rules", ()):
        if rule["field"] not in properties:
            yield _problem(file, rule["field"], "规则中的字段没有在 schema 中定义")
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
    },
    "$defs": {"names": {"type": "array", "items": {"type": "string"}}},
}


def _shape_problems(document: dict[str, Any], file: str) -> Iterator[Problem]:
    """What would make it impossible to look any further."""
    for error in Draft202012Validator(_SHAPE).iter_errors(document):
        place = "/".join(map(str, error.absolute_path))
        yield _problem(file, place, f"表单文件的结构不对：{error.message[:200]}")
    for place in _references(document.get("schema"), "schema"):
        yield _problem(file, place, "不支持引用（$ref），请把字段直接写在这里")
    if isinstance(document.get("schema"), dict):
        try:
            Draft202012Validator.check_schema(document["schema"])
        except SchemaError as error:
            place = "/".join(map(str, error.absolute_path))
            yield _problem(file, place, f"表单结构不符合 JSON Schema：{error.message[:200]}")


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
        yield _problem(file, name, f"没有“{widget}”这种控件，可用：{'、'.join(sorted(WIDGETS))}")
    if "x-compute" in field and not field.get("readOnly"):
        yield _problem(file, name, "计算得出的字段（x-compute）须设为只读（readOnly）")
    for key in ("x-compute", "x-default"):
        if key in field:
            yield from _expression_problems(file, name, field[key])


def _name_problems(file: str, name: str, field: Mapping[str, Any]) -> Iterator[Problem]:
    if name.split("/")[-1] in RESERVED_NAMES or not _NAME.fullmatch(name.split("/")[-1]):
        yield _problem(file, name, "这个字段名不能使用，请换成英文字母、数字和下划线组成的名称")
    if not field.get("title"):
        yield _problem(file, name, "字段没有标题（title）")
    items = field.get("items")
    nested = field.get("properties") or (items.get("properties") if isinstance(items, dict) else None) or {}
    for inner, part in nested.items():
        yield from _name_problems(file, f"{name}/{inner}", part)


def _expression_problems(file: str, element: str, source: Any) -> Iterator[Problem]:
    if not isinstance(source, str):
        yield _problem(file, element, "表达式应为文字")
        return
    try:
        parse_expression(source)
    except ExpressionError as error:
        yield _problem(file, element, f"表达式无法读懂：{error}")
