"""Where every name and text of a JSON, TOML or XML file stands, so that one word can be changed and nothing else is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Text:
    """A stretch of a file as it reads; ``at[i]`` is where its character ``i`` stands in the file."""

    text: str
    at: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where characters of the text stand in the file."""
        return self.at[start], self.at[end]


@dataclass(frozen=True)
class Spot:
    """A key, or a value that is text, with the way to it."""

    path: Path
    is_key: bool
    text: Text


@dataclass(frozen=True)
class Tag:
    """A start tag of an XML file: its attributes by name, and the text behind it up to the next tag."""

    attributes: dict[str, Text]
    text: Text


def _read(raw: str, start: int, end: int, pieces: re.Pattern[str], meaning: Callable[[str], str]) -> Text:
    text, at = [], []
    for match in pieces.finditer(raw, start, end):
        said = meaning(match[0])
        text.append(said)
        at += [match.start()] * len(said)
    return Text("".join(text), (*at, end))


def _plain(raw: str, start: int, end: int) -> Text:
    return Text(raw[start:end], tuple(range(start, end + 1)))


# JSON

_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_JSON_PIECE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u.{4}|\\.|.", re.DOTALL)


def _json_piece(piece: str) -> str:
    return str(json.loads(f'"{piece}"')) if piece[0] == "\\" else piece


def json_spots(raw: str) -> Iterator[Spot]:
    """Every key and every text of a file that is valid JSON, from top to bottom."""
    path: list[str | int] = []
    is_key = False
    for match in _JSON.finditer(raw):
        sign = match[0]
        if sign in "{[":
            path.append("" if sign == "{" else 0)
            is_key = sign == "{"
        elif sign in "}]":
            path.pop()
            is_key = False
        elif sign == ",":
            is_key = isinstance(path[-1], str)
            path[-1] = path[-1] if isinstance(path[-1], str) else path[-1] + 1
        elif sign == ":":
            is_key = False
        else:
            text = _read(raw, match.start() + 1, match.end() - 1, _JSON_PIECE, _json_piece)
            if is_key:
                path[-1] = text.text
            yield Spot(tuple(path), is_key, text)


# TOML

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_SAME_LINE = re.compile(r"[^\n]*")
_BARE = re.compile(r"[^\s,\[\]{}=#\"'.]+")
_BARE_VALUE = re.compile(r"[^,\[\]{}#\n]+")
_QUOTED = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_TOML_PIECE = re.compile(r"\\u.{4}|\\U.{8}|\\[ \t]*\n\s*|\\.|.", re.DOTALL)
_TOML_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def _toml_piece(piece: str) -> str:
    if piece[0] != "\\":
        return piece
    if piece[1] in "uU":
        return chr(int(piece[2:], 16))
    return "" if piece[1] in " \t\n" else _TOML_ESCAPES.get(piece[1], piece[1])


class _Toml:
    """A file that ``tomllib`` has read already: nothing is checked here."""

    def __init__(self, raw: str) -> None:
        self.raw, self.at = raw, 0
        self.spots: list[Spot] = []
        self._tables: dict[Path, int] = {}

    def read(self) -> list[Spot]:
        base: Path = ()
        self._skip()
        while self.at < len(self.raw):
            if self.raw[self.at] == "[":
                base = self._header()
            else:
                self._pair(base)
                match = _SAME_LINE.match(self.raw, self.at)
                self.at = match.end() if match else self.at
            self._skip()
        return self.spots

    def _skip(self) -> str:
        match = _SPACE.match(self.raw, self.at)
        self.at = match.end() if match else self.at
        return self.raw[self.at : self.at + 1]

    def _header(self) -> Path:
        several = self.raw.startswith("[[", self.at)
        self.at += 2 if several else 1
        parts = self._parts()
        self.at += 2 if several else 1
        path: Path = ()
        for number, text in enumerate(parts):
            path = (*path, text.text)
            self.spots.append(Spot(path, True, text))
            if several and number == len(parts) - 1:
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:
                path = (*path, self._tables[path])
        return path

    def _parts(self) -> list[Text]:
        """A dotted key, up to what follows it."""
        parts: list[Text] = []
        while True:
            self._skip()
            match = _QUOTED.match(self.raw, self.at) or _BARE.match(self.raw, self.at)
            if match is None:
                return parts
            parts.append(self._string(match) if match[0][0] in "\"'" else _plain(self.raw, *match.span()))
            self.at = match.end()
            if self._skip() != ".":
                return parts
            self.at += 1

    def _string(self, match: re.Match[str]) -> Text:
        mark = match[0][:3] if match[0][:3] in ('"""', "'''") else match[0][0]
        start, end = match.start() + len(mark), match.end() - len(mark)
        if len(mark) == 3 and self.raw.startswith("\n", start):
            start += 1
        return _plain(self.raw, start, end) if mark[0] == "'" else _read(self.raw, start, end, _TOML_PIECE, _toml_piece)

    def _pair(self, base: Path) -> None:
        path = base
        for text in self._parts():
            path = (*path, text.text)
            self.spots.append(Spot(path, True, text))
        self.at += 1  # the sign of equality
        self._value(path)

    def _value(self, path: Path) -> None:
        sign = self._skip()
        if sign in ("[", "{"):
            self._inside(path, sign)
        elif match := _QUOTED.match(self.raw, self.at):
            self.spots.append(Spot(path, False, self._string(match)))
            self.at = match.end()
        elif match := _BARE_VALUE.match(self.raw, self.at):
            self.at = match.end()

    def _inside(self, path: Path, sign: str) -> None:
        self.at += 1
        number = 0
        while (following := self._skip()) not in ("]", "}", ""):
            if following == ",":
                self.at += 1
                number += 1
            elif sign == "[":
                self._value((*path, number))
            else:
                self._pair(path)
        self.at += 1


def toml_spots(raw: str) -> list[Spot]:
    """Every key and every text of a file that is valid TOML, from top to bottom."""
    return _Toml(raw).read()


# XML

_MARKUP = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>|</[^>]*>"
    r"|<(?P<tag>[^\s/>!?]+(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.DOTALL)
_XML_PIECE = re.compile(r"&[^;]*;|\r\n|.", re.DOTALL)


def _of_text(piece: str) -> str:
    return html.unescape(piece) if piece[0] == "&" else "\n" if piece == "\r\n" else piece


def _of_attribute(piece: str) -> str:
    return html.unescape(piece) if piece[0] == "&" else " " if piece[0] in "\r\n\t" else piece


def xml_tags(raw: str) -> list[Tag]:
    """The start tags of a file that is well-formed XML, in the order in which a parser gives its elements."""
    tags: list[Tag] = []
    marks = list(_MARKUP.finditer(raw))
    for number, mark in enumerate(marks):
        if mark["tag"] is not None:
            tags.append(Tag(_attributes(raw, mark), _text_behind(raw, marks, number)))
    return tags


def _attributes(raw: str, mark: re.Match[str]) -> dict[str, Text]:
    found = {}
    for match in _ATTRIBUTE.finditer(raw, mark.start("tag"), mark.end("tag")):
        group = 2 if match[2] is not None else 3
        found[match[1]] = _read(raw, match.start(group), match.end(group), _XML_PIECE, _of_attribute)
    return found


def _text_behind(raw: str, marks: list[re.Match[str]], number: int) -> Text:
    start = marks[number].end()
    if marks[number][0].endswith("/>"):
        return Text("", (start,))
    text = ""
    at: tuple[int, ...] = ()
    for mark in marks[number + 1 :]:
        part = _read(raw, start, mark.start(), _XML_PIECE, _of_text)
        text, at, start = text + part.text, at + part.at[:-1], mark.end()
        if mark["cdata"] is None:
            return Text(text, (*at, mark.start()))
        inside = _plain(raw, *mark.span("cdata"))
        text, at = text + inside.text, at + inside.at[:-1]
    return Text(text, (*at, start))
