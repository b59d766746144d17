"""The order register in the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.address_change import NEW, NUMBER, add_order, move, order, start
from tests.support.clients import PoliteClient

Browse = Callable[[str], PoliteClient]
pytestmark = pytest.mark.usefixtures("app")


def words(page: object) -> str:
    return " ".join(page.text_content().split())  # type: ignore[attr-defined]


def test_the_list_is_searched_and_filtered(browse: Browse) -> None:
    add_order(tracking_number="SF7788", state="collected")
    presales = browse("presales")
    assert "订单" in words(presales.get("/registers"))
    assert NUMBER in words(presales.get("/registers/orders"))
    assert NUMBER in words(presales.get("/registers/orders?q=SF7788&state=collected"))
    assert "没有符合条件的记录" in words(presales.get("/registers/orders?q=没有的人"))
    assert "起始日期晚于结束日期" in words(presales.get("/registers/orders?from=2026-12-01&to=2026-11-01"))
    assert "日期无法识别" in words(presales.get("/registers/orders?from=昨天"))
    presales.get("/registers/orders?cursor=99999999999999999999&state=lost")
    assert NUMBER in words(presales.get("/registers/orders?from=0001-01-01&to=9999-12-31"))


def test_the_warehouse_prints_and_the_courier_collects(browse: Browse) -> None:
    add_order()
    warehouse = browse("warehouse")
    warehouse.submit(f"/registers/orders/{NUMBER}", {"state": "printed", "pickup_at": "2026-11-23T17:00"})
    courier = browse("courier")
    courier.submit(
        f"/registers/orders/{NUMBER}", {"state": "collected", "carrier": "顺丰速运", "tracking_number": "SF1"}
    )
    page = words(courier.get(f"/registers/orders/{NUMBER}"))
    assert "何建军 · 页面" in page
    assert "马超 · 页面" in page
    assert "2026-11-23 17:00" in page
    assert (order().state, order().tracking_number) == ("collected", "SF1")


def test_a_correction_asks_for_its_reason_and_keeps_what_was_chosen(browse: Browse) -> None:
    add_order(state="collected")
    courier = browse("courier")
    page = courier.submit(f"/registers/orders/{NUMBER}", {"state": "printed", "reason": ""}, 422)
    assert "原因：请写明原因" in words(page)
    courier.submit(f"/registers/orders/{NUMBER}", {"state": "printed", "reason": "扫错了包裹"})
    assert "更正：扫错了包裹" in words(courier.get(f"/registers/orders/{NUMBER}"))


def test_a_wrong_time_is_named(browse: Browse) -> None:
    add_order()
    page = browse("warehouse").submit(f"/registers/orders/{NUMBER}", {"state": "printed", "pickup_at": "下午"}, 422)
    assert "日期无法识别" in words(page)
    assert order().state == "unprinted"


def test_an_order_shows_its_changes_of_address_and_starts_one(browse: Browse) -> None:
    add_order()
    first = start()
    second = start("supervisor", address="杭州市西湖区文三路 90 号")
    presales = browse("presales")
    page = presales.get(f"/registers/orders/{NUMBER}")
    assert first.number in words(page)
    assert second.number in words(page)
    assert page.xpath("//a[contains(@href, '/start/address_change?order=')]")
    waiting = browse("supervisor").get(f"/cases/{second.id}")
    assert f"排在 {first.number} 之后" in words(waiting)


def test_the_task_shows_the_order_as_it_stands_and_how_it_may_end(browse: Browse) -> None:
    add_order(state="printed", carrier="顺丰速运", pickup_at="2026-11-23T17:00:00+08:00")
    case = start()
    warehouse = browse("warehouse")
    [address] = warehouse.get("/inbox?view=todo").xpath("//tr[@data-list-item]/@data-href")
    page = warehouse.get(address)
    said = words(page)
    assert "订单状态 已打印" in said
    assert "顺丰速运 11-23 17:00" in said
    assert [button.text_content().strip() for button in page.xpath("//button[@name='outcome'][@form='decision']")][
        :2
    ] == ["已更改", "快递已取走"]
    move("collected")
    answer = warehouse.post(address, {"outcome": "changed", "comment": "", "seen": "4"})
    assert answer.status_code == 409
    assert "已收件" in answer.text
    assert order().address != NEW["address"]
    assert case.number in answer.text


def test_a_delivered_order_offers_no_change(browse: Browse) -> None:
    add_order(state="delivered")
    page = browse("presales").get(f"/registers/orders/{NUMBER}")
    assert not page.xpath("//a[contains(@href, '/start/address_change')]")


def test_only_the_posts_change_orders_and_only_posts_read_them(app: Flask, browse: Browse) -> None:
    add_order()
    specialist = browse("specialist")
    assert not specialist.get(f"/registers/orders/{NUMBER}").xpath("//button[@name='state']")
    assert specialist.post(f"/registers/orders/{NUMBER}", {"state": "printed"}).status_code == 403
    outsider = browse("outsider")
    assert specialist.raw("/lookup/orders?q=DD").status_code == 200
    assert outsider.raw("/lookup/orders?q=DD").status_code == 403
    outsider.get("/registers/orders", 403)
    outsider.get(f"/registers/orders/{NUMBER}", 403)
    assert outsider.post(f"/registers/orders/{NUMBER}", {"state": "printed"}).status_code == 403


def test_what_an_order_brings_along_stays_on_a_refused_form(browse: Browse) -> None:
    add_order()
    presales = browse("presales")
    refused = presales.submit("/start/address_change", {"order": NUMBER, "address": ""}, status=422)
    assert order().address in words(refused)


def test_a_replaced_change_says_by_what(browse: Browse) -> None:
    add_order()
    first = start()
    second = start(address="杭州市西湖区文三路 9 号", replace=True)
    page = browse("presales").get(f"/cases/{first.id}")
    assert f"已被 {second.number} 替代" in words(page)
