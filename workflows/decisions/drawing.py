"""DMN files made and changed without reading them as a decision: a new table, and one under another name."""

from __future__ import annotations

import re

from lxml import etree

from workflows.decisions.xml_source import children, parse_xml
from workflows.errors import DefinitionError

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""What a decision, and with it its file, may be called: cases and diagrams know it by this name."""

_NEW = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{name}_definitions" namespace="http://huiqian.example/dmn">
  <decision id="{name}">
    <decisionTable id="{name}_table" hitPolicy="UNIQUE">
      <input id="{name}_input">
        <inputExpression id="{name}_input_expression" typeRef="number">
          <text>{reads}</text>
        </inputExpression>
      </input>
      <output id="{name}_output" name="{name}_result" typeRef="string" />
      <rule id="{name}_rule">
        <inputEntry id="{name}_rule_input">
          <text></text>
        </inputEntry>
        <outputEntry id="{name}_rule_output">
          <text></text>
        </outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
"""


def new_table(name: str, title: str, reads: str = "") -> bytes:
    """A table of one rule which asks for the value ``reads``; ``name`` matches ``NAME``."""
    root = etree.fromstring(_NEW.format(name=name, reads="").encode())
    return _titled(root, title, reads)


def _titled(root: etree._Element, title: str, reads: str) -> bytes:
    (decision,) = children(root, "decision")
    root.set("name", title)
    decision.set("name", title)
    for text in root.iter("{*}text"):
        if etree.QName(text.getparent()).localname == "inputExpression":
            text.text = reads
    (column,) = (element for element in root.iter("{*}output"))
    column.set("label", title)
    return _written(root)


def renamed(xml: bytes, old: str, new: str, *, title: str = "", file: str) -> bytes:
    """The file with its decision ``old`` called ``new``, and titled so where ``title`` is given.

    Raises DefinitionError for what is no DMN file.
    """
    root = parse_xml(xml, file)
    for decision in children(root, "decision"):
        if decision.get("id") == old:
            decision.set("id", new)
            decision.set("name", title or decision.get("name") or new)
    for element in root.iter():
        for attribute in ("href", "dmnElementRef"):
            if element.get(attribute) in (old, f"#{old}"):
                element.set(attribute, str(element.get(attribute)).replace(old, new))
    return _written(root)


def title_of(xml: bytes, name: str) -> str:
    """What people call the decision ``name`` of a file, however wrong the rest of it is."""
    try:
        root = parse_xml(xml, name)
    except DefinitionError:
        return name
    return next((each.get("name") or name for each in children(root, "decision") if each.get("id") == name), name)


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
