"""What is compared with what: kinds that never go together, choices that nobody offers, due times that are none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from workflows.checks.expressions import KIND_WORDS as PLACES
from workflows.checks.expressions import ExpressionUse
from workflows.checks.folder.context import MAX_EACH, Folder
from workflows.checks.folder.environment import DATE, KIND_WORDS, LIST, NUMBER, TEXT, kind_of_value
from workflows.checks.near import near_names
from workflows.expressions import ExpressionError, parse_expression, parse_script
from workflows.expressions.words import FUNCTION_WORDS

_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq)
_WRITTEN = frozenset({TEXT, DATE, "time", "moment"})
"""Kinds that are texts underneath: dates are written 2026-05-01."""


def check_comparisons(folder: Folder) -> None:
    """Every comparison of the diagram's expressions."""
    for use in folder.uses:
        outcomes = _outcomes_at(folder, use)
        for node in _comparisons(use):
            for left, sign, right in _pairs(node):
                if len(folder.problems) > 4 * MAX_EACH:
                    return
                _check_kinds(folder, use, left, sign, right)
                _check_choices(folder, use, left, sign, right, outcomes)
                _check_choices(folder, use, right, sign, left, outcomes)


def _comparisons(use: ExpressionUse) -> Iterator[ast.Compare]:
    try:
        trees = parse_script(use.source) if use.kind == "script" else [parse_expression(use.source)]
    except ExpressionError:
        return
    for tree in trees:
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Compare))


def _pairs(node: ast.Compare) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr]]:
    yield from zip([node.left, *node.comparators], node.ops, node.comparators, strict=False)


def kind_of(folder: Folder, node: ast.expr) -> str:
    """The kind of an expression's value; empty where it is not sure."""
    if isinstance(node, ast.Constant):
        return kind_of_value(node.value)
    if isinstance(node, ast.Name):
        return folder.env[node.id].kind if node.id in folder.env else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        known = FUNCTION_WORDS.get(node.func.id)
        return known.gives if known else ""
    if isinstance(node, ast.BinOp):
        kinds = {kind_of(folder, node.left), kind_of(folder, node.right)}
        return NUMBER if kinds == {NUMBER} else ""
    if isinstance(node, ast.UnaryOp):
        return "boolean" if isinstance(node.op, ast.Not) else NUMBER
    if isinstance(node, ast.Compare | ast.BoolOp):
        return "boolean" if isinstance(node, ast.Compare) else ""
    return LIST if isinstance(node, ast.List | ast.Tuple | ast.ListComp) else ""


def _check_kinds(folder: Folder, use: ExpressionUse, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> None:
    one, other = kind_of(folder, left), kind_of(folder, right)
    if not one or not other or one == other or {one, other} <= _WRITTEN:
        if DATE in (one, other) and not _is_day(left, right):
            message = f"{_where(folder, use)}：日期要写成 '2026-05-01' 的样子"
            folder.add("error", use.element, message, line=use.line)
        return
    if not isinstance(sign, (*_ORDER, *_EQUAL)):
        return
    pair = f"{_called(folder, left)}是{KIND_WORDS[one]}，{_called(folder, right)}是{KIND_WORDS[other]}"
    if isinstance(sign, _ORDER):
        message = f"{_where(folder, use)}：{pair}，两者不能比大小，流程会在这里停住；请改成同一种内容"
        folder.add("error", use.element, message, line=use.line)
    else:
        what = "成立" if isinstance(sign, ast.Eq) else "不成立"
        hint = "；数字不要加引号" if {one, other} == {NUMBER, TEXT} else ""
        folder.add("error", use.element, f"{_where(folder, use)}：{pair}，永远不会{what}{hint}", line=use.line)


def _is_day(*nodes: ast.expr) -> bool:
    """Whether texts that stand beside a date are dates, as far as they are written out."""
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return all(not text or _reads(text) for text in texts)


def _reads(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _check_choices(
    folder: Folder, use: ExpressionUse, named: ast.expr, sign: ast.cmpop, other: ast.expr, outcomes: tuple[str, ...]
) -> None:
    if not isinstance(named, ast.Name):
        return
    values = outcomes if named.id == "outcome" else _values_of(folder, named.id)
    if not values:
        return
    for value in _constants(sign, other):
        if value not in values and value not in ("", None) and isinstance(value, str):
            _tell_choice(folder, use, named.id, value, values)


def _values_of(folder: Folder, name: str) -> tuple[Any, ...]:
    about = folder.env.get(name)
    return about.values if about is not None and about.values is not None else ()


def _constants(sign: ast.cmpop, other: ast.expr) -> list[Any]:
    if isinstance(sign, _EQUAL) and isinstance(other, ast.Constant):
        return [other.value]
    if isinstance(sign, ast.In | ast.NotIn) and isinstance(other, ast.List | ast.Tuple):
        return [item.value for item in other.elts if isinstance(item, ast.Constant)]
    return []


def _tell_choice(folder: Folder, use: ExpressionUse, name: str, value: str, values: tuple[Any, ...]) -> None:
    near = near_names(value, [str(each) for each in values])
    hint = f"，是不是{folder.value(name, near[0])}？" if near else "，请改正或在那里补上这个选项"
    offered = "、".join(folder.value(name, each) for each in values[:12])
    message = (
        f"{_where(folder, use)}：{folder.name(name)}没有“{value}”这个值{hint}"
        f"（{_offering(folder, use, name)}给出：{offered}）"
    )
    folder.add("error", use.element, message, line=use.line)


def _offering(folder: Folder, use: ExpressionUse, name: str) -> str:
    if name != "outcome" or folder.graph is None:
        return folder.env[name].source
    return "、".join(folder.graph.nodes[step].title for step in _steps_before(folder, use)) or "环节"


def _steps_before(folder: Folder, use: ExpressionUse) -> list[str]:
    if folder.given is None:
        return []
    place = folder.owners.get(use.element, use.element)
    return sorted(folder.given.steps.get(place, frozenset()))


def _outcomes_at(folder: Folder, use: ExpressionUse) -> tuple[str, ...]:
    """The results that ``outcome`` may be at the place; nothing where no step comes before it."""
    found = [outcome for step in _steps_before(folder, use) for outcome in folder.outcomes_at(step)]
    return tuple(dict.fromkeys(found))


def _where(folder: Folder, use: ExpressionUse) -> str:
    return f"{folder.title(use.element)}的{PLACES[use.kind]} {use.source[:80]!r}"


def _called(folder: Folder, node: ast.expr) -> str:
    return folder.name(node.id) if isinstance(node, ast.Name) else f" {ast.unparse(node)[:40]} "


def check_due_times(folder: Folder) -> None:
    """A due time is a moment; a date alone, a number or a text of another kind is none."""
    for use in folder.uses:
        if use.kind != "due":
            continue
        try:
            tree = parse_expression(use.source)
        except ExpressionError:
            continue
        kind = kind_of(folder, tree)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            kind = "moment" if _is_moment(tree.value) else TEXT
        if kind and kind != "moment":
            message = (
                f"{folder.title(use.element)}的期限 {use.source[:80]!r} 给出的是{KIND_WORDS[kind]}，不是时刻；"
                "请写成 work_days(2)、work_hours(4) 或 work_days_after(日期, 2) 的样子"
            )
            folder.add("error", use.element, message, line=use.line)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
