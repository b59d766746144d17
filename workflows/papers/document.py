"""A paper as it will be seen, before anybody has chosen between a page and a PDF.

Both are made from this, so that they cannot say different things. A paper is a pile of ruled grids; every row of a grid
is ``UNITS`` wide.
"""

from __future__ import annotations

from dataclasses import dataclass

UNITS = 120

PLAIN, SMALL, NAME = "plain", "small", "name"
"""How words are set: as text, as a remark below something, as the name of who signed."""
START, CENTER, END = "start", "center", "end"


@dataclass(frozen=True, kw_only=True)
class Words:
    """One paragraph; it may have lines of its own."""

    text: str
    style: str = PLAIN


@dataclass(frozen=True, kw_only=True)
class Cell:
    span: int
    words: tuple[Words, ...] = ()
    label: bool = False
    """Printed on the form, not filled in."""
    align: str = START
    rows: int = 1
    tall: int = 0
    """At least so many millimetres, written from the top."""

    @property
    def text(self) -> str:
        return "\n".join(words.text for words in self.words)


Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    rows: tuple[Row, ...]
    head: int = 0
    """So many rows come again on every page."""


@dataclass(frozen=True, kw_only=True)
class Signing:
    """One place of a line to sign on: 经理：＿＿＿."""

    label: str
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    title: str
    number: str
    state: str
    """Beside the number: that the paper is not finished, or nothing."""
    stamp: str
    """Across the paper: that the case was rejected, withdrawn or cancelled, or nothing."""
    landscape: bool
    grids: tuple[Grid, ...]
    line: tuple[Signing, ...] = ()
    line_first: bool = False
    """The line to sign on stands above the grids, not below."""


def cell(text: str, span: int, *, align: str = START, rows: int = 1, tall: int = 0) -> Cell:
    """A cell that somebody filled in, or that is left empty."""
    words = (Words(text=text),) if text else ()
    return Cell(span=span, words=words, align=align, rows=rows, tall=tall)


def label(text: str, span: int, *, rows: int = 1) -> Cell:
    return Cell(span=span, words=(Words(text=text),) if text else (), label=True, align=CENTER, rows=rows)


def shares(wishes: list[float], total: int = UNITS, *, least: int = 1) -> list[int]:
    """``total`` in whole parts as the wishes are to each other, none below ``least``; what is left over goes to those
    that were cut most."""
    whole = sum(wishes) or 1
    exact = [wish * total / whole for wish in wishes]
    parts = [max(least, int(each)) for each in exact]
    order = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
    for at in order:
        if sum(parts) < total:
            parts[at] += 1
    while sum(parts) != total:
        widest = max(range(len(parts)), key=lambda at: parts[at])
        parts[widest] += 1 if sum(parts) < total else -1
    return parts
