"""Nothing that anybody sends makes the server fail: a refusal that says what is wrong, or nothing at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from services.cases.models import DbCase
from services.database import db
from tests.support.clients import ApiClient, PoliteClient, outside
from tests.support.hospitality import start, task_id

Browse = Callable[[str], PoliteClient]


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.fixture
def manager(app: Flask) -> ApiClient:
    return ApiClient(app, "manager")


@pytest.mark.parametrize(
    "path",
    [
        "/tasks?q=%00",
        "/cases?status=%00",
        "/cases/2147483648",
        "/tasks/99999999999999999999",
        "/cases?cursor=99999999999",
        "/cases?cursor=²",
        "/budgets?cursor=²",
        "/budgets?cursor=99999999999999",
        "/tasks?due_before=9999-12-31",
        "/tasks?cursor=" + cursor(["1", 1]),
        "/tasks?cursor=" + cursor(["NaN", 1]),
        "/tasks?cursor=" + cursor(["2026-01-01T00:00:00+00:00", 10**30]),
        "/tasks?cursor=" + cursor([True, 1]),
        "/tasks?sort=amount&cursor=" + cursor(["1e400", 1]),
        "/tasks?cursor=" + base64.urlsafe_b64encode(b"[" * 6000).decode(),
        "/processes/%00",
        "/tasks?q=" + "x" * 9000,
    ],
)
def test_addresses(manager: ApiClient, path: str) -> None:
    assert manager.call("GET", path).status_code in (200, 400, 404, 422)


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "approve", "comment": "\x00"},
        {"outcome": "approve", "comment": "\ud800"},
        {"outcome": "approve", "comment": "x" * 2_001},
        {"outcome": ["approve"]},
        {"outcome": "approve", "comment": 5},
        {"outcome": "approve", "data": []},
        {"outcome": None},
        {"outcome": "approve", "data": {"venue": [[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]}},
    ],
)
def test_completions(manager: ApiClient, body: dict[str, Any]) -> None:
    case = start()
    answer = manager.call("POST", f"/tasks/{task_id(case, 'manager_review')}/complete", body)
    assert answer.status_code in (400, 422)
    assert [task["step"] for task in manager.get(f"/cases/{case.id}")["tasks"]] == ["manager_review"]


@pytest.mark.parametrize("date", [1, 1.5, True, {"a": 1}, 10**40, "\x00", "9999-99-99", ["2026-11-30"]])
def test_forecasts_of_half_filled_forms(app: Flask, date: object) -> None:
    answer = ApiClient(app, "specialist").call(
        "POST", "/processes/hospitality/forecast", {"data": {"date": date, "budget": {"meal": 5}}}
    )
    assert answer.status_code in (200, 400)


def test_json_that_is_nested_too_deeply(app: Flask) -> None:
    for body in ("[" * 100_000, '{"username":' * 500 + "1" + "}" * 500):
        answer = outside(app).post("/api/v1/sessions", data=body, content_type="application/json")
        assert answer.status_code == 400


@pytest.mark.parametrize("name", ["\x00", "\ud800", "x" * 100_000])
def test_names_at_the_door(app: Flask, name: str) -> None:
    answer = outside(app).post("/api/v1/sessions", json={"username": name, "password": name})
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "1e20", "1e999999", "1.999", "1_000", "-0", None, [], {}]
)
def test_amounts_of_budgets(app: Flask, amount: object) -> None:
    finance = ApiClient(app, "finance")
    body = {"department": "销售部", "month": "2027-12", "amount": amount}
    finance.post("/budgets", body, 422)
    finance.post("/budgets", {**body, "month": "２０２７-12", "amount": 1}, 422)


def test_customers_are_registered_by_people_with_a_post(app: Flask, manager: ApiClient) -> None:
    ApiClient(app, "outsider").post("/customers", {"code": "C901", "name": "某公司"}, 403)
    manager.post("/customers", {"code": " C001 ", "name": "重复"}, 409)
    manager.post("/customers", {"code": "C" * 21, "name": "某公司", "grade": "AA"}, 422)


def test_one_bad_item_of_a_batch_does_not_end_it(manager: ApiClient) -> None:
    case = start()
    ids = [99_999_999_999, task_id(case, "manager_review")]
    found = manager.post("/tasks/batch", {"ids": ids, "outcome": "approve"})
    assert [item["status"] for item in found["items"]] == [404, 200]
    manager.post("/tasks/batch", {"ids": [True], "outcome": "approve"}, 422)


def test_typed_monsters_come_back_and_are_drafted(browse: Browse) -> None:
    client = browse("specialist")
    typed = {"venue": "锦江大酒店", "budget-meal": "1e9999999", "customer": "x" * 5_000, "guests": "x\n" * 5_000}
    page = client.submit("/start/hospitality", typed, 422)
    assert page.xpath("//input[@name='budget-meal']/@value") == ["1e9999999"]  # type: ignore[union-attr]
    assert client.post("/drafts/start/hospitality", typed).status_code == 204
    client.get("/start/hospitality")
    assert client.post("/start/hospitality", {**typed, "venue": "\x00"}).status_code == 400
    assert db.session.query(DbCase).count() == 0


@pytest.mark.parametrize("target", ["//[", "/a\r\nX: y", "http://[", "/\\evil.example", "//evil.example/x"])
def test_where_to_go_next(browse: Browse, target: str) -> None:
    answer = browse("specialist").post("/language", {"language": "zh", "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")


def test_what_http_asks_of_refusals(app: Flask, manager: ApiClient) -> None:
    assert outside(app).get("/api/v1/me").headers["WWW-Authenticate"] == "Bearer"
    answer = manager.call("DELETE", "/cases")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
