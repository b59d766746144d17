"""What a process owner may write in conditions, timers and forms, and what it comes to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.expressions import (
    ExpressionError,
    LimitExceeded,
    NotAllowed,
    UnknownName,
    called_functions,
    evaluate,
    free_names,
    parse_expression,
    parse_script,
)

NAMES: dict[str, Any] = {
    "amount": Decimal("4100.50"),
    "budget": {"meal": Decimal("2600.50"), "gift": None, "transport": 1500},
    "lines": [{"item": "茶叶", "value": Decimal("199.99")}, {"item": "画册", "value": Decimal("0.01")}],
    "guests": ["周总", "钱工"],
    "outcome": "approve",
    "comment": "",
    "rate": 0.1,
    "rates": [0.1, 0.2],
    "urgent": False,
}
ANSWERS = {
    "0.1 + 0.2": Decimal("0.3"),
    "rate + 0.2": Decimal("0.3"),
    "sum(rates)": Decimal("0.3"),
    "rates == [0.1, 0.2]": True,
    "1 / 4": Decimal("0.25"),
    "1 / 3 * 3 == 1": False,
    "7 // 2": 3,
    "-7 % 3": 2,
    "amount % 1": Decimal("0.50"),
    "round(1.005, 2)": Decimal("1.01"),
    "round(2.5)": 3,
    "round(1250, -2)": 1300,
    "int(1.9)": 1,
    "floor(-1.5)": -2,
    "ceiling(1.01)": 2,
    "number('1,200.50')": Decimal("1200.50"),
    "str(100000000000000000000.0 * 1)": "100000000000000000000",
    "str(1e5)": "100000.0",
    "amount >= 1000 and outcome == 'approve'": True,
    "1 < 2 < 2": False,
    "not urgent": True,
    "comment or '无'": "无",
    "urgent is False": True,
    "budget.gift is None": True,
    "budget['meal'] + 1": Decimal("2601.50"),
    "get(budget, 'drinks', 0)": 0,
    "sum(values(budget))": Decimal("4100.50"),
    "sum(column(lines, 'value'))": 200,
    "sum([line.value for line in lines if contains(line.item, '茶')])": Decimal("199.99"),
    "sum([value is None for value in values(budget)])": 1,
    "max([line.value for line in lines])": Decimal("199.99"),
    "min(3, 1.5)": Decimal("1.5"),
    "sorted([3, 1, 2])[0]": 1,
    "count(['approve', 'reject', 'approve'], 'approve') >= 2": True,
    "len(guests)": 2,
    "guests[-1]": "钱工",
    "guests[0:1]": ["周总"],
    "'周总' in guests": True,
    "'meal' in budget": True,
    "1 in budget": False,
    "'gm' if amount > 4000 else 'manager'": "gm",
    "any([guest == '钱工' for guest in guests])": True,
    "[x * x for x in range(4)]": [0, 1, 4, 9],
    "[[x + y for y in [1, 2]] for x in [10, 20]]": [[11, 12], [21, 22]],
    "{'step': 'gm'}.step": "gm",
    "upper('zd') + '-' + strip(' 1 ')": "ZD-1",
    "startswith(outcome, 'app') and endswith(outcome, 've')": True,
}


@pytest.mark.parametrize("source", ANSWERS)
def test_an_expression_has_the_value_a_person_expects(source: str) -> None:
    assert evaluate(source, NAMES) == ANSWERS[source]


@settings(deadline=None)
@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=2), max_size=30))
def test_money_adds_up_to_the_cent(amounts: list[Decimal]) -> None:
    cents = sum(int(amount * 100) for amount in amounts)
    assert evaluate("sum(amounts)", {"amounts": amounts}) * 100 == cents


REFUSED: dict[str, type[ExpressionError]] = {
    "nobody + 1": UnknownName,
    "budget.drinks": UnknownName,
    "x.y": UnknownName,
    "amount +": ExpressionError,
    "": ExpressionError,
    "a = 1": ExpressionError,
    "1 / 0": ExpressionError,
    "guests[5]": ExpressionError,
    "'a' + 1": ExpressionError,
    "None > 1": ExpressionError,
    "number('abc')": ExpressionError,
    "guests * 3": NotAllowed,
    "'%s' % amount": NotAllowed,
    "urgent + 1": NotAllowed,
    "-urgent": NotAllowed,
    "number(urgent)": NotAllowed,
    "2 ** 3": NotAllowed,
    "outcome is 'approve'": NotAllowed,
    "{1: 2}": NotAllowed,
    "get(budget, guests)": NotAllowed,
    "sum('123')": NotAllowed,
    "lambda: 1": NotAllowed,
    "guests.append('x')": NotAllowed,
    "launch()": NotAllowed,
    "upper(1)": NotAllowed,
    "round(1.5, urgent)": NotAllowed,
    "1e31": LimitExceeded,
    "number('NaN')": LimitExceeded,
}


@pytest.mark.parametrize("source", REFUSED)
def test_what_is_outside_the_language_or_makes_no_sense_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        evaluate(source, NAMES)
    assert type(refusal.value) is REFUSED[source]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nobody + 1", "nobody"),
        ("contains(1, 'a')", "contains 只用于文字"),
        ("amount +", "amount +"),
        ("budget.drinks", "drinks"),
    ],
)
def test_a_refusal_names_what_is_wrong(source: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said.replace("+", r"\+")):
        evaluate(source, NAMES)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_numbers_from_outside_that_nobody_can_reckon_with_are_refused(value: Any) -> None:
    with pytest.raises(LimitExceeded):
        evaluate("value > 1", {"value": value})


def test_an_item_of_a_list_hides_a_field_of_the_same_name_only_inside() -> None:
    assert evaluate("[amount for amount in [1, 2]] + [amount]", NAMES) == [1, 2, Decimal("4100.50")]


def test_free_names_are_those_a_process_must_know() -> None:
    tree = parse_expression("sum([line.value for line in lines]) > limit and work_days(n)")
    assert free_names(tree) == {"lines", "limit", "n"}
    assert called_functions(tree) == {"sum", "work_days"}
    assert free_names(parse_script("total = amount\nfor x in xs:\n  total += x")) == {"amount", "xs"}
