"""Where the diagram and the decision tables speak of a field."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lxml import etree

from workflows.checks import timers
from workflows.checks.expressions import KIND_WORDS, uses_in
from workflows.checks.reading import FLOW_NODES, MODEL, SPIFF, local_name
from workflows.decisions.scanning import FeelSyntaxError, Token, normal_name, scan
from workflows.decisions.xml_source import parse_xml
from workflows.drafting.expression_names import kind_of
from workflows.drafting.field_scopes import Chain, chain_of
from workflows.drafting.field_search import Search
from workflows.drafting.spots import Tag, Text, xml_tags
from workflows.errors import DefinitionError
from workflows.expressions import ExpressionError, parse_expression

_TEXTS = {
    "conditionExpression": "condition",
    "script": "script",
    "loopCardinality": "cardinality",
    "loopDataInputRef": "collection",
    "loopDataOutputRef": "collection",
    "completionCondition": "completion",
    **{name: name for name in ("timeDate", "timeDuration", "timeCycle")},
}
_PROPERTIES = ("about", "comment_when", "due", "performer", "signers")
_SAME_CASE = "start_case"
"""Whose parameters ``form`` and ``field`` name a field of this process."""


def find_in_diagram(search: Search) -> None:
    file = search.folder.parts.diagram_file
    if search.folder.root is None:
        return
    elements = list(search.folder.root.iter("*"))
    for element, tag in zip(elements, xml_tags(search.folder.texts[file]), strict=True):
        owner = _owner(element)
        if owner is not None:
            _Place(search, file, element, tag, owner).look()


class _Place:
    """An element of the diagram that may say something, with the flow or node that it belongs to."""

    def __init__(self, search: Search, file: str, element: etree._Element, tag: Tag, owner: etree._Element) -> None:
        self.search, self.file, self.element, self.tag, self.owner = search, file, element, tag, owner

    def look(self) -> None:
        space, _brace, name = str(self.element.tag).removeprefix("{").partition("}")
        if space == MODEL and name in _TEXTS:
            self._expression(_TEXTS[name], self.tag.text)
        elif space == SPIFF and name == "parameter" and "value" in self.tag.attributes:
            self._parameter(self.tag.attributes["value"])
        elif space == SPIFF and name == "property" and "value" in self.tag.attributes:
            self._property(self.element.get("name") or "", self.tag.attributes["value"])

    def _where(self, what: str) -> str:
        return f"流程图“{self.owner.get('name') or self.owner.get('id')}”的{what}"

    @property
    def _id(self) -> str:
        return self.owner.get("id") or ""

    def _expression(self, kind: str, text: Text) -> None:
        if kind.startswith("time") and timers.literal_in(text.text.strip()) is not None:
            return
        chain = chain_of(self.owner)
        where = self._where(KIND_WORDS[kind])
        self.search.expression(self.file, self._id, where, text, chain, is_script=kind == "script")

    def _property(self, name: str, text: Text) -> None:
        if name in _PROPERTIES:
            self._expression(name, text)
        elif name == "signed_fields" and not self.search.is_column:
            sought = self.search.sought_at(chain_of(self.owner))
            for start, word in _words(text.text) if sought else ():
                if word == self.search.name:
                    span = (start, start + len(word))
                    self.search.hit(self.file, self._id, self._where("签认的字段"), text, span)

    def _parameter(self, text: Text) -> None:
        self._expression("parameter", text)
        parameters = literal_parameters(self.element.getparent())
        if self.element.get("id") == "field" and parameters.get("do") == _SAME_CASE:
            name = parameters.get("field", "")
            if self.search.is_field(parameters.get("form", ""), name):
                start = text.text.index(name)
                where = self._where("写回的字段")
                self.search.hit(self.file, self._id, where, text, (start, start + len(name)))


def literal_parameters(parameters: etree._Element | None) -> dict[str, str]:
    """The parameters of an operation that are plain texts, and its name as ``do``."""
    operator = parameters.getparent() if parameters is not None else None
    if parameters is None or operator is None:
        return {}
    found = {"do": operator.get("id") or ""}
    for each in parameters.iter(f"{{{SPIFF}}}parameter"):
        try:
            tree = parse_expression(each.get("value") or "")
        except ExpressionError:
            continue
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            found[each.get("id") or ""] = tree.value
    return found


def row_parameters(search: Search) -> frozenset[tuple[str, str]]:
    """The parameters of operations that get the sought rows as they are: operation and name."""
    root = search.folder.root
    found = set()
    for element in root.iter(f"{{{SPIFF}}}parameter") if root is not None and search.is_column else ():
        owner, operator = _owner(element), element.getparent()
        operator = operator.getparent() if operator is not None else None
        sought = search.sought_at(chain_of(owner)) if owner is not None else None
        if sought is None or operator is None:
            continue
        try:
            if kind_of(parse_expression(element.get("value") or ""), sought):
                found.add((operator.get("id") or "", element.get("id") or ""))
        except ExpressionError:
            continue
    return frozenset(found)


def _owner(element: etree._Element) -> etree._Element | None:
    around = (each for each in element.iterancestors() if local_name(each) in FLOW_NODES | {"sequenceFlow"})
    return next(around, None)


def _words(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for part in text.split(","):
        yield at + len(part) - len(part.lstrip()), part.strip()
        at += len(part) + 1


# decision tables

_CELLS = {
    "inputExpression": "输入",
    "literalExpression": "公式",
    "inputEntry": "条件",
    "outputEntry": "结果",
    "defaultOutputEntry": "结果",
    "inputValues": "可选值",
}


def find_in_decisions(search: Search) -> None:
    for file, text in search.folder.texts.items():
        if file.startswith("decisions/") and file.endswith(".dmn"):
            try:
                root = parse_xml(text.encode(), file)
            except DefinitionError:
                search.folder.unreadable.append(file)
                continue
            if any(search.sought_at(chain) is not None for chain in _asked_from(search, file)):
                _Table(search, file, root, xml_tags(text)).look()


def _asked_from(search: Search, file: str) -> list[Chain]:
    """Where the diagram asks the decision; outside of all branches if it does not."""
    name, root = file.removeprefix("decisions/").removesuffix(".dmn"), search.folder.root
    tasks = root.iter(f"{{{MODEL}}}businessRuleTask") if root is not None else ()
    asked = [
        chain_of(task)
        for task in tasks
        if any(local_name(each) == "calledDecisionId" and (each.text or "").strip() == name for each in task.iter("*"))
    ]
    return asked or [()]


class _Table:
    """A file of decisions. Names that it gives itself hide those of the case."""

    def __init__(self, search: Search, file: str, root: etree._Element, tags: list[Tag]) -> None:
        self.search, self.file = search, file
        self.places = list(zip(root.iter("*"), tags, strict=True))
        named = {normal_name(each.get("name") or "") for each, _tag in self.places} - {""}
        self.known = frozenset({*named, search.name, *search.holders})
        own = ("decision", "businessKnowledgeModel", "formalParameter")
        self.own = {each.get("name") for each, _tag in self.places if local_name(each) in own}

    def look(self) -> None:
        whole = self.search.holders or {self.search.name: ()}
        if self.own & whole.keys():
            return
        for element, tag in self.places:
            name, parent = local_name(element), element.getparent()
            if name == "text" and parent is not None and local_name(parent) in _CELLS:
                self._cell(parent, tag.text)
            elif self._is_input(element, parent):
                self.search.hit(self.file, element.get("id") or "", self._where("输入"), tag.attributes["name"])

    def _is_input(self, element: etree._Element, parent: etree._Element | None) -> bool:
        if self.search.is_column or element.get("name") != self.search.name:
            return False
        if local_name(element) == "variable":
            return parent is not None and local_name(parent) == "inputData"
        return local_name(element) == "inputData"

    def _where(self, what: str) -> str:
        decisions = (each.get("name") for each, _tag in self.places if local_name(each) == "decision")
        return f"决策表“{next(decisions, None) or self.file}”的{what}"

    def _cell(self, cell: etree._Element, text: Text) -> None:
        if self.search.name not in text.text:
            return
        where = self._where(_CELLS[local_name(cell)])
        try:
            tokens = scan(text.text, self.known)
        except FeelSyntaxError:
            self.search.doubts.append(where)
            return
        for number, token in enumerate(tokens):
            if token.kind == "name" and token.text == self.search.name and self._means(tokens, number):
                element = next((each.get("id") for each in (cell, *cell.iterancestors()) if each.get("id")), "")
                span = (token.start, token.start + len(token.text))
                self.search.hit(self.file, element or "", where, text, span)

    def _means(self, tokens: list[Token], number: int) -> bool:
        behind_dot = number > 0 and tokens[number - 1].text == "." and tokens[number - 1].kind == "sign"
        if not self.search.is_column:
            return not behind_dot
        return behind_dot and number > 1 and tokens[number - 2].text in self.search.holders


def outputs_of(search: Search) -> dict[str, str]:
    """The names that decisions give, each with the title of its decision."""
    return {
        name: decision.name
        for model in search.folder.parts.decisions.values()
        for decision in model.decisions
        for name in (decision.name, *decision.output_names)
    }


def assigned_in(search: Search) -> dict[str, str]:
    """The names that scripts give, each with the step."""
    root = search.folder.root
    found = {}
    for owner, use in uses_in(root) if root is not None else ():
        if use.kind == "script":
            for name in _stored(use.source):
                found[name] = owner.get("name") or owner.get("id") or ""
    return found


def _stored(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
