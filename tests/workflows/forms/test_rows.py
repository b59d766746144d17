"""Rows of a form: typed, dropped, checked cell by cell, filled from registers, reckoned out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.forms.forms import Registers, form
from workflows.expressions import FUNCTIONS
from workflows.forms import Submission, from_fields, from_json, from_stored, submit
from workflows.forms.submission import new_row

GIFTS = {
    "G001": {"name": "龙井茶礼盒", "price": Decimal("268.00"), "unit": "盒"},
    "G002": {"name": "丝绸围巾", "price": Decimal("328.00"), "unit": "条"},
}
CUSTOMERS = {"C001": {"name": "上海晨光"}, "C002": {"name": "苏州锐科"}}
COLUMNS: dict[str, Any] = {
    "customer": {"type": "string", "title": "客户", "x-widget": "lookup", "x-source": "customers"},
    "gift": {
        "type": "string",
        "title": "礼品",
        "x-widget": "lookup",
        "x-source": "gifts",
        "x-fills": {"price": "price", "unit": "unit"},
        "x-messages": {"lookup": "没有这种礼品"},
    },
    "price": {"type": "number", "title": "单价", "minimum": 0, "multipleOf": 0.01},
    "unit": {"type": "string", "title": "单位", "readOnly": True},
    "quantity": {"type": "integer", "title": "数量", "minimum": 1, "x-default": "1"},
    "on": {"type": "string", "format": "date", "title": "日期", "x-default": "day"},
    "wrapped": {"type": "boolean", "title": "包装"},
    "result": {"enum": ["a", "b"], "x-labels": {"a": "成功", "b": "再访"}, "title": "成果"},
    "amount": {"type": "number", "title": "金额", "readOnly": True, "x-total": True, "x-compute": "price * quantity"},
}
LINES: dict[str, Any] = {
    "type": "array",
    "title": "明细",
    "x-widget": "rows",
    "maxItems": 30,
    "items": {
        "type": "object",
        "required": ["gift", "quantity"],
        "additionalProperties": False,
        "properties": COLUMNS,
    },
}
TOTAL = {
    "type": "number",
    "title": "总额",
    "readOnly": True,
    "x-compute": "sum([get(line, 'amount', 0) for line in lines])",
}
FORM = form(properties={"lines": LINES, "total": TOTAL}, rules=[])
DAY = {**FUNCTIONS, "today": lambda: "2026-11-23"}


def registers() -> Registers:
    return Registers(customers=CUSTOMERS, gifts=GIFTS)


def submitted(*rows: Any, known: Registers | None = None, **more: Any) -> Submission:
    typed = from_json(FORM.properties, {"customer": "C001", "lines": list(rows)})
    return submit(FORM, typed, context={}, functions=DAY, lookups=known or registers(), **more)


def fields(**controls: str | list[str]) -> list[dict[str, Any]] | None:
    sent = {
        f"lines-{name.replace('__', '-')}": [text] if isinstance(text, str) else text for name, text in controls.items()
    }
    lines: list[dict[str, Any]] | None = from_fields(FORM.properties, lambda name: sent.get(name, []), set(sent)).get(
        "lines"
    )
    return lines


def test_a_row_that_nobody_typed_into_is_dropped_also_when_it_came_with_something() -> None:
    untouched = {"1__quantity": "1", "1__quantity~default": "1", "1__wrapped": "false"}
    assert fields(**{"0__gift": "G001", "0__quantity": "1", "0__quantity~default": "1"}, **untouched) == [
        {"gift": "G001", "quantity": 1}
    ]
    assert fields(**untouched) is None


def test_what_a_row_came_with_counts_once_it_is_changed() -> None:
    assert fields(**{"0__quantity": "2", "0__quantity~default": "1"}) == [{"quantity": 2}]


def test_a_box_in_a_row_is_yes_or_no() -> None:
    assert fields(**{"0__gift": "G001", "0__wrapped": ["false", "true"]}) == [{"gift": "G001", "wrapped": True}]
    assert fields(**{"0__gift": "G001", "0__wrapped": "false"}) == [{"gift": "G001", "wrapped": False}]


def test_a_code_typed_without_script_counts_and_not_the_one_from_before() -> None:
    assert fields(**{"0__gift": ["G001", "G002"]}) == [{"gift": "G002"}]
    assert fields(**{"0__gift": ["G001", ""]}) is None


def test_columns_that_nobody_types_are_not_taken_from_anybody() -> None:
    sent = {"gift": "G001", "price": 5, "quantity": 1, "unit": "吨", "amount": 9_999}
    assert submitted(sent).values["lines"] == [
        {"gift": "G001", "price": 5, "quantity": 1, "unit": "盒", "amount": Decimal("5")}
    ]
    assert fields(**{"0__unit": "吨", "0__amount": "9"}) is None


def test_columns_are_reckoned_out_row_by_row_and_totals_after_them() -> None:
    found = submitted({"gift": "G001", "quantity": 2}, {"gift": "G002", "quantity": 1, "price": "300.05"})
    assert [row["amount"] for row in found.values["lines"]] == [Decimal("536.00"), Decimal("300.05")]
    assert found.values["total"] == Decimal("836.05")


def test_a_column_that_cannot_be_reckoned_out_yet_stays_empty() -> None:
    assert (
        "amount" not in submitted({"gift": "G001", "quantity": 2, "price": None}, locked={"lines"}).values["lines"][0]
    )


MISTAKES: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "missing": ({"gift": "G001"}, {"lines-1-quantity": ["此项必填"]}),
    "unknown code": ({"gift": "G9", "quantity": 1}, {"lines-1-gift": ["没有这种礼品"]}),
    "unknown code without words of its own": (
        {"gift": "G001", "quantity": 1, "customer": "C9"},
        {"lines-1-customer": ["请从列表中选择"]},
    ),
    "too few": ({"gift": "G001", "quantity": 0}, {"lines-1-quantity": ["不能小于 1"]}),
    "not an option": ({"gift": "G001", "quantity": 1, "result": "c"}, {"lines-1-result": ["请选择列表中的一项"]}),
    "no row": ("G001", {"lines-1": ["内容不正确"]}),
    "no code": ({"gift": ["G001"], "quantity": 1}, {"lines-1-gift": ["请输入文字"]}),
    "nested": ({"gift": "G001", "quantity": 1, "result": [[[1]]]}, {"lines": ["内容不正确"]}),
    "NUL": ({"gift": "G\0", "quantity": 1}, {"lines-1-gift": ["含有不能保存的字符"]}),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_cell(mistake: str) -> None:
    row, errors = MISTAKES[mistake]
    assert submitted({"gift": "G001", "quantity": 1}, row).errors == errors


def test_too_many_rows_are_refused_without_looking_at_them() -> None:
    known = registers()
    assert submitted(*[{"gift": "G9"}] * 10_000, known=known).errors == {"lines": ["最多 30 项"]}
    assert ("gifts", ["G9"]) not in known.asked
    typed = fields(**{f"{number}__gift": "G001" for number in range(5_000)})
    assert typed is not None
    assert len(typed) == 201


def test_a_register_is_asked_once_for_all_rows() -> None:
    known = registers()
    rows = [{"gift": code, "quantity": 1, "customer": "C002"} for code in ("G001", "G002") * 10]
    assert submitted(*rows, known=known).errors == {}
    # of the gifts also what they bring along
    assert known.asked == [
        ("gifts", ["G001", "G002"]),
        ("customers", ["C001", "C002"]),
        ("gifts", ["G001", "G002"]),
    ]


def test_what_stands_is_not_asked_anew() -> None:
    kept = from_stored(FORM.properties, {"lines": [{"gift": "G001", "quantity": 1, "price": 9, "unit": "箱"}]})
    found = submit(FORM, {"customer": "C001", **kept}, context={}, functions=DAY, lookups=registers(), locked={"lines"})
    assert found.values["lines"][0]["unit"] == "箱"


def test_a_rule_looks_at_every_row() -> None:
    late = form(
        properties={"lines": LINES},
        rules=[{"field": "lines/on", "when": "on < day", "message": "不能早于申请日期"}],
    )
    rows = [{"gift": "G001", "quantity": 1, "on": on} for on in ("2026-11-24", "2026-11-22", "2026-11-20")] + [
        {"gift": "G001", "quantity": 1}
    ]
    typed = {"customer": "C001", "day": "2026-11-23", "lines": rows}
    errors = submit(late, typed, context={}, functions=DAY, lookups=registers()).errors
    assert errors == {"lines-1-on": ["不能早于申请日期"], "lines-2-on": ["不能早于申请日期"]}


def test_a_new_row_begins_with_its_defaults() -> None:
    assert new_row(LINES, {"day": "2026-11-30"}, DAY) == {"quantity": 1, "on": "2026-11-30"}
    assert new_row(LINES, {}, DAY) == {"quantity": 1}


CELLS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats()
VALUES = st.recursive(
    CELLS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*COLUMNS, "x"]), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=200)
@given(VALUES)
def test_whatever_somebody_sends_as_rows_is_refused_or_fits_the_columns(sent: Any) -> None:
    typed = from_json(FORM.properties, {"customer": "C001", "lines": sent})
    found = submit(FORM, typed, context={}, functions=DAY, lookups=registers())
    assert all(path.startswith("lines") for path in found.errors)
    if not found.errors:
        for row in found.values.get("lines", ()):
            assert row.keys() <= COLUMNS.keys()
            assert row["gift"] in GIFTS


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["G001", "G002"]), st.integers(1, 99)), max_size=30))
def test_rows_come_back_as_they_were_typed(rows: list[tuple[str, int]]) -> None:
    controls = {}
    for number, (gift, quantity) in enumerate(rows):
        controls |= {f"{3 * number}__gift": gift, f"{3 * number}__quantity": str(quantity)}
    assert [(row["gift"], row["quantity"]) for row in fields(**controls) or ()] == rows
