"""Decisions taken: values in, values and the rules that fired out (DMN 1.3, 10.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, localcontext
from typing import Any

from workflows.decisions.hit_policies import Row, aggregate, choose
from workflows.decisions.model import (
    Aggregation,
    Decision,
    DecisionModel,
    DecisionTable,
    Expression,
    HitPolicy,
    Input,
    Logic,
    Rule,
)
from workflows.decisions.operators import Notes, functions
from workflows.decisions.parsing import SUBJECT, UnaryTests
from workflows.decisions.types import conform
from workflows.decisions.values import from_python, show
from workflows.expressions import ExpressionError, LimitExceeded, evaluate_tree

MAX_WORK = 200_000
INVOCATION_WORK = 50


@dataclass(frozen=True, kw_only=True)
class RuleFired:
    """One line of the explanation: a rule that matched, or, with no rule, what happened instead."""

    decision: str
    rule: str | None
    """The rule's id; None where the line is about no single rule."""
    number: int | None
    """The rule's number, from 1, as the editor shows it."""
    description: str
    inputs: Mapping[str, Any]
    """What each input column tested, by its label."""
    outputs: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    """Why something came out as null."""


@dataclass(frozen=True, kw_only=True)
class DecisionResult:
    outputs: Any
    """The result as FEEL has it: a value; with several output columns a dict; for list hit policies a list of those."""
    trace: list[RuleFired]
    """What led to it, required decisions first."""


def evaluate(model: DecisionModel, decision: str | None, data: Mapping[str, Any]) -> DecisionResult:
    """Take one decision, given by name or id, after those it requires; ``None`` is the one that no other uses.

    Nothing in ``data`` makes this fail: what cannot be computed is None, and the trace says why.
    Raises UnknownDecision.
    """
    target = model.get_decision(decision)
    run = _Run(model, data)
    with localcontext(Context(prec=34)):
        for required in model.requirements(target):
            run.decide(required)
    return DecisionResult(outputs=run.results[target.name], trace=run.trace)


def decide(
    model: DecisionModel, decision: str | None, data: Mapping[str, Any]
) -> tuple[dict[str, Any], list[RuleFired]]:
    """As ``evaluate``, with the result by output name; with no rule matching each output is None.

    A list of rows becomes one list for each output name. Raises UnknownDecision.
    """
    target = model.get_decision(decision)
    result = evaluate(model, target.id, data)
    value, names = result.outputs, target.output_names
    if len(names) == 1 or not isinstance(value, dict | list):
        return dict.fromkeys(names, value), result.trace
    if isinstance(value, dict):
        return {name: value.get(name) for name in names}, result.trace
    rows = [row if isinstance(row, dict) else {} for row in value]
    return {name: [row.get(name) for row in rows] for name in names}, result.trace


def cells_met(model: DecisionModel, decision: str | None, data: Mapping[str, Any]) -> list[tuple[bool, ...]]:
    """For each rule of the decision's table which of its input cells the data meets: why a rule fired, or did not.

    Empty for a decision without a table. Raises UnknownDecision.
    """
    target = model.get_decision(decision)
    if not isinstance(target.logic, DecisionTable):
        return []
    run = _Run(model, data)
    with localcontext(Context(prec=34)):
        for required in model.requirements(target)[:-1]:
            run.decide(required)
        return run.cells_met(target.logic)


class _Scope(Mapping[str, Any]):
    """The names an expression reads: local ones, results of decisions, and data, converted when first read."""

    def __init__(self, run: _Run, local: Mapping[str, Any]) -> None:
        self._run = run
        self._local = local

    def __contains__(self, name: object) -> bool:
        return True  # a missing name is null for FEEL, and noted

    def __getitem__(self, name: str) -> Any:
        value = self._local[name] if name in self._local else self._run.given(name)
        if isinstance(value, list):
            self._run.spend(len(value) // 4)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._local)

    def __len__(self) -> int:
        return len(self._local)


class _Run:
    """One evaluation of one model: what is known so far, and the budget that is left."""

    def __init__(self, model: DecisionModel, data: Mapping[str, Any]) -> None:
        self.results: dict[str, Any] = {}
        self.trace: list[RuleFired] = []
        self._model = model
        self._data = data
        self._given: dict[str, Any] = {}
        self._notes = Notes()
        self._functions = functions(self._notes, self._invoke)
        self._work = 0
        self._decision = ""

    def decide(self, decision: Decision) -> None:
        self._decision = decision.name
        try:
            value = self._logic(decision.logic, {})
            value = conform(value, decision.type, decision.name, self._notes, self._allows)
        except (LimitExceeded, RecursionError) as error:
            self._notes.add(str(error) if isinstance(error, LimitExceeded) else f"{decision.name} 嵌套太深")
            value = None
        self.results[decision.name] = value
        notes = self._notes.take()
        if notes or isinstance(decision.logic, Expression):
            self._tell(None, "", {}, {decision.name: value}, notes)

    def cells_met(self, table: DecisionTable) -> list[tuple[bool, ...]]:
        try:
            values = [self._input(column, {})[0] for column in table.inputs]
            return [self._cells(rule, values, {}) for rule in table.rules]
        except (LimitExceeded, RecursionError):
            return []

    # values

    def given(self, name: str) -> Any:
        """The result of a decision, or a value from outside as the type its input data declares."""
        if name in self.results:
            return self.results[name]
        if name not in self._given:
            self._given[name] = self._convert(name)
        return self._given[name]

    def _convert(self, name: str) -> Any:
        if name not in self._data:
            self._notes.add(f"不知道 {name} 的值")
            return None
        value, declared = self._data[name], self._model.inputs.get(name)
        try:
            return conform(value, declared, name, self._notes, self._allows) if declared else from_python(value)
        except RecursionError:
            self._notes.add(f"{name} 嵌套太深")
            return None

    def spend(self, work: int) -> None:
        """Each cell has a budget of its own; this one is for all of them together."""
        self._work += work
        if self._work > MAX_WORK:
            raise LimitExceeded("决策的步骤太多，没有算完")

    def _value(self, compiled: Expression | UnaryTests, local: Mapping[str, Any]) -> Any:
        self.spend(1 + len(compiled.source) // 16)
        if compiled.tree is None:
            return True
        try:
            return evaluate_tree(compiled.tree, _Scope(self, local), self._functions)
        except ExpressionError as error:
            self._notes.add(str(error))
            return None

    def _allows(self, tests: UnaryTests, value: Any) -> bool:
        return self._value(tests, {SUBJECT: value}) is True

    def _invoke(self, name: str, *arguments: Any) -> Any:
        function = self._model.knowledge[name]
        self.spend(INVOCATION_WORK)
        local = {
            parameter: conform(value, wanted, parameter, self._notes, self._allows)
            for (parameter, wanted), value in zip(function.parameters, arguments, strict=True)
        }
        return self._logic(function.logic, local)

    def _logic(self, logic: Logic, local: Mapping[str, Any]) -> Any:
        if isinstance(logic, Expression):
            return self._value(logic, local)
        return self._table(logic, local)

    # tables

    def _table(self, table: DecisionTable, local: Mapping[str, Any]) -> Any:
        inputs = [self._input(column, local) for column in table.inputs]
        shown = {column.label: value for column, (value, _) in zip(table.inputs, inputs, strict=True)}
        if not all(allowed for _, allowed in inputs):
            return self._no_rule(table, shown, local, use_default=False)
        hits = []
        for rule in table.rules:
            if self._matches(rule, [value for value, _ in inputs], local):
                hits.append((rule, self._row(table, rule, local)))
                if table.hit_policy is HitPolicy.FIRST:
                    break
        if not hits:
            return self._no_rule(table, shown, local, use_default=True)
        return self._answer(table, hits, shown)

    def _input(self, column: Input, local: Mapping[str, Any]) -> tuple[Any, bool]:
        """The tested value, and whether the column's list of allowed values has it. Null is for the rules to judge."""
        value = self._value(column.expression, local)
        value = conform(value, column.type, column.label, self._notes, self._allows)
        if value is None or column.allowed is None or self._allows(column.allowed, value):
            return value, True
        self._notes.add(f"{column.label} 的值 {show(value)} 不在可选值 {column.allowed.source} 中")
        return value, False

    def _matches(self, rule: Rule, values: list[Any], local: Mapping[str, Any]) -> bool:
        return all(self._meets(*pair, local) for pair in zip(rule.tests, values, strict=True))

    def _cells(self, rule: Rule, values: list[Any], local: Mapping[str, Any]) -> tuple[bool, ...]:
        return tuple(self._meets(*pair, local) for pair in zip(rule.tests, values, strict=True))

    def _meets(self, tests: UnaryTests, value: Any, local: Mapping[str, Any]) -> bool:
        return tests.tree is None or self._value(tests, {**local, SUBJECT: value}) is True

    def _row(self, table: DecisionTable, rule: Rule, local: Mapping[str, Any]) -> Row:
        cells = zip(table.outputs, rule.outputs, strict=True)
        return tuple(
            conform(self._value(cell, local), output.type, output.label or self._decision, self._notes, self._allows)
            for output, cell in cells
        )

    def _answer(self, table: DecisionTable, hits: list[tuple[Rule, Row]], shown: dict[str, Any]) -> Any:
        chosen = choose(table, [(rule.number, row) for rule, row in hits], self._notes)
        for rule, row in [hits[place] for place in chosen] or hits:
            self._tell(rule, rule.description, shown, self._named(table, row), ())
        rows = [hits[place][1] for place in chosen]
        if not rows:
            return None
        if table.aggregation:
            return aggregate(table.aggregation, rows, self._notes)
        results = [self._result(table, row) for row in rows]
        return results if table.hit_policy.answers_with_list else results[0]

    def _no_rule(self, table: DecisionTable, shown: dict[str, Any], local: Mapping[str, Any], use_default: bool) -> Any:
        defaults = use_default and any(output.default for output in table.outputs)
        row = tuple(
            self._value(output.default, local) if defaults and output.default else None for output in table.outputs
        )
        reason = "没有规则满足" if use_default else "有输入不在可选值中"
        description = f"{reason}，用默认结果" if defaults else f"{reason}，没有结果"
        self._tell(None, description, shown, self._named(table, row), self._notes.take())
        if not defaults:
            counts = use_default and table.aggregation is Aggregation.COUNT
            return aggregate(Aggregation.COUNT, [], self._notes) if counts else None
        result = self._result(table, row)
        return [result] if table.hit_policy.answers_with_list and not table.aggregation else result

    def _named(self, table: DecisionTable, row: Row) -> dict[str, Any]:
        names = [output.name or self._decision for output in table.outputs]
        return dict(zip(names, row, strict=True))

    def _result(self, table: DecisionTable, row: Row) -> Any:
        return row[0] if len(row) == 1 else self._named(table, row)

    def _tell(
        self,
        rule: Rule | None,
        description: str,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        notes: tuple[str, ...],
    ) -> None:
        self.trace.append(
            RuleFired(
                decision=self._decision,
                rule=rule.id if rule else None,
                number=rule.number if rule else None,
                description=description,
                inputs=inputs,
                outputs=outputs,
                notes=notes,
            )
        )
