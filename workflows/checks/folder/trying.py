"""Values worth trying for the names of some conditions: just below, at and just above every bound, and each choice."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from typing import Any

from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.checks.folder.environment import BOOLEAN, DATE, LIST, NUMBER, RECORD, Environment, Name
from workflows.expressions import FUNCTIONS, ExpressionError, free_names
from workflows.expressions.interpreter import evaluate_tree

MAX_CASES = 3_000
OTHER = "其他"
_MOMENT = datetime(2026, 1, 5, 1, tzinfo=UTC)
TRIAL_FUNCTIONS: Mapping[str, Any] = {**FUNCTIONS, **calendar_functions(CompanyCalendar(), _MOMENT)}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The cases to try. ``exact``: they stand for all there are, so that what none of them shows does not happen."""

    names: Sequence[str]
    cases: Sequence[Mapping[str, Any]]
    exact: bool


def cases_for(trees: Sequence[ast.expr], env: Environment, fixed: Mapping[str, Sequence[Any]]) -> Trial:
    """Cases for all names that the conditions read. ``fixed`` gives the values of names that are known better."""
    names = sorted({name for tree in trees for name in free_names(tree)})
    compared = Compared(trees)
    columns = [tuple(fixed[name]) if name in fixed else values_for(name, env, compared) for name in names]
    cases = [dict(zip(names, row, strict=True)) for row in islice(product(*columns), MAX_CASES + 1)]
    exact = compared.plain and len(cases) <= MAX_CASES and all(name in fixed or name in env for name in names)
    return Trial(names=names, cases=cases[:MAX_CASES], exact=exact)


class Compared:
    """The constants that each name is compared with. ``plain``: every name stands alone against constants."""

    def __init__(self, trees: Sequence[ast.expr]) -> None:
        self.constants: dict[str, list[Any]] = {}
        self.plain = True
        for tree in trees:
            self._walk(tree)

    def _walk(self, tree: ast.expr) -> None:
        if isinstance(tree, ast.BoolOp):
            for value in tree.values:
                self._walk(value)
        elif isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
            self._walk(tree.operand)
        elif isinstance(tree, ast.Compare):
            for left, right in zip([tree.left, *tree.comparators], tree.comparators, strict=False):
                self._note(left, right)
        elif not isinstance(tree, ast.Name | ast.Constant):
            self.plain = False
            self._collect(tree)

    def _note(self, left: ast.expr, right: ast.expr) -> None:
        for named, other in ((left, right), (right, left)):
            if isinstance(named, ast.Name):
                found = list(_constants(other))
                if found:
                    self.constants.setdefault(named.id, []).extend(found)
                    return
        self.plain = False
        for each in (left, right):
            self._collect(each, [*_constants(left), *_constants(right)])

    def _collect(self, tree: ast.expr, found: Sequence[Any] = ()) -> None:
        """Of something more than a name: its names are tried with all the constants around them."""
        inner = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        for name in free_names(tree):
            self.constants.setdefault(name, []).extend([*found, *inner])


def _constants(node: ast.expr) -> Iterator[Any]:
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        if isinstance(node.operand.value, int | float):
            yield -node.operand.value
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _constants(item)


def values_for(name: str, env: Environment, compared: Compared) -> tuple[Any, ...]:
    """What is tried for one name."""
    about = env.get(name)
    constants = [value for value in compared.constants.get(name, ()) if value is not None]
    if about is not None and about.values is not None:
        return about.values
    kind = about.kind if about else ""
    if kind == NUMBER or (not kind and any(_is_number(value) for value in constants)):
        return _numbers(constants, about)
    if kind == BOOLEAN or (not kind and not constants):
        return (False, True)
    if kind == DATE:
        return tuple(dict.fromkeys(each for value in constants for each in _days(value))) or ("2026-01-05",)
    if kind in (LIST, RECORD):
        return ([], ["a"]) if kind == LIST else ({}, {"a": 1})
    texts = [value for value in constants if isinstance(value, str)]
    return tuple(dict.fromkeys([*texts, OTHER, ""]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _numbers(constants: Sequence[Any], about: Name | None) -> tuple[Any, ...]:
    found = sorted({Decimal(str(value)) for value in constants if _is_number(value)}) or [Decimal(0), Decimal(1)]
    step = min((_step(value) for value in found), default=Decimal(1))
    values = sorted({near for value in found for near in (value - step, value, value + step)})
    bounds = [Decimal(str(value)) for value in about.bounds] if about else []
    return tuple(value for value in values if not bounds or value >= min(bounds)) or tuple(values)


def _step(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)


def _days(value: Any) -> Iterator[str]:
    try:
        day = date.fromisoformat(str(value)[:10])
        yield from ((day + timedelta(days=number)).isoformat() for number in (-1, 0, 1))
    except (ValueError, OverflowError):
        return


def holds(tree: ast.expr, case: Mapping[str, Any]) -> bool | None:
    """Whether the condition is true in the case; None where it cannot be reckoned."""
    try:
        return bool(evaluate_tree(tree, case, TRIAL_FUNCTIONS))
    except ExpressionError:
        return None
