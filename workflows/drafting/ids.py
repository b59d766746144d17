"""Ids of other modelers, where they are none for us: missing, reserved, or of signs that expressions cannot hold."""

from __future__ import annotations

import re

from lxml import etree

from workflows.checks.ids import is_usable_id
from workflows.checks.reading import MODEL, local_name
from workflows.drafting.findings import TRANSLATED, Report

_REFERENCES = ("sourceRef", "targetRef", "default", "attachedToRef", "processRef", "bpmnElement", "messageRef")
_TEXTS = ("flowNodeRef", "incoming", "outgoing")


def mend_ids(root: etree._Element, report: Report) -> None:
    """Give every element of BPMN a usable id, and change what points at it."""
    taken = {element.get("id") for element in root.iter("*")}
    changed: dict[str, str] = {}
    for element in root.iter(f"{{{MODEL}}}*"):
        old = element.get("id")
        if old is None or is_usable_id(old):
            continue
        new = _free_id(old, local_name(element), taken)
        taken.add(new)
        changed[old] = new
        element.set("id", new)
        report.say(TRANSLATED, element, f"编号“{old[:60]}”不能使用，改为 {new}")
    if not changed:
        return
    for element in root.iter("*"):
        for name in _REFERENCES:
            if element.get(name) in changed:
                element.set(name, changed[element.get(name, "")])
        if local_name(element) in _TEXTS and (element.text or "").strip() in changed:
            element.text = changed[(element.text or "").strip()]


def _free_id(old: str, kind: str, taken: set[str | None]) -> str:
    base = re.sub(r"[^A-Za-z0-9_]+", "_", old).strip("_")[:60]
    if not base or not is_usable_id(base) or not base[0].isalpha():
        base = f"{kind}_{base}".rstrip("_")
    number, new = 1, base
    while new in taken or not is_usable_id(new):
        number += 1
        new = f"{base}_{number}"
    return new
