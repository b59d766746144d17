"""Which values meet the cell of a rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.decisions.drawing import meets
from workflows.decisions.values import YearsMonths

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "value", "met"),
    [
        ("-", 1, True),
        ("-", None, True),
        ("", "x", True),
        ("18", 18, True),
        ("18", 18.5, False),
        (">= 18", 18, True),
        ("> 18", 18, False),
        ("< -1", -2, True),
        ("= 18", 18, True),
        ("!= 18", 18, False),
        ("1, 2, 3", 2, True),
        ("< 1, > 5", 3, False),
        ("< 1, [4..5]", 4, True),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 2, False),
        ("not(> 5)", 5, True),
        ("not([1..3])", 2, False),
        ('"A"', "A", True),
        ('"A", "B"', "C", False),
        ('not("A", "B")', "C", True),
        ("true", True, True),
        ("false", True, False),
        ("true", 1, False),
        ("not(true)", False, True),
        ("null", None, True),
        ("null", 1, False),
        ("not(null)", 1, True),
        ("not(null)", None, False),
        ("> 5", None, False),
        ("not(> 5)", None, False),
        ('not("A")', None, True),
        ("> 5", "x", False),
        ("(2 + 3) * 2", 10, True),
        ("(2 + 3)", 5, True),
        ("? > 3 and ? < 5", 4, True),
        ("? > 3 and ? < 5", 6, False),
        ("[ 1 .. 2 ]", 2, True),
        ("[.5...7]", Decimal("0.6"), True),
        ("[-3..-1]", -2, True),
        ("[1..null]", 2, False),
    ],
)
def test_cells(cell: str, value: Any, met: bool) -> None:
    assert meets(cell, value) is met


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [
        ('[date("2026-01-01")..date("2026-12-31")]', date(2026, 12, 31), date(2027, 1, 1)),
        ('< time("12:00:00")', time(8), time(12)),
        ('>= date and time("2026-01-01T12:00:00Z")', NOON, NOON - timedelta(seconds=1)),
        ('> duration("P3D")', timedelta(days=4), timedelta(hours=72)),
        ('<= duration("P1Y")', YearsMonths(12), YearsMonths(13)),
        ('not(date("2026-01-01"))', date(2026, 1, 2), date(2026, 1, 1)),
    ],
)
def test_cells_over_dates_times_and_durations(cell: str, inside: Any, outside: Any) -> None:
    assert meets(cell, inside)
    assert not meets(cell, outside)


def test_a_time_with_a_zone_has_no_order_with_one_without() -> None:
    assert not meets('< time("12:00:00")', time(8, tzinfo=UTC))
    assert not meets('>= time("12:00:00")', time(8, tzinfo=UTC))


_NUMBERS = st.integers(-5, 5)


@given(_NUMBERS, _NUMBERS, st.sampled_from("[]("), st.sampled_from("])["), st.integers(-12, 12))
def test_intervals_agree_with_plain_comparison(low: int, high: int, opening: str, closing: str, doubled: int) -> None:
    value = Decimal(doubled) / 2
    above = value >= low if opening == "[" else value > low
    below = value <= high if closing == "]" else value < high
    assert meets(f"{opening}{low}..{high}{closing}", value) is (above and below)


@given(st.lists(_NUMBERS, min_size=1, max_size=6), st.booleans(), _NUMBERS)
def test_lists_of_values_agree_with_membership(numbers: list[int], negated: bool, value: int) -> None:
    cell = ", ".join(map(str, numbers))
    assert meets(f"not({cell})" if negated else cell, value) is ((value in numbers) is not negated)


def test_bounds_may_be_other_values() -> None:
    assert meets("> limit", 6, limit=5)
    assert meets("[limit..limit * 2]", 10, limit=5)
    assert not meets("[limit..limit * 2]", 11, limit=5)
    assert meets("customer.limit", 5, customer={"limit": 5})


def test_a_list_as_a_bound_means_any_of_its_values() -> None:
    assert meets("levels", "A", levels=["A", "B"])
    assert not meets("levels", "C", levels=["A", "B"])
    assert not meets("levels", "C", levels=[])
