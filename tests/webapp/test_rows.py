"""Rows and the other kinds of fields, as a page without script shows and takes them, and as the API does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from lxml.html import HtmlElement

from tests.support.clients import ApiClient, PoliteClient
from tests.support.rows import COLUMNS, KEY, line, publish_rows
from workflows.errors import DefinitionError

Browse = Callable[[str], PoliteClient]
PLACE = f"/start/{KEY}"
GOOD = {**line(0, customer="C001", quantity="2", value="1,200.50", result="a"), "customer": "C002", "result": "b"}


@pytest.fixture(autouse=True)
def process(app: Flask) -> None:
    publish_rows()


def value(page: HtmlElement, path: str) -> str:
    """What the control with this path holds; of a look-up the code."""
    [control] = page.xpath(f"//main//*[@name='{path}' and not(ancestor::template) and not(ancestor::noscript)]")
    if control.tag == "select":
        return str((control.xpath("./option[@selected]/@value") or [""])[0])
    return str(control.text or "" if control.tag == "textarea" else control.get("value", ""))


def rows(page: HtmlElement) -> list[HtmlElement]:
    return list(page.xpath("//tbody[@data-rows='lines']/tr"))


def words(node: HtmlElement) -> str:
    return " ".join(node.text_content().split())


def started(browse: Browse, **typed: str) -> str:
    location = browse("specialist").submit(PLACE, {**GOOD, **typed})
    assert isinstance(location, str)
    return location


def test_a_form_opens_with_an_empty_row_that_does_not_count(browse: Browse) -> None:
    client = browse("specialist")
    page = client.get(PLACE)
    assert len(rows(page)) == 1
    assert value(page, "lines-0-quantity") == "1"
    proposed = {name: value(page, name) for name in ("lines-0-quantity", "lines-0-quantity~default")}
    refused = client.submit(PLACE, proposed, 422)
    assert words(refused.xpath("//*[@data-error-summary]//li")[0]) == "明细：此项必填"


def test_everything_typed_comes_back_beside_what_is_wrong_and_the_errors_lead_to_their_cells(browse: Browse) -> None:
    typed = {
        **line(0, customer="C001", quantity="2", value="1,200.50", result="a"),
        **line(1, quantity="1"),  # left alone
        "lines-1-quantity~default": "1",
        **line(4, customer="C999", quantity="viele", value="30", result="b"),
        "result": "c",
        "topics": ["x", "y"],
        "urgent": "false",
        "at": "09:30",
        "fee": "12.5",
    }
    page = browse("specialist").submit(PLACE, typed, 422)
    assert [value(page, f"lines-{row}-{name}") for row in (0, 1) for name in ("customer", "quantity", "result")] == [
        *("C001", "2", "a"),
        *("C999", "viele", "b"),
    ]
    assert page.xpath("//*[@id='field-lines-0-customer']/@value") == ["上海晨光科技有限公司"]
    assert page.xpath("//input[@name='result' and @checked]/@value") == ["c"]
    assert page.xpath("//input[@name='topics' and @checked]/@value") == ["x", "y"]
    assert page.xpath("//input[@name='urgent' and @checked]") == []
    assert [value(page, name) for name in ("at", "fee")] == ["09:30", "12.5"]
    links = page.xpath("//*[@data-error-summary]//a")
    assert [(link.get("href"), words(link)) for link in links] == [
        ("#field-lines-1-quantity", "明细 · 第 2 行 · 数量"),
        ("#field-lines-1-customer", "明细 · 第 2 行 · 馈赠对象"),
    ]
    for link in links:
        [cell] = page.xpath(f"//*[@id='{link.get('href')[1:]}']")
        assert cell.get("aria-invalid") == "true"
        assert page.xpath(f"//*[@id='{cell.get('aria-describedby')}']")


def test_without_script_a_further_row_is_asked_for_and_nothing_typed_is_lost(browse: Browse) -> None:
    client = browse("specialist")
    page = client.submit(PLACE, {**GOOD, "add_row": "lines", "region": "华东"}, 200)
    assert len(rows(page)) == 3
    assert value(page, "lines-0-value") == "1200.50"
    assert value(page, "region") == "华东"
    assert page.xpath("//*[@data-error-summary]") == []
    assert client.get("/inbox?view=started").xpath("//tr[@data-href]") == []


def test_what_was_emptied_stays_empty(browse: Browse) -> None:
    """Also where the form would open with something."""
    page = browse("specialist").submit(PLACE, {"urgent": "false"}, 422)
    assert page.xpath("//input[@name='urgent' and @checked]") == []
    client = browse("specialist")
    assert client.post(f"/drafts/start/{KEY}", {"urgent": "false"}).status_code == 204
    assert client.get(PLACE).xpath("//input[@name='urgent' and @checked]") == []


def test_a_register_fills_what_is_empty_and_what_nobody_may_type(app: Flask, browse: Browse) -> None:
    case = started(browse, address="自己写的地址", **{"lines-0-address": "自己写的地址"})
    data = ApiClient(app, "specialist").get(case)["data"]
    search = browse("specialist").raw("/lookup/customers?q=C00&with=address,region").json["items"]
    known = {item["value"]: item["entry"] for item in search}
    assert data["address"] == known["C002"]["address"]
    assert data["lines"][0]["address"] == known["C001"]["address"]
    assert data["region"] == known["C002"]["region"]
    kept = started(browse, region="自己写的地区")
    assert ApiClient(app, "specialist").get(kept)["data"]["region"] == "自己写的地区"


def test_labels_are_read_everywhere(app: Flask, browse: Browse) -> None:
    case = started(browse, topics="y", urgent="true", fee="12.5")
    page = browse("specialist").get(case)
    read = words(page.xpath("//main")[0])
    for said in ("商谈成功", "建立关系", "上海晨光科技有限公司", "12.50 元", "1,200.50", "是"):
        assert said in read
    assert "有希望" in words(page.xpath("//h1")[0])
    found = ApiClient(app, "specialist").get("/search?q=商谈成功")["items"]
    assert [item["case"]["number"] for item in found if item["case"]["number"].startswith("MX")]
    assert ApiClient(app, "specialist").get(case)["data"]["result"] == "b"


def test_the_manager_reads_by_row_what_a_rework_changed(browse: Browse) -> None:
    case = started(browse, **line(1, customer="C002", quantity="1", result="c"))
    manager, specialist = browse("manager"), browse("specialist")
    task = str(manager.get("/inbox").xpath("//tr[@data-href]/@data-href")[0])
    manager.submit(task, {"outcome": "return", "comment": "数量不对"})
    again = str(specialist.get("/inbox").xpath("//tr[@data-href]/@data-href")[0])
    shown = specialist.get(again)
    assert len(rows(shown)) == 3
    assert value(shown, "lines-1-customer") == "C002"
    changed = {
        **line(0, customer="C001", quantity="3", value="1200.50", result="a"),
        **line(1, customer="C003", quantity="9", result="b"),
    }
    specialist.submit(again, {**changed, "customer": "C002", "result": "b", "outcome": "submit"})
    page = manager.get(str(manager.get("/inbox").xpath("//tr[@data-href]/@data-href")[0]))
    told = [words(row) for row in page.xpath("//*[@id='changed']//tbody/tr")]
    assert told[0] == "明细 · 第 1 行 · 数量修改 2 3"
    assert told[1].startswith("明细 · 第 2 行新增 —")
    assert told[2].startswith("明细 · 第 2 行删除")
    assert "再度访问" in told[2]
    assert len(told) == 3
    browse("outsider").get(case, 404)


def test_the_api_takes_rows_and_names_bad_cells(app: Flask) -> None:
    client = ApiClient(app, "specialist")
    good = {"customer": "C001", "quantity": 2, "value": "1200.50", "result": "a"}
    bad: list[Any] = [good, {"customer": "C999", "quantity": 0, "odd": 1}, "no row"]
    refused = client.post("/cases", {"process": KEY, "data": {"lines": bad}}, 422)
    assert {(error["field"], error["message"]) for error in refused["errors"]} == {
        ("lines.1.customer", "没有这个客户，请从列表中选择"),
        ("lines.1.quantity", "不能小于 1"),
        ("lines.1.odd", "没有这个字段"),
        ("lines.2", "内容不正确"),
    }
    case = client.post("/cases", {"process": KEY, "data": {"lines": [good, {**good, "value": 0.5}]}}, 201)
    assert Decimal(str(case["data"]["total"])) == Decimal("1201.00")
    assert [row["quantity"] for row in case["data"]["lines"]] == [2, 2]


@pytest.mark.parametrize(
    "lines",
    [
        [{"customer": "C001", "quantity": 1}] * 10_000,
        [[[[[[[[[]]]]]]]]],
        {"0": {"customer": "C001"}},
        "lines",
        [None, 1, True, {}],
        [{"customer": {"code": "C001"}, "quantity": [1]}],
        [{"customer": "C" * 100_000, "quantity": 10**40}],
    ],
)
def test_hostile_rows_are_refused(app: Flask, lines: Any) -> None:
    ApiClient(app, "specialist").post("/cases", {"process": KEY, "data": {"lines": lines}}, 422)


def test_hostile_controls_come_back(browse: Browse) -> None:
    client = browse("specialist")
    many = {f"lines-{number}-quantity": "1" for number in range(300)}
    page = client.submit(PLACE, many, 422)
    assert words(page.xpath("//*[@data-error-summary]//li")[0]) == "明细：最多 60 项"
    odd = {"lines-99999-customer": "C001", "lines-x-customer": "C001", "lines--1-customer": "C001", "lines": "C001"}
    assert words(client.submit(PLACE, odd, 422).xpath("//*[@data-error-summary]//li")[0]) == "明细：此项必填"


def test_a_form_that_looks_into_no_register_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COLUMNS["customer"], "x-source", "nobody")
    with pytest.raises(DefinitionError, match=r"forms/request.json \[lines/customer\] 没有“nobody”这个台账"):
        publish_rows()


def test_the_look_up_brings_along_what_is_asked_for_and_nothing_else(browse: Browse) -> None:
    client = browse("specialist")
    [found] = client.raw("/lookup/customers?q=C001&with=address,secret").json["items"]
    assert found["value"] == "C001"
    assert found["entry"].keys() == {"address"}
    assert "entry" not in client.raw("/lookup/customers?q=C001").json["items"][0]
    assert client.raw("/lookup/nobody?q=x").status_code == 404
