"""Which pages the guide has, in which order, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows.expressions.words import FUNCTION_WORDS

FOLDER = Path(__file__).parent
MAX_QUERY = 100
_SUMMARY = 90

GROUPS: Mapping[str, tuple[str, ...]] = {
    "从这里开始": ("first-change", "new-process", "settings"),
    "流程图的元素": (
        "element-process",
        "element-start-event",
        "element-end-event",
        "element-user-task",
        "element-service-task",
        "element-script-task",
        "element-business-rule-task",
        "element-sequence-flow",
        "element-exclusive-gateway",
        "element-parallel-gateway",
        "element-boundary-event",
        "element-intermediate-catch-event",
        "element-timer-event",
        "element-message-event",
        "element-terminate-event",
        "element-sub-process",
        "element-multi-instance",
        "element-lane",
        "element-annotation",
        "element-refused",
    ),
    "人工任务的属性": (
        "property-form",
        "property-shows",
        "property-outcomes",
        "property-due",
        "property-performer",
        "property-about",
        "property-signing",
        "property-signers",
        "property-vote-needed",
        "property-vote-weights",
        "property-rejection",
        "property-abstention",
        "property-signed-fields",
        "property-comment-when",
        "property-comment-refusal",
        "property-status",
    ),
    "服务任务的操作": ("operations",),
    "表单的控件与字段": (
        "widget-text",
        "widget-textarea",
        "widget-number",
        "widget-date",
        "widget-time",
        "widget-select",
        "widget-ticks",
        "widget-choice",
        "widget-check",
        "widget-lookup",
        "widget-lines",
        "widget-rows",
        "widget-amounts",
        "widget-files",
        "field-limits",
        "field-choices",
        "field-computed",
        "field-lookup",
        "field-display",
        "form-layout",
        "form-rules",
        "form-rights",
        "form-knows",
        "form-print",
    ),
    "决策表": (
        "hit-policy-unique",
        "hit-policy-any",
        "hit-policy-first",
        "hit-policy-priority",
        "hit-policy-rule-order",
        "hit-policy-output-order",
        "hit-policy-collect",
        "feel-cells",
        "feel-values",
        "feel-operators",
    ),
    "表达式": ("expression", *(f"function-{name.replace('_', '-')}" for name in FUNCTION_WORDS)),
}
"""The titles of the groups are message ids."""


ALSO: Mapping[str, str] = {
    "widget-boolean": "widget-check",
    "widget-integer": "widget-number",
    "widget-money": "widget-number",
    "widget-several": "widget-ticks",
}
"""What the form designer calls some of its fields, and the page that is about them."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    name: str
    group: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page in one language."""

    topic: str
    title: str
    summary: str
    """Its first sentence."""
    text: str
    """Without the title."""


def topics() -> tuple[Topic, ...]:
    """All of them, in the order of the index."""
    return tuple(Topic(name=name, group=group) for group, names in GROUPS.items() for name in names)


def find_topic(kind: str, name: str) -> str | None:
    """The topic about an element (``userTask``), a property, function, widget, hit policy or operation."""
    if kind == "operation":
        return "operations"
    wanted = f"{kind}-{re.sub(r'(?<=[a-z])(?=[A-Z])', '-', name).replace('_', '-').replace(' ', '-').lower()}"
    wanted = ALSO.get(wanted, wanted)
    return wanted if wanted in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(topic.name for topic in topics())


def find_page(topic: str, language: str) -> Page | None:
    """The page in that language; None for a topic that there is not."""
    topic = ALSO.get(topic, topic)
    return _read(topic, language) if topic in _names() else None


@cache
def _read(topic: str, language: str) -> Page:
    raw = (FOLDER / language / f"{topic}.md").read_text(encoding="utf-8")
    title, _line, text = raw.partition("\n")
    summary = text.strip().split("\n\n", 1)[0].replace("\n", " ")
    return Page(topic=topic, title=title.removeprefix("# ").strip(), summary=_plain(summary), text=text.strip())


def _plain(markdown: str) -> str:
    text = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", lambda found: found[1] or "", markdown)
    return text if len(text) <= _SUMMARY else text[: _SUMMARY - 1] + "…"


def neighbours(topic: str) -> tuple[str | None, str | None]:
    """The topics before and after this one in the order of the index."""
    names = [each.name for each in topics()]
    at = names.index(topic)
    return (names[at - 1] if at else None), (names[at + 1] if at + 1 < len(names) else None)


def search(query: str, language: str) -> list[Page]:
    """The pages that have every word of the query, those with one in their title or address first."""
    words = query[:MAX_QUERY].lower().split()
    if not words:
        return []
    pages = [_read(topic.name, language) for topic in topics()]
    found = [page for page in pages if all(word in _searched(page) for word in words)]
    return sorted(found, key=lambda page: not any(word in f"{page.title} {page.topic}".lower() for word in words))


def _searched(page: Page) -> str:
    return f"{page.title} {page.topic} {page.text}".lower()
