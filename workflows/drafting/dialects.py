"""What other modelers write beside BPMN: who does a task, which form it has, conditions in their own languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.checks.reading import MODEL, SPIFF, local_name, namespace
from workflows.expressions import ExpressionError, parse_expression

_PEOPLE = ("assignee", "candidateGroups", "candidateUsers")
_STARTERS = re.compile(r"initiator|starter|applicant|applyUser|startUser|发起人|申请人", re.IGNORECASE)
_OPEN = re.compile(r"^\s*[$#]\{(.*)\}\s*$", re.DOTALL)
_DURATION = re.compile(r"P(?=.)(\d+[YMWD])*(T(\d+[HMS])+)?")
_FIELD_NAME = re.compile(r"[a-zA-Z]\w*", re.ASCII)
_WORDS = ((r"&&", " and "), (r"\|\|", " or "), (r"!(?!=)", " not "), (r"\btrue\b", "True"), (r"\bfalse\b", "False"))
_LETTERS = tuple(
    (rf"\b{word}\b", sign)
    for word, sign in (("eq", "=="), ("ne", "!="), ("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))
)
READ = frozenset(
    {
        *_PEOPLE,
        *("formKey", "formRef", "formId", "formData", "formField", "formProperty", "value", "formDefinition"),
        *("decisionRef", "calledDecision", "assignmentDefinition", "initiator"),
    }
)
"""Names of extensions and attributes out of which something is made here."""
_TYPES: dict[str, dict[str, Any]] = {
    "long": {"type": "integer"},
    "integer": {"type": "integer"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}


def is_foreign(element: etree._Element) -> bool:
    return namespace(element) not in (MODEL, SPIFF)


def tool_of(space: str) -> str:
    """A word for a namespace that a person recognises."""
    known = ("zeebe", "camunda", "flowable", "activiti", "signavio", "bizagi", "visio", "trisotech", "jboss", "drools")
    found = next((word for word in known if word in space.lower()), "")
    return found or space.rstrip("/").rpartition("/")[2][:40] or "?"


@dataclass(frozen=True)
class People:
    """Who does a task, as the other modeler has it; ``lane`` is the post that this suggests."""

    text: str
    lane: str


def people_of(task: etree._Element) -> People | None:
    """The assignment of a user task. None where it has none."""
    texts = [text for name in _PEOPLE for text in _values(task, name)]
    texts += [
        (node.text or "").strip()
        for node in task.iter(f"{{{MODEL}}}formalExpression")
        if local_name(node.getparent()) == "resourceAssignmentExpression"  # type: ignore[arg-type]
    ]
    text = next((text for text in texts if text), "")
    if not text:
        return None
    plain = re.sub(r"[$#{}=\"']|group\(|user\(|\)", "", text).strip()
    first = plain.split(",")[0].strip()[:40]
    return People(text, "申请人" if _STARTERS.search(plain) else first)


def form_name_of(task: etree._Element) -> str:
    """The name under which the other modeler keeps the task's form; nothing where it has none."""
    for name in ("formKey", "formRef", "formId"):
        for text in _values(task, name):
            return text
    return ""


def decision_of(task: etree._Element) -> str:
    """The decision that a business rule task calls."""
    return next((text for name in ("decisionRef", "decisionId") for text in _values(task, name)), "")


def fields_of(task: etree._Element) -> dict[str, dict[str, Any]]:
    """The form's fields that stand in the diagram itself, as JSON Schema."""
    found: dict[str, dict[str, Any]] = {}
    for node in task.iter("*"):
        if local_name(node) not in ("formField", "formProperty") or not is_foreign(node):
            continue
        name = node.get("id", "")
        if not _FIELD_NAME.fullmatch(name) or name in ("typename", "outcome", "comment"):
            name = f"field_{len(found) + 1}"
        found[name] = _field(node)
    return found


def _field(node: etree._Element) -> dict[str, Any]:
    kind = node.get("type", "string")
    title = node.get("label") or node.get("name") or node.get("id") or "?"
    choices = {child.get("id", ""): child.get("name") or child.get("id") or "?" for child in _inner(node, "value")}
    if kind == "enum" and choices:
        return {"type": "string", "title": title, "enum": list(choices), "x-labels": choices}
    if kind in _TYPES:
        return {**_TYPES[kind], "title": title}
    return {"type": "string", "title": title, "maxLength": 200}


def _inner(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in node.iter("*") if local_name(child) == name)


def _values(task: etree._Element, name: str) -> Iterator[str]:
    """The values of an attribute of any foreign kind, on the task or on one of its extensions."""
    for node in task.iter("*"):
        if node is not task and not is_foreign(node):
            continue
        for key, value in node.attrib.items():
            space, _, local = str(key).rpartition("}")
            foreign = bool(space) and space.removeprefix("{") not in (MODEL, SPIFF)
            if local == name and (foreign or node is not task) and str(value).strip():
                yield str(value).strip()


def translated(source: str) -> str | None:
    """A condition of JUEL or FEEL in our language. None where that is not possible."""
    text = source.strip()
    opened = _OPEN.match(text)
    if opened:
        text = opened[1]
    elif text.startswith("="):
        text = re.sub(r"(?<![<>=!])=(?!=)", "==", text[1:])
    for pattern, ours in (*_WORDS, *(_LETTERS if opened else ())):
        text = re.sub(pattern, ours, text)
    text = re.sub(r"\s+", " ", text).strip()
    try:
        parse_expression(text)
    except ExpressionError:
        return None
    return text


def is_duration(text: str) -> bool:
    """Whether it is a bare duration of ISO 8601, as BPMN writes it and our language does not."""
    return bool(_DURATION.fullmatch(text.strip()))
