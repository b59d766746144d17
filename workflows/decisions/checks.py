"""What a process owner should know about a table before it is published: forgotten cases and rules that contradict."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from workflows.decisions.axes import Axis, NotComparable, build_axis, kinds_in
from workflows.decisions.cases import Case, case_of
from workflows.decisions.constants import constant_of, is_constant
from workflows.decisions.coverage import Box, Coverage
from workflows.decisions.model import Decision, DecisionTable, Expression, HitPolicy, Input, Rule
from workflows.decisions.operators import same
from workflows.decisions.parsing import UnaryTests
from workflows.decisions.values import kind_name, kind_of, show
from workflows.errors import Problem
from workflows.expressions import free_names

MAX_FINDINGS = 20
MAX_OVERLAPS_SEEN = 20_000


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A case for which the table has no rule."""

    case: Case
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """A case for which two rules answer where one may."""

    first: Rule
    second: Rule
    case: Case
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class TableStudy:
    """Everything that is known of a table; ``problems`` has the gaps and overlaps as well."""

    problems: tuple[Problem, ...] = ()
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()


def check_table(decision: Decision) -> list[Problem]:
    """What ``study_table`` finds, as a list of problems."""
    return list(study_table(decision).problems)


def study_table(decision: Decision) -> TableStudy:
    """Missing cases, rules that exclude nobody they should, rules that never match, and cells of the wrong type.

    Missing cases are looked for where one answer is promised and there is no default output; null is no case. A
    decision without a table has no problems. What cannot be checked, or not to the end, is a warning that says so.
    """
    if not isinstance(decision.logic, DecisionTable):
        return TableStudy()
    check = _Check(decision, decision.logic)
    check.run()
    return TableStudy(problems=tuple(check.problems), gaps=tuple(check.gaps), overlaps=tuple(check.overlaps))


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
        self.gaps: list[Gap] = []
        self.overlaps: list[Overlap] = []
        self._decision = decision
        self._table = table
        self._axes: list[Axis] = []
        self._places: list[int] = []

    def run(self) -> None:
        self._check_output_types()
        self._check_forgotten_quotes()
        columns = self._columns()
        self._places = [column.places[0] for column in columns]
        try:
            self._axes = [self._axis(column) for column in columns]
            boxes = [self._box(rule, columns) for rule in self._table.rules]
        except NotComparable as reason:
            self._warn(f"没有检查遗漏与重叠：{reason}")
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
            reason = str(error) or f"“{column.label}”与不固定的值比较"
            raise NotComparable(reason) from error

    def _kind(self, column: _Column, found: set[str]) -> str:
        """The one kind of value the column holds; a cell of another kind is a problem of its own."""
        declared = column.inputs[0].type.base
        wanted = declared if declared != "Any" else min(found, default="Any")
        if found <= {wanted} and wanted not in ("list", "context"):
            return wanted
        for rule in self._table.rules:
            for place in column.places:
                tests = rule.tests[place]
                if odd := kinds_in([tests]) - {wanted}:
                    mixed = f"{tests.source} 是{kind_name(min(odd))}，这一列应是{kind_name(wanted)}"
                    self._refuse(rule, f"“{column.label}”：{mixed}", place)
        raise NotComparable(f"“{column.label}”的值不是同一类型")

    def _box(self, rule: Rule, columns: list[_Column]) -> Box:
        masks = []
        for axis, column in zip(self._axes, columns, strict=True):
            mask = axis.domain
            for tests in column.cells(rule):
                try:
                    mask &= axis.mask(tests)
                except NotComparable as error:
                    raise NotComparable(
                        f"第 {rule.number} 条规则“{axis.label}”：{tests.source} 不是固定的值"
                    ) from error
            masks.append(mask)
        return tuple(masks)

    # findings

    def _check_output_types(self) -> None:
        for rule in self._table.rules:
            cells = zip(self._table.outputs, rule.outputs, strict=True)
            for place, (output, cell) in enumerate(cells, len(rule.tests)):
                value = constant_of(cell.tree)
                if value is None or output.type.base in ("Any", kind_of(value)) or output.type.is_collection:
                    continue
                if isinstance(value, str) and output.type.base not in ("number", "boolean", "string", "context"):
                    continue  # text that is read as a date when the rule fires
                label = output.label or self._decision.name
                mixed = f"{show(value)} 是{kind_name(kind_of(value))}，这一列应是{kind_name(output.type.base)}"
                self._refuse(rule, f"“{label}”：{mixed}", place)

    def _check_forgotten_quotes(self) -> None:
        """A word that no input column speaks of is more often a text without its quotation marks than a name."""
        known = {name for column in self._table.inputs for name in free_names(column.expression.tree)}
        for rule in self._table.rules:
            for place, cell in enumerate(rule.outputs, len(rule.tests)):
                if isinstance(cell.tree, ast.Name) and cell.tree.id not in known:
                    text = f"第 {rule.number} 条规则：{cell.source} 是一个名称；如果是文字，请加上双引号"
                    self._add("warning", text, rule.line, _cell(rule, place))

    def _check_dead_rules(self, boxes: list[Box]) -> None:
        for rule, box in zip(self._table.rules, boxes, strict=True):
            null = any(constant is None for tests in rule.tests if tests.tree for constant in _constants(tests))
            if not null and not all(box):
                labels = "、".join(f"“{axis.label}”" for axis, mask in zip(self._axes, box, strict=True) if not mask)
                self._refuse(rule, f"永远不会满足：{labels}没有可选的值符合这一格")

    def _check_gaps(self, coverage: Coverage) -> None:
        table = self._table
        if table.hit_policy.answers_with_list or any(output.default for output in table.outputs):
            return
        for gap in coverage.gaps(MAX_FINDINGS):
            # a text nobody foresaw is a weaker finding than a hole between two numbers
            weak = any(axis.is_other(mask) for axis, mask in zip(self._axes, gap, strict=True))
            case = case_of(self._axes, self._places, gap)
            text = f"{case.words}：没有规则，请补一条规则或设默认结果"
            problem = self._add("warning" if weak else "error", text, table.line)
            self.gaps.append(Gap(case=case, problem=problem))
        if not coverage.complete:
            self._warn("遗漏的情况太多，或决策表太大，没有全部列出")

    def _check_overlaps(self, coverage: Coverage, boxes: list[Box]) -> None:
        policy = self._table.hit_policy
        if policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
            return
        found = 0
        for seen, (first, second) in enumerate(coverage.overlaps()):
            rules = self._table.rules[first], self._table.rules[second]
            if found == MAX_FINDINGS or seen == MAX_OVERLAPS_SEEN:
                self._warn("重叠的规则太多，没有全部列出")
                return
            if policy is HitPolicy.ANY and _agree(*rules):
                continue
            found += 1
            self._overlap(*rules, tuple(left & right for left, right in zip(boxes[first], boxes[second], strict=True)))

    def _overlap(self, first: Rule, second: Rule, both: Box) -> None:
        case = case_of(self._axes, self._places, both)
        what = "结果却不同" if self._table.hit_policy is HitPolicy.ANY else "但这张表只允许一条"
        text = f"{case.words}：第 {first.number} 条和第 {second.number} 条规则都满足，{what}，请让它们互相排斥"
        problem = self._add("error", text, second.line, second.id)
        self.overlaps.append(Overlap(first=first, second=second, case=case, problem=problem))

    def _refuse(self, rule: Rule, message: str, place: int | None = None) -> None:
        element = rule.id if place is None else _cell(rule, place)
        self._add("error", f"第 {rule.number} 条规则{message}", rule.line, element)

    def _warn(self, message: str) -> None:
        self._add("warning", message, self._table.line)

    def _add(self, severity: str, message: str, line: int | None, element: str = "") -> Problem:
        decision = self._decision
        place = element or decision.id
        text = f"{decision.name}：{message}"
        problem = Problem(severity=severity, file=decision.file, element=place, message=text, line=line)
        self.problems.append(problem)
        return problem


def _cell(rule: Rule, place: int) -> str:
    return rule.cells[place] if place < len(rule.cells) else rule.id


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
