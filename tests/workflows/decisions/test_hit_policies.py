"""What a table answers when no, one or several rules match."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.decisions.drawing import Column, answer, decision, read, table
from workflows.decisions import decide
from workflows.decisions.values import YearsMonths

LEVELS = '"board", "director", "head"'


def levels(hit_policy: str, rules: list[list[str]], **options: Any) -> str:
    return table([Column("amount")], [Column("level", values=LEVELS)], rules, hit_policy=hit_policy, **options)


OVERLAPPING = [["> 100", '"head"'], ["> 1000", '"director"'], ["> 1000", '"board"']]
APART = [["<= 100", '"head"'], ["> 100", '"director"']]


def test_unique_takes_the_rule_that_matches() -> None:
    assert answer(levels("UNIQUE", APART), {"amount": 100}).outputs == "head"
    assert answer(levels("UNIQUE", APART), {"amount": 101}).outputs == "director"


def test_unique_refuses_two_rules_at_once_and_names_them() -> None:
    result = answer(levels("UNIQUE", OVERLAPPING), {"amount": 2000})
    assert result.outputs is None
    assert [fired.number for fired in result.trace] == [1, 2, 3, None]
    assert "第 1、2、3 条规则同时满足" in result.trace[-1].notes[0]


def test_unique_refuses_two_rules_even_if_they_agree() -> None:
    result = answer(levels("UNIQUE", [["> 100", '"head"'], ["> 1000", '"head"']]), {"amount": 2000})
    assert result.outputs is None


def test_any_takes_rules_that_agree() -> None:
    rules = [["> 100", '"head"'], ["> 1000", '"head"']]
    assert answer(levels("ANY", rules), {"amount": 2000}).outputs == "head"


def test_any_refuses_rules_that_disagree() -> None:
    result = answer(levels("ANY", OVERLAPPING), {"amount": 2000})
    assert result.outputs is None
    assert "结果不同" in result.trace[-1].notes[0]


def test_first_takes_the_uppermost_rule() -> None:
    assert answer(levels("FIRST", OVERLAPPING), {"amount": 2000}).outputs == "head"


def test_priority_takes_the_output_listed_first() -> None:
    assert answer(levels("PRIORITY", OVERLAPPING), {"amount": 2000}).outputs == "board"
    assert answer(levels("PRIORITY", OVERLAPPING), {"amount": 200}).outputs == "head"


def test_priority_compares_columns_from_the_left() -> None:
    outputs = [Column("level", values=LEVELS), Column("speed", values='"fast", "slow"')]
    rules = [["-", '"head"', '"fast"'], ["-", '"board"', '"slow"'], ["-", '"board"', '"fast"']]
    result = answer(table([Column("amount")], outputs, rules, hit_policy="PRIORITY"), {"amount": 1})
    assert result.outputs == {"level": "board", "speed": "fast"}


def test_rule_order_lists_all_outputs_from_top_to_bottom() -> None:
    assert answer(levels("RULE ORDER", OVERLAPPING), {"amount": 2000}).outputs == ["head", "director", "board"]


def test_output_order_lists_all_outputs_by_importance() -> None:
    assert answer(levels("OUTPUT ORDER", OVERLAPPING), {"amount": 2000}).outputs == ["board", "director", "head"]


def test_collect_lists_all_outputs() -> None:
    assert answer(levels("COLLECT", OVERLAPPING), {"amount": 200}).outputs == ["head"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("SUM", Decimal("60.3")), ("MIN", Decimal("10.1")), ("MAX", Decimal("30.1")), ("COUNT", Decimal(3))],
)
def test_collect_can_make_one_number_of_all_outputs(aggregation: str, expected: Decimal) -> None:
    rules = [["> 1", "20.1"], ["> 2", "10.1"], ["> 3", "30.1"], ["> 4", "1"]]
    drawn = table([Column("years")], [Column("bonus")], rules, hit_policy="COLLECT", aggregation=aggregation)
    assert answer(drawn, {"years": 4}).outputs == expected


def test_sums_keep_34_digits() -> None:
    digits = "0.1234567890123456789012345678901"
    drawn = table([], [Column("b")], [[digits], ["1"]], hit_policy="COLLECT", aggregation="SUM")
    assert answer(drawn).outputs == Decimal("1" + digits[1:])


def test_collect_of_nothing_counts_zero_and_sums_to_nothing() -> None:
    def collected(aggregation: str) -> Any:
        drawn = table([Column("a")], [Column("b")], [["> 1", "1"]], hit_policy="COLLECT", aggregation=aggregation)
        return answer(drawn, {"a": 0}).outputs

    assert collected("COUNT") == 0
    assert collected("SUM") is None


def test_sum_of_texts_is_nothing_and_says_so() -> None:
    drawn = table([Column("a")], [Column("b")], [["-", '"x"'], ["-", "1"]], hit_policy="COLLECT", aggregation="SUM")
    result = answer(drawn, {"a": 0})
    assert result.outputs is None
    assert result.trace[-1].notes == ('SUM 算不出结果："x"、1',)


@pytest.mark.parametrize(
    ("aggregation", "cells", "expected"),
    [
        ("SUM", ['duration("P1D")', 'duration("PT12H")'], timedelta(days=1.5)),
        ("SUM", ['duration("P1Y")', 'duration("P2M")'], YearsMonths(14)),
        ("MAX", ['date("2026-01-02")', 'date("2026-03-01")'], date(2026, 3, 1)),
        ("MIN", ['"b"', '"a"'], "a"),
        ("MIN", ["1", "null"], None),
        ("MAX", ['time("08:00:00")', 'time("09:00:00Z")'], None),
        ("SUM", ["true", "true"], None),
        ("SUM", ['date("2026-01-02")', 'date("2026-03-01")'], None),
    ],
)
def test_collect_over_other_values_than_numbers(aggregation: str, cells: list[str], expected: Any) -> None:
    drawn = table([], [Column("b")], [[cell] for cell in cells], hit_policy="COLLECT", aggregation=aggregation)
    assert answer(drawn).outputs == expected


def test_no_rule_matching_gives_nothing_for_each_output_and_says_so() -> None:
    outputs = [Column("level"), Column("days")]
    model = read(decision("Approval", table([Column("amount")], outputs, [["> 5", '"head"', "3"]])))
    values, trace = decide(model, "Approval", {"amount": 1})
    assert values == {"level": None, "days": None}
    assert trace[0].number is None
    assert trace[0].description.startswith("没有规则满足")


def test_defaults_answer_when_no_rule_matches() -> None:
    outputs = [Column("level", default='"head"'), Column("days")]
    result = answer(table([Column("amount")], outputs, [["> 5", '"board"', "3"]]), {"amount": 1})
    assert result.outputs == {"level": "head", "days": None}
    assert "默认结果" in result.trace[0].description


def test_a_table_without_inputs_always_answers() -> None:
    assert answer(table([], [Column("level")], [['"head"']])).outputs == "head"
