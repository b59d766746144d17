"""The REST API as an integrator meets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from services.background.timers import fire_until
from services.database import db
from services.people.organisation import find_superior
from tests.conftest import find_actor
from tests.support.clients import ApiClient, outside

TODAY = datetime.now(UTC).astimezone().date()


def application(**changes: Any) -> dict[str, Any]:
    values = {
        "customer": "C001",
        "venue": "锦江大酒店",
        "date": (TODAY + timedelta(days=3)).isoformat(),
        "guests": ["周总"],
        "staff": ["陈晓明"],
        "budget": {"meal": "1200.50", "transport": 300},
        "purpose": "商谈合同",
    }
    return {**values, **changes}


@pytest.fixture
def specialist(app: Flask) -> ApiClient:
    return ApiClient(app, "specialist")


def start(client: ApiClient, **changes: Any) -> dict[str, Any]:
    return client.post("/cases", {"process": "hospitality", "data": application(**changes)}, 201)


def only_task(client: ApiClient) -> int:
    [task] = client.get("/tasks?view=todo")["items"]
    return int(task["id"])


def complete(app: Flask, username: str, outcome: str = "approve", **body: Any) -> dict[str, Any]:
    client = ApiClient(app, username)
    return client.post(f"/tasks/{only_task(client)}/complete", {"outcome": outcome, **body})


def test_a_case_from_application_to_settlement(app: Flask, specialist: ApiClient) -> None:
    case = start(specialist)
    assert (case["status"], case["process"], case["data"]["budget_total"]) == ("running", "hospitality", "1500.50")
    assert [(task["step"], task["assignee"]) for task in case["tasks"]] == [("manager_review", "manager")]
    for username in ("manager", "gm", "finance"):
        case = complete(app, username)
    assert case["tasks"] == []
    [budget] = specialist.get(f"/budgets?department=客户服务部&month={application()['date'][:7]}")["items"]
    assert budget["reserved"] == "1500.50"

    fire_until(datetime.now(UTC) + timedelta(days=4))
    complete(app, "specialist", "submit", data={"spend": {"meal": 1000}, "effect": "好"})
    for username in ("manager", "gm", "finance"):
        case = complete(app, username)
    assert (case["status"], case["data"]["spend_total"]) == ("completed", 1000)
    assert [entry["step"] for entry in case["history"] if entry["who"]] == [
        "apply",
        "manager_review",
        "gm_review",
        "finance_review",
        "report",
        "manager_report_review",
        "gm_report_review",
        "finance_settlement",
    ]


def test_who_am_i(specialist: ApiClient) -> None:
    me = specialist.get("/me")
    assert (me["username"], me["department"], me["posts"]) == ("specialist", "客户服务部", ["客户关系专员"])


def test_a_wrong_password_and_a_missing_token_are_401(app: Flask) -> None:
    client = outside(app)
    answer = client.post("/api/v1/sessions", json={"username": "gm", "password": "wrong"})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_closed_session_is_worthless(specialist: ApiClient) -> None:
    assert specialist.call("DELETE", "/sessions/current").status_code == 204
    specialist.get("/me", 401)


def test_what_is_not_json_is_400(specialist: ApiClient, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {specialist.token}"}
    answer = outside(app).post("/api/v1/cases", data="{", headers=headers, content_type="application/json")
    assert answer.status_code == 400
    assert specialist.call("POST", "/cases", ["a list"]).status_code == 400


def test_wrong_values_are_named_one_by_one(specialist: ApiClient) -> None:
    data = application(customer="X", date="2020-01-01", budget={"meal": -1, "gift": "abc"}, colour="red")
    del data["purpose"]
    problem = specialist.post("/cases", {"process": "hospitality", "data": data}, 422)
    named = {error["field"]: error["message"] for error in problem["errors"]}
    assert named == {
        "customer": "没有这个客户，请从列表中选择",
        "budget.meal": "不能小于 0",
        "budget.gift": "请输入数字",
        "colour": "没有这个字段",
        "purpose": "此项必填",
    }


def test_typename_never_gets_in(specialist: ApiClient) -> None:
    specialist.post("/cases", {"process": "hospitality", "data": application(typename="x")}, 422)
    budget = {"meal": 1, "typename": "Decimal"}
    specialist.post("/cases", {"process": "hospitality", "data": application(budget=budget)}, 422)


def test_an_idempotency_key_makes_a_retry_safe(specialist: ApiClient) -> None:
    body = {"process": "hospitality", "data": application()}
    first = specialist.post("/cases", body, 201, **{"Idempotency-Key": "k1"})
    again = specialist.post("/cases", body, 201, **{"Idempotency-Key": "k1"})
    assert first["id"] == again["id"]
    other = {"process": "hospitality", "data": application(venue="和平饭店")}
    specialist.post("/cases", other, 409, **{"Idempotency-Key": "k1"})


def test_somebody_who_has_no_business_with_it_finds_nothing(app: Flask, specialist: ApiClient) -> None:
    case = start(specialist)
    outsider = ApiClient(app, "outsider")
    task = case["tasks"][0]["id"]
    for path in (f"/cases/{case['id']}", f"/tasks/{task}", f"/cases/{case['id']}/forecast", "/cases/999999"):
        outsider.get(path, 404)
    for path in (f"/tasks/{task}/complete", f"/tasks/{task}/return"):
        outsider.post(path, {"outcome": "approve", "comment": "x"}, 404)
    for verb in ("claim", "release"):
        outsider.post(f"/tasks/{task}/{verb}", None, 404)
    outsider.post(f"/cases/{case['id']}/withdraw", None, 404)
    outsider.post(f"/cases/{case['id']}/cancel", {"reason": "x"}, 404)
    assert outsider.get("/cases")["items"] == []
    outsider.post("/cases", {"process": "hospitality", "data": application()}, 403)


def test_a_second_completion_is_409_and_says_who(app: Flask, specialist: ApiClient) -> None:
    start(specialist)
    manager = ApiClient(app, "manager")
    task = only_task(manager)
    manager.post(f"/tasks/{task}/complete", {"outcome": "approve"})
    problem = manager.post(f"/tasks/{task}/complete", {"outcome": "approve"}, 409)
    assert "王雅琴" in problem["detail"]


def test_a_task_says_what_it_needs(app: Flask, specialist: ApiClient) -> None:
    start(specialist)
    manager = ApiClient(app, "manager")
    task = manager.get(f"/tasks/{only_task(manager)}")
    assert task["outcomes"] == ["approve", "reject"]
    assert task["form"]["key"] == "application"
    assert task["returnable_to"] == [{"step": "apply", "name": "填写招待申请", "who": "陈晓明"}]
    assert task["candidates"] == ["manager"]


def test_a_return_and_what_follows(app: Flask, specialist: ApiClient) -> None:
    start(specialist)
    manager = ApiClient(app, "manager")
    task = only_task(manager)
    manager.post(f"/tasks/{task}/return", {"comment": ""}, 422)
    manager.post(f"/tasks/{task}/return", {"to": "nowhere", "comment": "x"}, 422)
    case = manager.post(f"/tasks/{task}/return", {"to": "apply", "comment": "请补充"})
    assert [open_task["step"] for open_task in case["tasks"]] == ["apply"]
    case = complete(app, "specialist", "submit", data={"venue": "和平饭店"})
    assert case["data"]["venue"] == "和平饭店"
    assert case["data"]["purpose"] == "商谈合同"


def test_a_batch_gives_each_its_own_result(app: Flask, specialist: ApiClient) -> None:
    for _case in range(2):
        start(specialist)
    manager = ApiClient(app, "manager")
    ids = [item["id"] for item in manager.get("/tasks")["items"]]
    manager.post(f"/tasks/{ids[0]}/complete", {"outcome": "approve"})
    result = manager.post("/tasks/batch", {"ids": [*ids, 999_999], "outcome": "approve"})
    assert [item["status"] for item in result["items"]] == [409, 200, 404]


def test_the_forecast_names_people_in_order(specialist: ApiClient) -> None:
    expected = ["manager_review", "gm_review", "finance_review", "report"]
    steps = specialist.post("/processes/hospitality/forecast", {"data": application()})["items"]
    assert [step["step"] for step in steps][:4] == expected
    assert steps[0]["who"] == ["王雅琴"]
    assert [step["expected_at"] for step in steps] == sorted(step["expected_at"] for step in steps)
    dear = application(budget={"meal": 30_001})
    steps = specialist.post("/processes/hospitality/forecast", {"data": dear})["items"]
    assert [step["step"] for step in steps][2:5] == ["finance_review", "over_budget_approval", "report"]
    case = start(specialist)
    running = specialist.get(f"/cases/{case['id']}/forecast")["items"]
    assert [step["step"] for step in running][:4] == expected


def test_lists_are_filtered_and_paged(specialist: ApiClient) -> None:
    numbers = [start(specialist)["number"] for _case in range(3)]
    first = specialist.get("/cases?limit=2")
    rest = specialist.get(f"/cases?limit=2&cursor={first['next']}")
    assert [case["number"] for case in [*first["items"], *rest["items"]]] == numbers[::-1]
    assert rest["next"] is None
    assert specialist.get("/cases?status=completed")["items"] == []
    assert len(specialist.get("/cases?q=晨光&started_by=specialist&process=hospitality")["items"]) == 3
    specialist.get("/cases?limit=0", 422)
    specialist.get("/cases?limit=201", 422)
    specialist.get("/cases?cursor=x", 422)
    specialist.get("/tasks?view=nonsense", 422)
    assert len(specialist.get("/tasks?view=started")["items"]) == 3


def test_taking_back_and_cancelling(app: Flask, specialist: ApiClient) -> None:
    assert specialist.post(f"/cases/{start(specialist)['id']}/withdraw")["status"] == "withdrawn"
    case = start(specialist)
    complete(app, "manager")
    specialist.post(f"/cases/{case['id']}/withdraw", None, 409)
    specialist.post(f"/cases/{case['id']}/cancel", {}, 422)
    assert specialist.post(f"/cases/{case['id']}/cancel", {"reason": "改期"})["status"] == "cancelled"
    specialist.post(f"/cases/{case['id']}/cancel", {"reason": "改期"}, 409)


def test_registers(app: Flask, specialist: ApiClient) -> None:
    page = specialist.get("/customers?limit=5")
    assert [customer["code"] for customer in page["items"]] == ["C001", "C002", "C003", "C004", "C005"]
    assert specialist.get(f"/customers?limit=5&cursor={page['next']}")["items"][0]["code"] == "C006"
    assert [customer["code"] for customer in specialist.get("/customers?q=黄酒")["items"]] == ["C011"]
    specialist.post("/customers", {"code": "C001", "name": "重复"}, 409)
    specialist.post("/customers", {"code": "C900"}, 422)
    specialist.post("/budgets", {"department": "客户服务部", "month": "2031-01", "amount": 1}, 403)
    finance = ApiClient(app, "finance")
    finance.post("/budgets", {"department": "客户服务部", "month": "2031-13", "amount": 1}, 422)
    assert finance.post("/budgets", {"department": "客户服务部", "month": "2031-01", "amount": "10.50"}, 201)


def test_the_description_knows_every_route(app: Flask, specialist: ApiClient) -> None:
    description = specialist.get("/openapi.json")
    assert description["openapi"].startswith("3.1")
    described = {(method, path) for path, operations in description["paths"].items() for method in operations}
    routes = {
        (
            method.lower(),
            rule.rule.removeprefix("/api/v1")
            .replace("<int:", "<")
            .replace("<uuid:", "<")
            .replace("<", "{")
            .replace(">", "}"),
        )
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == routes


def test_the_superior_stands_in_for_the_starter(app: Flask) -> None:
    manager = ApiClient(app, "manager")
    case = start(manager)
    assert case["tasks"][0]["assignee"] == "gm"
    superior = find_superior(db.session, find_actor("manager").id)
    assert superior is not None
    assert superior.username == "gm"


def test_processes_are_checked_and_published_by_owners_only(app: Flask, specialist: ApiClient) -> None:
    may_start = {process["key"]: process["may_start"] for process in specialist.get("/processes")["items"]}
    assert may_start["hospitality"]
    assert [each["version"] for each in specialist.get("/processes/hospitality")["versions"]] == [1]
    specialist.get("/processes/nothing", 404)
    assert specialist.call("POST", "/processes/hospitality/versions").status_code == 403
    owner = ApiClient(app, "owner")
    answer = outside(app).post(
        "/api/v1/processes/hospitality/check", data=b"no zip", headers={"Authorization": f"Bearer {owner.token}"}
    )
    assert answer.status_code == 422
    assert answer.json["problems"][0]["message"]
