"""Cases a table forgets and rules that contradict, spelled out."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.decisions.drawing import Column, answer, decision, input_data, literal, read, table
from workflows.decisions import check_table
from workflows.errors import Problem

OUT = [Column("out")]


def checked(inputs: list[Column], rules: list[list[str]], *parts: str, **options: Any) -> list[Problem]:
    drawn = table(inputs, options.pop("outputs", OUT), rules, **options)
    return check_table(read(*parts, decision("Approval", drawn)).decisions[0])


def messages(*arguments: Any, **options: Any) -> list[str]:
    return [problem.message.removeprefix("Approval：") for problem in checked(*arguments, **options)]


def test_a_complete_table_has_no_problems() -> None:
    inputs = [Column("amount", "number"), Column("level", "string", '"A", "B"'), Column("rush", "boolean")]
    rules = [
        ["< 1000", "-", "-", "1"],
        [">= 1000", '"A"', "-", "2"],
        [">= 1000", '"B"', "true", "3"],
        [">= 1000", '"B"', "false", "4"],
    ]
    assert checked(inputs, rules) == []


def test_a_missing_case_is_spelled_out() -> None:
    inputs = [Column("budget", "number"), Column("level", "string", '"A", "B"')]
    rules = [["<= 1000", "-", "1"], [">= 2000", "-", "2"], ["(1000..2000)", '"B"', "3"]]
    (problem,) = checked(inputs, rules)
    assert problem.message == "Approval：1000 < budget < 2000、level = A：没有规则，请补一条规则或设默认结果"
    assert (problem.severity, problem.element, problem.line) == ("error", "Approval", 2)


@pytest.mark.parametrize(
    ("cells", "case"),
    [
        (["< 5", "> 5"], "a = 5"),
        (["< 5"], "a ≥ 5"),
        (["<= 5"], "a > 5"),
        (["> 5"], "a ≤ 5"),
        ([">= 5"], "a < 5"),
        (["<= 1", "> 5"], "1 < a ≤ 5"),
        (["< 1", ">= 5"], "1 ≤ a < 5"),
        (["< 1", "> 5"], "1 ≤ a ≤ 5"),
        (["not(1, 3)"], "a = 1 或 a = 3"),
        (["!= 1"], "a = 1"),
        (["1.50"], "a < 1.50 或 a > 1.50"),
        (['date("2026-01-31")'], "a < 2026-01-31 或 a > 2026-01-31"),
        (['< duration("P3D")'], "a ≥ P3D"),
        (["true"], "a = 否"),
        ([], "任何情况"),
    ],
)
def test_how_cases_are_worded(cells: list[str], case: str) -> None:
    assert messages([Column("a")], [[cell, "1"] for cell in cells]) == [f"{case}：没有规则，请补一条规则或设默认结果"]


def test_other_texts_are_only_a_warning() -> None:
    (problem,) = checked([Column("level")], [['"A"', "1"], ['"B"', "2"]])
    assert problem.severity == "warning"
    assert "level 是A、B以外的值" in problem.message


def test_days_in_a_row_leave_no_gap() -> None:
    rules = [['<= date("2026-01-31")', "1"], ['>= date("2026-02-01")', "2"]]
    assert checked([Column("day", "date")], rules) == []
    rules = [['<= date("2026-01-31")', "1"], ['>= date("2026-02-02")', "2"]]
    assert len(checked([Column("day", "date")], rules)) == 1


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_lists_may_be_empty(policy: str) -> None:
    assert checked([Column("a")], [["> 5", "1"]], hit_policy=policy) == []


def test_a_default_output_closes_all_gaps() -> None:
    assert checked([Column("a")], [["> 5", "1"]], outputs=[Column("out", default="0")]) == []


def test_allowed_values_of_the_input_data_count() -> None:
    level = (
        '<itemDefinition name="tLevel"><typeRef>string</typeRef>'
        '<allowedValues><text>"A", "B"</text></allowedValues></itemDefinition>'
    )
    assert checked([Column("level")], [['"A"', "1"], ['"B"', "2"]], level, input_data("level", "tLevel")) == []


def test_two_columns_of_the_same_value_are_one() -> None:
    assert checked([Column("a"), Column("a")], [["< 5", "-", "1"], [">= 5", "< 9", "2"], ["-", ">= 9", "3"]]) == []


def test_overlapping_rules_are_named_with_their_common_case() -> None:
    (problem,) = checked([Column("a", "number")], [["<= 10", "1"], [">= 5", "1"]])
    assert problem.message == ("Approval：5 ≤ a ≤ 10：第 1 条和第 2 条规则都满足，但这张表只允许一条，请让它们互相排斥")
    assert problem.element == "rule2"


def test_any_allows_overlaps_that_agree() -> None:
    assert checked([Column("a")], [["<= 10", '"x"'], [">= 5", '"x"']], hit_policy="ANY") == []
    assert "结果却不同" in messages([Column("a")], [["<= 10", "1"], [">= 5", "2"]], hit_policy="ANY")[0]


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY"])
def test_other_policies_allow_overlaps(policy: str) -> None:
    outputs = [Column("out", values="1, 2")]
    assert checked([Column("a")], [["<= 10", "1"], ["-", "2"]], hit_policy=policy, outputs=outputs) == []


def test_a_rule_that_never_matches_is_found() -> None:
    found = messages([Column("level", "string", '"high", "low"')], [['"hihg"', "1"], ["-", "2"]])
    assert found == ["第 1 条规则永远不会满足：“level”没有可选的值符合这一格"]
    assert messages([Column("a")], [["[5..1]", "1"], ["-", "2"]])[0].startswith("第 1 条规则永远不会满足")


def test_a_rule_for_a_missing_value_is_no_dead_rule() -> None:
    assert checked([Column("a")], [["null", "1"], ["< 5", "2"], [">= 5", "3"]]) == []


def test_cells_of_the_wrong_type_are_found() -> None:
    found = messages([Column("a", "number")], [['"5"', "1"]], outputs=[Column("out", "string")])
    assert found == [
        "第 1 条规则“out”：1 是数字，这一列应是文字",
        '第 1 条规则“a”："5" 是文字，这一列应是数字',
        "没有检查遗漏与重叠：“a”的值不是同一类型",
    ]


def test_forgotten_quotation_marks_are_suspected() -> None:
    assert messages([Column("a")], [["-", "head"]]) == ["第 1 条规则：head 是一个名称；如果是文字，请加上双引号"]
    assert messages([Column("a")], [["-", "a"]]) == []


@pytest.mark.parametrize("cell", ["> limit", "? > 5", '> "a"'])
def test_what_cannot_be_checked_is_said(cell: str) -> None:
    (problem,) = checked([Column("a")], [[cell, "1"]])
    assert problem.severity == "warning"
    assert problem.message.startswith("Approval：没有检查遗漏与重叠：")


def test_a_decision_without_a_table_has_nothing_to_check() -> None:
    assert check_table(read(decision("A", literal("1"))).decisions[0]) == []


_CELLS = st.sampled_from(["-", "< 1", "<= 1", "> 2", ">= 1", "1", "2", "(1..2)", "[0..1]", "not(1)", "1, 2", "!= 2"])


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=5))
def test_gaps_and_overlaps_are_exactly_those_of_trying_every_case(rules: list[tuple[str, str]]) -> None:
    columns = [Column("a", "number"), Column("b", "number")]
    drawn = [[first, second, str(number)] for number, (first, second) in enumerate(rules)]
    halves = [Decimal(n) / 2 for n in range(-1, 7)]
    hits = [
        answer(table(columns, OUT, drawn, hit_policy="COLLECT"), {"a": a, "b": b}).outputs or []
        for a, b in itertools.product(halves, halves)
    ]
    found = messages(columns, drawn)
    assert any(not numbers for numbers in hits) == any("没有规则" in text for text in found)
    pairs = {pair for numbers in hits for pair in itertools.combinations(numbers, 2)}
    assert len(pairs) == sum("规则都满足" in text for text in found)
