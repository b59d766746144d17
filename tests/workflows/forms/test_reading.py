"""Form files: every mistake with the file and the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflows.forms.forms import document, form
from workflows.errors import DefinitionError
from workflows.forms import read_form

FILE = "forms/request.json"


def problems(raw: bytes) -> list[tuple[str, str, int | None]]:
    with pytest.raises(DefinitionError) as refusal:
        read_form(raw, file=FILE)
    return [(problem.file, problem.element, problem.line) for problem in refusal.value.problems]


def field(**keywords: Any) -> dict[str, Any]:
    return {"properties": {"extra": {"type": "string", "title": "其他", **keywords}}}


def column(required: tuple[str, ...] = (), **keywords: Any) -> dict[str, Any]:
    """A field of rows ``extra`` with one column ``a`` beside a plain one."""
    columns = {"plain": {"type": "string", "title": "普通"}, "a": {"type": "string", "title": "列", **keywords}}
    items = {"type": "object", "required": list(required), "properties": columns}
    return {"properties": {"extra": {"type": "array", "title": "明细", "x-widget": "rows", "items": items}}}


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no title": (field(title=""), "extra"),
    "no title of a column": (field(type="object", properties={"a": {"type": "string"}}), "extra/a"),
    "reserved column": (field(type="array", items={"properties": {"typename": {"title": "类"}}}), "extra/typename"),
    "widget": (field(**{"x-widget": "slider"}), "extra"),
    "unreadable default": (field(**{"x-default": "starter_name +"}), "extra"),
    "default that is no text": (field(**{"x-default": 5}), "extra"),
    "unreadable total": (field(readOnly=True, **{"x-compute": "sum("}), "extra"),
    "total that can be typed": (field(**{"x-compute": "1 + 1"}), "extra"),
    "unknown type": (field(type="money"), "properties/extra/type"),
    "reference into the net": (field(**{"$ref": "http://localhost/x.json"}), "schema/properties/extra/$ref"),
    "reserved name": ({"properties": {"typename": {"type": "string", "title": "类"}}}, "typename"),
    "outcome": ({"properties": {"outcome": {"type": "string", "title": "结果"}}}, "outcome"),
    "hidden name": ({"properties": {"_x": {"type": "string", "title": "隐"}}}, "_x"),
    "name with a hyphen": ({"properties": {"a-b": {"type": "string", "title": "横"}}}, "a-b"),
    "rows without columns": (field(type="array", **{"x-widget": "rows"}), "extra"),
    "rows that are no list": (field(items={"properties": {"a": {"title": "列"}}}), "extra"),
    "too many rows": (field(type="array", maxItems=201, items={"properties": {"a": {"title": "列"}}}), "extra"),
    "list in a row": (column(type="array"), "extra/a"),
    "files in a row": (column(**{"x-widget": "files"}), "extra/a"),
    "unknown widget in a row": (column(**{"x-widget": "slider"}), "extra/a"),
    "column that nobody fills": (column(readOnly=True), "extra/a"),
    "column that is computed and typed": (column(**{"x-compute": "plain"}), "extra/a"),
    "unreadable column": (column(readOnly=True, **{"x-compute": "plain +"}), "extra/a"),
    "width of a column": (column(**{"x-width": 13}), "extra/a"),
    "sum of texts": (column(**{"x-total": True}), "extra/a"),
    "sum in a field": (column(type="number", **{"x-total": "total"}), "extra/a"),
    "unknown required column": (column(required=("b",)), "extra/b"),
    "required and computed": (column(required=("a",), readOnly=True, **{"x-compute": "plain"}), "extra/a"),
    "fills no column": (column(**{"x-source": "customers", "x-fills": {"b": "name"}}), "extra/a"),
    "fills no field": (field(**{"x-source": "customers", "x-fills": {"b": "name"}}), "extra"),
    "fills what is computed": (field(**{"x-source": "customers", "x-fills": {"total": "name"}}), "extra"),
    "fills without a register": (field(**{"x-fills": {"customer": "name"}}), "extra"),
    "fills that are no pairs": (field(**{"x-source": "customers", "x-fills": ["customer"]}), "extra"),
    "look-up without a register": (field(**{"x-widget": "lookup"}), "extra"),
    "label of no value": (field(enum=["a"], **{"x-labels": {"a": "甲", "b": "乙"}}), "extra"),
    "value without a label": (field(enum=["a", "b"], **{"x-labels": {"a": "甲"}}), "extra"),
    "labels without values": (field(**{"x-labels": {"a": "甲"}}), "extra"),
    "too much to choose from": (field(enum=list("abcdefg"), **{"x-widget": "choice"}), "extra"),
    "nothing to choose from": (field(**{"x-widget": "choice"}), "extra"),
    "box for a text": (field(**{"x-widget": "check"}), "extra"),
    "unit that is no text": (field(**{"x-unit": 5}), "extra"),
    "rule about no column": (
        {"rules": [{"field": "lines/nobody", "when": "1 > 2", "message": "不行"}]},
        "lines/nobody",
    ),
    "required field": ({"required": ["nobody"]}, "nobody"),
    "placed field": ({"layout": [{"fields": [["nobody", 6]]}]}, "nobody"),
    "section for no field": ({"layout": [{"fields": [["customer", 6]], "shown_for": {"nobody": ["a"]}}]}, "nobody"),
    "field without width": ({"layout": [{"fields": ["customer"]}]}, "layout/0/fields/0"),
    "rule about no field": ({"rules": [{"field": "nobody", "when": "1 > 2", "message": "不行"}]}, "nobody"),
    "unreadable rule": ({"rules": [{"field": "day", "when": "day <", "message": "不行"}]}, "day"),
    "rule without a message": ({"rules": [{"field": "day", "when": "1 > 2"}]}, "rules/0"),
    "rights on no field": ({"steps": {"review": {"hide": ["nobody"]}}}, "review/nobody"),
    "misspelt right": ({"steps": {"review": {"hides": ["day"]}}}, "steps/review"),
    "misspelt part": ({"rule": []}, ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_file_and_the_field(mistake: str) -> None:
    changes, element = MISTAKES[mistake]
    assert problems(json.dumps(document(**changes)).encode()) == [(FILE, element, None)]


def test_what_is_no_form_at_all_is_told_with_its_line() -> None:
    assert problems(b'{\n"key": "x",\n}') == [(FILE, "", 3)]
    assert problems(b"[]") == [(FILE, "", None)]
    assert problems(b"[" * 100_000) == [(FILE, "", None)]
    assert problems(b'{"key": "' + b"x" * 300_000 + b'"}') == [(FILE, "", None)]


def test_rights_are_those_of_the_step() -> None:
    found = form(steps={"review": {"hide": ["budget"], "edit": ["day"]}})
    assert found.rights_at("review").hidden == {"budget"}
    assert found.rights_at("review").editable == {"day"}
    assert found.rights_at("apply").hidden == set()
    assert found.rights_at("apply").editable is None


def test_all_texts_that_people_read_are_known_to_the_catalogue() -> None:
    texts = set(form().texts())
    texts |= set(form(**field(enum=["a"], **{"x-labels": {"a": "初次拜访"}, "x-unit": "元"})).texts())
    texts |= set(form(**column(enum=["b"], **{"x-labels": {"b": "处理问题"}})).texts())
    assert {"初次拜访", "元", "列", "处理问题"} <= texts
    assert {"申请表", "基本信息", "客户", "用餐", "品名", "请选择客户", "日期不能早于今天"} <= texts


def test_a_form_nested_beyond_reason_is_refused_and_not_fallen_over() -> None:
    inner = '{"type": "object", "title": "x", "properties": {"a": ' * 300 + "{}" + "}}" * 300
    raw = '{"key": "f", "title": "t", "layout": [], "schema": {"properties": {"a": ' + inner + "}}}"
    with pytest.raises(DefinitionError, match="套得太深"):
        read_form(raw.encode(), file="forms/f.json")
