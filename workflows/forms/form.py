"""A form as its file declares it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from workflows.errors import DefinitionError, Problem
from workflows.expressions import ExpressionError, parse_expression

MAX_FORM_BYTES = 200_000
WIDGETS = frozenset({"text", "textarea", "lines", "lookup", "amounts", "files"})
RESERVED_NAMES = frozenset({"typename", "outcome", "comment"})


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a step may do with a form's fields; a field that is hidden never leaves the server."""

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
    for key, kind in (("key", str), ("title", str), ("schema", dict), ("layout", list)):
        if not isinstance(document.get(key), kind):
            yield _problem(file, key, f"缺少“{key}”，或类型不对")
            return
    try:
        Draft202012Validator.check_schema(document["schema"])
    except SchemaError as error:
        yield _problem(file, "/".join(map(str, error.absolute_path)), f"表单结构不符合 JSON Schema：{error.message}")
        return
    properties = document["schema"].get("properties", {})
    for name, field in properties.items():
        yield from _field_problems(file, name, field)
    placed = [name for section in document["layout"] for name, _width in section.get("fields", ())]
    for name in placed:
        if name not in properties:
            yield _problem(file, name, "版面中的字段没有在 schema 中定义")
    for rule in document.get("rules", ()):
        yield from _expression_problems(file, rule.get("field", ""), rule.get("when", ""))


def _field_problems(file: str, name: str, field: Mapping[str, Any]) -> Iterator[Problem]:
    if name in RESERVED_NAMES or not name.isidentifier() or name.startswith("_"):
        yield _problem(file, name, "这个字段名不能使用，请换成英文字母、数字和下划线组成的名称")
    if not field.get("title"):
        yield _problem(file, name, "字段没有标题（title）")
    widget = field.get("x-widget")
    if widget is not None and widget not in WIDGETS:
        yield _problem(file, name, f"没有“{widget}”这种控件，可用：{'、'.join(sorted(WIDGETS))}")
    for key in ("x-compute", "x-default"):
        if key in field:
            yield from _expression_problems(file, name, field[key])


def _expression_problems(file: str, element: str, source: str) -> Iterator[Problem]:
    try:
        parse_expression(source)
    except ExpressionError as error:
        yield _problem(file, element, f"表达式无法读懂：{error}")
