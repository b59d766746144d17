"""From the rules that match to the one answer of the table (DMN 1.3, 8.2.10).

A row is the tuple of a rule's outputs, in the order of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from workflows.decisions.model import Aggregation, DecisionTable, HitPolicy
from workflows.decisions.operators import Notes, same
from workflows.decisions.values import kind_of, show

Row = tuple[Any, ...]


def choose(table: DecisionTable, hits: Sequence[tuple[int, Row]], notes: Notes) -> list[int]:
    """The places in ``hits`` (rule number, row) that make the answer, in its order; none if they contradict."""
    policy, everything = table.hit_policy, list(range(len(hits)))
    numbers = ", ".join(str(number) for number, _ in hits)
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        notes.add(f"rules {numbers} all match, but the table allows one: make them exclude each other")
        return []
    if policy is HitPolicy.ANY and not all(_same_row(row, hits[0][1]) for _, row in hits):
        notes.add(f"rules {numbers} match with different outputs, but the table demands equal ones")
        return []
    if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        everything.sort(key=lambda place: _rank(table, hits[place][1]))
    return everything if policy.answers_with_list else everything[:1]


def _same_row(left: Row, right: Row) -> bool:
    return all(same(*pair) is True for pair in zip(left, right, strict=True))


def _rank(table: DecisionTable, row: Row) -> tuple[int, ...]:
    """Where the outputs stand in the lists of output values, leftmost column first; unlisted ones come last."""
    return tuple(
        next((place for place, listed in enumerate(output.ranking) if same(listed, value) is True), len(output.ranking))
        for output, value in zip(table.outputs, row, strict=True)
    )


def aggregate(aggregation: Aggregation, rows: Sequence[Row], notes: Notes) -> Any:
    """One number, or for MIN and MAX one value, out of the single output column."""
    if aggregation is Aggregation.COUNT:
        return Decimal(len(rows))
    values = [row[0] for row in rows]
    if not values:
        return None
    kinds = {kind_of(value) for value in values}
    if len(kinds) > 1 or not kinds <= _summable(aggregation):
        notes.add(f"{aggregation.value} has no result: {', '.join(show(value) for value in values[:10])}")
        return None
    if aggregation is Aggregation.SUM:
        return sum(values[1:], start=values[0])
    return min(values) if aggregation is Aggregation.MIN else max(values)


def _summable(aggregation: Aggregation) -> set[str]:
    lengths = {"number", "days and time duration"}
    return lengths if aggregation is Aggregation.SUM else lengths | {"string", "date", "years and months duration"}
