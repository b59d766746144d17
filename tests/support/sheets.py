"""Files as people have them: CSV in several encodings, xlsx made by a real writer, and xlsx that nobody should take."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[Any]]


def csv_of(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(rows: Rows, *, sheet: str = "Sheet1", before: Sequence[str] = (), from_1904: bool = False) -> bytes:
    """Texts as texts, numbers and dates as such; a text that begins with ``=`` and a space is a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": from_1904})
    for name in before:
        book.add_worksheet(name).write_formula(0, 0, "=1+1")
    page = book.add_worksheet(sheet)
    day, moment = (book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str) and value.startswith("= "):
                page.write_formula(at, column, value)
            elif isinstance(value, str):
                page.write_string(at, column, value)
            elif isinstance(value, date):
                page.write_datetime(at, column, value, moment if isinstance(value, datetime) else day)
            elif value is not None:
                page.write(at, column, value)
    book.close()
    return out.getvalue()


def with_parts(content: bytes, change: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """The xlsx with some of its parts changed; a part that it has not is added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, change[part.filename](data) if part.filename in change else data)
        for name in change.keys() - set(old.namelist()):
            new.writestr(name, change[name](b""))
    return out.getvalue()
