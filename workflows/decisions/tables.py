"""A ``decisionTable`` element read into columns and rules (DMN 1.3, chapter 8)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from workflows.decisions.constants import constant_of
from workflows.decisions.model import ANY_TYPE, Aggregation, DecisionTable, HitPolicy, Input, Output, Rule
from workflows.decisions.parsing import Comparison, UnaryTests
from workflows.decisions.scanning import normal_name
from workflows.decisions.xml_source import Reading, children, find_child, line_of, name_of, text_of

MAX_RULES = 2_000
MAX_COLUMNS = 50


def read_table(element: etree._Element, reading: Reading) -> DecisionTable:
    """Compile every cell; what is wrong goes to ``reading``."""
    inputs = [_input(child, reading) for child in children(element, "input")[:MAX_COLUMNS]]
    outputs = [_output(child, reading) for child in children(element, "output")[:MAX_COLUMNS]]
    rules = children(element, "rule")
    _check_size(element, len(rules), reading)
    table = DecisionTable(
        id=element.get("id") or "",
        hit_policy=_choice(element, "hitPolicy", HitPolicy, reading) or HitPolicy.UNIQUE,
        aggregation=_choice(element, "aggregation", Aggregation, reading),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        rules=tuple(
            _rule(child, number, inputs, outputs, reading) for number, child in enumerate(rules[:MAX_RULES], 1)
        ),
        line=line_of(element),
    )
    _check_outputs(element, table, reading)
    return table


def _check_size(element: etree._Element, rules: int, reading: Reading) -> None:
    if rules > MAX_RULES:
        reading.refuse(element, f"决策表有 {rules} 条规则，最多 {MAX_RULES} 条，请拆成几张表")
    columns = len(children(element, "input", "output"))
    if columns > MAX_COLUMNS:
        reading.refuse(element, f"决策表有 {columns} 列，最多 {MAX_COLUMNS} 列，请拆成几张表")


def _choice(element: etree._Element, attribute: str, choices: Any, reading: Reading) -> Any:
    value = element.get(attribute)
    if not value:
        return None
    try:
        return choices(value.replace("_", " "))
    except ValueError:
        known = "、".join(choice.value for choice in choices)
        word = "命中策略" if attribute == "hitPolicy" else "汇总方式"
        return reading.refuse(element, f"没有“{value}”这种{word}，请从 {known} 中选择")


def _input(element: etree._Element, reading: Reading) -> Input:
    inner = find_child(element, "inputExpression")
    expression = reading.expression(inner, "输入列的表达式")
    if not expression.source:
        reading.refuse(element, "输入列没有表达式，请写明它看哪个值")
    label = element.get("label") or expression.source
    declared = reading.inputs.get(normal_name(expression.source), ANY_TYPE)
    reference = inner.get("typeRef") if inner is not None else None
    return Input(
        id=element.get("id") or "",
        label=" ".join(label.split()),
        expression=expression,
        type=reading.type_of(inner, reference) if reference else declared,
        allowed=reading.allowed(find_child(element, "inputValues"), f"“{label}”的可选值") or declared.allowed,
        line=line_of(element),
    )


def _output(element: etree._Element, reading: Reading) -> Output:
    name = name_of(element)
    label = element.get("label") or name
    listed = reading.allowed(find_child(element, "outputValues"), f"“{label}”的可选结果")
    default = find_child(element, "defaultOutputEntry")
    return Output(
        id=element.get("id") or "",
        name=name,
        label=label,
        type=reading.type_of(element, element.get("typeRef")),
        ranking=_ranking(listed),
        default=reading.expression(default, f"“{label}”的默认结果") if text_of(default, "text") else None,
    )


def _ranking(listed: UnaryTests | None) -> tuple[Any, ...]:
    """The single values of a list of output values; ranges in it say nothing about order."""
    plain = [test for test in listed.tests if isinstance(test, Comparison) and test.sign == "="] if listed else []
    return tuple(constant_of(test.operand) for test in plain)


def _rule(element: etree._Element, number: int, inputs: list[Input], outputs: list[Output], reading: Reading) -> Rule:
    tests, results = children(element, "inputEntry"), children(element, "outputEntry")
    place = f"第 {number} 条规则"
    if (len(tests), len(results)) != (len(inputs), len(outputs)):
        wanted = f"{len(inputs)} 个输入和 {len(outputs)} 个输出"
        found = f"{len(tests)} 个输入和 {len(results)} 个输出"
        reading.refuse(element, f"应有 {wanted}，现在是 {found}", place)
    return Rule(
        id=element.get("id") or "",
        number=number,
        tests=tuple(
            reading.tests(cell, f"{place}“{column.label}”") for cell, column in zip(tests, inputs, strict=False)
        ),
        outputs=tuple(
            reading.expression(cell, f"{place}“{column.label or '输出'}”")
            for cell, column in zip(results, outputs, strict=False)
        ),
        description=_description(element),
        line=line_of(element),
        cells=tuple(cell.get("id") or element.get("id") or "" for cell in (*tests, *results)),
    )


def _description(element: etree._Element) -> str:
    notes = [text_of(entry, "text") for entry in children(element, "annotationEntry")]
    return "; ".join(text for text in (text_of(element, "description"), *notes) if text)


def _check_outputs(element: etree._Element, table: DecisionTable, reading: Reading) -> None:
    names = [output.name for output in table.outputs]
    if not names:
        reading.refuse(element, "决策表没有输出列，请添加一列")
    if len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
        reading.refuse(element, "有几个输出列时，每列都要有输出名称，且不能相同")
    if table.aggregation and table.hit_policy is not HitPolicy.COLLECT:
        reading.refuse(
            element, f"汇总方式 {table.aggregation.value} 只能与“收集”（COLLECT）一起用，请改用收集，或去掉汇总"
        )
    if table.aggregation not in (None, Aggregation.COUNT) and len(names) > 1:
        reading.refuse(element, f"汇总方式 {table.aggregation.value} 只能有一个输出列，请拆成几张表")
    ranked = table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    if ranked and not any(output.ranking for output in table.outputs):
        reading.refuse(element, f"命中策略 {table.hit_policy.value} 需要在输出列上列出可选结果，最优先的排在前面")
