"""One case of a table, such as a forgotten one: in words, as the cells of a rule, and as values to try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.decisions.axes import ORDERED, Axis
from workflows.decisions.boundaries import sample_of
from workflows.decisions.coverage import Box
from workflows.decisions.values import iso_text, kind_of, number_text, show

ANY_CASE = "任何情况"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What a case says of one input."""

    label: str
    place: int
    """The input column, from 0; the first one where several test the same value."""
    words: str
    """Such as ``1000 < 金额 ≤ 2000``."""
    cell: str
    """The unary tests that say exactly this."""
    sample: Any
    """A value that meets them; None where none can be written down."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A box of values; inputs that do not matter are left out of ``conditions``."""

    conditions: tuple[Condition, ...]

    @property
    def words(self) -> str:
        return "、".join(condition.words for condition in self.conditions) or ANY_CASE


def case_of(axes: Sequence[Axis], places: Sequence[int], box: Box) -> Case:
    """The case of a box; ``places`` are the columns of the axes."""
    return Case(
        conditions=tuple(
            Condition(
                label=axis.label,
                place=place,
                words=words_of(axis, mask),
                cell=cell_of(axis, mask),
                sample=sample_of(axis, mask),
            )
            for axis, place, mask in zip(axes, places, box, strict=True)
            if mask != axis.domain
        )
    )


def words_of(axis: Axis, mask: int) -> str:
    """What the pieces in ``mask`` have in common, as people say it."""
    if axis.kind in ORDERED:
        return " 或 ".join(_stretch(axis, *run) for run in axis.runs(mask))
    named = [plain(value) for place, value in enumerate(axis.bounds) if mask >> place & 1]
    if not mask >> len(axis.bounds) & 1:
        return f"{axis.label} = {' 或 '.join(named)}"
    known = [plain(value) for place, value in enumerate(axis.bounds) if not mask >> place & 1]
    return f"{axis.label} 是{'、'.join(known)}以外的值"


def cell_of(axis: Axis, mask: int) -> str:
    """The pieces in ``mask`` as unary tests of S-FEEL (DMN 1.3, chapter 9)."""
    if mask == axis.domain:
        return "-"
    if axis.kind in ORDERED:
        return ", ".join(_test(axis, *run) for run in axis.runs(mask))
    other = mask >> len(axis.bounds) & 1
    listed = [show(value) for place, value in enumerate(axis.bounds) if bool(mask >> place & 1) != bool(other)]
    return f"not({','.join(listed)})" if other else ",".join(listed)


def plain(value: Any) -> str:
    """A value as people write it: texts and days without the marks of the language."""
    kind = kind_of(value)
    if kind == "boolean":
        return "是" if value else "否"
    if kind == "null":
        return "空"
    if kind == "number":
        return number_text(value)
    if kind in ("list", "context", "unknown"):
        return show(value)
    return value[:80] if isinstance(value, str) else iso_text(value)


def _ends(axis: Axis, first: int, last: int) -> tuple[Any, Any]:
    """The lowest and the highest bound of a stretch, None where it has no end."""
    low = axis.bounds[(first - 1) // 2] if first > 0 else None
    return low, axis.bounds[last // 2] if last < axis.size - 1 else None


def _stretch(axis: Axis, first: int, last: int) -> str:
    low, high = _ends(axis, first, last)
    if first == last and first % 2:
        return f"{axis.label} = {plain(low)}"
    if low is None and high is None:
        return f"{axis.label} 任意"
    if low is None:
        return f"{axis.label} {'≤' if last % 2 else '<'} {plain(high)}"
    if high is None:
        return f"{axis.label} {'≥' if first % 2 else '>'} {plain(low)}"
    return f"{plain(low)} {'≤' if first % 2 else '<'} {axis.label} {'≤' if last % 2 else '<'} {plain(high)}"


def _test(axis: Axis, first: int, last: int) -> str:
    low, high = _ends(axis, first, last)
    if first == last and first % 2:
        return show(low)
    if low is None:
        return f"{'<=' if last % 2 else '<'} {show(high)}"
    if high is None:
        return f"{'>=' if first % 2 else '>'} {show(low)}"
    return f"{'[' if first % 2 else '('}{show(low)}..{show(high)}{']' if last % 2 else ')'}"
