"""Orders as shops, couriers and integrators meet them; and messages to cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from services.database import db
from services.registers.models import DbOrder
from tests.support.address_change import NEW, NUMBER, OLD
from tests.support.clients import ApiClient
from tests.support.courier import SECRET, Courier, known_courier

ORDER = {"number": NUMBER, "customer": "C001", **OLD, "goods": "办公椅 ×2", "amount": "899.00", "postage": 12}


@pytest.fixture
def presales(app: Flask) -> ApiClient:
    return ApiClient(app, "presales")


@pytest.fixture
def courier(app: Flask) -> Iterator[Courier]:
    with known_courier():
        yield Courier(app)


def fields(answer: dict[str, Any]) -> list[str]:
    return [error["field"] for error in answer["errors"]]


# the register


def test_an_order_from_its_registration_to_its_delivery(app: Flask, presales: ApiClient) -> None:
    order = presales.post("/orders", ORDER, 201)
    assert (order["state"], order["amount"], order["postage"]) == ("unprinted", "899.00", "12.00")
    assert (order["customer"], order["customer_name"]) == ("C001", "上海晨光科技有限公司")
    ApiClient(app, "warehouse").patch(
        f"/orders/{NUMBER}", {"state": "printed", "carrier": "顺丰速运", "pickup_at": "2026-11-23T17:00:00+08:00"}
    )
    ApiClient(app, "courier").patch(f"/orders/{NUMBER}", {"state": "collected", "tracking_number": "SF1000000001"})
    order = ApiClient(app, "admin").patch(f"/orders/{NUMBER}", {"state": "delivered"})
    assert (order["state"], order["tracking_number"]) == ("delivered", "SF1000000001")
    told = [(line["state"], line["who"], line["source"]) for line in reversed(order["history"])]
    assert told == [
        ("unprinted", "presales", "api"),
        ("printed", "warehouse", "api"),
        ("collected", "courier", "api"),
        ("delivered", "admin", "api"),
    ]


def test_the_same_order_again_is_the_order_that_is_there(presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    presales.patch(f"/orders/{NUMBER}", {"state": "printed"})
    again = presales.post("/orders", ORDER, 200)
    assert again["state"] == "printed"
    assert db.session.query(DbOrder).filter_by(number=NUMBER).count() == 1


def test_another_order_of_the_same_number_is_refused_and_the_difference_named(presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    refusal = presales.post("/orders", {**ORDER, "address": "别处", "amount": 900}, 409)
    assert "address" in refusal["detail"]
    assert "amount" in refusal["detail"]
    assert presales.get(f"/orders/{NUMBER}")["address"] == OLD["address"]


def test_a_retry_by_its_key(presales: ApiClient) -> None:
    key = {"Idempotency-Key": "shop-1"}
    presales.post("/orders", ORDER, 201, **key)
    presales.post("/orders", ORDER, 200, **key)
    presales.post("/orders", {**ORDER, "number": "DD2"}, 409, **key)


def test_the_same_state_again_is_no_change(presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    presales.patch(f"/orders/{NUMBER}", {"state": "printed"})
    order = presales.patch(f"/orders/{NUMBER}", {"state": "printed"})
    assert [line["state"] for line in order["history"]] == ["printed", "unprinted"]


def test_an_order_goes_back_only_with_a_reason(presales: ApiClient) -> None:
    presales.post("/orders", {**ORDER, "state": "collected"}, 201)
    refusal = presales.patch(f"/orders/{NUMBER}", {"state": "printed"}, 409)
    assert "更正原因" in refusal["detail"]
    order = presales.patch(f"/orders/{NUMBER}", {"state": "printed", "reason": "扫错了包裹"})
    assert (order["state"], order["history"][0]["note"]) == ("printed", "更正：扫错了包裹")


def test_a_delivered_order_changes_no_more(presales: ApiClient) -> None:
    presales.post("/orders", {**ORDER, "state": "delivered"}, 201)
    presales.patch(f"/orders/{NUMBER}", {"state": "collected"}, 409)
    presales.patch(f"/orders/{NUMBER}", {"carrier": "中通快递"}, 409)
    presales.patch(f"/orders/{NUMBER}", {"state": "delivered"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"address": "路" * 201}, "address"),
        ({"customer": "C999"}, "customer"),
        ({"state": "lost"}, "state"),
        ({"amount": "12.345"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"pickup_at": "明天"}, "pickup_at"),
        ({"pickup_at": "2026-11-23T17:00:00"}, "pickup_at"),
        ({"phone": 138}, "phone"),
        ({"goods": "椅" * 201}, "goods"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_right_is_named(presales: ApiClient, changes: dict[str, Any], field: str) -> None:
    assert fields(presales.post("/orders", {**ORDER, **changes}, 422)) == [field]
    presales.get(f"/orders/{NUMBER}", 404)


def test_where_an_order_goes_is_not_changed_here(presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    refusal = presales.patch(f"/orders/{NUMBER}", {"address": "别处"}, 422)
    assert "地址更改" in refusal["errors"][0]["message"]


def test_orders_are_found(presales: ApiClient) -> None:
    presales.post("/orders", {**ORDER, "tracking_number": "SF7788", "state": "collected"}, 201)
    for asked in (NUMBER, "张伟", "13800000000", "SF7788", "世纪大道", "晨光 张伟"):
        assert NUMBER in [found["number"] for found in presales.get(f"/orders?q={asked}")["items"]], asked
    assert presales.get("/orders?q=没有的人")["items"] == []
    found = presales.get("/orders?state=collected&customer=C001")["items"]
    assert [order["number"] for order in found] == [NUMBER]
    presales.get("/orders?state=lost", 422)
    presales.get("/orders?from=昨天", 422)


def test_pages_of_orders_meet_without_gap_or_overlap(presales: ApiClient) -> None:
    seen, cursor = [], ""
    while True:
        page = presales.get(f"/orders?limit=7&cursor={cursor}")
        seen += [order["number"] for order in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == db.session.query(DbOrder).count()


def test_who_may(app: Flask, presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    specialist, outsider = ApiClient(app, "specialist"), ApiClient(app, "outsider")
    specialist.get(f"/orders/{NUMBER}")
    specialist.patch(f"/orders/{NUMBER}", {"state": "printed"}, 403)
    specialist.post("/orders", {**ORDER, "number": "DD2"}, 403)
    outsider.get("/orders", 403)
    outsider.get(f"/orders/{NUMBER}", 403)
    outsider.patch(f"/orders/{NUMBER}", {"state": "printed"}, 403)


# messages to cases


def start(client: ApiClient, **changes: Any) -> dict[str, Any]:
    data = {"order": NUMBER, **NEW, "reason": "客户搬家", "source": "电话", **changes}
    return client.post("/cases", {"process": "address_change", "data": data}, 201)


def steps(case: dict[str, Any]) -> list[str]:
    return [task["step"] for task in case["tasks"]]


def test_a_change_of_the_order_is_a_message_to_the_case(app: Flask, presales: ApiClient) -> None:
    presales.post("/orders", {**ORDER, "state": "printed"}, 201)
    case = start(presales)
    assert steps(case) == ["change_in_warehouse"]
    ApiClient(app, "courier").patch(f"/orders/{NUMBER}", {"state": "collected"})
    case = presales.get(f"/cases/{case['id']}")
    assert steps(case) == ["intercept"]
    order = presales.get(f"/orders/{NUMBER}")
    assert order["address_changes"] == [
        {"id": case["id"], "number": case["number"], "status": "running", "claim": "open"}
    ]


def test_a_message_by_hand_makes_the_case_look_at_the_order_again(app: Flask, presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    case = start(presales)
    path, body = f"/cases/{case['id']}/messages", {"name": "order_changed", "payload": {}}
    assert steps(ApiClient(app, "admin").post(path, body)) == ["change_in_system"]
    for sender in ("courier", "warehouse"):
        # whose business the case is not learns that the message was taken, and nothing of what is in it
        answer = ApiClient(app, sender).post(path, body)
        assert answer == {"id": case["id"], "number": case["number"], "status": "running"}
    lines = presales.get(f"/cases/{case['id']}")["history"]
    assert [line["who"] for line in lines if line["action"] == "message"] == ["admin", "courier", "warehouse"]


def test_who_may_not_send_messages(app: Flask, presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    case = start(presales)
    path, body = f"/cases/{case['id']}/messages", {"name": "order_changed"}
    ApiClient(app, "specialist").post(path, body, 404)
    presales.post(path, {"name": "change_replaced"}, 403)
    ApiClient(app, "owner").post(path, body, 403)
    ApiClient(app, "outsider").post(path, body, 404)


def test_a_message_that_nothing_waits_for(app: Flask, presales: ApiClient) -> None:
    presales.post("/orders", ORDER, 201)
    case = start(presales)
    admin, path = ApiClient(app, "admin"), f"/cases/{case['id']}/messages"
    refusal = admin.post(path, {"name": "paid"}, 409)
    assert "change_replaced、order_changed" in refusal["detail"]
    presales.post(f"/cases/{case['id']}/withdraw", {})
    assert "已经结束" in admin.post(path, {"name": "order_changed"}, 409)["detail"]
    admin.post("/cases/999/messages", {"name": "paid"}, 404)
    admin.post(path, {}, 422)


@pytest.mark.parametrize(
    "payload",
    [
        {"address": "别处"},
        {"order_claim": "open"},
        {"outcome": "changed"},
        {"lines": [1, 2]},
        {"a b": 1},
        {"note": "x" * 2_001},
        {f"n{number}": number for number in range(51)},
    ],
)
def test_a_payload_that_would_overwrite_or_is_not_plain(
    app: Flask, presales: ApiClient, payload: dict[str, Any]
) -> None:
    presales.post("/orders", ORDER, 201)
    case = start(presales)
    admin = ApiClient(app, "admin")
    admin.post(f"/cases/{case['id']}/messages", {"name": "order_changed", "payload": payload}, 422)
    assert presales.get(f"/cases/{case['id']}")["data"]["address"] == NEW["address"]


# what couriers send by themselves


def test_a_courier_tells_that_it_has_the_parcel(app: Flask, presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", {**ORDER, "state": "printed"}, 201)
    case = start(presales)
    item = courier.tell(NUMBER, "collected", tracking_number="SF1000000001", carrier="顺丰速运")
    assert (item["status"], item["result"], item["state"]) == (200, "taken", "collected")
    assert steps(presales.get(f"/cases/{case['id']}")) == ["intercept"]
    order = presales.get(f"/orders/{NUMBER}")
    assert (order["tracking_number"], order["history"][0]["source"]) == ("SF1000000001", "webhook")


def test_an_event_that_comes_twice_is_taken_once(presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", {**ORDER, "state": "printed"}, 201)
    event = courier.event(NUMBER, "collected")
    assert courier.send([event])[0]["result"] == "taken"
    assert courier.send([event])[0]["result"] == "known"
    assert courier.send([event, event])[1]["result"] == "known"
    assert len(presales.get(f"/orders/{NUMBER}")["history"]) == 2


def test_what_comes_late_takes_no_order_back(presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", {**ORDER, "state": "printed"}, 201)
    courier.tell(NUMBER, "delivered")
    assert courier.tell(NUMBER, "collected")["result"] == "known"
    assert presales.get(f"/orders/{NUMBER}")["state"] == "delivered"


def test_what_happened_before_a_correction_does_not_undo_it(presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", {**ORDER, "state": "printed"}, 201)
    before = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    courier.tell(NUMBER, "collected", at=before)
    presales.patch(f"/orders/{NUMBER}", {"state": "printed", "reason": "扫错了包裹"})
    assert courier.tell(NUMBER, "collected", at=before)["result"] == "known"
    assert courier.tell(NUMBER, "collected", at=datetime.now(UTC).isoformat())["result"] == "taken"


def test_many_events_each_by_itself(presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", ORDER, 201)
    new = {"number": "DD9", **OLD, "customer": "C002"}
    items = courier.send(
        [
            courier.event(NUMBER, "printed"),
            courier.event("DD404", "printed"),
            courier.event(NUMBER, "lost"),
            {"number": NUMBER, "state": "collected"},
            courier.event(**{**new, "state": "unprinted"}),
        ]
    )
    assert [item["status"] for item in items] == [200, 404, 422, 422, 200]
    assert [error["field"] for error in items[3]["errors"]] == ["id"]
    assert presales.get("/orders/DD9")["customer"] == "C002"
    assert presales.get(f"/orders/{NUMBER}")["state"] == "printed"


def test_an_event_that_was_refused_may_come_again(presales: ApiClient, courier: Courier) -> None:
    event = courier.event(NUMBER, "printed")
    assert courier.send([event])[0]["status"] == 404
    presales.post("/orders", ORDER, 201)
    assert courier.send([event])[0]["result"] == "taken"


def test_too_many_events_and_no_events(courier: Courier) -> None:
    courier.send([courier.event(NUMBER, "printed") for _event in range(201)], 422)
    courier.send([], 422)
    assert courier.post([1]).status_code == 400
    assert courier.post({"events": "all"}).status_code == 422


def test_who_does_not_know_the_secret_is_sent_away(app: Flask, presales: ApiClient, courier: Courier) -> None:
    presales.post("/orders", ORDER, 201)
    body = {"events": [courier.event(NUMBER, "printed")]}
    forger = Courier(app, secret="whsec_" + "A" * 40)
    late = Courier(app, clock=datetime.now(UTC) - timedelta(minutes=6))
    assert forger.post(body).status_code == 403
    assert late.post(body).status_code == 403
    assert courier.post(body, **{"webhook-signature": ""}).status_code == 403
    assert courier.post(body, **{"webhook-signature": "v1,签名"}).status_code in (400, 403)
    assert courier.post(body, **{"webhook-timestamp": "now"}).status_code == 403
    assert presales.get(f"/orders/{NUMBER}")["state"] == "unprinted"


def test_without_a_secret_nothing_is_taken(app: Flask) -> None:
    answer = Courier(app, secret=SECRET).post({"events": []})
    assert answer.status_code == 403
    assert "HUIQIAN_HOOK_SECRETS" in answer.json["detail"]
