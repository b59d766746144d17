"""``process.toml`` and ``en.toml`` changed value by value: comments, order and what is not known here stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Table

from workflows import toml
from workflows.errors import DefinitionError, Problem
from workflows.toml import TomlError

KNOWN = (
    *("key", "title", "description", "category", "number", "subject", "amount", "day", "starters", "facts"),
    *("same_approver", "nobody", "provides", "variables", "cancel", "outcomes", "messages", "compensation"),
)
MAX_DEPTH = 40


def read_toml(raw: bytes, file: str) -> dict[str, Any]:
    """The file as plain values. Raises DefinitionError with the line where it cannot be read."""
    try:
        return toml.read_toml(raw)
    except TomlError as error:
        line = error.line
        message = f"第 {line} 行附近写法不对，无法读懂" if line else "内容无法读懂，请检查引号和括号"
        problem = Problem(severity="error", file=file, element="", message=message, line=line)
        raise DefinitionError([problem]) from error


def edit_toml(raw: bytes, changes: Mapping[str, Any], file: str) -> bytes:
    """The file with ``changes``: a plain value or a table for each key, None where it is taken away.

    What already has the value is left as it is written. A table is changed entry by entry, and goes with its last one.
    Raises DefinitionError where the file cannot be read.
    """
    read_toml(raw, file)
    try:
        document = toml.read_document(raw)
    except TomlError as error:
        problem = Problem(severity="error", file=file, element="", message="内容无法读懂，请检查引号和括号")
        raise DefinitionError([problem]) from error
    for key, value in changes.items():
        _put(document, key, value)
    return tomlkit.dumps(document).encode()


def unknown_keys(document: Mapping[str, Any]) -> list[str]:
    """What stands in a ``process.toml`` and no form of the program shows."""
    return [key for key in document if key not in KNOWN]


def _put(place: Any, key: str, value: Any) -> None:
    if value is None or value == {}:
        place.pop(key, None)
    elif isinstance(value, Mapping):
        _put_table(place, key, value)
    elif key not in place or not _same(_plain(place[key]), value):
        place[key] = value


def _put_table(place: Any, key: str, value: Mapping[str, Any]) -> None:
    if key not in place or not isinstance(place[key], Mapping):
        # a table of tables alone needs no head of its own: [messages.paid]
        bare = all(isinstance(each, Mapping) for each in value.values())
        place[key] = tomlkit.table(is_super_table=bare)
    inner = place[key]
    for gone in [name for name in inner if name not in value]:
        inner.pop(gone)
    for name, each in value.items():
        if each == {} and name not in inner:
            inner[name] = tomlkit.table()
        elif each != {}:
            _put(inner, name, each)
    if isinstance(inner, Table) and not inner:
        place.pop(key)


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _same(old: Any, new: Any) -> bool:
    """``True`` and ``1`` are one for Python and two for the file."""
    return type(old) is type(new) and bool(old == new)
