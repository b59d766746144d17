"""Types: what the names in ``typeRef`` mean, and whether a value is of a type (DMN 1.3, 7.3.2 and 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workflows.decisions.model import FeelType
from workflows.decisions.operators import Notes
from workflows.decisions.parsing import UnaryTests
from workflows.decisions.values import (
    from_python,
    kind_name,
    kind_of,
    read_date,
    read_date_time,
    read_duration,
    read_time,
    show,
)

_ALIASES = {
    **dict.fromkeys(("number", "integer", "long", "double", "decimal", "int", "float"), "number"),
    **dict.fromkeys(("string", "text"), "string"),
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    **dict.fromkeys(("date and time", "dateTime", "datetime"), "date and time"),
    **dict.fromkeys(("days and time duration", "dayTimeDuration"), "days and time duration"),
    **dict.fromkeys(("years and months duration", "yearMonthDuration"), "years and months duration"),
    **dict.fromkeys(("context", "Context"), "context"),
    **dict.fromkeys(("Any", "any", "", "list", "function", "undefined", "Null"), "Any"),
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": read_date,
    "time": read_time,
    "date and time": read_date_time,
    "days and time duration": read_duration,
    "years and months duration": read_duration,
}

Allowed = Callable[[UnaryTests, Any], bool]


def find_builtin(name: str) -> FeelType | None:
    """The type behind ``number``, ``feel:string``, ``dateTime`` and so on; None for a name the file must define."""
    base = _ALIASES.get(name.strip()) or _ALIASES.get(name.rpartition(":")[2].strip())
    return FeelType(base=base) if base else None


def conform(value: Any, wanted: FeelType, label: str, notes: Notes, allowed: Allowed) -> Any:
    """``value`` as ``wanted``, or null and a note when it is none.

    Text becomes a date, time or duration where one is wanted, because JSON has no such values; a single value becomes
    a list of one where a list is wanted, and back.
    """
    if value is None:
        return None
    if wanted.is_collection:
        items = value if isinstance(value, list | tuple) else [value]
        return [_conform_item(item, wanted, label, notes, allowed) for item in items]
    if isinstance(value, list | tuple) and len(value) == 1 and wanted.base != "Any":
        value = value[0]
    return _conform_item(value, wanted, label, notes, allowed)


def _conform_item(value: Any, wanted: FeelType, label: str, notes: Notes, allowed: Allowed) -> Any:
    value = from_python(value)
    value = _read_text(value, wanted.base)
    if value is None:
        return None
    if wanted.base not in ("Any", kind_of(value)):
        notes.add(f"{label} 的值 {show(value)} 不是{kind_name(wanted.base)}")
        return None
    if wanted.components:
        value = {
            **value,
            **{
                name: conform(value.get(name), part, f"{label}.{name}", notes, allowed)
                for name, part in wanted.components.items()
            },
        }
    if wanted.allowed and not allowed(wanted.allowed, value):
        notes.add(f"{label} 的值 {show(value)} 不在可选值 {wanted.allowed.source} 中")
        return None
    return value


def _read_text(value: Any, base: str) -> Any:
    if not isinstance(value, str) or base not in _READERS:
        return value
    try:
        return _READERS[base](value)
    except (ValueError, ArithmeticError):
        return value
