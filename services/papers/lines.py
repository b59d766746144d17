"""Texts in lines: Chinese may be parted anywhere but at its marks, other words stay whole where they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

# what must not begin a line, and what must not end one
_NOT_FIRST = frozenset("、，。；：？！）》」』】〕”’…—％%,.;:?!)]}°℃")
_NOT_LAST = frozenset("（《「『【〔“‘([{￥¥")

Measure = Callable[[str, float, bool], float]
"""The width of a text at a size; ``True`` asks for the bold face."""


def break_lines(text: str, width: float, size: float, bold: bool, measure: Measure) -> list[str]:
    """The text in lines no wider than ``width``. Words stay whole where they fit; a word that is too long is cut."""
    return [line for paragraph in text.split("\n") for line in _broken(paragraph, width, size, bold, measure)]


def balanced(text: str, width: float, size: float, bold: bool, measure: Measure) -> list[str]:
    """The same for a heading: its lines are about as long as each other."""
    lines = break_lines(text, width, size, bold, measure)
    narrow = width
    while len(lines) > 1 and narrow > size:
        narrow -= size / 2
        tried = break_lines(text, narrow, size, bold, measure)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def _broken(paragraph: str, width: float, size: float, bold: bool, measure: Measure) -> Iterator[str]:
    line = ""
    for piece in _pieces(paragraph):
        if measure(line + piece.rstrip(), size, bold) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while measure(line.rstrip(), size, bold) > width and len(line) > 1:
            fits = _fitting(line, width, size, bold, measure)
            yield line[:fits]
            line = line[fits:]
    yield line.rstrip()


def _fitting(text: str, width: float, size: float, bold: bool, measure: Measure) -> int:
    """How many characters of the text fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], size, bold) <= width else (low, middle - 1)
    return low


def _pieces(paragraph: str) -> Iterator[str]:
    """What must stay together on a line: a word, or a Chinese character with the marks that belong to it."""
    piece = ""
    for character in paragraph:
        joined = piece and (
            character in _NOT_FIRST
            or character == " "
            or piece[-1] in _NOT_LAST
            or (_is_latin(piece[-1]) and _is_latin(character))
        )
        if piece and not joined:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _is_latin(character: str) -> bool:
    return character != " " and ord(character) < 0x2E80
