"""The values at which a table changes its mind: what is tried before publishing, and offered to whoever tries it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from workflows.decisions.axes import ORDERED, Axis, NotComparable, build_axis, kinds_in
from workflows.decisions.model import DecisionTable, Input
from workflows.decisions.values import YearsMonths

OTHER_TEXT = "其他"
MAX_VALUES = 60


def boundary_values(table: DecisionTable, place: int, *, step: Decimal | None = None) -> tuple[Any, ...]:
    """The values of FEEL worth trying in the input column ``place``, in their order, at most ``MAX_VALUES``.

    Each bound that a cell names and its nearest neighbours, each listed value, and one that nobody listed where that is
    possible. Numbers are ``step`` apart, or one unit of the last digit that the column writes. Empty where the column
    names no constant.
    """
    column = table.inputs[place]
    cells = [rule.tests[place] for rule in table.rules]
    try:
        kind = _kind(column, kinds_in(cells))
        axis = build_axis(column.label, kind, cells, column.allowed or column.type.allowed)
    except NotComparable:
        return ()
    if not axis.bounds:
        return ()
    return tuple(islice(samples(axis, axis.domain, step=step), MAX_VALUES))


def samples(axis: Axis, mask: int, *, step: Decimal | None = None) -> Iterator[Any]:
    """Values of the pieces in ``mask``: of a stretch between two bounds those next to the bounds."""
    seen: list[Any] = []
    for piece in range(axis.size):
        if not mask >> piece & 1:
            continue
        for value in _of_piece(axis, piece, step or _step(axis)):
            if not any(value == other for other in seen):
                seen.append(value)
                yield value


def sample_of(axis: Axis, mask: int) -> Any:
    """One value of the pieces in ``mask``, a bound rather than its neighbour; None where none can be written down."""
    points = mask & sum(1 << piece for piece in range(1, axis.size, 2)) if axis.kind in ORDERED else 0
    return next(samples(axis, points or mask), None)


def _kind(column: Input, found: set[str]) -> str:
    declared = column.type.base
    return declared if declared != "Any" else min(found, default="Any")


def _of_piece(axis: Axis, piece: int, step: Decimal) -> Iterator[Any]:
    if axis.kind not in ORDERED:
        if piece < len(axis.bounds):
            yield axis.bounds[piece]
        elif axis.kind == "string":
            yield _other(axis.bounds)
        return
    if piece % 2:
        yield axis.bounds[(piece - 1) // 2]
        return
    low = axis.bounds[piece // 2 - 1] if piece else None
    high = axis.bounds[piece // 2] if piece // 2 < len(axis.bounds) else None
    above, below = _moved(low, step, 1), _moved(high, step, -1)
    near = [value for value in (above, below) if value is not None and _between(low, value, high)]
    yield from near or _middle(low, high)


def _between(low: Any, value: Any, high: Any) -> bool:
    return (low is None or low < value) and (high is None or value < high)


def _middle(low: Any, high: Any) -> list[Any]:
    """Where two bounds are closer than a step, as 1 and 2 in whole numbers: there may be something between them."""
    return [(low + high) / 2] if isinstance(low, Decimal) and isinstance(high, Decimal) else []


def _moved(value: Any, step: Decimal, sign: int) -> Any:
    """The neighbour of a bound; None where it has none, as before midnight."""
    try:
        if isinstance(value, Decimal):
            return value + sign * step
        if isinstance(value, datetime):
            return value + sign * timedelta(minutes=1)
        if isinstance(value, date | timedelta):
            return value + sign * timedelta(days=1)
        if isinstance(value, YearsMonths):
            return YearsMonths(value.months + sign)
        return _minute(value, sign) if isinstance(value, time) else None
    except OverflowError:
        return None


def _minute(value: time, sign: int) -> time | None:
    moved = datetime.combine(date(2000, 1, 1), value) + sign * timedelta(minutes=1)
    return moved.timetz() if moved.day == 1 and moved.month == 1 else None


def _step(axis: Axis) -> Decimal:
    exponents = [bound.as_tuple().exponent for bound in axis.bounds if isinstance(bound, Decimal)]
    digits = max((-each for each in exponents if isinstance(each, int)), default=0)
    return Decimal(1).scaleb(-max(digits, 0))


def _other(bounds: tuple[Any, ...]) -> str:
    text = OTHER_TEXT
    while text in bounds:
        text += "…"
    return text
