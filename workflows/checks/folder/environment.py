"""What is known of every name of a process before it runs: what it is called, its kind, and the values it can have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from lxml import etree

from workflows.checks.expressions import ExpressionUse
from workflows.checks.known import Known
from workflows.decisions import Decision, DecisionModel, DecisionTable
from workflows.decisions.constants import constant_of, is_constant
from workflows.definition.names import loop_names
from workflows.definition.parts import Parts
from workflows.expressions import ExpressionError, parse_script
from workflows.forms.fields import Field, labels_of, options_of

NUMBER, TEXT, BOOLEAN, DATE, TIME, LIST, RECORD = "number", "text", "boolean", "date", "time", "list", "record"
KIND_WORDS: Mapping[str, str] = {
    NUMBER: "数字",
    TEXT: "文字",
    BOOLEAN: "是或否",
    DATE: "日期",
    TIME: "时间",
    LIST: "列表",
    RECORD: "记录",
    "moment": "时刻",
    "cycle": "周期",
}
COUNTS = frozenset(
    {"approvals", "rejections", "abstentions", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"}
)
STARTING = frozenset({"starter_name", "starter_department", "started_on"})
OUTCOME_WORDS: Mapping[str, str] = {"approve": "同意", "reject": "驳回", "submit": "提交", "abstain": "弃权"}
_FEEL_KINDS = {"number": NUMBER, "string": TEXT, "boolean": BOOLEAN, "date": DATE, "time": TIME}


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name as expressions may read it. ``kind`` is empty and ``values`` None where nothing is known for sure."""

    title: str
    source: str
    """Where it comes from, in words."""
    kind: str = ""
    values: tuple[Any, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    """Whether a form lets it be empty."""
    bounds: tuple[Any, ...] = ()
    """Limits that its form sets, beyond which no value is tried."""


Environment = Mapping[str, Name]


def environment_of(parts: Parts, known: Known, uses: list[ExpressionUse]) -> dict[str, Name]:
    """Every name that something in the process gives, what several say of it put together."""
    found: dict[str, Name] = {}
    for name, about in _named(parts, known, uses):
        found[name] = _both(found[name], about) if name in found else about
    return found


def in_words(env: Environment, name: str) -> str:
    """``“金额（amount）”``."""
    title = env[name].title if name in env else ""
    return f"“{title}（{name}）”" if title and title != name else f"“{name}”"


def _both(one: Name, other: Name) -> Name:
    both = None if one.values is None or other.values is None else tuple(dict.fromkeys((*one.values, *other.values)))
    return replace(
        one,
        kind=one.kind if one.kind == other.kind else "",
        values=both,
        labels={**other.labels, **one.labels},
        optional=one.optional and other.optional,
        bounds=(),
    )


def _named(parts: Parts, known: Known, uses: list[ExpressionUse]) -> Iterator[tuple[str, Name]]:
    for form in parts.forms.values():
        required = form.schema.get("required", ())
        for name, about in form.properties.items():
            yield name, _of_field(name, about, form.title, is_required=name in required)
        for source in form.knows:
            for name in known.knowledge_names.get(source, ()):
                yield name, Name(title=known.knowledge.get(source, name), source=f"“{form.title}”的已知情况")
    for model in parts.decisions.values():
        yield from _of_model(model)
    yield from _of_settings(parts, known)
    yield from _of_scripts(uses)
    for name in loop_names(parts.root) if parts.root is not None else ():
        yield name, Name(title=name, source="子流程的各个分支")
    yield from _of_engine()


def _of_field(name: str, about: Field, form: str, *, is_required: bool) -> Name:
    options = options_of(about) if about.get("type") != "array" else []
    kind = kind_of_field(about)
    values: tuple[Any, ...] | None = tuple(value for value, _ in options) if options else None
    given = is_required or "x-compute" in about or bool(about.get("readOnly")) or "x-default" in about
    if kind == BOOLEAN:
        values = (True, False)
    return Name(
        title=str(about.get("title") or name),
        source=f"表单“{form}”",
        kind=kind,
        values=values,
        labels=labels_of(about),
        optional=not given,
        bounds=tuple(about[key] for key in ("minimum", "maximum") if isinstance(about.get(key), int | float)),
    )


def kind_of_field(about: Field) -> str:
    """The kind of value that a field holds."""
    if about.get("type") in ("number", "integer"):
        return NUMBER
    if about.get("type") == "boolean":
        return BOOLEAN
    if about.get("type") == "array":
        return LIST
    if about.get("type") == "object":
        return RECORD
    return {"date": DATE, "time": TIME}.get(str(about.get("format")), TEXT if about.get("type") == "string" else "")


def _of_model(model: DecisionModel) -> Iterator[tuple[str, Name]]:
    for decision in model.decisions:
        if isinstance(decision.logic, DecisionTable):
            for place, output in enumerate(decision.logic.outputs):
                yield output.name or decision.name, _of_output(decision, decision.logic, place)
        else:
            yield decision.name, Name(title=decision.name, source=f"决策“{decision.name}”")


def _of_output(decision: Decision, table: DecisionTable, place: int) -> Name:
    output = table.outputs[place]
    cells = [rule.outputs[place] for rule in table.rules] + ([output.default] if output.default else [])
    listed = table.hit_policy.answers_with_list
    plain = None if listed else _constants([cell.tree for cell in cells])
    return Name(
        title=output.label or output.name or decision.name,
        source=f"决策表“{decision.name}”",
        kind="" if listed else _FEEL_KINDS.get(output.type.base, ""),
        values=plain,
        optional=output.default is None,
    )


def _constants(trees: list[ast.expr]) -> tuple[Any, ...] | None:
    if not all(is_constant(tree) for tree in trees):
        return None
    values = [constant_of(tree) for tree in trees]
    if not all(isinstance(value, str | bool | int | Decimal) for value in values):
        return None
    return tuple(dict.fromkeys(values))


def _of_settings(parts: Parts, known: Known) -> Iterator[tuple[str, Name]]:
    given = list(known.operations.values())
    titles = {name: title for words in given for name, title in words.gives.items()}
    kinds = {name: kind for words in given for name, kind in words.kinds.items()}
    by = {name: words.title for words in given for name in words.gives}
    provides = parts.settings.get("provides")
    for name in map(str, provides) if isinstance(provides, list) else ():
        source = f"操作“{by[name]}”" if name in by else "操作带来的内容"
        yield name, Name(title=titles.get(name, name), source=source, kind=kinds.get(name, ""))
    variables = parts.settings.get("variables")
    for name, value in variables.items() if isinstance(variables, dict) else ():
        yield name, Name(title=str(titles.get(name, name)), source="流程变量", kind=kind_of_value(value))


def kind_of_value(value: Any) -> str:
    """The kind of a value that is written out."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float | Decimal):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list | tuple):
        return LIST
    return RECORD if isinstance(value, dict) else ""


def _of_scripts(uses: list[ExpressionUse]) -> Iterator[tuple[str, Name]]:
    for use in uses:
        if use.kind == "script":
            for name in assigned_in(use.source):
                yield name, Name(title=name, source="脚本")


def assigned_in(source: str) -> set[str]:
    """The names that a script gives a value to; none if it cannot be read."""
    try:
        nodes = [node for statement in parse_script(source) for node in ast.walk(statement)]
    except ExpressionError:
        return set()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _of_engine() -> Iterator[tuple[str, Name]]:
    yield "outcome", Name(title="上一环节的结果", source="环节的办理结果", kind=TEXT)
    yield "comment", Name(title="上一环节的意见", source="环节的办理意见", kind=TEXT)
    titles = {"approvals": "同意的人数", "rejections": "驳回的人数", "abstentions": "弃权的人数"}
    for name in COUNTS:
        yield name, Name(title=titles.get(name, name), source="多人办理的环节", kind=NUMBER)
    titles = {"starter_name": "申请人姓名", "starter_department": "申请人部门", "started_on": "申请日期"}
    for name in STARTING:
        yield name, Name(title=titles[name], source="申请人", kind=DATE if name == "started_on" else TEXT)


def flow_owner(root: etree._Element) -> dict[str, str]:
    """The source of every sequence flow."""
    return {
        flow.get("id", ""): flow.get("sourceRef", "")
        for flow in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}sequenceFlow")
    }
