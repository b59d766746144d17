"""Files in the browser: chosen, shown, confirmed; and what comes out again."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import python_calamine
from flask import Flask
from sqlalchemy import delete

from services.database import db
from services.registers.models import DbOrder, DbOrderEvent
from tests.support.clients import PoliteClient, check_page
from tests.support.sheets import csv_of, xlsx_of
from tests.webapp.test_cli import huiqian
from webapp.settings import Settings

Browse = Callable[[str], PoliteClient]
ROWS = [["订单编号", "客户编号", "状态", "金额"], ["T1", "C001", "未打印", 12.5], ["T2", "C002", "已打印", 8]]


@pytest.fixture(autouse=True)
def without_own_orders(app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.execute(delete(DbOrderEvent))
    db.session.execute(delete(DbOrder).where(DbOrder.number.like("T%")))
    db.session.commit()


def upload(client: PoliteClient, content: bytes, name: str = "订单.xlsx", register: str = "orders") -> Any:
    return client.post(f"/registers/{register}/import", {"file": (io.BytesIO(content), name)})


def staged(client: PoliteClient, content: bytes, name: str = "订单.xlsx") -> str:
    answer = upload(client, content, name)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", page.text_content())


def orders() -> dict[str, str]:
    db.session.expire_all()
    db.session.rollback()
    found = db.session.query(DbOrder).filter(DbOrder.number.like("T%"))
    return {order.number: order.state for order in found}


def test_a_file_is_shown_first_and_taken_over_when_confirmed(browse: Browse) -> None:
    presales = browse("presales")
    address = staged(presales, xlsx_of(ROWS))
    page = presales.get(address)
    assert page.xpath("//dl[@class='hq-counts']//dd/descendant-or-self::*[not(*)]/text()") == ["0", "0", "2", "0"]
    assert "金额12.50" in words(page)
    assert orders() == {}
    page = presales.get(str(presales.submit(address, {})))
    assert "已导入：新增 2，更改 0，不变 0" in words(page)
    assert tuple(page.xpath("//table//tbody/tr[1]/td[1]/text()") + page.xpath("//table//tbody/tr[1]/td[2]/text()")) == (
        "订单.xlsx",
        "周婷",
    )
    assert orders() == {"T1": "unprinted", "T2": "printed"}
    again = presales.get(staged(presales, xlsx_of(ROWS)))
    assert "文件与台账完全一致" in words(again)
    assert not again.xpath("//button[contains(., '确认导入')]")


def test_bad_rows_can_be_downloaded_corrected_and_brought_again(browse: Browse) -> None:
    presales = browse("presales")
    address = staged(presales, xlsx_of([*ROWS, ["T3", "C999", "未知", -1]]))
    page = presales.get(address)
    assert "有 1 行不能导入，所以什么都不会更改" in words(page)
    assert not page.xpath("//button[contains(., '确认导入')]")
    assert presales.submit(address, {}).endswith("/registers/orders/import")  # type: ignore[union-attr]
    content = presales.raw(f"{address}/refused").data
    with python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)) as book:
        heading, row = book.get_sheet_by_index(0).to_python()
    assert heading == ["订单编号", "客户编号", "状态", "金额", "原行号", "原因"]
    assert row[:5] == ["T3", "C999", "未知", "-1", "4"]
    assert "状态：没有“未知”这一项" in row[5]
    assert orders() == {}
    fixed = xlsx_of([heading, ["T3", "C001", "未打印", "1", "4", row[5]]])
    presales.submit(staged(presales, fixed), {})
    assert orders() == {"T3": "unprinted"}


def test_unknown_columns_are_named_and_left_out_on_request(browse: Browse) -> None:
    presales = browse("presales")
    address = staged(presales, csv_of([["number", "颜色"], ["T1", "红"]]), "a.csv")
    page = presales.submit(address, {}, 422)
    assert "不认识这些列：颜色" in words(page)
    assert "请确认忽略这些列" in words(page)
    presales.submit(address, {"ignore_unknown": "1"})
    assert orders() == {"T1": "unprinted"}


def test_what_changed_since_the_preview_is_shown_again(browse: Browse) -> None:
    presales, courier = browse("presales"), browse("courier")
    presales.submit(staged(presales, xlsx_of(ROWS)), {})
    address = staged(presales, csv_of([["number", "state"], ["T1", "已打印"]]), "a.csv")
    courier.submit(staged(courier, csv_of([["number", "state"], ["T1", "已收件"]]), "b.csv"), {})
    page = presales.submit(address, {}, 409)
    assert "预览之后有人更改了台账，没有导入任何内容" in words(page)
    assert "不能退回“已打印”" in words(page)
    assert orders()["T1"] == "collected"


@pytest.mark.parametrize(
    ("content", "name", "part"),
    [
        (b"", "", "请选择文件"),
        (b"", "a.csv", "文件是空的"),
        (b"%PDF-1.7", "a.pdf", "不能导入 .pdf 文件"),
        (xlsx_of([["订单编号"], ["= 1+1"]]), "a.xlsx", "有公式：A2"),
        (csv_of([["a"], ["b"]]), "a.csv", "缺少必需的列：订单编号"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_page(
    browse: Browse, content: bytes, name: str, part: str
) -> None:
    answer = upload(browse("presales"), content, name)
    assert answer.status_code == 422
    assert part in words(check_page(answer).xpath("//*[@id='file-error']")[0])


def test_a_refusal_is_also_said_in_english(browse: Browse) -> None:
    presales = browse("presales")
    presales.post("/language", {"language": "en", "next": "/inbox"})
    answer = upload(presales, xlsx_of([["订单编号"], ["= 1+1"]]), "a.xlsx")
    assert "Sheet “Sheet1” has formulas: A2." in answer.text
    page = presales.get(staged(presales, csv_of([["number", "state"], ["T1", "gone"]]), "a.csv"))
    assert "There is no “gone”; possible are" in words(page)


def test_discarding_forgets_the_file(browse: Browse) -> None:
    presales = browse("presales")
    address = staged(presales, xlsx_of(ROWS))
    presales.submit(f"{address}/discard", {})
    presales.get(address, 404)
    assert orders() == {}


@pytest.mark.parametrize("register", ["customers", "orders", "gifts", "budgets"])
def test_the_outsider_brings_nothing(browse: Browse, register: str) -> None:
    outsider = browse("outsider")
    outsider.get(f"/registers/{register}/import", 403)
    assert upload(outsider, xlsx_of(ROWS), register=register).status_code == 403
    assert outsider.post(f"/registers/{register}/import/1", {}).status_code == 403
    outsider.get(f"/registers/{register}/import/1/refused", 403)


def test_nobody_sees_or_confirms_the_file_of_another(browse: Browse) -> None:
    address = staged(browse("presales"), xlsx_of(ROWS))
    courier = browse("courier")
    for path in (address, f"{address}/refused"):
        courier.get(path, 404)
    assert courier.post(address, {}).status_code == 404
    assert courier.post(f"{address}/discard", {}).status_code == 404
    assert orders() == {}


def test_a_register_leaves_as_a_file(browse: Browse) -> None:
    presales = browse("presales")
    presales.submit(staged(presales, xlsx_of(ROWS)), {})
    answer = presales.raw("/registers/orders/export?q=T1")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert disposition.isascii()
    assert "订单" in unquote(disposition)
    with python_calamine.CalamineWorkbook.from_object(io.BytesIO(answer.data)) as book:
        assert [row[0] for row in book.get_sheet_by_index(0).to_python()] == ["订单编号", "T1"]
    lines = presales.raw("/registers/orders/export?q=T1&format=csv").data.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("T1,C001,未打印")
    assert browse("outsider").raw("/registers/orders/export").status_code == 403
    assert browse("gifts").raw("/registers/budgets/export").status_code == 403


def test_the_command_line(app: Flask, settings: Settings, tmp_path: Path) -> None:
    good, bad = tmp_path / "orders.xlsx", tmp_path / "orders.csv"
    good.write_bytes(xlsx_of(ROWS))
    bad.write_bytes(csv_of([["number", "state"], ["T1", "已收件"], ["T2", "未打印"], ["T3", "x"]], encoding="gbk"))
    done = huiqian(settings, "import", "orders", str(good), "--preview")
    assert (done.returncode, done.stdout) == (0, "2 orders: 2 new, 0 changed, 0 unchanged\n"), done.stderr
    assert orders() == {}
    assert huiqian(settings, "import", "orders", str(good)).returncode == 0
    refused = huiqian(settings, "import", "orders", str(bad), "--json")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "第 3 行 状态：订单 T2 现在是“已打印”，不能退回“未打印”；请更新文件或删去这一行，确要更正请在订单页面写明原因",
        "第 4 行 状态：没有“x”这一项，可以填：未打印、已打印、已收件、已送达",
    ]
    said = json.loads(refused.stdout)
    assert (said["applied"], said["read_as"], [one["row"] for one in said["problems"]]) == (False, "GB18030", [3, 4])
    assert orders() == {"T1": "unprinted", "T2": "printed"}
    bad.write_bytes(b"\xff\x00")
    assert huiqian(settings, "import", "orders", str(bad)).stderr.count("\n") == 1


def test_people_come_from_an_xlsx_as_well(app: Flask, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    file.write_bytes(xlsx_of([["username", "name", "department"], ["li4x", "李四", "销售部"], ["", "王五", "销售部"]]))
    refused = huiqian(settings, "users", "import", str(file), "--password", "a long password")
    assert refused.returncode == 1
    assert "第 3 行" in refused.stderr
