"""The functions every expression may call. Each is total on plain values and bounded in what it returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workflows.expressions.errors import NotAllowed


def _range(*limits: Any) -> list[int]:
    if not all(isinstance(limit, int) and abs(limit) <= 1_000 for limit in limits):
        raise NotAllowed("range takes whole numbers up to 1000")
    return list(range(*limits))


def _text(value: Any = "") -> str:
    if not isinstance(value, str | int | float | Decimal | bool | None):
        raise NotAllowed("only plain values can become text")
    return str(value)


def _number(value: Any) -> Decimal:
    if not isinstance(value, str | int | float | Decimal):
        raise NotAllowed("only text and numbers can become a number")
    return Decimal(str(value).replace(",", ""))


def _whole(value: Any) -> int:
    return int(_number(value))


def _round(value: Any, digits: int = 0) -> Decimal:
    """Half up, as people round money, not half to even."""
    if abs(digits) > 12:
        raise NotAllowed("round takes up to 12 digits")
    return _number(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _total(values: Any) -> Any:
    return sum(value for value in values if value is not None)


def _get(record: Any, key: Any, default: Any = None) -> Any:
    return record.get(key, default) if isinstance(record, dict) else default


def _values(record: Any) -> list[Any]:
    return list(record.values()) if isinstance(record, dict) else []


def _column(rows: Any, key: Any) -> list[Any]:
    return [row.get(key) for row in rows if isinstance(row, dict)]


def _on_text(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(text: Any, *arguments: Any) -> Any:
        if not all(isinstance(argument, str) for argument in (text, *arguments)):
            raise NotAllowed(f"{method.__name__} takes text")
        return method(text, *arguments)

    return call


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "ceiling": math.ceil,
    "column": _column,
    "contains": _on_text(str.__contains__),
    "count": lambda values, value: list(values).count(value),
    "endswith": _on_text(str.endswith),
    "floor": math.floor,
    "get": _get,
    "int": _whole,
    "len": len,
    "lower": _on_text(str.lower),
    "max": max,
    "min": min,
    "number": _number,
    "range": _range,
    "round": _round,
    "sorted": lambda values: sorted(values),
    "startswith": _on_text(str.startswith),
    "str": _text,
    "strip": _on_text(str.strip),
    "sum": _total,
    "upper": _on_text(str.upper),
    "values": _values,
}
