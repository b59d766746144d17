"""CSV as people get it: in UTF-8, UTF-16 or GB18030, separated by commas, tabs or semicolons."""

from __future__ import annotations

import codecs
import csv
import io
import re

from services.registers.imports.bounds import MAX_COLUMNS, MAX_ROWS, FileRefused
from services.registers.imports.cells import Cell

_NOT_TEXT = "这个文件不是文本；请上传 CSV 或 xlsx 文件"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = (",", "\t", ";")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')


def read_csv(content: bytes) -> tuple[list[list[Cell]], str]:
    """The records as they stand, with the heading, and the name of the encoding. Raises FileRefused."""
    text, encoding = decode(content)
    if "\x00" in text:
        raise FileRefused(_NOT_TEXT)
    records: list[list[Cell]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True):
            if len(record) > MAX_COLUMNS:
                raise FileRefused("超过 {limit} 列，请只保留要导入的列", limit=MAX_COLUMNS)
            if len(records) > MAX_ROWS:
                raise FileRefused("超过 {limit} 行，请分成几个文件", limit=MAX_ROWS)
            records.append([_cell(field) for field in record])
    except csv.Error as error:
        raise FileRefused("第 {row} 行的引号不配对，无法读取", row=len(records) + 1) from error
    return records, encoding


def decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding it is in. Raises FileRefused for what is in none, and for a damaged UTF-8."""
    if content.startswith(_UTF16):
        return _strictly(content, "utf-16"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(content, error.start)
    return _strictly(content, "gb18030"), "GB18030"


def _refuse_damaged_utf8(content: bytes, at: int) -> None:
    """Half a character of UTF-8 also reads as GB18030, as nonsense: a text that is mostly UTF-8 is refused instead."""
    replaced = content.decode("utf-8", errors="replace")
    if 4 * len(_HAN.findall(replaced)) > replaced.count("\ufffd") or content.startswith(codecs.BOM_UTF8):
        row = content.count(b"\n", 0, at) + 1
        raise FileRefused("第 {row} 行有损坏的 UTF-8 字符；请重新导出文件，或另存为“CSV UTF-8”", row=row)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused("看不出文件的编码；请另存为“CSV UTF-8”，或上传 xlsx") from error


def _separator(text: str) -> str:
    """The one that occurs most in the heading, outside of quotes."""
    heading = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    return max(_SEPARATORS, key=heading.count)


def _cell(field: str) -> Cell:
    """A field without what spreadsheets need: the apostrophe before a sign, and the formula that keeps ``007``."""
    if field.startswith(_GUARDED):
        return field[1:]
    found = _QUOTED_FORMULA.fullmatch(field.strip())
    return found[1] if found else field
