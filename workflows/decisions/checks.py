"""What a process owner should know about a table before it is published: forgotten cases and rules that contradict."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from workflows.decisions.axes import Axis, NotComparable, build_axis, kinds_in
from workflows.decisions.constants import constant_of, is_constant
from workflows.decisions.coverage import Box, Coverage
from workflows.decisions.model import Decision, DecisionTable, Expression, HitPolicy, Input, Rule
from workflows.decisions.operators import same
from workflows.decisions.parsing import UnaryTests
from workflows.decisions.values import kind_of, show
from workflows.errors import Problem
from workflows.expressions import free_names

MAX_FINDINGS = 20
MAX_OVERLAPS_SEEN = 20_000


def check_table(decision: Decision) -> list[Problem]:
    """Missing cases, rules that exclude nobody they should, rules that never match, and cells of the wrong type.

    Missing cases are looked for where one answer is promised and there is no default output; null is no case. A
    decision without a table has no problems. What cannot be checked, or not to the end, is a warning that says so.
    """
    if not isinstance(decision.logic, DecisionTable):
        return []
    check = _Check(decision, decision.logic)
    check.run()
    return check.problems


@dataclass(frozen=True, kw_only=True)
class _Column:
    """Input columns that test the same expression, as one."""

    places: tuple[int, ...]
    inputs: tuple[Input, ...]

    @property
    def label(self) -> str:
        return self.inputs[0].label

    def cells(self, rule: Rule) -> list[UnaryTests]:
        return [rule.tests[place] for place in self.places]


class _Check:
    def __init__(self, decision: Decision, table: DecisionTable) -> None:
        self.problems: list[Problem] = []
        self._decision = decision
        self._table = table
        self._axes: list[Axis] = []

    def run(self) -> None:
        self._check_output_types()
        self._check_forgotten_quotes()
        columns = self._columns()
        try:
            self._axes = [self._axis(column) for column in columns]
            boxes = [self._box(rule, columns) for rule in self._table.rules]
        except NotComparable as reason:
            self._warn(f"gaps and overlaps are not checked: {reason}")
            return
        self._check_dead_rules(boxes)
        coverage = Coverage([axis.domain for axis in self._axes], boxes)
        self._check_gaps(coverage)
        self._check_overlaps(coverage, boxes)

    def _columns(self) -> list[_Column]:
        places: dict[str, list[int]] = {}
        for place, column in enumerate(self._table.inputs):
            places.setdefault(" ".join(column.expression.source.split()), []).append(place)
        return [
            _Column(places=tuple(group), inputs=tuple(self._table.inputs[place] for place in group))
            for group in places.values()
        ]

    def _axis(self, column: _Column) -> Axis:
        cells = [tests for rule in self._table.rules for tests in column.cells(rule)]
        allowed = next((inner.allowed or inner.type.allowed for inner in column.inputs), None)
        try:
            kinds = kinds_in(cells)
            kind = self._kind(column, kinds | (kinds_in([allowed]) if allowed else set()))
            return build_axis(column.label, kind, cells, allowed)
        except NotComparable as error:
            reason = str(error) or f"{column.label} is compared with something that is not constant"
            raise NotComparable(reason) from error

    def _kind(self, column: _Column, found: set[str]) -> str:
        """The one kind of value the column holds; a cell of another kind is a problem of its own."""
        declared = column.inputs[0].type.base
        wanted = declared if declared != "Any" else min(found, default="Any")
        if found <= {wanted} and wanted not in ("list", "context"):
            return wanted
        for rule in self._table.rules:
            for tests in column.cells(rule):
                if odd := kinds_in([tests]) - {wanted}:
                    self._refuse(rule, f"{column.label}: {tests.source} is {min(odd)}, but the column holds {wanted}")
        raise NotComparable(f"{column.label} holds values of several types")

    def _box(self, rule: Rule, columns: list[_Column]) -> Box:
        masks = []
        for axis, column in zip(self._axes, columns, strict=True):
            mask = axis.domain
            for tests in column.cells(rule):
                try:
                    mask &= axis.mask(tests)
                except NotComparable as error:
                    raise NotComparable(f"rule {rule.number}, {axis.label}: {tests.source} is not constant") from error
            masks.append(mask)
        return tuple(masks)

    # findings

    def _check_output_types(self) -> None:
        for rule in self._table.rules:
            for output, cell in zip(self._table.outputs, rule.outputs, strict=True):
                value = constant_of(cell.tree)
                if value is None or output.type.base in ("Any", kind_of(value)) or output.type.is_collection:
                    continue
                if isinstance(value, str) and output.type.base not in ("number", "boolean", "string", "context"):
                    continue  # text that is read as a date when the rule fires
                label = output.label or self._decision.name
                self._refuse(
                    rule, f"{label}: {show(value)} is {kind_of(value)}, but the column holds {output.type.base}"
                )

    def _check_forgotten_quotes(self) -> None:
        """A word that no input column speaks of is more often a text without its quotation marks than a name."""
        known = {name for column in self._table.inputs for name in free_names(column.expression.tree)}
        for rule in self._table.rules:
            for cell in rule.outputs:
                if isinstance(cell.tree, ast.Name) and cell.tree.id not in known:
                    hint = "if it is text, put it in quotation marks"
                    self._add("warning", f"rule {rule.number}: {cell.source} is a name: {hint}", rule.line, rule.id)

    def _check_dead_rules(self, boxes: list[Box]) -> None:
        for rule, box in zip(self._table.rules, boxes, strict=True):
            null = any(constant is None for tests in rule.tests if tests.tree for constant in _constants(tests))
            if not null and not all(box):
                labels = ", ".join(axis.label for axis, mask in zip(self._axes, box, strict=True) if not mask)
                self._refuse(rule, f"never matches: no value that is allowed meets its test of {labels}")

    def _check_gaps(self, coverage: Coverage) -> None:
        table = self._table
        if table.hit_policy.answers_with_list or any(output.default for output in table.outputs):
            return
        for gap in coverage.gaps(MAX_FINDINGS):
            # a text nobody foresaw is a weaker finding than a hole between two numbers
            weak = any(axis.is_other(mask) for axis, mask in zip(self._axes, gap, strict=True))
            case = self._case(gap)
            self._add("warning" if weak else "error", f"no rule for {case}: add a rule or a default output", table.line)
        if not coverage.complete:
            self._warn("not every missing case is listed: the table has too many, or is too large to check to the end")

    def _check_overlaps(self, coverage: Coverage, boxes: list[Box]) -> None:
        policy = self._table.hit_policy
        if policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
            return
        found = 0
        for seen, (first, second) in enumerate(coverage.overlaps()):
            rules = self._table.rules[first], self._table.rules[second]
            if found == MAX_FINDINGS or seen == MAX_OVERLAPS_SEEN:
                self._warn("not every overlap is listed: the table has too many")
                return
            if policy is HitPolicy.ANY and _agree(*rules):
                continue
            found += 1
            both = tuple(left & right for left, right in zip(boxes[first], boxes[second], strict=True))
            what = "with different outputs" if policy is HitPolicy.ANY else "but the table allows one match only"
            pair = f"rules {rules[0].number} and {rules[1].number} both match {self._case(both)}"
            self._add("error", f"{pair}, {what}: make them exclude each other", rules[1].line, rules[1].id)

    def _case(self, box: Box) -> str:
        parts = [axis.describe(mask) for axis, mask in zip(self._axes, box, strict=True)]
        several = len([part for part in parts if part]) > 1
        shown = [f"({part})" if several and " or " in part else part for part in parts if part]
        return " and ".join(shown) or "any case at all"

    def _refuse(self, rule: Rule, message: str) -> None:
        self._add("error", f"rule {rule.number}: {message}", rule.line, rule.id)

    def _warn(self, message: str) -> None:
        self._add("warning", message, self._table.line)

    def _add(self, severity: str, message: str, line: int | None, element: str = "") -> None:
        decision = self._decision
        place = element or decision.id
        text = f"{decision.name}: {message}"
        self.problems.append(Problem(severity=severity, file=decision.file, element=place, message=text, line=line))


def _constants(tests: UnaryTests) -> Iterator[object]:
    for test in tests.tests:
        operand = getattr(test, "operand", None)
        if operand is not None:
            yield constant_of(operand)


def _agree(first: Rule, second: Rule) -> bool:
    return all(_equal(left, right) for left, right in zip(first.outputs, second.outputs, strict=True))


def _equal(left: Expression, right: Expression) -> bool:
    if is_constant(left.tree) and is_constant(right.tree):
        return same(constant_of(left.tree), constant_of(right.tree)) is True
    return left.source == right.source
