"""The types a file defines (DMN 1.3, 7.3.2)."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from workflows.decisions.model import ANY_TYPE, FeelType
from workflows.decisions.types import find_builtin
from workflows.decisions.xml_source import Reading, children, find_child, name_of, text_of

MAX_DEPTH = 20


def read_types(root: etree._Element, reading: Reading) -> dict[str, FeelType]:
    """The item definitions of the file by name; a definition that leads back to itself is a problem."""
    elements = {(element.get("name") or "").strip(): element for element in children(root, "itemDefinition")}
    resolver = _Resolver(elements, reading)
    return {name: resolver.named(name) for name in elements}


def component_names(root: etree._Element) -> set[str]:
    """The names of all fields of all types, which a path may mention."""
    tag = f"{{{etree.QName(root).namespace}}}itemComponent"
    return {name_of(element) for element in root.iter(tag)}


class _Resolver:
    def __init__(self, elements: dict[str, etree._Element], reading: Reading) -> None:
        self._elements = elements
        self._reading = reading
        self._done: dict[str, FeelType] = {}
        self._open: list[str] = []

    def named(self, name: str) -> FeelType:
        if name in self._done:
            return self._done[name]
        element = self._elements[name]
        if name in self._open or len(self._open) >= MAX_DEPTH:
            self._reading.refuse(element, f"类型“{name}”绕回了自己，请断开这个循环")
            return ANY_TYPE
        self._open.append(name)
        self._done[name] = self._definition(element)
        self._open.pop()
        return self._done[name]

    def _definition(self, element: etree._Element) -> FeelType:
        components = {name_of(child): self._definition(child) for child in children(element, "itemComponent")}
        base = FeelType(base="context", components=components) if components else self._reference(element)
        # a collection of a collection is treated as one list: nothing in level 2 distinguishes the two
        return replace(
            base,
            is_collection=element.get("isCollection") == "true" or base.is_collection,
            allowed=self._reading.allowed(find_child(element, "allowedValues")) or base.allowed,
        )

    def _reference(self, element: etree._Element) -> FeelType:
        reference = text_of(element, "typeRef")
        if reference in self._elements:
            return self.named(reference)
        found = find_builtin(reference)
        if found is None:
            self._reading.refuse(element, f"没有定义类型“{reference}”，请先定义它，或改用别的类型")
        return found or ANY_TYPE
