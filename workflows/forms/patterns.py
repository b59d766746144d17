"""Whether a pattern that a form asks of a text can be matched in bounded time, whatever is typed."""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 300
MANY = 20
"""A part that may be repeated more often than that counts as repeated without end."""
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


def find_in_pattern(pattern: Any) -> str:
    """What is wrong with it, in a sentence; empty where nothing is.

    A text can be split among a repetition within a repetition in twice as many ways with each letter, and where it does
    not match all of them are tried.
    """
    if not isinstance(pattern, str):
        return "格式（pattern）应为文字"
    if len(pattern) > MAX_PATTERN:
        return f"格式（pattern）最多 {MAX_PATTERN} 个字符，请简化"
    try:
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return f"格式（pattern）{pattern[:60]!r} 无法读懂，请检查括号和反斜杠"
    if _is_endless(tree, inside=False):
        return f"格式（pattern）{pattern[:60]!r} 在重复中又有重复，可能永远比不完，请改写成只有一层重复"
    return ""


def _is_endless(tree: Any, *, inside: bool) -> bool:
    return any(_part_is_endless(code, value, inside=inside) for code, value in tree)


def _part_is_endless(code: Any, value: Any, *, inside: bool) -> bool:
    if code in _REPEATS:
        least, most, part = value
        many = most > MANY
        varies = least != most
        return (inside and varies and most > 1) or _is_endless(part, inside=inside or many)
    if code is codes.BRANCH:
        return inside or any(_is_endless(part, inside=inside) for part in value[1])
    if code is codes.SUBPATTERN:
        return _is_endless(value[3], inside=inside)
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return _is_endless(value[1], inside=inside)
    return code is codes.GROUPREF and inside
