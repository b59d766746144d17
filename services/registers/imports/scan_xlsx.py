"""A first look into a workbook, before anything is read from it: its true size, where its cells are, which of them
compute. The reader of values sees neither formulas nor errors, and lays every sheet out in full, down to its last cell.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import IO
from xml.parsers import expat

from services.registers.imports.bounds import MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED_BYTES, FileRefused

MAX_PARTS = 500
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".bin", ".tiff")
_CHUNK = 1 << 18
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_UNREADABLE = "这个 xlsx 文件已损坏，无法读取；请在 Excel 中打开后重新另存"


@dataclass
class SheetPart:
    """What was seen in one part of the workbook."""

    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scan:
    sheets: dict[str, str]
    """The names of the sheets in their order, and the part that each is in."""
    parts: dict[str, SheetPart]

    def of(self, sheet: str) -> SheetPart:
        return self.parts.get(self.sheets.get(sheet, ""), SheetPart())


def scan(content: bytes) -> Scan:
    """Raises FileRefused for what is too large, damaged, encrypted or tries more than a sheet of values needs to."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _scan(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, expat.ExpatError) as error:
        raise FileRefused(_UNREADABLE) from error
    except RuntimeError as error:
        # what the standard library raises for an entry with a password
        raise FileRefused("这个文件有密码，请在 Excel 中取消密码后重新保存") from error


def _scan(archive: zipfile.ZipFile) -> Scan:
    parts: dict[str, SheetPart] = {}
    book, relations = _Book(), _Relations()
    left = MAX_UNPACKED_BYTES
    if len(archive.infolist()) > MAX_PARTS:
        raise FileRefused(_UNREADABLE)
    for part in archive.infolist():
        if part.is_dir() or part.filename.lower().endswith(_PICTURES):
            continue
        seen = _Cells()
        listeners: dict[str, _Listener] = {"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": relations}
        with archive.open(part) as file:
            left = _read(file, listeners.get(part.filename, seen), left)
        parts[part.filename] = seen.found
    sheets = {name: relations.targets.get(relation, "") for name, relation in book.sheets}
    if not sheets or not set(sheets.values()) <= parts.keys():
        raise FileRefused(_UNREADABLE)
    return Scan(sheets, parts)


class _Listener:
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        raise NotImplementedError


def _read(file: IO[bytes], listener: _Listener, left: int) -> int:
    """Parse one part, which must be XML; returns how many bytes may still be unpacked."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = listener.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    while chunk := file.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            limit = MAX_UNPACKED_BYTES // 1_000_000
            raise FileRefused("解压后超过 {limit} MB，没有导入；请分成几个文件", limit=limit)
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return left


def _refuse_doctype(*_arguments: object) -> None:
    raise FileRefused(_UNREADABLE)


class _Book(_Listener):
    """The names of the sheets, in their order."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.endswith("}sheet"):
            self.sheets.append((attributes.get("name", ""), attributes.get(_RELATION.removeprefix("{"), "")))


class _Relations(_Listener):
    """Which part is behind which relation of the workbook."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.endswith("}Relationship"):
            target = attributes.get("Target", "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            self.targets[attributes.get("Id", "")] = path


class _Cells(_Listener):
    """Where the cells of a sheet are, which of them compute, and which hold an error."""

    def __init__(self) -> None:
        self.found = SheetPart()
        self._row = 0
        self._column = 0
        self._reference = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name[-2:]
        if kind == "}c":
            self._begin_cell(attributes)
        elif kind == "}f":
            self.found.formulas.append(self._reference)
        elif name.endswith("}row"):
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = 0

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
            reference = f"{_letters(self._column)}{self._row}"
            row = self._row
        else:
            letters = reference.rstrip("0123456789")
            self._column, row = _column(letters), _number(reference[len(letters) :], self._row)
        if row > MAX_ROWS + 1:
            raise FileRefused("超过 {limit} 行，请分成几个文件", limit=MAX_ROWS)
        if self._column > MAX_COLUMNS:
            raise FileRefused("超过 {limit} 列，请只保留要导入的列", limit=MAX_COLUMNS)
        self._reference = reference
        if attributes.get("t") == "e":
            self.found.errors.append(reference)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else MAX_ROWS + 2 if text else otherwise


@lru_cache(maxsize=1_000)
def _column(letters: str) -> int:
    """``A`` is 1; what names no column lies beyond all of them."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        return MAX_COLUMNS + 1
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
