"""The values a case may hold: how they come in, are compared, merged and written out.

No value is changed in place once a task holds it, because tasks share nested values with the tasks before them: whoever
edited one would rewrite history and take from a return what it goes back to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

from workflows.engine.errors import EngineFailed, RefusedValue

MAX_DEPTH = 40
TAG = "typename"
"""Marks a value that JSON has no notation for. Refused as a key at every entrance, so that nobody can forge one."""

_PLAIN = frozenset({bool, type(None), date, datetime, time, timedelta})
_LARGEST_WHOLE = 2**63 - 1


def accepted(value: Any, depth: int = 0) -> Any:
    """A deep copy of ``value`` in plain types. Raises RefusedValue for anything a state could not keep faithfully."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if depth > MAX_DEPTH:
        raise RefusedValue("the value is nested too deeply")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return {_key(key): accepted(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [accepted(item, depth + 1) for item in value]
    raise RefusedValue(f"{kind.__name__} cannot be kept in a case")


def accepted_record(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """As ``accepted``, for what a form, an operation, a decision or a message brings; None brings nothing."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RefusedValue("variables come as a record")
    record: dict[str, Any] = accepted(value)
    return record


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise RefusedValue("the text is not valid Unicode") from error
    return value if type(value) is str else str.__str__(value)


def _number(value: int | float | Decimal) -> int | float | Decimal:
    if isinstance(value, int):
        return int(value) if abs(value) <= _LARGEST_WHOLE else Decimal(int(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise RefusedValue("the number is not finite")
        return value
    if not math.isfinite(value):
        raise RefusedValue("the number is not finite")
    return float(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise RefusedValue(f"the key {key!r} is no text")
    if key == TAG:
        raise RefusedValue(f"{TAG!r} is reserved and cannot be the name of a field")
    return _text(key)


def identical(left: Any, right: Any) -> bool:
    """Equal and of the same type all the way down: ``1`` is not ``True`` and ``0`` is not ``0.0``."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(item, right[key]) for key, item in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return bool(left == right) and (type(left) is str or str(left) == str(right))


def merged(base: Mapping[str, Any], branches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Three-way merge: each branch contributes only what it changed since ``base``; of two changes the later branch
    wins.

    Records are merged field by field. Lists that both sides only appended to are joined, lists of unchanged length are
    merged item by item, and of two lists changed in other ways the later one is taken whole.
    """
    result = dict(base)
    for branch in branches:
        for key, value in branch.items():
            if key not in base:
                result[key] = _both_new(result[key], value) if key in result else value
            elif not identical(base[key], value):
                result[key] = _merged_value(base[key], result[key], value) if key in result else value
        for key in base.keys() - branch.keys():
            result.pop(key, None)
    return result


def _both_new(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return merged({}, [ours, theirs])
    if isinstance(ours, list) and isinstance(theirs, list) and not identical(ours, theirs):
        return ours + theirs
    return theirs


def _merged_value(base: Any, ours: Any, theirs: Any) -> Any:
    if identical(base, theirs):
        return ours
    if identical(base, ours):
        return theirs
    if isinstance(base, dict) and isinstance(ours, dict) and isinstance(theirs, dict):
        return merged(base, [ours, theirs])
    if isinstance(base, list) and isinstance(ours, list) and isinstance(theirs, list):
        return _merged_list(base, ours, theirs)
    return theirs


def _merged_list(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    size = len(base)
    if identical(ours[:size], base) and identical(theirs[:size], base):
        return ours + theirs[size:]
    if len(ours) == len(theirs) == size:
        return [_merged_value(*items) for items in zip(base, ours, theirs, strict=True)]
    return theirs


_WRITERS: dict[type, Callable[[Any], str | list[int]]] = {
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: lambda value: [value.days, value.seconds, value.microseconds],
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*parts),
}


def written(value: Any) -> bytes:
    """JSON, with tagged records for what JSON has no notation for."""
    return orjson.dumps(value, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME)


def read(text: bytes) -> Any:
    """What ``written`` wrote. Raises EngineFailed if it is something else."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise EngineFailed(f"the state of the case cannot be read: {error}") from error
    # most states hold no tagged value; finding that out costs less than walking through them
    return _untagged(value) if TAG.encode() in text else value


def _tagged(value: Any) -> dict[str, Any]:
    write = _WRITERS.get(type(value))
    if write is None:
        raise TypeError(f"{type(value).__name__} cannot be written")
    return {TAG: type(value).__name__, "value": write(value)}


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if TAG in value:
        return _READERS[value[TAG]](value["value"])
    return {key: _untagged(item) for key, item in value.items()}
