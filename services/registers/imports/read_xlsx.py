"""Values of an xlsx as they are stored there; the values come from calamine (docs/adr/0018)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import python_calamine

from services.registers.imports.bounds import FileRefused
from services.registers.imports.cells import Cell
from services.registers.imports.scan_xlsx import Scan, scan

_NAMED = 10
"""So many cells are named in a refusal."""


def read_xlsx(content: bytes, wanted: Sequence[str]) -> tuple[list[list[Cell]], str]:
    """The rows of the first sheet, or of the one that bears one of the ``wanted`` names, and its name.

    The first row is row 1 of the sheet, also where it is empty. Raises FileRefused.
    """
    seen = scan(content)
    sheet = _chosen(list(seen.sheets), wanted)
    _refuse_computed(seen, sheet)
    try:
        with python_calamine.CalamineWorkbook.from_object(BytesIO(content)) as book:
            found = book.get_sheet_by_name(sheet)
            columns_before = found.start[1] if found.start else 0
            left: list[Cell] = [None] * columns_before
            rows: list[list[Cell]] = [[*left, *row] for row in found.iter_rows()]
            return rows, sheet
    except Exception as error:
        raise FileRefused("这个 xlsx 文件已损坏，无法读取；请在 Excel 中打开后重新另存") from error
    except BaseException as error:
        # a fault inside of the reader comes as an exception of no common class
        if type(error).__name__ != "PanicException":
            raise
        raise FileRefused("这个 xlsx 文件已损坏，无法读取；请在 Excel 中打开后重新另存") from error


def _chosen(sheets: list[str], wanted: Sequence[str]) -> str:
    """The sheet that is named like the register, else the first."""
    by_name = {name.strip().casefold(): name for name in reversed(sheets)}
    return next((by_name[name.casefold()] for name in wanted if name.casefold() in by_name), sheets[0])


def _refuse_computed(seen: Scan, sheet: str) -> None:
    part = seen.of(sheet)
    if part.formulas:
        raise FileRefused(
            "工作表“{sheet}”里有公式：{cells}。公式的结果不会被导入；请选中这些单元格，复制，再“选择性粘贴→数值”，保存后重新上传",
            sheet=sheet,
            cells=_named(part.formulas),
        )
    if part.errors:
        raise FileRefused(
            "工作表“{sheet}”里有错误值：{cells}；请改正后重新上传", sheet=sheet, cells=_named(part.errors)
        )


def _named(cells: list[str]) -> str:
    more = f"…（{len(cells)}）" if len(cells) > _NAMED else ""
    return "、".join(cells[:_NAMED]) + more
