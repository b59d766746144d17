"""The budget of one evaluation, and how it is enforced.

The figures bound memory to a few megabytes and time to a few hundredths of a second, whatever is typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
SMALLEST_POWER = -100


def bounded(value: Any) -> Any:
    """Return ``value`` if it is small enough to go on with."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        # a quiet or signalling NaN cannot be compared, and no condition means one
        if isinstance(value, Decimal) and not value.is_finite():
            raise LimitExceeded("数字不是有限的")
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise LimitExceeded("数字太大")
        # written out, 1E-999999999 would fill the memory
        if isinstance(value, Decimal) and value.adjusted() < SMALLEST_POWER:
            raise LimitExceeded("数字的位数太多")
    elif isinstance(value, str | list | tuple | dict) and len(value) > MAX_LENGTH:
        raise LimitExceeded("文字或列表太长")
    return value


def exact(value: Any) -> Any:
    """A float from outside becomes the Decimal that a person would read in it."""
    if isinstance(value, float):
        return bounded(Decimal(str(value)))
    if isinstance(value, Decimal) and not value.is_finite():
        raise LimitExceeded("数字不是有限的")
    return value


def exact_throughout(value: Any) -> Any:
    """As ``exact``, for nested values too. Only for what comes from outside: an expression may nest the same list in
    itself so often that nobody could walk through it."""
    if type(value) is list and _holds_float(value):
        return [exact_throughout(item) for item in value]
    if type(value) is dict and _holds_float(value.values()):
        return {key: exact_throughout(item) for key, item in value.items()}
    return exact(value)


def _holds_float(items: Collection[Any]) -> bool:
    return any(
        isinstance(item, float)
        or (type(item) is list and _holds_float(item))
        or (type(item) is dict and _holds_float(item.values()))
        for item in items
    )


def steps_to_compare(value: Any) -> int:
    """What looking through the whole of ``value`` costs. Aliases count each time, as a comparison follows each."""
    stack, steps = [value], 0
    while stack and steps <= MAX_STEPS:
        item = stack.pop()
        steps += cost(item)
        if isinstance(item, list | tuple):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
    return steps


def cost(value: Any) -> int:
    """The steps for copying or walking through ``value`` once."""
    if isinstance(value, str):
        return len(value) // 10
    return len(value) if isinstance(value, list | tuple | dict) else 0


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
                raise LimitExceeded("结果太大")
            if isinstance(item, dict | list | tuple | set):
                if len(stack) > MAX_DEPTH:
                    raise LimitExceeded("结果嵌套太深")
                stack.append(iter(item.values() if isinstance(item, dict) else item))
                break
        else:
            stack.pop()
