"""What exclusive gateways decide: cases that no flow takes, flows that no case takes, cases that two claim."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from workflows.checks.folder.context import MAX_EACH, Folder
from workflows.checks.folder.trying import Trial, cases_for, holds
from workflows.checks.model import Flow, Node
from workflows.checks.reading import text_of
from workflows.expressions import ExpressionError, free_names, parse_expression

MAX_WORK = 20_000
"""So many conditions are reckoned at one gateway."""


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """A gateway with its conditions, and which of them hold in each case that was tried."""

    node: Node
    flows: Sequence[Flow]
    trees: Sequence[ast.expr]
    default: Flow | None
    trial: Trial
    true: Sequence[tuple[bool | None, ...]]

    @property
    def sure(self) -> bool:
        """Whether every case could be reckoned and none was left out."""
        return self.trial.exact and all(each is not None for row in self.true for each in row)


def check_choices(folder: Folder) -> None:
    """All exclusive gateways at which the way parts."""
    if folder.graph is None:
        return
    for node in folder.graph.nodes.values():
        flows = folder.graph.outgoing.get(node.id, [])
        if node.kind != "exclusiveGateway" or len(flows) < 2 or len(folder.problems) > 4 * MAX_EACH:
            continue
        choice = _read(folder, node, flows)
        if choice is not None:
            _check_open_cases(folder, choice)
            _check_dead(folder, choice)
            _check_both(folder, choice)
            _check_empty(folder, choice)


def _read(folder: Folder, node: Node, flows: Sequence[Flow]) -> _Choice | None:
    default = next((flow for flow in flows if flow.id == node.default_flow), None)
    conditional = [flow for flow in flows if flow is not default]
    try:
        trees = [parse_expression(text_of(flow.condition)) for flow in conditional]
    except ExpressionError:
        return None  # said with the expression
    if not conditional or any(not text_of(flow.condition) for flow in conditional):
        return None
    trial = cases_for(trees, folder.env, _fixed(folder, node))
    cases = trial.cases[: max(MAX_WORK // len(trees), 1)]
    if len(cases) < len(trial.cases):
        trial = Trial(names=trial.names, cases=cases, exact=False)
    true = [tuple(holds(tree, case) for tree in trees) for case in cases]
    return _Choice(node=node, flows=conditional, trees=trees, default=default, trial=trial, true=true)


def _fixed(folder: Folder, node: Node) -> Mapping[str, Sequence[Any]]:
    assert folder.given is not None
    steps = sorted(folder.given.steps.get(node.id, ()))
    outcomes = dict.fromkeys(outcome for step in steps for outcome in folder.outcomes_at(step))
    return {"outcome": tuple(outcomes)} if outcomes else {}


def _check_open_cases(folder: Folder, choice: _Choice) -> None:
    if choice.default is not None:
        return
    place = next((place for place, row in enumerate(choice.true) if not any(row) and None not in row), None)
    if place is not None:
        case = _case(folder, choice.trial.cases[place], choice.trees)
        message = f"{choice.node.title}：当{case}时，没有一条连线的条件成立，流程会停住；请补上条件，或指定一条默认连线"
        folder.add("error", choice.node.id, message)


def _check_dead(folder: Folder, choice: _Choice) -> None:
    """Flows that nothing takes: the condition never holds, or an earlier one always holds as well."""
    if not choice.sure:
        return
    for place, flow in enumerate(choice.flows):
        rows = [row for row in choice.true if row[place]]
        if not rows:
            message = (
                f"{folder.title(flow.id)}的条件 {text_of(flow.condition)[:80]!r} 永远不会成立，请改正条件或删去连线"
            )
            folder.add("warning", flow.id, message)
        elif all(any(row[:place]) for row in rows):
            first = next(folder.title(choice.flows[other].id) for other in range(place) if rows[0][other])
            message = f"{folder.title(flow.id)}永远轮不到：它成立时，排在前面的{first}也成立；请调整条件"
            folder.add("warning", flow.id, message)
    if choice.default is not None and all(any(row) for row in choice.true):
        message = f"{folder.title(choice.default.id)}是默认连线，但其他条件已包括了所有情况，永远走不到；请检查条件"
        folder.add("warning", choice.default.id, message)


def _check_both(folder: Folder, choice: _Choice) -> None:
    for first, second in combinations(range(len(choice.flows)), 2):
        both = [place for place, row in enumerate(choice.true) if row[first] and row[second] and not any(row[:first])]
        alone = [row for row in choice.true if row[second] and not any(row[:second])]
        if both and alone:
            case = _case(folder, choice.trial.cases[both[0]], (choice.trees[first], choice.trees[second]))
            one, other = folder.title(choice.flows[first].id), folder.title(choice.flows[second].id)
            message = f"{choice.node.title}：当{case}时，{one}和{other}的条件都成立，只会走前面一条；请让条件互相排斥"
            folder.add("warning", choice.node.id, message)


def _check_empty(folder: Folder, choice: _Choice) -> None:
    """A field that may stay empty makes the condition fail, and the case with it."""
    for name in choice.trial.names:
        about = folder.env.get(name)
        if about is None or not about.optional or not about.source.startswith("表单"):
            continue
        for flow, tree in zip(choice.flows, choice.trees, strict=True):
            if name in free_names(tree) and _fails_empty(choice, tree, name):
                source = text_of(flow.condition)[:60]
                message = (
                    f"{folder.name(name)}可以不填；空着时{folder.title(flow.id)}的条件 {source!r} "
                    f"无法计算，流程会停住；请把它设为必填，或写成 {name} and {source}"
                )
                folder.add("warning", flow.id, message)


def _fails_empty(choice: _Choice, tree: ast.expr, name: str) -> bool:
    """Whether the condition fails in every case in which it is asked for at all and this one name is empty."""
    cases = [{**case, name: None} for case in choice.trial.cases[:40]]
    found = [holds(tree, case) for case in cases]
    full = [holds(tree, case) for case in choice.trial.cases[:40]]
    return bool(found) and all(each is None for each in found) and any(each is not None for each in full)


def _case(folder: Folder, case: Mapping[str, Any], trees: Sequence[ast.expr]) -> str:
    """The case in words, with the names that the conditions read."""
    names = sorted({name for tree in trees for name in free_names(tree)})
    return (
        "、".join(f"{folder.name(name)}为{folder.value(name, case[name])}" for name in names if name in case) or "任何"
    )
