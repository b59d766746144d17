"""Whether expressions use only what their decision may see, and call what there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from lxml import etree

from workflows.decisions.model import DecisionModel, DecisionTable, Knowledge, Logic
from workflows.decisions.parsing import SUBJECT
from workflows.decisions.xml_source import Reading, children, name_of
from workflows.expressions import free_names


def trees_of(logic: Logic) -> Iterator[ast.expr]:
    """Every compiled expression of a decision."""
    if not isinstance(logic, DecisionTable):
        yield logic.tree
        return
    for column in logic.inputs:
        yield column.expression.tree
        yield from [column.allowed.tree] if column.allowed and column.allowed.tree else []
    for output in logic.outputs:
        yield from [output.default.tree] if output.default else []
    for rule in logic.rules:
        yield from (tests.tree for tests in rule.tests if tests.tree)
        yield from (expression.tree for expression in rule.outputs)


def names_read(model: DecisionModel, decision: str | None) -> set[str]:
    """The names of the data that a decision, with all it rests on, may ask for. Raises UnknownDecision."""
    steps = model.requirements(model.get_decision(decision))
    trees = [tree for step in steps for tree in trees_of(step.logic)]
    trees += [tree for function in model.knowledge.values() for tree in trees_of(function.logic)]
    bound = {parameter for function in model.knowledge.values() for parameter, _ in function.parameters}
    return {name for tree in trees for name in free_names(tree)} - bound - {step.name for step in steps} - {SUBJECT}


def check_uses(root: etree._Element, model: DecisionModel, reading: Reading) -> None:
    """Note decisions used without an arrow, calls of unknown functions and functions that call each other."""
    elements = {name_of(element): element for element in children(root, "decision", "businessKnowledgeModel")}
    decisions = {decision.name: decision for decision in model.decisions}
    for decision in model.decisions:
        used = {name for tree in trees_of(decision.logic) for name in free_names(tree)}
        for name in sorted(used & decisions.keys() - model.inputs.keys()):
            if decisions[name].id not in decision.requires:
                reading.refuse(elements[decision.name], f"用到决策“{name}”，请从它画一条线连到本决策")
        _check_calls(elements[decision.name], decision.logic, model, reading)
    for function in model.knowledge.values():
        _check_calls(elements[function.name], function.logic, model, reading)
    _check_recursion(root, model, reading)


def _calls(logic: Logic) -> list[tuple[str, int]]:
    nodes = (node for tree in trees_of(logic) for node in ast.walk(tree))
    return [
        (str(node.args[0].value), len(node.args) - 1)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "invoke"
        and isinstance(node.args[0], ast.Constant)
    ]


def _check_calls(element: etree._Element, logic: Logic, model: DecisionModel, reading: Reading) -> None:
    for name, arguments in sorted(set(_calls(logic))):
        function: Knowledge | None = model.knowledge.get(name)
        if function is None:
            reading.refuse(
                element,
                f"没有“{name}(…)”这个函数：决策表的语言（S-FEEL）没有内置函数，只能调用本文件中的业务知识模型；请先在表单或流程中算好这个值",
            )
        elif len(function.parameters) != arguments:
            reading.refuse(element, f"“{name}(…)”需要 {len(function.parameters)} 个值，现在写了 {arguments} 个")


def _check_recursion(root: etree._Element, model: DecisionModel, reading: Reading) -> None:
    graph = {
        name: [called for called, _ in _calls(function.logic) if called in model.knowledge]
        for name, function in model.knowledge.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        reading.refuse(root, f"业务知识模型互相循环调用：{circle}，请去掉其中一处调用")
