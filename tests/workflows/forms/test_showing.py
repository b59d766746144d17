"""Values as people read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.forms.forms import Registers
from workflows.forms import shown
from workflows.forms.lookups import labels_by_path

PLAN: dict[str, Any] = {"enum": ["a", "b"], "x-labels": {"a": "初次拜访", "b": "处理问题"}}
SEVERAL: dict[str, Any] = {"type": "array", "items": PLAN}
CUSTOMER: dict[str, Any] = {"type": "string", "x-source": "customers"}
ROWS: dict[str, Any] = {"type": "array", "items": {"properties": {"customer": CUSTOMER, "plan": PLAN, "n": {}}}}
KNOWN = {"C001": "上海晨光"}

WORDS: list[tuple[dict[str, Any], Any, str]] = [
    (PLAN, "a", "初次拜访"),
    (PLAN, "z", "z"),
    ({"enum": [1, 2], "x-labels": {"1": "差", "2": "好"}}, 2, "好"),
    (SEVERAL, ["b", "a"], "处理问题、初次拜访"),
    ({"type": "array"}, ["周总", "钱工"], "周总、钱工"),
    ({"type": "boolean"}, True, "是"),
    ({"type": "boolean"}, False, "否"),
    (CUSTOMER, "C001", "上海晨光"),
    (CUSTOMER, "C9", "C9"),
    ({"type": "array", "items": CUSTOMER}, ["C001", "C9"], "上海晨光、C9"),
    ({"type": "number"}, Decimal("1E+3"), "1000"),
    ({"format": "date"}, "2026-11-23", "<2026-11-23>"),
    (ROWS, [{"customer": "C001", "plan": "a", "n": 2}, {"plan": "b"}], "上海晨光 · 初次拜访 · 2\n处理问题"),
    (PLAN, None, ""),
    (PLAN, "", ""),
    (ROWS, [], ""),
]


@pytest.mark.parametrize(("field", "value", "words"), WORDS)
def test_a_value_is_shown_in_words(field: dict[str, Any], value: Any, words: str) -> None:
    label = lambda _source, code: KNOWN.get(code)  # noqa: E731
    assert shown(field, value, label=label, day="<{}>".format) == words


def test_labels_are_said_in_the_readers_language() -> None:
    assert (
        shown(SEVERAL, ["a", "b"], say={"初次拜访": "First visit", "处理问题": "Problem"}.get) == "First visit、Problem"
    )


def test_labels_of_all_fields_are_asked_for_together() -> None:
    registers = Registers(customers={"C001": {"name": "上海晨光"}})
    properties = {"customer": CUSTOMER, "lines": ROWS, "others": {"type": "array", "items": CUSTOMER}}
    values = {"customer": "C001", "lines": [{"customer": "C9"}, "odd", {"customer": ["C001"]}], "others": ["C001"]}
    assert labels_by_path(properties, values, registers) == {
        "customer": "上海晨光",
        "lines-0-customer": "C9",
        "others-0": "上海晨光",
    }
    assert len(registers.asked) == 1
