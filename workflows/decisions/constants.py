"""Which parts of a table are constant, and what they are worth."""

from __future__ import annotations

import ast
from typing import Any

from workflows.decisions.operators import Notes, functions
from workflows.expressions import ExpressionError, called_functions, evaluate_tree, free_names


def is_constant(tree: ast.expr) -> bool:
    """Whether the value depends on no name and no business knowledge model."""
    return not free_names(tree) and "invoke" not in called_functions(tree)


def constant_of(tree: ast.expr) -> Any:
    """The value of a constant expression; None where it has none."""
    if not is_constant(tree):
        return None
    try:
        return evaluate_tree(tree, {}, functions(Notes(), lambda *_: None))
    except ExpressionError:
        return None
