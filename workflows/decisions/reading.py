"""A DMN file read into a ``DecisionModel``, with everything that is wrong with it (DMN 1.3, chapters 6 to 8)."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from lxml import etree

from workflows.decisions.item_definitions import component_names, read_types
from workflows.decisions.model import Decision, DecisionModel, Expression, FeelType, Knowledge, Logic
from workflows.decisions.tables import read_table
from workflows.decisions.uses import check_uses
from workflows.decisions.xml_source import Reading, children, find_child, line_of, name_of, parse_xml
from workflows.errors import DefinitionError

MAX_ELEMENTS = 500

_BOXED = (
    "invocation",
    "context",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
)


def read_decisions(xml: bytes, *, file: str) -> DecisionModel:
    """Read and compile a DMN file of version 1.1 to 1.5.

    Raises DefinitionError, whose problems name file, element, line and what to do; all of them, not only the first.
    """
    root = parse_xml(xml, file)
    reading = Reading(file)
    _check_root(root, reading)
    reading.types = read_types(root, reading)
    named = children(root, "inputData", "decision", "businessKnowledgeModel")[:MAX_ELEMENTS]
    parameters = [parameter for element in named for parameter in _parameters(element)]
    reading.names = frozenset({name_of(element) for element in (*named, *parameters)} | component_names(root))
    reading.inputs = {name_of(element): _variable_type(element, reading) for element in children(root, "inputData")}
    _check_names(named, reading)
    model = DecisionModel(
        file=file,
        name=root.get("name") or "",
        inputs=reading.inputs,
        decisions=_in_order(root, [_decision(element, reading) for element in children(root, "decision")], reading),
        knowledge={
            name_of(element): _knowledge(element, reading) for element in children(root, "businessKnowledgeModel")
        },
    )
    check_uses(root, model, reading)
    if reading.problems:
        raise DefinitionError(reading.problems)
    return model


def _check_root(root: etree._Element, reading: Reading) -> None:
    for element in children(root, "import"):
        reading.refuse(element, "不能引用别的文件，请把需要的内容复制到本文件")
    for element in children(root, "decisionService"):
        reading.refuse(element, "不支持决策服务，请删去它，直接使用决策的名称")
    reading.check_language(root)
    if not children(root, "decision"):
        reading.refuse(root, "文件中没有决策，请添加一个")
    if len(children(root, "inputData", "decision", "businessKnowledgeModel")) > MAX_ELEMENTS:
        reading.refuse(root, f"文件中的决策与输入超过 {MAX_ELEMENTS} 个，请拆成几个文件")


def _check_names(named: list[etree._Element], reading: Reading) -> None:
    """Names and ids are how decisions find each other, so two of the same would be mistaken for each other."""
    names: set[str] = set()
    ids: set[str] = set()
    for element in named:
        name, identity = name_of(element), element.get("id")
        if not name:
            reading.refuse(element, "没有名称，请填写名称")
        elif name in names:
            reading.refuse(element, f"名称“{name}”与另一个元素重复，请改其中一个")
        if identity and identity in ids:
            reading.refuse(element, f"编号“{identity}”与另一个元素重复，请改其中一个")
        names.add(name)
        ids.update([identity] if identity else [])


def _variable_type(element: etree._Element, reading: Reading) -> FeelType:
    variable = find_child(element, "variable")
    return reading.type_of(variable, variable.get("typeRef") if variable is not None else None)


def _decision(element: etree._Element, reading: Reading) -> Decision:
    required = [
        inner.get("href") or ""
        for requirement in children(element, "informationRequirement")
        for inner in children(requirement, "requiredDecision")
    ]
    return Decision(
        id=element.get("id") or name_of(element),
        name=name_of(element),
        type=_variable_type(element, reading),
        logic=_logic(element, reading),
        requires=tuple(href.rpartition("#")[2] for href in required),
        file=reading.file,
        line=line_of(element),
    )


def _knowledge(element: etree._Element, reading: Reading) -> Knowledge:
    body = find_child(element, "encapsulatedLogic")
    if body is None:
        reading.refuse(element, "业务知识模型没有内容，请添加表达式或决策表")
    return Knowledge(
        id=element.get("id") or name_of(element),
        name=name_of(element),
        parameters=tuple(
            (name_of(parameter), reading.type_of(parameter, parameter.get("typeRef")))
            for parameter in _parameters(element)
        ),
        logic=_logic(body, reading) if body is not None else reading.expression(None),
    )


def _parameters(element: etree._Element) -> list[etree._Element]:
    body = find_child(element, "encapsulatedLogic")
    return children(body, "formalParameter") if body is not None else []


def _logic(element: etree._Element, reading: Reading) -> Logic:
    table, literal = find_child(element, "decisionTable"), find_child(element, "literalExpression")
    if table is not None:
        return read_table(table, reading)
    boxed = find_child(element, *_BOXED)
    if boxed is not None:
        kind = etree.QName(boxed).localname
        reading.refuse(element, f"不支持 {kind} 这种表达式，请用决策表或文字表达式")
    elif literal is None:
        reading.refuse(element, "既没有决策表也没有表达式，请添加一个")
    expression: Expression = reading.expression(literal)
    return expression


def _in_order(root: etree._Element, decisions: list[Decision], reading: Reading) -> tuple[Decision, ...]:
    """Each decision after those it requires; a circle or a missing one is a problem."""
    by_id = {decision.id: decision for decision in decisions}
    graph = {decision.id: [needed for needed in decision.requires if needed in by_id] for decision in decisions}
    for decision, element in zip(decisions, children(root, "decision"), strict=True):
        for needed in set(decision.requires) - by_id.keys():
            reading.refuse(element, f"需要决策“{needed}”，但文件中没有它，请删去这条连线")
    try:
        return tuple(by_id[identity] for identity in TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(by_id[identity].name for identity in reversed(error.args[1]))
        reading.refuse(root, f"决策之间循环依赖：{circle}，请删去其中一条连线")
        return tuple(decisions)
