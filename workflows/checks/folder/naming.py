"""Whether a name is there where it is read: on every way, and not only in some other place of the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.checks.expressions import KIND_WORDS, ExpressionUse, foreign_in
from workflows.checks.folder.context import MAX_EACH, Folder
from workflows.checks.folder.environment import STARTING
from workflows.checks.folder.graph import way_to
from workflows.checks.near import perhaps
from workflows.checks.reading import SPIFF
from workflows.decisions import UnknownDecision, names_read
from workflows.definition.names import KNOWN_FUNCTIONS, unknown_name
from workflows.definition.parts import MANIFEST
from workflows.expressions import ExpressionError, called_functions, free_names, parse_expression, parse_script
from workflows.forms import Form
from workflows.forms.fields import columns_of

_FORGIVING = frozenset({"about", "comment_when", "performer"})
"""What is simply left out where a name is missing; nothing stops there."""


def check_unknown(folder: Folder) -> None:
    """Names that nothing in the process gives, wherever the diagram, its tables and its settings read them."""
    titles = {name: about.title for name, about in folder.env.items()}
    for use in folder.uses:
        for name in sorted(_read(use) - folder.env.keys()):
            message = f"{folder.title(use.element)}的{KIND_WORDS[use.kind]} {use.source[:80]!r} "
            message += unknown_name(name, titles, titles)
            folder.add("error", use.element, message, line=use.line)
    for key, model in folder.parts.decisions.items():
        read = {name for decision in model.decisions for name in names_read(model, decision.name)}
        for name in sorted(read - folder.env.keys()):
            message = f"决策表“{key}”" + unknown_name(name, titles, titles)
            folder.add("error", key, message, file=f"decisions/{key}.dmn")
    for place, what, source in _of_settings(folder):
        for name in sorted(_names_in(source) - folder.env.keys()):
            folder.add("error", place, what + unknown_name(name, titles, titles), file=MANIFEST)


def _of_settings(folder: Folder) -> Iterator[tuple[str, str, str]]:
    cancel, messages = folder.parts.settings.get("cancel"), folder.parts.settings.get("messages")
    if isinstance(cancel, dict) and isinstance(cancel.get("when"), str):
        yield "cancel", "撤销条件", cancel["when"]
    for name, rule in messages.items() if isinstance(messages, dict) else ():
        if isinstance(rule, dict) and isinstance(rule.get("about"), str) and rule["about"]:
            yield f"messages.{name}", f"消息“{name}”的 about ", rule["about"]


def _names_in(source: str) -> set[str]:
    try:
        return free_names(parse_expression(source))
    except ExpressionError:
        return set()


def check_places(folder: Folder) -> None:
    """Names that exist, but not on every way to the place that reads them."""
    missing = [
        (use, name)
        for use in folder.uses
        if use.kind not in _FORGIVING
        for name in sorted(_read(use) & folder.env.keys() - (folder.known_at(use) or folder.env.keys()))
    ]
    for use, name in missing[:MAX_EACH]:
        _tell(folder, use, name)
    for element, decision, name in list(_missing_in_decisions(folder))[:MAX_EACH]:
        message = (
            f"走到{folder.title(element)}时可能还没有{folder.name(name)}，决策表“{decision}”会把它当作空；"
            f"请让{_giver(folder, name)}排在前面，或在流程变量中给它一个初值"
        )
        folder.add("warning", element, message, way=_way(folder, element, name))


def _tell(folder: Folder, use: ExpressionUse, name: str) -> None:
    place = folder.owners.get(use.element, use.element)
    message = (
        f"走到{folder.title(place)}时可能还没有{folder.name(name)}，{KIND_WORDS[use.kind]} {use.source[:80]!r} "
        f"会使流程停住；请让{_giver(folder, name)}排在前面，或在流程变量中给它一个初值"
    )
    folder.add("warning", use.element, message, line=use.line, way=_way(folder, place, name))


def _giver(folder: Folder, name: str) -> str:
    graph = folder.graph
    givers = [node.title for node in graph.nodes.values() if name in folder.gives(node)] if graph else []
    return "、".join(givers[:3]) or folder.env[name].source


def _way(folder: Folder, element: str, name: str) -> tuple[str, ...]:
    graph = folder.graph
    if graph is None:
        return ()
    return way_to(graph, element, avoiding=[node.id for node in graph.nodes.values() if name in folder.gives(node)])


def _missing_in_decisions(folder: Folder) -> Iterator[tuple[str, str, str]]:
    if folder.graph is None or folder.given is None:
        return
    for node in folder.graph.nodes.values():
        called = (node.element.findtext(f".//{{{SPIFF}}}calledDecisionId") or "").strip()
        model, known = folder.parts.decisions.get(called), folder.given.before.get(node.id)
        if node.kind != "businessRuleTask" or model is None or known is None:
            continue
        try:
            wanted = names_read(model, called)
        except UnknownDecision:
            continue
        for name in sorted(wanted & folder.env.keys() - known):
            yield node.id, called, name


def _read(use: ExpressionUse) -> set[str]:
    try:
        return free_names(parse_script(use.source) if use.kind == "script" else parse_expression(use.source))
    except ExpressionError:
        return set()


# forms


def check_form_names(folder: Folder) -> None:
    """What forms compute, begin with and refuse by: the names in it, and the functions."""
    for key, form in folder.parts.forms.items():
        file = f"forms/{key}.json"
        for place, what, source, known in _expressions_of(folder, form):
            _check_one(folder, file, place, what, source, known)


def _expressions_of(folder: Folder, form: Form) -> Iterator[tuple[str, str, str, set[str]]]:
    fields = set(form.properties)
    case = fields | set(folder.env) | STARTING
    for name, about in form.properties.items():
        yield from _of_field(name, about, fields, case)
        columns = columns_of(about)
        for column, each in columns.items():
            yield from _of_field(f"{name}/{column}", each, fields | set(columns), case | set(columns))
    for rule in form.rules:
        rows = rule["field"].partition("/")[0]
        columns = columns_of(form.properties.get(rows, {}))
        yield rule["field"], "规则", rule["when"], case | set(columns)


def _of_field(
    place: str, about: Mapping[str, Any], fields: set[str], case: set[str]
) -> Iterator[tuple[str, str, str, set[str]]]:
    if isinstance(about.get("x-compute"), str):
        yield place, "计算", about["x-compute"], fields
    if isinstance(about.get("x-default"), str):
        yield place, "默认值", about["x-default"], case


def _check_one(folder: Folder, file: str, place: str, what: str, source: str, known: set[str]) -> None:
    try:
        tree = parse_expression(source)
    except ExpressionError:
        return  # said with the form
    titles = {name: about.title for name, about in folder.env.items()}
    for name in sorted(free_names(tree) - known):
        elsewhere = name in folder.env
        hint = "；计算只能用本表单的字段" if elsewhere else perhaps(name, known, titles)
        folder.add(
            "error",
            place,
            f"字段“{place}”的{what} {source[:80]!r} 用到的{folder.name(name)}不在表单中{hint}",
            file=file,
        )
    for name in sorted(called_functions(tree) - KNOWN_FUNCTIONS):
        message = f"字段“{place}”的{what}调用了不存在的函数 {name}{perhaps(name, KNOWN_FUNCTIONS)}"
        folder.add("error", place, message, file=file)
    if foreign_in(tree):
        folder.add("error", place, f"字段“{place}”的{what} {source[:80]!r} 用了不支持的写法，请改写", file=file)
