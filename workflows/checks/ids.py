"""Ids: present, unique, readable in expressions, and none that the engine uses itself."""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from workflows.checks.reading import FLOW_NODES, MODEL, local_name
from workflows.checks.report import Report
from workflows.checks.words import word_for

# ASCII, and unique also among loop items: the editor drops elements whose ids are not, without a word
_ID = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_ITEM = re.compile(r"[A-Za-z]\w*")
_NEEDS_ID = FLOW_NODES | {"process", "sequenceFlow", "lane", "message", "inputDataItem", "outputDataItem"}
_ITEMS = ("inputDataItem", "outputDataItem")
_RESERVED = frozenset({"Start", "End", "Root"})
# the engine makes nodes of its own with these endings; an equal id would silently replace one
_RESERVED_ENDINGS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", "_EventSplit", "_EventJoin")


def check_ids(root: etree._Element, report: Report) -> None:
    """Ids can be told apart by the engine, the history and the editor, which refuses a file with duplicates."""
    found = list(root.iter(f"{{{MODEL}}}*"))
    count = Counter(element.get("id") for element in found if element.get("id"))
    seen: set[str] = set()
    for element in found:
        name, identity = local_name(element), element.get("id")
        if identity is None:
            if name in _NEEDS_ID:
                report.error(element, f"{word_for(name)}没有编号（id），请在属性面板中填写。")
            continue
        _check_id(element, identity, report)
        if count[identity] > 1 and identity in seen:
            report.error(element, f"编号 {identity} 出现了 {count[identity]} 次，请改成不同的编号。")
        seen.add(identity)


def is_usable_id(identity: str) -> bool:
    """Whether an element may have this id."""
    reserved = identity in _RESERVED or identity.endswith(_RESERVED_ENDINGS) or identity == "typename"
    return bool(_ID.fullmatch(identity)) and not reserved


def _check_id(element: etree._Element, identity: str, report: Report) -> None:
    if not _ID.fullmatch(identity):
        report.error(
            element, f"编号 {identity[:60]!r} 不合规则：以英文字母或下划线开头，只含英文字母、数字、“_”“.”“-”。"
        )
    elif identity in _RESERVED or identity.endswith(_RESERVED_ENDINGS):
        report.error(element, f"编号 {identity} 是系统保留的，请换一个。")
    elif identity == "typename":
        report.error(element, "编号不能是 typename，它会使流程数据无法读取，请换一个。")
    elif local_name(element) in _ITEMS and not _ITEM.fullmatch(identity):
        report.error(element, f"编号 {identity} 是数据项的名称，要在表达式中使用：只含字母、数字和“_”，以字母开头。")
