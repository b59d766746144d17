"""What expressions are worth: arithmetic, texts, dates, three-valued logic, and null instead of errors."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.decisions.drawing import answer, literal, value_of
from workflows.decisions.values import YearsMonths


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7", "7"),
        ("-7", "-7"),
        (".25", "0.25"),
        ("-.25", "-0.25"),
        ("1.5e3", "1500"),
        ("3 + 4 * 2", "11"),
        ("(3 + 4) * 2", "14"),
        ("20 - 5 - 3", "12"),
        ("20 / 5 / 2", "2"),
        ("8 - -3", "11"),
        ("8 + -3", "5"),
        ("-8 / -2", "4"),
        ("2 ** 3 ** 2", "64"),
        ("2 ** (3 ** 2)", "512"),
        ("-3 ** 2", "9"),
        ("10 ** -2", "0.01"),
        ("2 * 3 ** 2", "18"),
        ("0.1 + 0.2", "0.3"),
    ],
)
def test_arithmetic(expression: str, expected: str) -> None:
    assert value_of(expression) == Decimal(expected)


def test_numbers_have_34_digits() -> None:
    assert value_of("1 / 3") == Decimal("0." + "3" * 34)
    assert value_of("2 ** 0.5") == Decimal("1.414213562373095048801688724209698")


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_arithmetic_is_that_of_decimals(left: int, right: int, divisor: int) -> None:
    expected = (Decimal(left) - Decimal(right)) / Decimal(divisor)
    assert abs(value_of(f"({left} - {right}) / {divisor}") - expected) < Decimal("1e-15")


@pytest.mark.parametrize(
    "expression",
    ["1 / 0", "1 + null", "null * 2", "null - 1", "4 / null", '1 + "1"', "true + 1", '-"a"', "0 ** 0", "(-1) ** 0.5"],
)
def test_what_has_no_result_is_null_and_the_trace_says_so(expression: str) -> None:
    result = answer(literal(expression))
    assert result.outputs is None
    assert "算不出结果" in result.trace[-1].notes[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"abc" + "def"', "abcdef"),
        ('"say \\"yes\\"\\n"', 'say "yes"\n'),
        ('"\\u4f1a\\u7b7e"', "会签"),
        ('"会签"', "会签"),
        ('""', ""),
    ],
)
def test_texts(expression: str, expected: str) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('date("2026-03-01")', date(2026, 3, 1)),
        ('time("08:30:00")', time(8, 30)),
        ('time("08:30:00Z")', time(8, 30, tzinfo=UTC)),
        ('date and time("2026-03-01T08:30:00")', datetime(2026, 3, 1, 8, 30)),  # noqa: DTZ001 - FEEL has local ones
        ('duration("P1Y2M")', YearsMonths(14)),
        ('duration("-P1M")', YearsMonths(-1)),
        ('duration("P1DT2H3M4.5S")', timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ('@"2026-03-01"', date(2026, 3, 1)),
        ('@"P2D"', timedelta(days=2)),
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2026-01-31") + duration("P3M")', date(2026, 4, 30)),
        ('date("2026-11-30") + duration("P1M")', date(2026, 12, 30)),
        ('date("2026-01-15") - duration("P1M")', date(2025, 12, 15)),
        ('date("2028-02-29") + duration("P1Y")', date(2029, 2, 28)),
        ('date("2026-03-01") - duration("P1D")', date(2026, 2, 28)),
        ('date("2026-03-01") - date("2026-02-01")', timedelta(days=28)),
        ('duration("P1Y") + duration("P2M")', YearsMonths(14)),
        ('duration("P1Y") / 2', YearsMonths(6)),
        ('duration("P1Y") / duration("P3M")', Decimal(4)),
        ('2 * duration("PT12H")', timedelta(days=1)),
        ('duration("P1D") / 2', timedelta(hours=12)),
        ('duration("P1D") / duration("PT6H")', Decimal(4)),
        ('time("23:00:00") + duration("PT2H")', time(1, 0)),
        ('-duration("P1D")', timedelta(days=-1)),
        ('date(date and time("2026-03-01T08:30:00"))', date(2026, 3, 1)),
    ],
)
def test_dates_times_and_durations(expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_and_or_are_three_valued(left: Any, right: Any, conjunction: Any, disjunction: Any) -> None:
    for first, second in ((left, right), (right, left)):
        assert value_of("A and B", A=first, B=second) is conjunction
        assert value_of("A or B", A=first, B=second) is disjunction


@pytest.mark.parametrize(("given_value", "expected"), [(True, False), (False, True), (None, None), (1, None)])
def test_not_is_three_valued(given_value: Any, expected: Any) -> None:
    assert value_of("not(A)", A=given_value) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 = 1.0", True),
        ("1 != 2", True),
        ("1 < 2", True),
        ('"a" < "b"', True),
        ("null = null", True),
        ("1 = null", False),
        ("1 < null", None),
        ('1 < "a"', None),
        ('1 = "1"', None),
        ("true = true", True),
        ('date("2026-01-01") < date("2026-01-02")', True),
        ('duration("P1Y") = duration("P12M")', True),
        ("5 between 1 and 5", True),
        ("6 between 1 and 5", False),
        ("5 in [1..5)", False),
        ("5 in (1, 5)", True),
        ("5 in (> 5, < 2)", False),
        ('if 1 < 2 then "yes" else "no"', "yes"),
        ('if null then "yes" else "no"', "no"),
    ],
)
def test_comparisons(expression: str, expected: Any) -> None:
    assert value_of(expression) == expected
    assert (value_of(expression) is None) == (expected is None)


def test_a_comparison_of_unlike_values_is_explained() -> None:
    note = answer(literal('1 < "a"')).trace[-1].notes[0]
    assert note == '数字 1 不能与文字 "a" 比较'


def test_numbers_from_outside_are_taken_exactly() -> None:
    assert value_of("a * 3", a=0.1) == Decimal("0.3")
    assert value_of("a", a=float("nan")) is None
    assert value_of("a", a=10**5000) == 10**5000


def test_fields_of_records_are_read_by_path() -> None:
    order = {"customer": {"name": "Li", "limit": 5}, "lines": [{"price": 1}, {"price": 2}]}
    assert value_of("order.customer.limit + 1", order=order) == 6
    assert value_of("order.lines.price", order=order) == [1, 2]
    assert value_of("order.customer.age", order=order) is None
    assert value_of("order.customer.name.first", order=order) is None


def test_an_unknown_name_is_null_and_noted() -> None:
    result = answer(literal("budget + 1"))
    assert result.outputs is None
    assert "不知道 budget 的值" in result.trace[-1].notes
