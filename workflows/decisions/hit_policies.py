"""From the rules that match to the one answer of the table (DMN 1.3, 8.2.10).

A row is the tuple of a rule's outputs, in the order of the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

from workflows.decisions.model import Aggregation, DecisionTable, HitPolicy
from workflows.decisions.operators import Notes, add, same
from workflows.decisions.values import kind_of, show

Row = tuple[Any, ...]


def choose(table: DecisionTable, hits: Sequence[tuple[int, Row]], notes: Notes) -> list[int]:
    """The places in ``hits`` (rule number, row) that make the answer, in its order; none if they contradict."""
    policy, everything = table.hit_policy, list(range(len(hits)))
    numbers = "、".join(str(number) for number, _ in hits)
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        notes.add(f"第 {numbers} 条规则同时满足，但这张表只允许一条，请让它们互相排斥")
        return []
    if policy is HitPolicy.ANY and not all(_same_row(row, hits[0][1]) for _, row in hits):
        notes.add(f"第 {numbers} 条规则同时满足而结果不同，但这张表要求结果相同")
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
    try:
        if len({kind_of(value) for value in values}) == 1:
            return _AGGREGATE[aggregation](values)
    except (TypeError, ArithmeticError):
        pass  # records, or times with and without a zone, or a sum of durations beyond all bounds
    notes.add(f"{aggregation.value} 算不出结果：{'、'.join(show(value) for value in values[:10])}")
    return None


def _sum(values: list[Any]) -> Any:
    if isinstance(values[0], str):
        raise TypeError
    return reduce(add, values)


_AGGREGATE: Mapping[Aggregation, Callable[[list[Any]], Any]] = {
    Aggregation.SUM: _sum,
    Aggregation.MIN: min,
    Aggregation.MAX: max,
}
