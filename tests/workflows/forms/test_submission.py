"""A filled form: computed, checked, and what people read when something is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.forms.forms import Registers, form
from workflows.expressions import FUNCTIONS
from workflows.forms import Submission, from_json, prefill, submit

FORM = form()
FUNCTIONS_OF_THE_DAY = {**FUNCTIONS, "today": lambda: "2026-11-23"}
REGISTERS = Registers(customers={"C001": {"name": "上海晨光", "address": "南京西路 8 号"}})


def submitted(context: dict[str, Any] | None = None, **typed: Any) -> Submission:
    return submit(
        FORM,
        from_json(FORM.properties, {"customer": "C001", **typed}),
        context=context or {"starter_name": "陈晓明"},
        functions=FUNCTIONS_OF_THE_DAY,
        lookups=REGISTERS,
    )


SENTENCES: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "own message": ({"customer": None}, {"customer": ["请选择客户"]}),
    "only blanks": ({"customer": " "}, {"customer": ["请选择客户"]}),
    "look-up": ({"customer": "C999"}, {"customer": ["没有这个客户"]}),
    "too small": ({"people": 0}, {"people": ["不能小于 1"]}),
    "too large": ({"people": 201}, {"people": ["不能大于 200"]}),
    "no whole number": ({"people": 1.5}, {"people": ["请输入整数"]}),
    "no number": ({"budget": {"meal": "一百"}}, {"budget-meal": ["请输入数字"]}),
    "yes is no number": ({"budget": {"meal": True}}, {"budget-meal": ["请输入数字"]}),
    "infinite": ({"budget": {"meal": float("inf")}}, {"budget-meal": ["请输入数字"]}),
    "not a number": ({"budget": {"meal": float("nan")}}, {"budget-meal": ["请输入数字"]}),
    "power of ten": ({"budget": {"meal": "1e999999"}}, {"budget-meal": ["请输入数字"]}),
    "parts of a cent": ({"budget": {"meal": 1.001}}, {"budget-meal": ["最多精确到 0.01"]}),
    "text": ({"customer": 5}, {"customer": ["请输入文字"]}),
    "list": ({"guests": "周总"}, {"guests": ["请输入列表"]}),
    "too few": ({"guests": []}, {"guests": ["至少 1 项"]}),
    "too long": ({"guests": ["好", "人" * 11]}, {"guests-1": ["最多 10 个字"]}),
    "yes or no": ({"urgent": "maybe"}, {"urgent": ["请选择是或否"]}),
    "date": ({"day": "2026-02-30"}, {"day": ["格式不正确"]}),
    "time": ({"at": "25:00"}, {"at": ["格式不正确"]}),
    "row": (
        {"lines": [{"item": "茶叶"}, {"count": 0}]},
        {"lines-1-item": ["此项必填"], "lines-1-count": ["不能小于 1"]},
    ),
    "blank in a row": ({"lines": [{"item": ""}]}, {"lines-0-item": ["此项必填"]}),
    "unknown": ({"secret": 1}, {"secret": ["没有这个字段"]}),
    "unknown in a row": ({"lines": [{"item": "茶", "secret": 1}]}, {"lines-0-secret": ["没有这个字段"]}),
    "the engine's own mark": ({"typename": "Decimal"}, {"typename": ["没有这个字段"]}),
    "mark in a record": ({"budget": {"typename": "Decimal"}}, {"budget-typename": ["没有这个字段"]}),
    "NUL": ({"guests": ["周\0总"]}, {"guests": ["含有不能保存的字符"]}),
    "half a character": ({"day": "2026-11-23", "guests": ["\ud800"]}, {"guests": ["含有不能保存的字符"]}),
    "rule": ({"day": "2026-11-22"}, {"day": ["日期不能早于今天"]}),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_each_mistake_is_told_at_its_field_and_row(case: str) -> None:
    typed, errors = SENTENCES[case]
    assert submitted(**typed).errors == errors


def test_browsers_times_without_seconds_and_edges_of_limits_are_fine() -> None:
    assert submitted(at="09:30", people=200, day="2026-11-23", budget={"meal": "0.1"}).errors == {}


@settings(deadline=None)
@given(st.lists(st.decimals(min_value=Decimal("0.10"), max_value=1_000_000, places=2), min_size=2, max_size=2))
def test_totals_are_exact_in_cents_and_build_on_each_other(amounts: list[Decimal]) -> None:
    meal, gift = amounts
    values = submitted(budget={"meal": str(meal), "gift": str(gift)}).values
    assert int(values["total"] * 100) == int(meal * 100) + int(gift * 100)
    assert values["double"] == values["total"] * 2


def test_what_is_computed_or_read_only_cannot_be_typed() -> None:
    found = submitted(total=1, applicant="别人", budget={"meal": 10})
    assert found.values["total"] == 10
    assert found.values["applicant"] == "陈晓明"


def test_a_rule_waits_until_the_case_knows_what_it_asks_about() -> None:
    late = form(rules=[{"field": "people", "when": "people > seats", "message": "坐不下"}])

    def errors(**context: Any) -> dict[str, list[str]]:
        typed = {"customer": "C001", "people": 9}
        functions = FUNCTIONS_OF_THE_DAY
        return submit(late, typed, context=context, functions=functions, lookups=REGISTERS).errors

    assert errors() == {}
    assert errors(seats=8) == {"people": ["坐不下"]}


def test_a_rule_and_a_total_say_nothing_about_what_was_left_empty() -> None:
    product = {"type": "number", "title": "每人", "readOnly": True, "x-compute": "total / people"}
    per_head = form(properties={"per_head": product})
    found = submit(
        per_head,
        {"customer": "C001"},
        context={},
        functions=FUNCTIONS_OF_THE_DAY,
        lookups=REGISTERS,
    )
    assert found.errors == {}
    assert found.values["per_head"] is None


def test_a_form_opens_with_what_the_case_knows() -> None:
    assert prefill(FORM, {"starter_name": "陈晓明"}, FUNCTIONS_OF_THE_DAY) == {
        "applicant": "陈晓明",
        "day": "2026-11-23",
    }
    assert prefill(FORM, {"starter_name": None}, FUNCTIONS_OF_THE_DAY) == {"day": "2026-11-23"}


def test_a_message_is_shown_as_it_is_written() -> None:
    field = {
        "type": "integer",
        "title": "人数",
        "maximum": 5,
        "x-messages": {"maximum": "最多 {limit} 位 {limit.__class__:>9}"},
    }
    odd = form(properties={"people": field})
    found = submit(
        odd,
        {"customer": "C001", "people": 9},
        context={},
        functions=FUNCTIONS_OF_THE_DAY,
        lookups=REGISTERS,
    )
    assert found.errors == {"people": ["最多 5 位 {limit.__class__:>9}"]}
