"""The gift register on its pages and through the API, and what a gift's pages show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from lxml import html

from tests.support.clients import ApiClient, PoliteClient
from tests.support.gift import check_gifts, handed_out, line, planned, reviewed, start, stock
from tests.support.hospitality import open_tasks

Browse = Callable[[str], PoliteClient]
pytestmark = pytest.mark.usefixtures("app")
NOW = datetime.now(UTC)


def words(page: html.HtmlElement | str) -> str:
    assert not isinstance(page, str)
    return " ".join(page.text_content().split())


def link_of(client: PoliteClient, path: str, text: str) -> list[str]:
    """Where the links with that text lead."""
    page = client.get(path)
    assert not isinstance(page, str)
    return [str(link.get("href")) for link in page.xpath("//a") if text in words(link)]


def typed(**changes: Any) -> dict[str, Any]:
    """What a browser sends of 礼品馈赠申请表."""
    values = {
        "date": (NOW + timedelta(days=3)).date().isoformat(),
        "lines-0-customer": "C001",
        "lines-0-recipient": "周建国",
        "lines-0-gift": "G001",
        "lines-0-quantity": "2",
        "lines-0-value": "536",
    }
    return {**values, **{name.replace("__", "-"): value for name, value in changes.items()}}


def test_a_request_is_filled_in_on_the_page(browse: Browse) -> None:
    specialist = browse("specialist")
    case = str(specialist.submit("/start/gift", typed()))
    page = words(specialist.get(case))
    assert "礼品馈赠 · 上海晨光科技有限公司" in page
    assert "龙井茶礼盒" in page


def test_the_form_says_what_is_known_before_it_is_submitted(browse: Browse) -> None:
    specialist = browse("specialist")
    answer = specialist.post(
        "/start/gift/forecast",
        typed(lines__0__value="3200", lines__0__gift="G008", lines__0__quantity="5"),
    )
    told = words(html.fromstring(answer.text))
    assert "超出限额 200.00 元（限额 3,000.00 元）" in told
    assert "申请 5 件，可用 3，缺 2，须采购" in told
    assert "部门主管审核" in told


def test_above_the_limit_the_page_comes_back_with_everything(browse: Browse) -> None:
    specialist = browse("specialist")
    page = specialist.submit("/start/gift", typed(lines__0__value="3200"), 422)
    assert "有收受人超过年度限额，请写明馈赠事由" in words(page)
    assert "超出限额" in words(page)
    assert page.xpath("//input[@name='lines-0-value']/@value") == ["3200"]
    assert str(specialist.submit("/start/gift", typed(reason="签约十周年", lines__0__value="3200"))).startswith(
        "/cases/"
    )


def test_the_deputy_is_asked_for_a_reason_in_place(browse: Browse) -> None:
    case = reviewed(start(line(value=Decimal(3500)), reason="签约十周年", now=NOW), "office_review", now=NOW)
    path = f"/tasks/{open_tasks(case)['deputy_review'].id}"
    deputy = browse("deputy")
    page = deputy.get(path)
    assert "有收受人超过年度限额，同意时请写明理由" in words(page)
    assert page.xpath("//button[@value='approve']/@data-requires-comment") == [""]
    assert "有收受人超过年度限额" in words(deputy.submit(path, {"outcome": "approve", "comment": ""}, 422))
    deputy.submit(path, {"outcome": "approve", "comment": "已报备"})


def test_an_approved_plan_leads_to_the_application_that_it_fills_in(browse: Browse) -> None:
    plan = planned()
    address = f"/start/gift?taken_from={plan.id}"
    assert link_of(browse("specialist"), f"/cases/{plan.id}", "据此发起礼品馈赠") == [address]
    assert link_of(browse("manager"), f"/cases/{plan.id}", "据此发起礼品馈赠") == []


def test_a_plan_that_is_not_approved_leads_nowhere_yet(browse: Browse) -> None:
    plan = planned(approved=False)
    assert link_of(browse("specialist"), f"/cases/{plan.id}", "据此发起礼品馈赠") == []


def test_what_is_missing_is_said_on_the_task(browse: Browse) -> None:
    case = reviewed(start(line(gift="G007", quantity=2, value=Decimal(396)), now=NOW), now=NOW)
    path = f"/tasks/{open_tasks(case)['hand_out'].id}"
    keeper = browse("gifts")
    assert "中秋月饼礼盒：申请 2 盒，已预留 0，还缺 2，待采购" in words(keeper.get(path))
    page = keeper.submit(path, {"outcome": "submit", "received_by": "陈晓明"}, 409)
    assert "还缺：中秋月饼礼盒 2 盒" in words(page)
    keeper.submit("/registers/gifts/G007/purchase", {"quantity": "2", "reason": "CG-118"})
    assert "待采购的 2 盒已到货，可以发放" in words(keeper.get(path))
    keeper.submit(path, {"outcome": "submit", "received_by": "陈晓明"})
    assert stock("G007") == (0, 0)


def test_a_part_is_returned_on_the_page(browse: Browse) -> None:
    case = handed_out(now=NOW)
    path = f"/tasks/{open_tasks(case)['confirm_given'].id}"
    specialist = browse("specialist")
    page = specialist.get(path)
    assert [
        button.text_content().strip() for button in page.xpath("//form[@id='decision']//button[@name='outcome']")
    ] == [
        "已赠出",
        "退回入库",
    ]
    today = NOW.date().isoformat()
    wrong = {"outcome": "returned", "given_on": today, "returned-0-line": "1", "returned-0-quantity": "9"}
    assert "退回的比发放的多" in words(specialist.submit(path, wrong, 422))
    specialist.submit(path, {**wrong, "returned-0-quantity": "1"})
    assert stock() == (39, 0)
    check_gifts()


def test_the_register_shows_stock_and_what_to_buy(browse: Browse) -> None:
    case = reviewed(start(line(gift="G008", quantity=5, value=Decimal(2000)), now=NOW), now=NOW)
    page = words(browse("gifts").get("/registers/gifts"))
    assert "待采购 1" in page
    assert case.number in page
    assert "景泰蓝摆件" in words(browse("gifts").get("/registers/gifts?state=short"))
    assert "丝绸围巾" not in words(browse("gifts").get("/registers/gifts?state=short"))
    assert "没有符合条件的记录" in words(browse("gifts").get("/registers/gifts?q=没有这种"))
    assert case.number not in words(browse("outsider").get("/registers/gifts"))


def test_the_ledger_says_who_when_and_for_which_case(browse: Browse) -> None:
    case = handed_out(now=NOW)
    keeper = browse("gifts")
    page = words(keeper.get("/registers/gifts/G001"))
    assert f"发放 {case.number} 40 → 38 -2 2 → 0 -2 吴倩" in page
    assert case.number not in words(browse("specialist").get("/registers/gifts/G001"))
    assert "盘点" not in words(browse("specialist").get("/registers/gifts/G001"))


def test_a_count_needs_a_reason_and_keeps_what_was_typed(browse: Browse) -> None:
    keeper = browse("gifts")
    page = keeper.submit("/registers/gifts/G001/adjust", {"counted": "39", "seen": "40"}, 422)
    assert "请写明原因" in words(page)
    assert page.xpath("//input[@name='counted']/@value") == ["39"]
    keeper.submit("/registers/gifts/G001/adjust", {"counted": "39", "seen": "40", "count_reason": "破损一盒"})
    assert stock() == (39, 0)
    page = keeper.submit("/registers/gifts/G001/adjust", {"counted": "30", "seen": "40", "count_reason": "破损"}, 409)
    assert "库存已由 40 变为 39" in words(page)
    for bad in ("", "x", "-1", "1.5", "9999999"):
        keeper.submit("/registers/gifts/G001/purchase", {"quantity": bad}, 422)
    assert stock() == (39, 0)


def test_gifts_are_added_and_changed(browse: Browse) -> None:
    keeper = browse("gifts")
    page = keeper.submit("/registers/add-gift", {"code": "G001", "name": "重复", "unit": "件", "stock": "1"}, 422)
    assert "这个编号已经有了" in words(page)
    page = keeper.submit("/registers/add-gift", {"code": "G011", "name": "", "unit": "件", "price": "x"}, 422)
    assert "此项必填" in words(page)
    keeper.submit("/registers/add-gift", {"code": "G011", "name": "紫砂壶", "unit": "把", "price": "520", "stock": "6"})
    keeper.submit("/registers/gifts/G011/edit", {"name": "紫砂茶壶", "unit": "把", "price": "520.50", "remark": ""})
    page = words(keeper.get("/registers/gifts/G011"))
    assert "紫砂茶壶" in page
    assert "期初" in page
    assert "520.50" in page


@pytest.mark.parametrize("username", ["specialist", "outsider", "office"])
def test_others_change_nothing(username: str, browse: Browse) -> None:
    client = browse(username)
    client.get("/registers/add-gift", 403)
    client.submit("/registers/gifts/G001/purchase", {"quantity": "5"}, 403)
    client.submit("/registers/gifts/G001/adjust", {"counted": "5", "count_reason": "x"}, 403)
    client.submit("/registers/gifts/G001/edit", {"name": "x", "unit": "x"}, 403)
    assert stock() == (40, 0)
    client.get("/registers/gifts/G999", 404)


def test_the_api_lists_gifts_and_their_ledger(app: Flask) -> None:
    keeper = ApiClient(app, "gifts")
    first = keeper.get("/gifts?limit=2")
    assert [gift["code"] for gift in first["items"]] == ["G001", "G002"]
    assert first["items"][0] == {
        "code": "G001",
        "name": "龙井茶礼盒",
        "unit": "盒",
        "price": "268.00",
        "stock": 40,
        "reserved": 0,
        "available": 40,
        "remark": "明前，250 克",
        "short": 0,
    }
    assert [gift["code"] for gift in keeper.get(f"/gifts?limit=2&cursor={first['next']}")["items"]] == ["G003", "G004"]
    assert keeper.get("/gifts?q=钢笔")["items"][0]["code"] == "G003"
    keeper.patch("/gifts/G001", {"purchase": 10, "reason": "CG-1"})
    keeper.patch("/gifts/G001", {"counted": 49, "reason": "破损"})
    ledger = keeper.get("/gifts/G001/movements")["items"]
    assert [(row["kind"], row["stock_before"], row["stock_after"], row["note"]) for row in ledger] == [
        ("adjust", 50, 49, "破损"),
        ("purchase", 40, 50, "CG-1"),
    ]


def test_the_api_names_what_is_wrong_and_changes_nothing(app: Flask) -> None:
    keeper = ApiClient(app, "gifts")
    for body, field in (
        ({"purchase": 0}, "quantity"),
        ({"purchase": "5"}, "purchase"),
        ({"counted": 5}, "reason"),
        ({"purchase": 5, "name": "x"}, "counted"),
        ({"name": ""}, "name"),
        ({"price": "1e9"}, "price"),
    ):
        answer = keeper.patch("/gifts/G001", body, 422)
        assert field in [error["field"] for error in answer["errors"]], (body, answer)
    keeper.patch("/gifts/G999", {"purchase": 1}, 404)
    ApiClient(app, "specialist").patch("/gifts/G001", {"purchase": 1}, 403)
    ApiClient(app, "specialist").get("/gifts/G001/movements", 403)
    assert stock() == (40, 0)


def test_the_api_says_what_should_be_known_and_who_must_explain(app: Flask) -> None:
    data = {"date": (NOW + timedelta(days=3)).date().isoformat(), "lines": [line(value="3500")]}
    told = ApiClient(app, "specialist").post("/processes/gift/forecast", {"data": data})
    assert ["年度限额", True] in [[fact["title"], fact["alert"]] for fact in told["facts"]]
    assert [step["step"] for step in told["items"]][-1] == "confirm_given"
    case = reviewed(start(line(value=Decimal(3500)), reason="十周年", now=NOW), "office_review", now=NOW)
    deputy, path = ApiClient(app, "deputy"), f"/tasks/{open_tasks(case)['deputy_review'].id}"
    assert deputy.get(path)["comment_required"] == ["approve", "reject"]
    answer = deputy.post(f"{path}/complete", {"outcome": "approve"}, 422)
    assert [error["field"] for error in answer["errors"]] == ["comment"]
    deputy.post(f"{path}/complete", {"outcome": "approve", "comment": "已报备"})


def test_a_gift_through_the_api_from_application_to_the_ledger(app: Flask) -> None:
    data = {
        "date": (NOW + timedelta(days=3)).date().isoformat(),
        "lines": [
            {"customer": "C001", "recipient": "周建国", "gift": "G001", "quantity": 2, "value": 536, "remark": ""}
        ],
        "reason": "节日问候",
    }
    case = ApiClient(app, "specialist").post("/cases", {"process": "gift", "data": data}, 201)
    assert (case["amount"], case["data"]["value_total"]) == ("536.00", 536)
    for username, outcome in (
        ("manager", "approve"),
        ("gifts", "approve"),
        ("office", "approve"),
        ("deputy", "approve"),
        ("gifts", "submit"),
        ("specialist", "given"),
    ):
        client = ApiClient(app, username)
        [task] = client.get("/tasks?view=todo")["items"]
        case = client.post(f"/tasks/{task['id']}/complete", {"outcome": outcome})
    assert case["status"] == "completed"
    assert ApiClient(app, "gifts").get("/gifts/G001")["stock"] == 38
