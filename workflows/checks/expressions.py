"""Every place in a diagram where something is computed, and whether it can be read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from lxml import etree

from workflows.checks import timers
from workflows.checks.reading import FLOW_NODES, MODEL, SPIFF, line_of, local_name, read_diagram, text_of
from workflows.checks.report import Report
from workflows.expressions import ExpressionError, called_functions, parse_expression, parse_script
from workflows.expressions.failures import written

_TIMERS = ("timeDate", "timeDuration", "timeCycle")
_KINDS = {
    "conditionExpression": "condition",
    "script": "script",
    "loopCardinality": "cardinality",
    "loopDataInputRef": "collection",
    "loopDataOutputRef": "collection",
    "completionCondition": "completion",
    **{name: name for name in _TIMERS},
}
KIND_WORDS = {
    "cardinality": "人数",
    "collection": "名单",
    "completion": "完成条件",
    "condition": "条件",
    "due": "期限",
    "parameter": "服务参数",
    "script": "脚本",
    "about": "任务说明",
    "comment_when": "意见必填的条件",
    "performer": "办理人",
    "signers": "会签人",
    "timeCycle": "定时",
    "timeDate": "定时",
    "timeDuration": "定时",
}
_COMPUTED_PROPERTIES = ("about", "comment_when", "due", "performer", "signers")
_LANGUAGE = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Not, ast.USub, ast.UAdd, ast.And, ast.Or),
    *(ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Dict, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare),
    *(ast.IfExp, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.keyword, ast.ListComp, ast.GeneratorExp),
    *(ast.comprehension, ast.cmpop, ast.expr_context, ast.Assign, ast.AugAssign, ast.If, ast.For, ast.Expr, ast.Pass),
)


@dataclass(frozen=True, kw_only=True)
class ExpressionUse:
    """One computed place. ``kind`` is condition, script, cardinality, collection, completion, parameter, about,
    comment_when, due, performer, signers or a timer's element name; ``element`` is the id of the flow or node that it
    belongs to."""

    element: str
    line: int | None
    kind: str
    source: str


def expressions_of(xml: bytes, *, file: str = "") -> list[ExpressionUse]:
    """All expressions of a diagram, in the order of the file. Raises DefinitionError if it cannot be read.

    Timers that are written out in ISO 8601 are no expressions and left out.
    """
    return [
        use
        for _, use in uses_in(read_diagram(xml, file))
        if not (use.kind in _TIMERS and timers.literal_in(use.source) is not None)
    ]


def check_expressions(root: etree._Element, functions: Collection[str] | None, report: Report) -> None:
    """Each is there, can be read by the bounded interpreter, and calls only ``functions`` if these are given."""
    for element, use in uses_in(root):
        if not use.source and use.kind in ("condition", "script"):
            continue  # reported with the flow or the task, which can also have none at all
        if not use.source:
            report.error(element, f"{KIND_WORDS[use.kind]}是空的，请填写。")
        elif not (use.kind in _TIMERS and _check_literal(element, use, report)):
            _check_source(element, use, functions, report)


def _check_literal(element: etree._Element, use: ExpressionUse, report: Report) -> bool:
    """Whether the timer is written out; what is wrong with it is reported."""
    text = timers.literal_in(use.source)
    if text is not None:
        _put(element, timers.find_in_literal(use.kind, text), report)
    return text is not None


def _check_source(
    element: etree._Element, use: ExpressionUse, functions: Collection[str] | None, report: Report
) -> None:
    try:
        tree = parse_script(use.source) if use.kind == "script" else parse_expression(use.source)
    except ExpressionError as error:
        report.error(
            element, f"{KIND_WORDS[use.kind]} {use.source[:80]!r} 无法读懂，请检查括号、引号和符号。（{error}）"[:400]
        )
        return
    foreign = foreign_in(tree)
    if foreign:
        report.error(element, f"{KIND_WORDS[use.kind]} {use.source[:80]!r} 用了不支持的写法（{foreign}），请改写。")
    for name in sorted(called_functions(tree) - set(functions)) if functions is not None else ():
        report.error(element, f"{KIND_WORDS[use.kind]}调用了不存在的函数 {name}，请检查拼写。")
    if use.kind in _TIMERS and isinstance(tree, ast.expr):
        _put(element, timers.find_in_call(use.kind, tree), report)


def foreign_in(tree: ast.expr | list[ast.stmt]) -> str:
    """What parses as Python, but would be refused by the interpreter in the middle of a case; empty for nothing."""
    for root in tree if isinstance(tree, list) else [tree]:
        for node in ast.walk(root):
            if not isinstance(node, _LANGUAGE):
                return written(node)
            if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
                return ast.unparse(node.func)[:40] + "()"
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name.startswith("_"):
                return name
    return ""


def _put(element: etree._Element, finding: timers.Finding | None, report: Report) -> None:
    if finding is not None:
        report.problems.append(report.problem(finding[0], element, finding[1]))


def uses_in(root: etree._Element) -> Iterator[tuple[etree._Element, ExpressionUse]]:
    """Every computed place with the flow or node that it belongs to, in the order of the file."""
    for element in root.iter(f"{{{MODEL}}}*", f"{{{SPIFF}}}*"):
        found = _READERS.get(str(element.tag))
        use = found(element) if found else None
        owner = _owner(element) if use else None
        if use and owner is not None:
            identity = owner.get("id") or ""
            yield owner, ExpressionUse(element=identity, line=line_of(element), kind=use[0], source=use[1])


def _text_use(element: etree._Element) -> tuple[str, str]:
    return _KINDS[local_name(element)], text_of(element)


def _parameter_use(element: etree._Element) -> tuple[str, str]:
    return "parameter", (element.get("value") or "").strip()


def _property_use(element: etree._Element) -> tuple[str, str] | None:
    name = element.get("name") or ""
    return (name, (element.get("value") or "").strip()) if name in _COMPUTED_PROPERTIES else None


_READERS: dict[str, Callable[[etree._Element], tuple[str, str] | None]] = {
    **{f"{{{MODEL}}}{name}": _text_use for name in _KINDS},
    f"{{{SPIFF}}}parameter": _parameter_use,
    f"{{{SPIFF}}}property": _property_use,
}


def _owner(element: etree._Element) -> etree._Element | None:
    """The flow or node that a person would click on to find the expression."""
    owner = element.getparent()
    while owner is not None and local_name(owner) not in FLOW_NODES | {"sequenceFlow"}:
        owner = owner.getparent()
    return owner
