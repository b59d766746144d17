"""The figures of complaints as a workbook: a sheet for each way to part them, and no text that becomes a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any

import xlsxwriter

from services.complaints.figures import LEVEL_NUMBERS, SCORES, Figures, Report

COLUMNS = (
    "件数",
    "未结案",
    "首次响应中位数（小时）",
    "首次响应平均（小时）",
    "解决中位数（小时）",
    "解决平均（小时）",
    "升级至客户关系主管",
    "升级至客户服务部经理",
    "升级至总经理",
    "重新处理",
    "5 分",
    "4 分",
    "3 分",
    "2 分",
    "1 分",
    "平均满意度",
)
Say = Callable[[str], str]
"""A word of the page in the reader's language."""


def tables(found: Report, say: Say) -> Iterable[tuple[str, list[list[Any]]]]:
    """The tables of the page with their headings, each under its title."""
    parts: Sequence[tuple[str, Mapping[str, Figures]]] = (
        ("月份", found.months),
        ("类型", found.types),
        ("来源", found.sources),
        ("地区", found.regions),
    )
    for title, lines in parts:
        heading = [say(title), *map(say, COLUMNS)]
        rows = [[say(name) if name else say("未填地区"), *_cells(line)] for name, line in lines.items()]
        yield say(title), [heading, *rows, [say("合计"), *_cells(found.total)]]


def write_workbook(file: IO[bytes], found: Report, say: Say) -> None:
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@", "quote_prefix": True})
        for title, rows in tables(found, say):
            page = book.add_worksheet(title)
            page.freeze_panes(1, 1)
            page.set_column(0, len(COLUMNS), 16)
            for number, row in enumerate(rows):
                for at, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(number, at, cell, text if number else bold)
                    elif cell is not None:
                        page.write_number(number, at, cell)


def _cells(line: Figures) -> list[Any]:
    times = (line.response_median, line.response_average, line.resolution_median, line.resolution_average)
    average = line.satisfaction_average
    return [
        line.count,
        line.open,
        *(None if minutes is None else round(minutes / 60, 2) for minutes in times),
        *(line.escalated.get(level, 0) for level in LEVEL_NUMBERS),
        line.reopened,
        *(line.satisfaction.get(score, 0) for score in SCORES),
        None if average is None else round(average, 2),
    ]
