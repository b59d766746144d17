"""One input of a table cut into pieces within which no rule sees a difference.

A set of pieces is a mask, an int with one bit for each. For numbers, dates and the like, pieces alternate: what lies
before the first bound, the bound itself, what lies between it and the next, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from workflows.decisions.constants import constant_of, is_constant
from workflows.decisions.parsing import Comparison, Interval, UnaryTests
from workflows.decisions.values import kind_of

ORDERED = frozenset({"number", "date", "time", "date and time", "days and time duration", "years and months duration"})


class NotComparable(Exception):
    """The cell has a test whose meaning depends on more than the value of its own column."""


def constants_of(tests: UnaryTests) -> list[Any]:
    """The values a cell mentions. Raises NotComparable if it mentions anything but constants."""
    operands = [
        operand
        for test in tests.tests
        for operand in (
            [test.operand]
            if isinstance(test, Comparison)
            else [test.low, test.high]
            if isinstance(test, Interval)
            else [test.tree]
        )
    ]
    if not all(is_constant(operand) for operand in operands):
        raise NotComparable
    return [constant_of(operand) for operand in operands]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The pieces of one input: ``bounds`` sorted if the kind is ordered, else the values that cells mention."""

    label: str
    kind: str
    bounds: tuple[Any, ...]
    domain: int
    """The pieces a value can be in at all."""

    @property
    def size(self) -> int:
        return _size(self.kind, self.bounds)

    def mask(self, tests: UnaryTests) -> int:
        """The pieces in which a value meets the cell. Raises NotComparable."""
        everything = (1 << self.size) - 1
        if tests.tree is None:
            return self.domain
        found = 0
        for test in tests.tests:
            found |= self._test(test)
        return (everything & ~found if tests.negated else found) & self.domain

    def _test(self, test: Any) -> int:
        if isinstance(test, Interval):
            low = self._compared(">" if test.low_open else ">=", constant_of(test.low))
            return low & self._compared("<" if test.high_open else "<=", constant_of(test.high))
        if isinstance(test, Comparison):
            return self._compared(test.sign, constant_of(test.operand))
        raise NotComparable

    def _compared(self, sign: str, bound: Any) -> int:
        if bound is None:
            return 0
        place = self.bounds.index(bound)
        if self.kind not in ORDERED:
            return self._equal(sign, 1 << place)
        point, everything = 1 << (2 * place + 1), (1 << self.size) - 1
        below = point - 1
        return {
            "=": point,
            "!=": everything & ~point,
            "<": below,
            "<=": below | point,
            ">": everything & ~(below | point),
            ">=": everything & ~below,
        }[sign]

    def _equal(self, sign: str, point: int) -> int:
        if sign not in ("=", "!="):
            raise NotComparable  # the order of texts is not cut into pieces
        return point if sign == "=" else (1 << self.size) - 1 & ~point

    def is_other(self, mask: int) -> bool:
        """Whether the pieces are only the texts that no cell mentions."""
        return self.kind not in ORDERED and mask == 1 << len(self.bounds) != self.domain

    def runs(self, mask: int) -> Iterator[tuple[int, int]]:
        """First and last piece of each stretch; a gap between two days that follow each other is none."""
        start = last = -1
        for place in range(self.size):
            inside, possible = mask >> place & 1, self.domain >> place & 1
            if inside:
                start, last = (place if start < 0 else start), place
            elif possible and start >= 0:
                yield start, last
                start = -1
        if start >= 0:
            yield start, last


def build_axis(label: str, kind: str, cells: Sequence[UnaryTests], allowed: UnaryTests | None) -> Axis:
    """The axis on which every one of ``cells`` is a mask.

    Raises NotComparable: bounds that have no order among themselves.
    """
    values = [value for tests in [*cells, *([allowed] if allowed else [])] for value in constants_of(tests)]
    bounds = _bounds(kind, [value for value in values if value is not None])
    everything = (1 << _size(kind, bounds)) - 1
    axis = Axis(label=label, kind=kind, bounds=bounds, domain=_possible(kind, bounds) & everything)
    if allowed is None:
        return axis
    return Axis(label=label, kind=kind, bounds=bounds, domain=axis.mask(allowed))


def _size(kind: str, bounds: tuple[Any, ...]) -> int:
    if kind in ORDERED:
        return 2 * len(bounds) + 1
    return 2 if kind == "boolean" else len(bounds) + 1


def _bounds(kind: str, values: list[Any]) -> tuple[Any, ...]:
    if kind == "boolean":
        return (True, False)
    try:
        unique = set(values)
        return tuple(sorted(unique) if kind in ORDERED else dict.fromkeys(values))
    except TypeError as error:
        raise NotComparable from error


def _possible(kind: str, bounds: tuple[Any, ...]) -> int:
    """All pieces but those between two days in a row, where there is nothing."""
    mask = -1
    if kind == "date":
        for place, (day, following) in enumerate(pairwise(bounds)):
            if _follows(day, following):
                mask &= ~(1 << (2 * place + 2))
    return mask


def _follows(day: date, following: date) -> bool:
    return not isinstance(day, datetime) and following - day == timedelta(days=1)


def kinds_in(cells: Sequence[UnaryTests]) -> set[str]:
    """The kinds of the constants in some cells, null apart. Raises NotComparable."""
    return {kind_of(value) for tests in cells for value in constants_of(tests)} - {"null"}
