"""The values that are worth trying against a table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.decisions.drawing import Column, decision, read, table
from workflows.decisions import DecisionTable, boundary_values
from workflows.decisions.values import number_text


def values(column: Column, *cells: str, step: Decimal | None = None) -> list[Any]:
    drawn = table([column], [Column("out")], [[cell, "1"] for cell in cells])
    logic = read(decision("Answer", drawn)).decisions[0].logic
    assert isinstance(logic, DecisionTable)
    found = boundary_values(logic, 0, step=step)
    return [number_text(value) if isinstance(value, Decimal) else value for value in found]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["<= 5000", "> 5000"], ["4999", "5000", "5001"]),
        (["< 0.5", ">= 0.5"], ["0.4", "0.5", "0.6"]),
        (["[1000..2000]", "> 2000"], ["999", "1000", "1001", "1999", "2000", "2001"]),
        (["1", "2"], ["0", "1", "1.5", "2", "3"]),
        (["-"], []),
        (["> limit"], []),
    ],
)
def test_numbers_are_tried_at_and_beside_each_bound(cells: list[str], expected: list[str]) -> None:
    assert values(Column("amount", "number"), *cells) == expected


def test_money_is_tried_a_cent_apart() -> None:
    found = values(Column("amount", "number"), "<= 5000", "> 5000", step=Decimal("0.01"))
    assert found == ["4999.99", "5000", "5000.01"]


def test_only_what_is_allowed_is_tried() -> None:
    assert values(Column("amount", "number", ">= 0"), "<= 2", "> 2") == ["0", "1", "2", "3"]
    assert values(Column("level", "string", '"A","B","C"'), '"A"') == ["A", "B", "C"]


def test_a_text_that_nobody_listed_is_tried_too() -> None:
    assert values(Column("level", "string"), '"A"', '"其他"') == ["A", "其他", "其他…"]


def test_days_are_tried_with_the_day_before_and_after() -> None:
    found = values(Column("day", "date"), '<= date("2026-02-28")')
    assert found == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
    assert values(Column("day", "date"), '<= date("9999-12-31")')[-1] == date(9999, 12, 31)


def test_yes_and_no_are_tried() -> None:
    assert values(Column("rush", "boolean"), "true") == [True, False]
