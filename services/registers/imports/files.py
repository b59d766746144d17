"""A file that somebody gives us, as rows of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from services.registers.imports.bounds import MAX_BYTES, FileRefused
from services.registers.imports.cells import Cell
from services.registers.imports.read_csv import read_csv
from services.registers.imports.read_xlsx import read_xlsx

ENDINGS = (".csv", ".txt", ".xlsx")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """``rows[0]`` is row 1 of the file. ``read_as`` is the encoding or the name of the sheet."""

    name: str
    rows: list[list[Cell]]
    read_as: str


def read_file(filename: str, content: bytes, *, sheets: Sequence[str]) -> Sheet:
    """Raises FileRefused. What a file is, its content decides; the ending must not say otherwise."""
    name = PurePath(filename.replace("\\", "/")).name[:200]
    if len(content) > MAX_BYTES:
        raise FileRefused("文件超过 {limit} MB，没有导入；请分成几个文件", limit=MAX_BYTES // 1_000_000)
    if not content.strip():
        raise FileRefused("文件是空的")
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise FileRefused("这个文件有密码，请在 Excel 中取消密码后重新保存")
        raise FileRefused("不能读取旧的 .xls 格式；请在 Excel 中另存为 .xlsx")
    suffix = PurePath(name).suffix.lower()
    if suffix not in ENDINGS:
        raise FileRefused("不能导入 {suffix} 文件；请另存为 .xlsx 或 .csv", suffix=suffix or "?")
    if content.startswith(_ZIP) != (suffix == ".xlsx"):
        raise FileRefused("文件的内容与 {suffix} 不符，没有导入", suffix=suffix)
    rows, read_as = read_xlsx(content, sheets) if suffix == ".xlsx" else read_csv(content)
    return Sheet(name=name, rows=rows, read_as=read_as)
