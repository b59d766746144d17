"""The budget of one evaluation, and how it is enforced.

The figures bound memory to a few megabytes and time to a few hundredths of a second, whatever is typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from workflows.expressions.errors import LimitExceeded

MAX_SOURCE = 4_000
MAX_NESTING = 60
MAX_UNARY = 200
MAX_STEPS = 20_000
MAX_LENGTH = 10_000
MAX_NUMBER = 10**30
MAX_WEIGHT = 50_000
MAX_DEPTH = 40


def bounded(value: Any) -> Any:
    """Return ``value`` if it is small enough to go on with."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        # a quiet or signalling NaN cannot be compared, and no condition means one
        if isinstance(value, Decimal) and not value.is_finite():
            raise LimitExceeded("the number is not finite")
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise LimitExceeded("the number is too large")
    elif isinstance(value, str | list | tuple | dict) and len(value) > MAX_LENGTH:
        raise LimitExceeded("the value is too long")
    return value


def weigh(value: Any) -> None:
    """Refuse a result that would be huge once written out.

    Aliases count each time they occur, because JSON writes them out each time: ``a = [a, a]`` forty times is a bomb.
    """
    stack: list[Iterator[Any]] = [iter((value,))]
    weight = 0
    while stack:
        for item in stack[-1]:
            weight += 1 + (len(item) // 50 if isinstance(item, str) else 0)
            if weight > MAX_WEIGHT:
                raise LimitExceeded("the result is too large")
            if isinstance(item, dict | list | tuple | set):
                if len(stack) > MAX_DEPTH:
                    raise LimitExceeded("the result is nested too deeply")
                stack.append(iter(item.values() if isinstance(item, dict) else item))
                break
        else:
            stack.pop()
