"""What decides the way: the conditions, the tables, and the names that they rest on."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from workflows.checks.folder.context import Folder
from workflows.checks.folder.environment import NUMBER
from workflows.checks.folder.trying import Compared, values_for
from workflows.decisions import DecisionTable, boundary_values, names_read
from workflows.definition import ProcessDefinition
from workflows.expressions import ExpressionError, free_names, parse_expression, parse_script

MAX_TARGETS = 60
_LOOPS = frozenset({"collection", "cardinality", "completion"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that should be given values: a name, or what several names make together."""

    tree: ast.expr
    values: tuple[Any, ...]

    @property
    def names(self) -> set[str]:
        return free_names(self.tree)


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """Everything on which the way depends."""

    conditions: Sequence[ast.expr]
    decisions: Sequence[str]
    inputs: Mapping[str, frozenset[str]]
    """What each decision reads."""
    names: frozenset[str]
    """Every name that some condition, table or loop reads, directly or through what is computed."""
    scripted: frozenset[str]
    """Those of them that scripts read, which nobody can foresee without running them."""
    targets: Sequence[Target]
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """What to try for names that stand alone: every choice, and just below, at and just above each bound."""


def deciding_of(folder: Folder, definition: ProcessDefinition) -> Deciding:
    """Read once for a process."""
    conditions = [tree for use in folder.uses if use.kind == "condition" for tree in _parsed(use.source)]
    looped = [tree for use in folder.uses if use.kind in _LOOPS for tree in _parsed(use.source)]
    decisions = [element.decision for element in definition.diagram.elements.values() if element.decision]
    scripts = [use.source for use in folder.uses if use.kind == "script"]
    names = {name for tree in [*conditions, *looped] for name in free_names(tree)}
    inputs = {name: frozenset(names_read(definition.decisions[name], name)) for name in decisions}
    names = names.union(*inputs.values())
    closed, scripted = _closed(names, scripts, definition)
    targets = [*_of_conditions(folder, conditions), *_of_tables(definition, decisions)]
    compared = Compared(conditions)
    alone = {name: values_for(name, folder.env, compared) for name in sorted(closed) if name in folder.env}
    for target in targets:
        if isinstance(target.tree, ast.Name):
            both = (*alone.get(target.tree.id, ()), *target.values)
            alone[target.tree.id] = (
                tuple(dict.fromkeys(both)) if target.tree.id in compared.constants else target.values
            )
    return Deciding(
        conditions=conditions,
        decisions=list(inputs),
        inputs=inputs,
        names=frozenset(closed),
        scripted=frozenset(scripted),
        targets=targets[:MAX_TARGETS],
        values=alone,
    )


def _parsed(source: str) -> list[ast.expr]:
    try:
        return [parse_expression(source)]
    except ExpressionError:
        return []


def _closed(names: set[str], scripts: Sequence[str], definition: ProcessDefinition) -> tuple[set[str], set[str]]:
    """With the names behind scripts and computed fields."""
    found, scripted, before = set(names), set[str](), set[str]()
    statements = [statement for source in scripts for statement in _statements(source)]
    while found != before:
        before = set(found)
        for statement in statements:
            if _assigned(statement) & found:
                read = free_names([statement])
                found |= read
                scripted |= read
        for form in definition.forms.values():
            for name, about in form.properties.items():
                if name in found and "x-compute" in about:
                    found |= free_names(parse_expression(about["x-compute"]))
    return found, scripted


def _statements(source: str) -> list[ast.stmt]:
    try:
        return parse_script(source)
    except ExpressionError:
        return []


def _assigned(statement: ast.stmt) -> set[str]:
    nodes = ast.walk(statement)
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _of_conditions(folder: Folder, conditions: Sequence[ast.expr]) -> Iterator[Target]:
    """Comparisons of numbers as a difference that is just below, at and just above nothing."""
    for tree in conditions:
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                yield from _difference(node.left, node.comparators[0], folder)


def _difference(left: ast.expr, right: ast.expr, folder: Folder | None) -> Iterator[Target]:
    tree = ast.BinOp(left=left, op=ast.Sub(), right=right)
    names = free_names(tree)
    plain = isinstance(left, ast.Name) and isinstance(right, ast.Constant)
    numbers = folder is None or all(name in folder.env and folder.env[name].kind == NUMBER for name in names)
    if names and numbers and (folder is None or not plain):
        yield Target(tree=tree, values=(Decimal(-1), Decimal(0), Decimal(1)))


def _of_tables(definition: ProcessDefinition, decisions: Sequence[str]) -> Iterator[Target]:
    for name in dict.fromkeys(decisions):
        for decision in definition.decisions[name].decisions:
            if not isinstance(decision.logic, DecisionTable):
                continue
            for place, column in enumerate(decision.logic.inputs):
                values = boundary_values(decision.logic, place)
                for tree in _parsed(column.expression.source):
                    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
                        yield from _difference(tree.left, tree.comparators[0], None)
                    elif values:
                        yield Target(tree=tree, values=values)
