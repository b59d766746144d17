"""Names as people give them: with spaces, in Chinese, with signs in them."""

from __future__ import annotations

import pytest

from tests.workflows.decisions.drawing import Column, answer, input_data, literal, meets, table, value_of
from workflows.errors import DefinitionError


def test_names_with_spaces() -> None:
    result = answer(literal("12 * Monthly Salary"), {"Monthly Salary": 1000}, input_data("Monthly Salary", "number"))
    assert result.outputs == 12000


def test_spaces_within_a_name_do_not_count() -> None:
    assert answer(literal("Monthly   Salary"), {"Monthly Salary": 5}, input_data("Monthly Salary")).outputs == 5


def test_undeclared_names_may_have_spaces_too() -> None:
    assert value_of("monthly salary * 2", **{"monthly salary": 4}) == 8
    assert value_of("date of birth", **{"date of birth": "x"}) == "x"


def test_chinese_names_and_values() -> None:
    rules = table([Column("部门"), Column("金额")], [Column("审批人")], [['"销售部", "市场部"', ">= 5000", '"总监"']])
    assert answer(rules, {"部门": "市场部", "金额": 5000}).outputs == "总监"
    assert answer(rules, {"部门": "财务部", "金额": 5000}).outputs is None


def test_a_declared_name_may_hold_signs() -> None:
    assert answer(literal("金额（元） * 2"), {"金额（元）": 3}, input_data("金额（元）")).outputs == 6
    assert answer(literal("net-price - 1"), {"net-price": 3}, input_data("net-price")).outputs == 2
    assert value_of("net-price", net=5, price=3) == 2


def test_the_longest_declared_name_wins() -> None:
    declared = [input_data("loan"), input_data("loan amount"), input_data("amount")]
    assert answer(literal("loan amount + amount"), {"loan amount": 5, "amount": 1, "loan": 9}, *declared).outputs == 6


def test_a_declared_name_is_not_found_inside_a_longer_word() -> None:
    assert answer(literal("Agenda"), {"Agenda": 5, "Age": 1}, input_data("Age")).outputs == 5


def test_names_that_look_like_functions_are_names() -> None:
    assert value_of("date", date=7) == 7
    assert value_of("duration + 1", duration=7) == 8
    assert meets("time", 5, time=5)


@pytest.mark.parametrize(
    ("text", "instead"), [("金额，1", ","), ("“x”", '"'), ("＞ 5", ">"), ("（1）", "("), ("≥ 5", ">=")]
)
def test_full_width_signs_are_refused_with_the_one_to_type(text: str, instead: str) -> None:
    with pytest.raises(DefinitionError, match="这里不能用全角的") as refused:
        meets(text, 1)
    assert f"请写 {instead}" in str(refused.value)
