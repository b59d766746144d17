"""What an expression says, in words: “金额 大于 1000，并且 类型 为 初次拜访”. For whoever writes a condition."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.expressions.words import FUNCTION_WORDS

MAX_SAID = 400
_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "为",
    ast.NotEq: "不为",
    ast.Lt: "小于",
    ast.LtE: "不大于",
    ast.Gt: "大于",
    ast.GtE: "不小于",
    ast.In: "属于",
    ast.NotIn: "不属于",
    ast.Is: "为",
    ast.IsNot: "不为",
}
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "加",
    ast.Sub: "减",
    ast.Mult: "乘以",
    ast.Div: "除以",
    ast.FloorDiv: "整除以",
    ast.Mod: "除以后的余数，除数为",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What names are called, and what the values of a name are called."""

    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    value_labels: Mapping[str, str] = field(default_factory=dict)
    """What a value is called where nothing says of which name it is."""


def say(tree: ast.AST, words: Words) -> str:
    """The expression in words, cut off where it is too long to help anybody."""
    text = _say(tree, words)
    return text if len(text) <= MAX_SAID else text[: MAX_SAID - 1] + "…"


def _say(node: ast.AST, words: Words) -> str:
    speak = _SPEAKERS.get(type(node))
    return speak(node, words) if speak else ast.unparse(node)


def _name(node: ast.Name, words: Words) -> str:
    title = words.titles.get(node.id, node.id)
    return f"“{title}”"


def _constant(node: ast.Constant, words: Words) -> str:
    if node.value is None:
        return "空"
    if isinstance(node.value, bool):
        return "是" if node.value else "否"
    text = str(node.value)
    return words.value_labels.get(text, text) if text else "空白"


def _logic(node: ast.BoolOp, words: Words) -> str:
    joint = "，并且 " if isinstance(node.op, ast.And) else "，或者 "
    return joint.join(
        f"（{_say(value, words)}）" if isinstance(value, ast.BoolOp) else _truth(value, words) for value in node.values
    )


def _truth(node: ast.AST, words: Words) -> str:
    """A bare name as a condition asks whether there is anything."""
    return f"{_say(node, words)} 有内容或为“是”" if isinstance(node, ast.Name | ast.Attribute) else _say(node, words)


def _unary(node: ast.UnaryOp, words: Words) -> str:
    if isinstance(node.op, ast.Not):
        if isinstance(node.operand, ast.Name | ast.Attribute):
            return f"{_say(node.operand, words)} 为空或为“否”"
        return f"不是（{_say(node.operand, words)}）"
    return ast.unparse(node)


def _comparison(node: ast.Compare, words: Words) -> str:
    parts, left = [], node.left
    for sign, right in zip(node.ops, node.comparators, strict=True):
        about = _with_labels(left, right, words)
        parts.append(f"{_say(left, about)} {_SIGNS[type(sign)]} {_say(right, about)}")
        left = right
    return "，并且 ".join(parts)


def _with_labels(left: ast.AST, right: ast.AST, words: Words) -> Words:
    name = next((each.id for each in (left, right) if isinstance(each, ast.Name)), "")
    return Words(titles=words.titles, labels=words.labels, value_labels=words.labels.get(name, {}))


def _binary(node: ast.BinOp, words: Words) -> str:
    return f"{_say(node.left, words)} {_OPERATORS.get(type(node.op), '?')} {_say(node.right, words)}"


def _list(node: ast.List | ast.Tuple, words: Words) -> str:
    return "、".join(_say(item, words) for item in node.elts)


def _call(node: ast.Call, words: Words) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    arguments = "，".join(_say(argument, words) for argument in node.args)
    known = FUNCTION_WORDS.get(name)
    if known is None:
        return ast.unparse(node)
    return f"{known.title}（{arguments}）" if arguments else known.title


def _attribute(node: ast.Attribute, words: Words) -> str:
    return f"{_say(node.value, words)} 的“{words.titles.get(node.attr, node.attr)}”"


def _subscript(node: ast.Subscript, words: Words) -> str:
    return f"{_say(node.value, words)} 的“{_say(node.slice, words)}”"


def _choice(node: ast.IfExp, words: Words) -> str:
    return f"{_say(node.body, words)}（当 {_truth(node.test, words)}），否则 {_say(node.orelse, words)}"


_SPEAKERS: Mapping[type[ast.AST], Callable[[Any, Words], str]] = {
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.BoolOp: _logic,
    ast.Call: _call,
    ast.Compare: _comparison,
    ast.Constant: _constant,
    ast.IfExp: _choice,
    ast.List: _list,
    ast.Name: _name,
    ast.Subscript: _subscript,
    ast.Tuple: _list,
    ast.UnaryOp: _unary,
}
