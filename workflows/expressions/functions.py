"""The functions every expression may call. Each is total on plain values and bounded in what it returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workflows.expressions.errors import NotAllowed
from workflows.expressions.limits import bounded


def _range(*limits: Any) -> list[int]:
    if not all(isinstance(limit, int) and abs(limit) <= 1_000 for limit in limits):
        raise NotAllowed("range 只接受 1000 以内的整数")
    return list(range(*limits))


def _text(value: Any = "") -> str:
    if not isinstance(value, str | int | float | Decimal | bool | None):
        raise NotAllowed("str 只能转换文字、数字和是否，不能转换列表或记录")
    # a person never reads 1E+5
    return f"{bounded(value):f}" if isinstance(value, Decimal) else str(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise NotAllowed("只有文字和数字可以转为数字")
    number: Decimal = bounded(Decimal(str(value).replace(",", "")))
    return number


def _whole(value: Any) -> int:
    return int(_number(value))


def _round(value: Any, digits: int = 0) -> Decimal:
    """Half up, as people round money, not half to even."""
    if type(digits) is not int or abs(digits) > 12:
        raise NotAllowed("round 的小数位应为 12 以内的整数")
    rounded = _number(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return rounded if digits >= 0 else rounded.quantize(Decimal(1))


def _floor(value: Any) -> int:
    return math.floor(_number(value))


def _ceiling(value: Any) -> int:
    return math.ceil(_number(value))


def _items(values: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(values, list | tuple):
        raise NotAllowed("这里要用列表")
    return values


def _total(values: Any) -> Any:
    return sum(value for value in _items(values) if value is not None)


def _count(values: Any, value: Any) -> int:
    return _items(values).count(value)


def _sorted(values: Any) -> list[Any]:
    return sorted(_items(values))


def _least(*values: Any) -> Any:
    return min(_items(values[0]) if len(values) == 1 else values)


def _greatest(*values: Any) -> Any:
    return max(_items(values[0]) if len(values) == 1 else values)


def _get(record: Any, key: Any, default: Any = None) -> Any:
    return record.get(_field(key), default) if isinstance(record, dict) else default


def _values(record: Any) -> list[Any]:
    return list(record.values()) if isinstance(record, dict) else []


def _column(rows: Any, key: Any) -> list[Any]:
    return [row.get(_field(key)) for row in rows if isinstance(row, dict)]


def _field(key: Any) -> str:
    if not isinstance(key, str):
        raise NotAllowed("记录中的项要用文字来指名")
    return key


def _on_text(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(text: Any, *arguments: Any) -> Any:
        if not all(isinstance(argument, str) for argument in (text, *arguments)):
            raise NotAllowed(f"{name} 只用于文字")
        return method(text, *arguments)

    return call


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "ceiling": _ceiling,
    "column": _column,
    "contains": _on_text("contains", str.__contains__),
    "count": _count,
    "endswith": _on_text("endswith", str.endswith),
    "floor": _floor,
    "get": _get,
    "int": _whole,
    "len": len,
    "lower": _on_text("lower", str.lower),
    "max": _greatest,
    "min": _least,
    "number": _number,
    "range": _range,
    "round": _round,
    "sorted": _sorted,
    "startswith": _on_text("startswith", str.startswith),
    "str": _text,
    "strip": _on_text("strip", str.strip),
    "sum": _total,
    "upper": _on_text("upper", str.upper),
    "values": _values,
}
