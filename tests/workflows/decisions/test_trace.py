"""What a decision says about itself, and how its result reaches a case and the command line."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.decisions.drawing import Column, answer, decision, literal, read, table
from workflows.decisions import RuleFired, decide, to_json
from workflows.decisions.values import YearsMonths, iso_text, read_duration

APPROVAL = table(
    [Column("amount", "number"), Column("rush")],
    [Column("level"), Column("days")],
    [["< 1000", "-", '"head"', "3"], [">= 1000", "true", '"director"', "1"], [">= 1000", "false", '"director"', "5"]],
    describe=["small sums", "in a hurry", ""],
)


def test_the_trace_names_the_rule_its_reason_its_inputs_and_outputs() -> None:
    _, trace = decide(read(decision("Approval", APPROVAL)), None, {"amount": 1500, "rush": True})
    assert trace == [
        RuleFired(
            decision="Approval",
            rule="rule2",
            number=2,
            description="in a hurry",
            inputs={"amount": Decimal(1500), "rush": True},
            outputs={"level": "director", "days": Decimal(1)},
        )
    ]


def test_outputs_come_by_their_names() -> None:
    values, _ = decide(read(decision("Approval", APPROVAL)), "Approval", {"amount": 1, "rush": None})
    assert values == {"level": "head", "days": 3}


def test_lists_of_rows_become_a_list_for_each_output() -> None:
    drawn = table([], [Column("who"), Column("how")], [['"a"', "1"], ['"b"', "2"]], hit_policy="COLLECT")
    assert decide(read(decision("A", drawn)), None, {})[0] == {"who": ["a", "b"], "how": [1, 2]}
    assert answer(drawn).outputs == [{"who": "a", "how": 1}, {"who": "b", "how": 2}]


def test_an_expression_comes_under_the_name_of_its_decision() -> None:
    assert decide(read(decision("Total", literal("1 + 1"))), None, {})[0] == {"Total": 2}


def test_a_single_unnamed_output_comes_under_the_name_of_its_decision() -> None:
    assert decide(read(decision("Total", table([], [Column("")], [["5"]]))), None, {})[0] == {"Total": 5}


def test_nothing_in_the_data_makes_a_decision_fail() -> None:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    for amount in (object(), nested, {1: 2}, [1, 2], "x" * 100_000, float("inf"), b"x"):
        result = answer(APPROVAL, {"amount": amount, "rush": amount})
        assert result.outputs is None
        assert result.trace[0].number is None


def test_data_nested_beyond_all_bounds_is_null_and_noted() -> None:
    nested: list[Any] = []
    nested.append(nested)
    result = answer(literal("1 + 1"), {"a": nested})
    assert result.outputs == 2
    result = answer(APPROVAL, {"amount": nested, "rush": True})
    assert "amount 嵌套太深" in result.trace[0].notes


def test_the_data_stays_as_it_was() -> None:
    data = {"amount": 0.5, "rush": [1.5]}
    answer(APPROVAL, data)
    assert data == {"amount": 0.5, "rush": [1.5]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("会签", '"会签"'),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567890.1234567890"), "12345678901234567890.1234567890"),
        (Decimal("1E-900"), "1E-900"),
        (0.1, "0.1"),
        (7, "7"),
        (date(2026, 3, 1), '"2026-03-01"'),
        (time(8, 30), '"08:30:00"'),
        (datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))), '"2026-03-01T08:00:00+08:00"'),
        (datetime(2026, 3, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai")), '"2026-03-01T08:00:00@Asia/Shanghai"'),
        (timedelta(days=1, minutes=90), '"P1DT1H30M"'),
        (timedelta(seconds=-0.5), '"-PT0.5S"'),
        (timedelta(), '"PT0S"'),
        (YearsMonths(-14), '"-P1Y2M"'),
        (YearsMonths(0), '"P0M"'),
        ([1, {"a": None}], '[1, {"a": null}]'),
    ],
)
def test_json(value: Any, text: str) -> None:
    assert to_json(value) == text
    json.loads(text)


def test_a_trace_can_be_written_as_json() -> None:
    written = json.loads(to_json(answer(APPROVAL, {"amount": 5})))
    assert written["outputs"] == {"level": "head", "days": 3}
    assert written["trace"][0]["number"] == 1


@pytest.mark.parametrize("value", [object(), b"x", Decimal("NaN"), float("inf")])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_json(value)


@given(st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)))
def test_durations_are_read_back_as_they_were_written(length: timedelta) -> None:
    assert read_duration(iso_text(length)) == length


@given(st.integers(-99_999, 99_999))
def test_months_are_read_back_as_they_were_written(months: int) -> None:
    assert read_duration(iso_text(YearsMonths(months))) == YearsMonths(months)
