"""What is wrong with a form file, each mistake with the file and the field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from workflows.errors import Problem
from workflows.expressions import ExpressionError, parse_expression
from workflows.forms.fields import MAX_ROWS, Field, columns_of, labels_of, options_of
from workflows.forms.patterns import find_in_pattern

WIDGETS = frozenset({"text", "textarea", "lines", "lookup", "amounts", "files", "rows", "choice", "check"})
IN_ROWS = frozenset({"text", "textarea", "lookup", "choice", "check"})
MAX_CHOICES = 6
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
    yield from _record_problems(file, "", document["schema"], properties)
    for name, field in properties.items():
        yield from _field_problems(file, name, field)
    for name, _width in (place for section in document["layout"] for place in section.get("fields", ())):
        if name not in properties:
            yield problem(file, name, "版面中的字段没有在 schema 中定义")
    for name in (name for section in document["layout"] for name in section.get("shown_for", {})):
        if name not in properties:
            yield problem(file, name, "版面中的字段没有在 schema 中定义")
    for step, entry in document.get("steps", {}).items():
        for name in (*entry.get("hide", ()), *entry.get("edit", ())):
            whole, slash, column = name.partition("/")
            if whole not in properties or (slash and column not in columns_of(properties[whole])):
                yield problem(file, f"{step}/{name}", "字段权限中的字段没有在 schema 中定义")
    for name, source in document.get("takes", {}).get("into", {}).items():
        if name not in properties:
            yield problem(file, name, "要填入的字段没有在 schema 中定义")
        yield from _expression_problems(file, name, source)
    for rule in document.get("rules", ()):
        field, _slash, column = rule["field"].partition("/")
        if field not in properties or (column and column not in columns_of(properties[field])):
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
                    "shown_for": {"type": "object", "additionalProperties": {"$ref": "#/$defs/names"}},
                    "folded": {"type": "boolean"},
                    "offers": {"type": "string"},
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
        "takes": {
            "type": "object",
            "required": ["process", "into"],
            "properties": {
                "process": {"type": "string"},
                "into": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "additionalProperties": False,
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


def _field_problems(file: str, name: str, field: Field) -> Iterator[Problem]:
    yield from _name_problems(file, name, field)
    yield from _plain_problems(file, name, field)
    if "x-total" in field and not isinstance(field["x-total"], str):
        yield problem(file, name, "x-total 应为存放合计的字段名；行内的列才写 true")
    if field.get("x-widget") == "rows" and not columns_of(field):
        yield problem(file, name, "多行（rows）的字段须是对象的列表：items 中要有 properties")
    yield from _column_problems(file, name, field)


def _column_problems(file: str, name: str, field: Field) -> Iterator[Problem]:
    columns = columns_of(field)
    if columns and (field.get("x-widget", "rows") != "rows" or field.get("type") != "array"):
        yield problem(file, name, "对象的列表只能用 rows 控件，type 为 array")
    if columns and not field.get("maxItems", MAX_ROWS) <= MAX_ROWS:
        yield problem(file, name, f"最多 {MAX_ROWS} 行，请减小 maxItems")
    yield from _record_problems(file, f"{name}/", field.get("items", {}), columns)
    brought = {target for column in columns.values() for target in _fills(column)}
    for key, column in columns.items():
        yield from _one_column_problems(file, f"{name}/{key}", column, is_brought=key in brought)


def _one_column_problems(file: str, place: str, column: Field, *, is_brought: bool) -> Iterator[Problem]:
    yield from _plain_problems(file, place, column)
    widget = column.get("x-widget")
    if column.get("type") in ("array", "object") or (widget in WIDGETS and widget not in IN_ROWS):
        yield problem(file, place, f"一列只能是单个值，控件可用：{'、'.join(sorted(IN_ROWS))}")
    if column.get("readOnly") and "x-compute" not in column and not is_brought:
        yield problem(file, place, "只读的列须由 x-compute 计算，或由查找带出（x-fills）")
    if column.get("x-width", 1) not in range(1, 13):
        yield problem(file, place, "列宽（x-width）应为 1 到 12 的整数")
    if "x-total" in column and (column["x-total"] is not True or column.get("type") not in ("number", "integer")):
        yield problem(file, place, "列的 x-total 只能写 true，且只能用于数字")


def _record_problems(file: str, above: str, schema: Field, properties: Mapping[str, Field]) -> Iterator[Problem]:
    """What is wrong between the fields of a form, or the columns of a row."""
    for name in schema.get("required", ()):
        if name not in properties:
            yield problem(file, above + name, "必填的字段没有在 schema 中定义")
        elif "x-compute" in properties[name]:
            yield problem(file, above + name, "计算得出的字段不能列为必填")
    filled: set[str] = set()
    for name, field in properties.items():
        for target in _fills(field):
            if target not in properties:
                yield problem(file, above + name, f"x-fills 要填的“{target}”没有在这里定义")
            elif target in filled or "x-compute" in properties[target]:
                yield problem(file, above + name, f"x-fills 要填的“{target}”已由别处填写")
            filled.add(target)


def _fills(field: Field) -> Mapping[str, str]:
    fills = field.get("x-fills", {})
    return fills if isinstance(fills, dict) else {}


def _plain_problems(file: str, name: str, field: Field) -> Iterator[Problem]:
    """What may be wrong with a field and with a column alike."""
    widget = field.get("x-widget")
    if widget is not None and widget not in WIDGETS:
        yield problem(file, name, f"没有“{widget}”这种控件，可用：{'、'.join(sorted(WIDGETS))}")
    if widget == "lookup" and not field.get("x-source"):
        yield problem(file, name, "查找（lookup）须用 x-source 写明查哪个台账")
    if widget == "check" and field.get("type") != "boolean":
        yield problem(file, name, "勾选框（check）只能用于是或否（boolean）")
    if widget == "choice" and field.get("type") != "boolean" and not 0 < len(field.get("enum", ())) <= MAX_CHOICES:
        yield problem(file, name, f"单选（choice）须有 1 到 {MAX_CHOICES} 个选项（enum）")
    if "x-compute" in field and not field.get("readOnly"):
        yield problem(file, name, "计算得出的字段（x-compute）须设为只读（readOnly）")
    for key in ("x-compute", "x-default"):
        if key in field:
            yield from _expression_problems(file, name, field[key])
    yield from _text_problems(file, name, field)


def _text_problems(file: str, name: str, field: Field) -> Iterator[Problem]:
    for key in ("x-labels", "x-messages", "x-fills"):
        part = field.get(key, {})
        if not isinstance(part, dict) or not all(isinstance(text, str) and text for text in part.values()):
            yield problem(file, name, f"{key} 应为名称与文字的对照")
    for part in (field, field.get("items", {})):
        if isinstance(part, Mapping) and "pattern" in part and (wrong := find_in_pattern(part["pattern"])):
            yield problem(file, name, wrong)
    if not isinstance(field.get("x-unit", ""), str):
        yield problem(file, name, "单位（x-unit）应为文字")
    if "x-fills" in field and not field.get("x-source"):
        yield problem(file, name, "只有查找的字段才能带出别的字段（x-fills）")
    labels = labels_of(field)
    values = {str(value) for value, _label in options_of(field)}
    if isinstance(labels, dict) and labels and labels.keys() != values:
        wrong = "、".join(sorted(labels.keys() ^ values))
        yield problem(file, name, f"x-labels 与 enum 的值应一一对应，不一致的有：{wrong}")


def _name_problems(file: str, name: str, field: Mapping[str, Any]) -> Iterator[Problem]:
    if name.split("/")[-1] in RESERVED_NAMES or not _NAME.fullmatch(name.split("/")[-1]):
        yield problem(file, name, "这个字段名不能使用，请换成英文字母、数字和下划线组成的名称")
    if not field.get("title"):
        yield problem(file, name, "字段没有标题（title）")
    for inner, part in (field.get("properties") or columns_of(field)).items():
        yield from _name_problems(file, f"{name}/{inner}", part)


def _expression_problems(file: str, element: str, source: Any) -> Iterator[Problem]:
    if not isinstance(source, str):
        yield problem(file, element, "表达式应为文字")
        return
    try:
        parse_expression(source)
    except ExpressionError as error:
        yield problem(file, element, f"表达式无法读懂：{error}")
