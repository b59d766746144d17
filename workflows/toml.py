"""TOML as people write it: one way to read a file, whatever its bytes are, and one to change it with its comments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

MAX_BYTES = 300_000
MAX_DEPTH = 40
# The reader takes the square of a dotted name's length, minutes for a long one: such are looked for first.
_LONG_NAME = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]{1,200}+|"(?:[^"\\\n]|\\.){0,200}+"|'[^'\n]{0,200}+')[ \t]{0,200}+\.[ \t]{0,200}+)"""
    rf"{{{MAX_DEPTH}}}",
    re.ASCII,
)
_NUL = re.compile(r"\\u0000|\\U00000000|\\x00")


class TomlError(ValueError):
    """A file that cannot be read as TOML, with the line where that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


def read_toml(raw: bytes) -> dict[str, Any]:
    """The file as plain values. Raises TomlError, and nothing else whatever the file holds."""
    if len(raw) > MAX_BYTES:
        raise TomlError(f"超过 {MAX_BYTES // 1_000} KB")
    try:
        text = raw.decode("utf-8-sig")
        if _LONG_NAME.search(text):
            raise TomlError("套得太深，请减少嵌套")
        found = tomllib.loads(text)
    except TomlError:
        raise
    except RecursionError as error:
        raise TomlError("套得太深，请减少嵌套") from error
    except (ValueError, ArithmeticError) as error:
        # not every mistake comes as TOMLDecodeError: a number of ten thousand digits is a bare ValueError
        line = re.search(r"at line (\d+)", str(error))
        raise TomlError(str(error), int(line[1]) if line else None) from error
    if _NUL.search(text):
        raise TomlError("含有不能保存的字符")
    if not _is_shallow(found):
        raise TomlError("套得太深，请减少嵌套")
    return found


def read_document(raw: bytes) -> tomlkit.TOMLDocument:
    """The file for changing, its comments and order kept. Raises TomlError."""
    read_toml(raw)
    try:
        return tomlkit.parse(raw.decode("utf-8-sig"))
    except (TOMLKitError, RecursionError, ValueError) as error:
        raise TomlError(str(error), getattr(error, "line", None)) from error


def _is_shallow(document: Mapping[str, Any]) -> bool:
    """Dotted names nest without any recursion of the reader; whoever walks the values recurses."""
    level: list[Any] = [document]
    for _depth in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return True
    return False


def _inside(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value
    return [each for each in values if isinstance(each, dict | list)]
