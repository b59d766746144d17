"""Forgotten cases as rules that can be added, and as values to try."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.decisions.drawing import Column, answer, decision, read, table
from workflows.decisions import TableStudy, study_table

OUT = [Column("out")]


def studied(inputs: list[Column], rules: list[list[str]], **options: Any) -> TableStudy:
    return study_table(read(decision("Approval", table(inputs, OUT, rules, **options))).decisions[0])


@pytest.mark.parametrize(
    ("column", "cells", "missing"),
    [
        (Column("a", "number"), ["< 5", "> 5"], "5"),
        (Column("a", "number"), ["<= 1", "> 5"], "(1..5]"),
        (Column("a", "number"), ["2"], "< 2, > 2"),
        (Column("a", "date"), ['<= date("2026-01-31")'], '> date("2026-01-31")'),
        (Column("a", "string", '"A","B","C"'), ['"A"'], '"B","C"'),
        (Column("a", "string"), ['"A"', '"B"'], 'not("A","B")'),
        (Column("a", "boolean"), ["true"], "false"),
    ],
)
def test_a_forgotten_case_is_the_cell_of_a_rule(column: Column, cells: list[str], missing: str) -> None:
    (gap,) = studied([column], [[cell, "1"] for cell in cells]).gaps
    assert [condition.cell for condition in gap.case.conditions] == [missing]


def test_a_case_has_a_value_to_try() -> None:
    (gap,) = studied([Column("a", "number"), Column("b", "boolean")], [["<= 5000", "-", "1"], ["-", "true", "2"]]).gaps
    assert [(condition.place, condition.sample) for condition in gap.case.conditions] == [
        (0, Decimal(5001)),
        (1, False),
    ]


def test_an_overlap_names_both_rules() -> None:
    (overlap,) = studied([Column("a", "number")], [["<= 10", "1"], [">= 5", "1"]]).overlaps
    assert (overlap.first.id, overlap.second.id, overlap.case.words) == ("rule1", "rule2", "5 ≤ a ≤ 10")


def test_a_wrong_cell_is_named_by_its_id() -> None:
    found = studied([Column("a", "number"), Column("b", "number")], [["-", '"5"', "1"], ["-", "1", "2"]])
    assert found.problems[0].element == "cell1_2"


_NUMBERS = st.sampled_from(["-", "< 1", "<= 1", "> 2", ">= 1", "1", "(1..2)", "[0..1]", "not(1)", "1, 2", "!= 2"])
_TEXTS = st.sampled_from(["-", '"A"', '"B"', '"A","B"', 'not("A")'])


@given(st.lists(st.tuples(_NUMBERS, _TEXTS), min_size=1, max_size=4))
def test_the_rules_for_all_forgotten_cases_complete_the_table_and_their_values_reach_them(
    rules: list[tuple[str, str]],
) -> None:
    columns = [Column("a", "number"), Column("b", "string")]
    drawn = [[*cells, "1"] for cells in rules]
    added: list[list[str]] = []
    for gap in studied(columns, drawn).gaps:
        cells = {condition.place: condition.cell for condition in gap.case.conditions}
        added.append([cells.get(0, "-"), cells.get(1, "-"), "2"])
        tried: dict[str, Any] = {"a": Decimal(1), "b": "A"}
        tried |= {columns[condition.place].name: condition.sample for condition in gap.case.conditions}
        assert answer(table(columns, OUT, drawn, hit_policy="COLLECT"), tried).outputs is None
        assert answer(table(columns, OUT, [added[-1]]), tried).outputs == 2
    assert studied(columns, [*drawn, *added]).gaps == ()
