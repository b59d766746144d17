from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.engine import RefusedValue
from workflows.engine.values import accepted, identical, merged, read, written


class Colour(StrEnum):
    RED = "red"


KEPT = [
    "text",
    "会签",
    True,
    None,
    0,
    -5,
    1.5,
    Decimal("1.50"),
    date(2026, 1, 5),
    datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC),
    datetime.fromisoformat("2026-01-05T09:30"),
    time(9, 30),
    timedelta(days=-1, microseconds=7),
    [{"price": Decimal("9.90")}, []],
]


@pytest.mark.parametrize("value", KEPT, ids=repr)
def test_values_come_back_as_they_were(value: Any) -> None:
    assert identical(read(written({"v": accepted(value)}))["v"], value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [((1, (2,)), [1, [2]]), (Colour.RED, "red"), (2**70, Decimal(2**70)), ({"a": Colour.RED}, {"a": "red"})],
)
def test_other_types_become_plain_ones(value: Any, plain: Any) -> None:
    assert identical(accepted(value), plain)


@pytest.mark.parametrize(
    "value",
    [
        {"typename": "UUID"},
        {"a": [{"b": {"typename": 1}}]},
        {1: "one"},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {"a": UUID(int=1)},
        {"a": len},
        float("nan"),
        Decimal("Infinity"),
        "\ud800",
    ],
    ids=repr,
)
def test_what_a_state_cannot_keep_is_refused(value: Any) -> None:
    with pytest.raises(RefusedValue):
        accepted(value)


def test_bottomless_values_are_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(RefusedValue, match="too deeply"):
        accepted(value)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, True), (0, 0.0), (1, Decimal(1)), (Decimal("1.0"), Decimal("1.00")), ([1], [True]), ({"a": 1}, {"a": 1.0})],
)
def test_equal_is_not_identical(left: Any, right: Any) -> None:
    assert left == right
    assert not identical(left, right)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=8,
)
RECORD = st.dictionaries(st.text(min_size=1, max_size=2), PLAIN, max_size=4)


@given(PLAIN)
def test_anything_plain_survives_writing(value: Any) -> None:
    kept = accepted(value)
    assert identical(read(written([kept])), [kept])


@given(RECORD, RECORD)
def test_a_branch_that_changed_nothing_contributes_nothing(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert identical(merged(base, [base, changed]), changed)
    assert identical(merged(base, [changed, base]), changed)


@pytest.mark.parametrize(
    ("base", "branches", "result"),
    [
        ([], [["a"], ["b"]], ["a", "b"]),
        (["x"], [["x", "a"], ["x", "b"], ["x", "c"]], ["x", "a", "b", "c"]),
        ([{"n": 1}, {"n": 2}], [[{"n": 9}, {"n": 2}], [{"n": 1}, {"n": 8}]], [{"n": 9}, {"n": 8}]),
        (["x", "y", "z"], [["x", "y", "z"], ["z", "x"]], ["z", "x"]),
        (["x", "y"], [["y"], ["x"]], ["x"]),
        (1, [True, 1], True),
        ({"a": 1}, [{"a": 1, "b": 2}, {"a": 1, "c": 3}], {"a": 1, "b": 2, "c": 3}),
        ({"a": 1, "b": 2}, [{"a": 1}, {"a": 5, "b": 2}], {"a": 5}),
    ],
)
def test_three_way_merge(base: Any, branches: list[Any], result: Any) -> None:
    assert identical(merged({"v": base}, [{"v": branch} for branch in branches]), {"v": result})


def test_both_branches_may_bring_the_same_new_name() -> None:
    assert merged({}, [{"row": {"a": 1}}, {"row": {"b": 2}}]) == {"row": {"a": 1, "b": 2}}
    assert merged({}, [{"notes": ["a"]}, {"notes": ["b"]}]) == {"notes": ["a", "b"]}
    assert merged({}, [{"notes": ["a"]}, {"notes": ["a"]}]) == {"notes": ["a"]}
