"""What is read out of a file, and what is refused with which sentence. No database."""

from __future__ import annotations

import contextlib
import random
from datetime import date, datetime
from typing import Any

import pytest

from services.registers.imports.bounds import MAX_ROWS, FileRefused
from services.registers.imports.files import read_file
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, LAYOUTS, ORDERS
from services.registers.imports.rows import ReadFile, read_rows
from tests.support.sheets import Rows, csv_of, with_parts, xlsx_of

SHEET = "xl/worksheets/sheet1.xml"
CUSTOMER_ROWS = [["编号", "名称", "地址"], ["007", "上海某公司", "上海市\n浦东新区，1 号"], ["A-2", "“某”公司", ""]]


def read(register: str, name: str, content: bytes) -> ReadFile:
    layout = LAYOUTS[register]
    return read_rows(layout, read_file(name, content, sheets=(layout.title, layout.register)))


def of_xlsx(register: str, rows: Rows, **options: Any) -> ReadFile:
    return read(register, "file.xlsx", xlsx_of(rows, **options))


def reasons(found: ReadFile) -> list[tuple[int, str, str]]:
    return [(row.number, one.column, one.reason) for row in found.refused for one in row.problems]


def refusal(name: str, content: bytes, register: str = CUSTOMERS) -> str:
    with pytest.raises(FileRefused) as refused:
        read(register, name, content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "said"),
    [
        ("utf-8", ",", "UTF-8"),
        ("utf-8-sig", ";", "UTF-8"),
        ("gb18030", ",", "GB18030"),
        ("gbk", "\t", "GB18030"),
        ("utf-16", "\t", "UTF-16"),
    ],
)
def test_a_csv_is_read_in_every_common_encoding(encoding: str, delimiter: str, said: str) -> None:
    found = read(CUSTOMERS, "客户.csv", csv_of(CUSTOMER_ROWS, encoding=encoding, delimiter=delimiter))
    assert found.read_as == said
    assert [(row.number, row.key, row.values) for row in found.rows] == [
        (2, "007", {"code": "007", "name": "上海某公司", "address": "上海市\n浦东新区，1 号"}),
        (3, "A-2", {"code": "A-2", "name": "“某”公司", "address": ""}),
    ]


def test_an_xlsx_says_the_same_as_the_csv() -> None:
    assert of_xlsx(CUSTOMERS, CUSTOMER_ROWS).rows == read(CUSTOMERS, "a.csv", csv_of(CUSTOMER_ROWS)).rows


def test_the_sheet_that_bears_the_registers_name_is_read() -> None:
    found = of_xlsx(CUSTOMERS, CUSTOMER_ROWS, sheet="客户", before=["说明", "汇总"])
    assert (found.read_as, len(found.rows)) == ("客户", 2)


def test_headings_are_known_in_both_languages_and_any_order() -> None:
    rows = [["AMOUNT（元）", "收货人", " Number* ", "颜色", "State", "备注二"], [12.5, "王", "D1", "红", "已收件", 1]]
    found = of_xlsx(ORDERS, rows)
    assert found.unknown == ["颜色", "备注二"]
    assert found.rows[0].values == {"number": "D1", "amount": "12.50", "recipient": "王", "state": "collected"}


def test_the_heading_may_stand_below_empty_rows_and_rows_keep_their_numbers() -> None:
    found = of_xlsx(GIFTS, [[], [], ["编号", "名称", "库存"], [], ["G1", "茶叶", 3], ["G2", "", "三"]])
    assert [row.number for row in found.rows] == [5]
    assert reasons(found) == [(6, "礼品名称", "此项必填"), (6, "库存", "应为整数")]


def test_a_table_may_stand_anywhere_on_the_sheet() -> None:
    found = of_xlsx(GIFTS, [[], [None, None, "编号", "名称"], [None, None, "G1", "茶叶"]])
    assert [(row.number, row.values) for row in found.rows] == [(3, {"code": "G1", "name": "茶叶"})]


@pytest.mark.parametrize(
    ("heading", "cell", "value"),
    [
        ("金额", "￥1,234.50", "1234.50"),
        ("金额", 0.1 + 0.2, "0.30"),
        ("金额", "12元", "12.00"),
        ("收货电话", 13800000001, "13800000001"),
        ("运单号", 999_999_999_999_999, "999999999999999"),
        ("运单号", "SF0012", "SF0012"),
        ("商品", "=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("状态", "delivered", "delivered"),
        ("状态", "未打印", "unprinted"),
        (
            "下单时间",
            datetime(2026, 11, 20, 9, 30, 7),  # noqa: DTZ001 - a cell knows no zone
            "2026-11-20T01:30:07+00:00",
        ),
        ("下单时间", date(2026, 11, 20), "2026-11-19T16:00:00+00:00"),
        ("下单时间", "2026年11月20日 9:30", "2026-11-20T01:30:00+00:00"),
        ("下单时间", "2026/1/2", "2026-01-01T16:00:00+00:00"),
        ("下单时间", "2026-11-20T09:30:00+09:00", "2026-11-20T00:30:00+00:00"),
        ("取件时间", "", None),
    ],
)
def test_cells_that_are_understood(heading: str, cell: Any, value: Any) -> None:
    layout = LAYOUTS[ORDERS]
    found = of_xlsx(ORDERS, [["number", heading], ["D1", cell]])
    column = layout.find(heading)
    assert column is not None
    assert (reasons(found), found.rows[0].values[column.key]) == ([], value)


@pytest.mark.parametrize(
    ("heading", "cell", "part"),
    [
        ("金额", -1, "不能是负数"),
        ("金额", "1e5", "应为数字"),
        ("金额", 1e308, "数字太大"),
        ("金额", 1.005, "最多 2 位小数"),
        ("金额", True, "应为数字"),
        ("金额", date(2026, 1, 2), "应为数字"),
        ("金额", "1,23,4", "应为数字"),
        ("运单号", 1.23456789012346e17, "末尾几位已经丢失"),
        ("运单号", 10**15, "末尾几位已经丢失"),
        ("运单号", "1.23457E+17", "末尾几位已经丢失"),
        ("收货电话", date(2026, 1, 2), "变成了日期"),
        ("收货人", "王" * 41, "最多 40 个字"),
        ("商品", "a\x07b", "控制字符"),
        ("状态", "已取消", "没有“已取消”这一项，可以填：未打印、已打印、已收件、已送达"),
        ("下单时间", 46_000, "是数字，不是日期"),
        ("下单时间", "11/20/2026", "看不懂这个日期"),
        ("下单时间", "2026-02-30", "看不懂这个日期"),
        ("下单时间", "0001-01-01", "日期应在 1901 年到 2199 年之间"),
        ("下单时间", "2026-11-20 25:00", "看不懂这个日期"),
    ],
)
def test_cells_that_are_refused_with_a_reason(heading: str, cell: Any, part: str) -> None:
    if isinstance(cell, str) and "\x07" in cell:
        found = read(ORDERS, "a.csv", csv_of([["number", heading], ["D1", cell]]))
    else:
        found = of_xlsx(ORDERS, [["number", heading], ["D1", cell]])
    [(number, _column, reason)] = reasons(found)
    assert number == 2
    assert part in reason


def test_dates_counted_from_1904_are_the_same_days() -> None:
    rows = [["编号", "名称", "联系人", "生日"], ["C1", "甲", "王", date(1985, 6, 18)]]
    assert of_xlsx(CUSTOMERS, rows, from_1904=True).rows == of_xlsx(CUSTOMERS, rows).rows
    [(_row, _column, reason)] = reasons(of_xlsx(CUSTOMERS, [rows[0], ["C1", "甲", "王", date(1900, 1, 5)]]))
    assert "日期应在 1901 年" in reason


def test_a_number_of_an_order_is_never_made_up() -> None:
    found = of_xlsx(ORDERS, [["订单编号"], ["000123"], [20261120000001], [2.0261120000000e17]])
    assert [row.key for row in found.rows] == ["000123", "20261120000001"]
    assert [(number, column) for number, column, _reason in reasons(found)] == [(4, "订单编号")]


def test_what_is_there_twice_is_named_with_both_rows() -> None:
    found = of_xlsx(CUSTOMERS, [["编号", "名称"], ["C1", "甲"], ["C2", "乙"], ["C1", "丙"]])
    assert reasons(found) == [(4, "编号", "与第 2 行重复")]
    budgets = of_xlsx(BUDGETS, [["月份", "部门", "金额"], ["2026-11", "甲", 1], [date(2026, 11, 1), "甲", 2]])
    assert reasons(budgets) == [(3, "月份", "与第 2 行重复")]


def test_hours_that_are_unwelcome_are_read_by_the_rules_of_visits() -> None:
    found = of_xlsx(CUSTOMERS, [["编号", "名称", "不宜拜访时间"], ["C1", "甲", "周五下午"], ["C2", "乙", "看心情"]])
    assert [row.key for row in found.rows] == ["C1"]
    assert "看心情" in reasons(found)[0][2]


def test_a_contact_without_a_name_is_refused() -> None:
    found = of_xlsx(
        CUSTOMERS, [["编号", "名称", "联系人", "联系人电话"], ["C1", "甲", "", "138"], ["C2", "乙", "", ""]]
    )
    assert reasons(found) == [(2, "联系人", "填写了联系人的资料，但没有联系人姓名")]
    assert found.rows[0].values == {"code": "C2", "name": "乙"}
    assert "缺少必需的列：联系人" in refusal("a.csv", csv_of([["编号", "名称", "联系人电话"], ["C1", "甲", "1"]]))


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.csv", b"", "文件是空的"),
        ("a.csv", csv_of([["编号", "名称"]]), "只有标题行"),
        ("a.csv", csv_of([["code"], ["C1"]]), "缺少必需的列：客户名称"),
        ("a.csv", csv_of([["编号", "code", "名称"], ["1", "2", "3"]]), "“编号”这一列出现了两次"),
        ("a.csv", "编号,名称\nC1,甲".encode()[:-1], "第 2 行有损坏的 UTF-8 字符"),
        ("a.csv", "编号,名称\nC1,甲".encode() + "\nC2,乙".encode("gbk"), "第 3 行有损坏的 UTF-8 字符"),
        ("a.csv", b"code,name\n\x00\x01,\xff", "编码"),
        ("a.csv", b"code,name\n\x00,x", "不是文本"),
        ("a.csv", "编号,名称\nC1,甲".encode("utf-16-le"), ""),
        ("a.csv", b'code,name\nC1,"x', "引号不配对"),
        ("a.csv", b"code,name," + b"x," * 1_000_000, "超过 60 列"),
        ("a.csv", b"code,name\n" + b"C1,x\n" * (MAX_ROWS + 1), "超过 200000 行"),
        ("a.pdf", b"%PDF-1.7", "不能导入 .pdf 文件"),
        ("a.xlsx", b"code,name\nC1,x", "内容与 .xlsx 不符"),
        ("a.csv", xlsx_of(CUSTOMER_ROWS), "内容与 .csv 不符"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "另存为 .xlsx"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "有密码",
        ),
        ("a.xlsx", b"PK\x03\x04 and nothing more", "已损坏"),
        ("a.xlsx", xlsx_of(CUSTOMER_ROWS)[:-200], "已损坏"),
        ("a.csv", b"x" * 50_000_001, "超过 50 MB"),
    ],
)
def test_files_that_are_refused_whole(name: str, content: bytes, part: str) -> None:
    assert part in refusal(name, content)


def test_formulas_are_named_by_their_cells() -> None:
    said = refusal("a.xlsx", xlsx_of([["编号", "名称"], ["C1", "甲"], ["C2", "= A2&B2"], ["= A1", "丁"]]))
    assert "有公式：B3、A4。" in said
    assert "选择性粘贴" in said
    many = refusal("a.xlsx", xlsx_of([["编号", "名称"], *(["C1", "= 1+1"] for _row in range(30))]))
    assert "B11…（30）" in many


def test_an_error_of_the_spreadsheet_is_no_empty_cell() -> None:
    bad = with_parts(
        xlsx_of([["编号", "名称"], ["C1", "甲"]]),
        {
            SHEET: lambda xml: xml.replace(
                b"</sheetData>", b'<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row></sheetData>'
            )
        },
    )
    assert "有错误值：A3" in refusal("a.xlsx", bad)


def entities(xml: bytes) -> bytes:
    return xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet', 1)


def bomb(_xml: bytes) -> bytes:
    return b"<sst><si><t>" + b"a" * 300_000_001 + b"</t></si></sst>"


def cell_at(reference: bytes) -> Any:
    return lambda xml: xml.replace(b'r="A1"', b'r="' + reference + b'"', 1)


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({SHEET: entities}, "已损坏"),
        ({SHEET: lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"&a;" * 10)}, "已损坏"),
        ({"xl/sharedStrings.xml": bomb}, "解压后超过"),
        ({SHEET: cell_at(b"XFD1")}, "超过 60 列"),
        ({SHEET: cell_at(b"A1048576")}, "超过 200000 行"),
        ({SHEET: cell_at(b"A99999999999999999999")}, "超过 200000 行"),
        ({SHEET: cell_at(b"AAAAAAAAAA1")}, "超过 60 列"),
        ({SHEET: cell_at("甲1".encode())}, "超过 60 列"),
        ({SHEET: lambda xml: xml.decode().encode("utf-16")}, ""),
        ({SHEET: lambda _xml: b"no xml"}, "已损坏"),
        ({"xl/workbook.xml": lambda xml: xml.replace(b"rId1", b"rId9")}, "已损坏"),
        ({"xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"worksheets/sheet1.xml", b"media/a.png")}, "已损坏"),
        ({f"xl/part{number}.xml": lambda _xml: b"<a/>" for number in range(600)}, "已损坏"),
    ],
)
def test_hostile_workbooks_are_refused(parts: Any, part: str) -> None:
    assert part in refusal("a.xlsx", with_parts(xlsx_of(CUSTOMER_ROWS), parts))


def test_damaged_bytes_are_refused_or_read_and_never_break_anything() -> None:
    chance = random.Random(4)
    sound = {"a.xlsx": xlsx_of(CUSTOMER_ROWS), "a.csv": csv_of(CUSTOMER_ROWS, encoding="gbk")}
    for _round in range(300):
        for name, content in sound.items():
            damaged = bytearray(content)
            for _byte in range(chance.randint(1, 6)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            with contextlib.suppress(FileRefused):
                read(CUSTOMERS, name, bytes(damaged))
