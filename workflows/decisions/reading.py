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
        reading.refuse(element, "other files cannot be imported: copy what is needed into this one")
    for element in children(root, "decisionService"):
        reading.refuse(element, "decision services are not supported: remove it and name the decision instead")
    reading.check_language(root)
    if not children(root, "decision"):
        reading.refuse(root, "the file has no decision: draw one")
    if len(children(root, "inputData", "decision", "businessKnowledgeModel")) > MAX_ELEMENTS:
        reading.refuse(root, f"the file has more than {MAX_ELEMENTS} decisions and inputs: split it")


def _check_names(named: list[etree._Element], reading: Reading) -> None:
    """Names and ids are how decisions find each other, so two of the same would be mistaken for each other."""
    names: set[str] = set()
    ids: set[str] = set()
    for element in named:
        name, identity = name_of(element), element.get("id")
        if not name:
            reading.refuse(element, "has no name: give it one")
        elif name in names:
            reading.refuse(element, f"the name {name} is taken by another element: rename one of them")
        if identity and identity in ids:
            reading.refuse(element, f"the id {identity} is taken by another element: change one of them")
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
        reading.refuse(element, "the business knowledge model has no logic: add an expression or a table")
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
        reading.refuse(element, f"a boxed {kind} is not supported: use a decision table or a literal expression")
    elif literal is None:
        reading.refuse(element, "has neither a decision table nor an expression: add one")
    expression: Expression = reading.expression(literal)
    return expression


def _in_order(root: etree._Element, decisions: list[Decision], reading: Reading) -> tuple[Decision, ...]:
    """Each decision after those it requires; a circle or a missing one is a problem."""
    by_id = {decision.id: decision for decision in decisions}
    graph = {decision.id: [needed for needed in decision.requires if needed in by_id] for decision in decisions}
    for decision, element in zip(decisions, children(root, "decision"), strict=True):
        for needed in set(decision.requires) - by_id.keys():
            reading.refuse(element, f"requires the decision {needed}, which is not in the file: remove the arrow")
    try:
        return tuple(by_id[identity] for identity in TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(by_id[identity].name for identity in reversed(error.args[1]))
        reading.refuse(root, f"decisions require each other in a circle: {circle}. Remove one of the arrows")
        return tuple(decisions)
