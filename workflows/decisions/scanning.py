"""From the text of a cell to tokens. Names may hold spaces and signs, so the scanner is told which ones exist.

DMN 1.3, 10.3.1.2: a name ends where the longest known name ends; only an unknown name is cut at the first sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from workflows.expressions import ExpressionError

MAX_CELL = 4_000
KEYWORDS = frozenset({"true", "false", "null", "and", "or", "not", "between", "in", "if", "then", "else"})
LITERAL_FUNCTIONS = ("date and time", "date", "time", "duration")

_SPACE = re.compile(r"[\s\ufeff]+")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_SIGN = re.compile(r"\.\.|\*\*|<=|>=|!=|[-+*/<>=()\[\],.@?]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}
_LOOKALIKES = dict(zip("，（）＜＞＝“”－＋＊／。：【】≥≤≠", [*',()<>=""-+*/.:[]', ">=", "<=", "!="], strict=True))


class FeelSyntaxError(ExpressionError):
    """The text is no S-FEEL; the message names the character and what to write instead."""


@dataclass(frozen=True)
class Token:
    kind: str
    """``number``, ``string``, ``name``, ``keyword``, ``sign`` or ``end``"""
    text: str
    start: int


def scan(source: str, known_names: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of one cell, closed by an ``end``. Raises FeelSyntaxError."""
    if len(source) > MAX_CELL:
        raise FeelSyntaxError(f"内容超过 {MAX_CELL} 个字，请缩短，或拆成另一个决策")
    known, tokens, position = _known_pattern(known_names), [], _skip(source, 0)
    while position < len(source):
        token, position = _next(source, position, known)
        tokens.append(token)
        position = _skip(source, position)
    return [*tokens, Token("end", "", len(source))]


def normal_name(name: str) -> str:
    """A name with single spaces: FEEL takes names for equal that differ in white space only."""
    return " ".join(name.split())


def refuse(message: str, position: int) -> NoReturn:
    raise FeelSyntaxError(f"{message}（第 {position + 1} 个字符）")


def _skip(source: str, position: int) -> int:
    match = _SPACE.match(source, position)
    return match.end() if match else position


def _next(source: str, start: int, known: re.Pattern[str]) -> tuple[Token, int]:
    if match := known.match(source, start):
        return Token("name", normal_name(match[0]), start), match.end()
    if match := _NUMBER.match(source, start):
        return Token("number", match[0], start), match.end()
    if match := _STRING.match(source, start):
        return Token("string", _unescape(match[1], start), start), match.end()
    if match := _WORD.match(source, start):
        return _word(source, match)
    if match := _SIGN.match(source, start):
        return Token("sign", match[0], start), match.end()
    character = source[start]
    if character == '"':
        refuse("文字没有结束，请在末尾加上双引号", start)
    if character in _LOOKALIKES:
        refuse(f"这里不能用全角的“{character}”，请写 {_LOOKALIKES[character]}", start)
    refuse(f"“{character}”无法读懂", start)


def _word(source: str, match: re.Match[str]) -> tuple[Token, int]:
    """A keyword, or an undeclared name: all words up to the next keyword or sign belong to it."""
    if match[0] in KEYWORDS:
        return Token("keyword", match[0], match.start()), match.end()
    words, end = [match[0]], match.end()
    while (following := _WORD.match(source, _skip(source, end))) and following[0] not in KEYWORDS:
        words.append(following[0])
        end = following.end()
    return Token("name", " ".join(words), match.start()), end


def _unescape(text: str, start: int) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[3]:
            return _PLAIN_ESCAPES.get(match[3], match[0])
        code = int(match[1] or match[2], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            refuse(f"{match[0]} 不是一个字符", start)
        return chr(code)

    return _ESCAPE.sub(plain, text)


@lru_cache(maxsize=256)
def _known_pattern(known_names: frozenset[str]) -> re.Pattern[str]:
    # a name that begins like a number or a sign would hide the number or the sign itself
    names = {normal_name(name) for name in known_names if re.match(r"\s*[^\W\d]", name)} - KEYWORDS
    patterns = [_name_pattern(name) for name in sorted(names, key=len, reverse=True)]
    literals = [rf"{_name_pattern(name)}(?=\s*\()" for name in LITERAL_FUNCTIONS]
    return re.compile("|".join([*literals, *patterns]))


def _name_pattern(name: str) -> str:
    # the end of a known name inside a longer word is no end: "Age" is not in "Agenda"
    boundary = r"(?!\w)" if re.match(r"\w", name[-1]) else ""
    return r"\s+".join(re.escape(part) for part in name.split(" ")) + boundary
