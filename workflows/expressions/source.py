"""From text to a syntax tree, and what a tree mentions."""

from __future__ import annotations

import ast
from functools import lru_cache

from workflows.expressions.errors import ExpressionError, LimitExceeded
from workflows.expressions.limits import MAX_NESTING, MAX_SOURCE, MAX_UNARY


def parse_expression(source: str) -> ast.expr:
    """Parse one expression. Raises ExpressionError saying what cannot be read."""
    tree = _parse(source.strip(), "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def parse_script(source: str) -> list[ast.stmt]:
    """Parse a list of assignments, ``if`` and ``for``. Raises ExpressionError saying what cannot be read."""
    tree = _parse(source, "exec")
    assert isinstance(tree, ast.Module)
    return tree.body


@lru_cache(maxsize=4_096)
def _parse(source: str, mode: str) -> ast.AST:
    _refuse_oversized(source)
    try:
        return ast.parse(source, mode=mode)
    except SyntaxError as error:
        raise ExpressionError(_where(source, error)) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise LimitExceeded("表达式太复杂") from error


def _where(source: str, error: SyntaxError) -> str:
    line = f"第 {error.lineno} 行" if "\n" in source and error.lineno else ""
    return f"{line}第 {max(error.offset or 1, 1)} 个字符处读不懂：{source}"


def _refuse_oversized(source: str) -> None:
    """The parser itself recurses in C; depth is bounded before it sees the text."""
    if len(source) > MAX_SOURCE:
        raise LimitExceeded(f"表达式超过 {MAX_SOURCE} 个字符")
    depth = deepest = 0
    for character in source:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    unary = sum(source.count(sign) for sign in ("-", "+", "~", "not "))
    if deepest > MAX_NESTING or unary > MAX_UNARY:
        raise LimitExceeded("表达式嵌套太深")


def free_names(tree: ast.AST | list[ast.stmt]) -> set[str]:
    """The names that the expression reads and does not bind itself; functions that it calls are not among them."""
    nodes = list(_walk(tree))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called
    } - bound


def called_functions(tree: ast.AST | list[ast.stmt]) -> set[str]:
    """The functions that the expression calls."""
    return {node.func.id for node in _walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _walk(tree: ast.AST | list[ast.stmt]) -> list[ast.AST]:
    roots = tree if isinstance(tree, list) else [tree]
    return [node for root in roots for node in ast.walk(root)]
