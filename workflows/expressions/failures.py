"""What went wrong in an evaluation, in the words of whoever wrote the expression and not of the machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from decimal import ConversionSyntax, DivisionUndefined

from workflows.errors import WorkflowError

MAX_WRITTEN = 40
TOO_MUCH = "计算的步骤太多|.*太[大长]|.*嵌套太深"
"""How the sentences of what exceeds the budget of an evaluation read."""
UNREADABLE = ".*个字符处读不懂：.*"
"""How the sentence about what cannot be parsed reads."""
_MISSING_VALUE = "其中有一项是空的"
_WRONG_VALUE = "其中有一项的内容不能这样计算"
_WRONG_DATE = re.compile(r"Invalid isoformat string: '(.*)'", re.DOTALL)
_OPERATORS = {
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Invert: "~",
    ast.LShift: "<<",
    ast.MatMult: "@",
    ast.Pow: "**",
    ast.RShift: ">>",
}


def said_of(error: Exception) -> str:
    """The sentence for what Python raised while it reckoned. The technical text stays with the cause."""
    return next(say(error) for kind, say in _SAYINGS if isinstance(error, kind))


def written(node: ast.AST) -> str:
    """A part of an expression as it was typed, cut off where it is long."""
    if isinstance(node, ast.operator | ast.unaryop):
        return _OPERATORS.get(type(node), "")
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= MAX_WRITTEN else text[: MAX_WRITTEN - 1] + "…"


def _of_wrong_kind(error: Exception) -> str:
    if "NoneType" in str(error):
        return _MISSING_VALUE
    if "not supported between" in str(error):
        return "拿来比较的两项不是同一类，例如文字和数字"
    if "argument" in str(error):
        return "函数括号里的内容不对，请核对个数和写法"
    return "其中一项不是该有的类型，例如本该是数字却是文字"


def _of_missing_item(error: Exception) -> str:
    return f"没有“{error.args[0]}”这一项" if error.args else "没有这一项"


def _of_reckoning(error: Exception) -> str:
    signals = error.args[0] if error.args and isinstance(error.args[0], list) else []
    if isinstance(error, ZeroDivisionError) or DivisionUndefined in signals:
        return "除数是零"
    return "其中有一项不是数字" if ConversionSyntax in signals else _WRONG_VALUE


def _of_wrong_value(error: Exception) -> str:
    if isinstance(error, WorkflowError):
        return str(error)  # the calendar says it itself
    wrong = _WRONG_DATE.fullmatch(str(error))
    return f"“{wrong[1]}”不是日期" if wrong else _WRONG_VALUE


_SAYINGS: tuple[tuple[type[Exception], Callable[[Exception], str]], ...] = (
    (TypeError, _of_wrong_kind),
    (KeyError, _of_missing_item),
    (IndexError, lambda _error: "列表里没有那么多项"),
    (ArithmeticError, _of_reckoning),
    (ValueError, _of_wrong_value),
    (Exception, lambda _error: _WRONG_VALUE),
)
