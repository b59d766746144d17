"""JSON files as people write them: one way to read one, whatever its bytes are."""

from __future__ import annotations

import json
from typing import Any

MAX_DEPTH = 60


class JsonError(ValueError):
    """A file that cannot be read as JSON, with the line where that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


def read_json(raw: bytes | str) -> Any:
    """What the file says. Raises JsonError, and nothing else whatever the file holds.

    A text that no page and no database could keep (NUL, half of a surrogate pair) is a mistake like any other.
    """
    try:
        found = json.loads(raw, parse_constant=_refuse)
    except RecursionError as error:
        raise JsonError("套得太深，请减少嵌套") from error
    except ValueError as error:
        raise JsonError(str(error), getattr(error, "lineno", None)) from error
    _require_plain(found)
    return found


def _refuse(name: str) -> Any:
    raise JsonError(f"{name} 不是数")


def _require_plain(document: Any) -> None:
    level = [document]
    for _depth in range(MAX_DEPTH):
        if not all(_is_plain(value) for value in level if isinstance(value, str)):
            raise JsonError("含有不能保存的字符")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise JsonError("套得太深，请减少嵌套")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _is_plain(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False
