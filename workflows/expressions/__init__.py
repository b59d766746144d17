"""A bounded language for conditions, scripts, timers and assignments.

It looks like Python and is none: expressions are walked node by node, ``a.b`` reads a record's key, only listed
functions can be called, and every evaluation has a budget of steps, sizes and digits. Numbers with a fraction are
Decimal, so that money stays exact.
"""

from workflows.expressions.errors import ExpressionError, LimitExceeded, NotAllowed, UnknownName
from workflows.expressions.functions import FUNCTIONS
from workflows.expressions.interpreter import evaluate, evaluate_tree, execute
from workflows.expressions.source import called_functions, free_names, parse_expression, parse_script

__all__ = [
    "FUNCTIONS",
    "ExpressionError",
    "LimitExceeded",
    "NotAllowed",
    "UnknownName",
    "called_functions",
    "evaluate",
    "evaluate_tree",
    "execute",
    "free_names",
    "parse_expression",
    "parse_script",
]
