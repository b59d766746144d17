"""代理设置 and what administrators see of people who are away, leave or are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from services.database import db
from services.people.models import DbUser
from services.people.stand_ins import company_day
from services.people.substitutes import NewSubstitute, appoint
from services.tasks.complete_task import complete_task
from services.tasks.reassign import deactivate
from tests.conftest import MONDAY, find_actor
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import act, start, task_id

Browse = Callable[[str], PoliteClient]


@pytest.fixture(autouse=True)
def everybody_back(app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.query(DbUser).filter(DbUser.demo).update({"active": True})
    db.session.commit()


def today() -> date:
    """The pages ask the real clock."""
    from webapp.auth import now

    return company_day(now())


def form(**changes: Any) -> dict[str, Any]:
    day = today()
    return {"substitute": "supervisor", "first_day": day.isoformat(), "last_day": day.isoformat(), **changes}


def test_a_person_names_and_ends_a_substitute(browse: Browse) -> None:
    client = browse("manager")
    client.submit("/me/substitutes", form(reason="出差", limit="5,000"))
    page = client.get("/me/substitutes")
    text = page.text_content()
    assert "李慧 代 王雅琴" in text
    assert "出差" in text
    assert "不超过 5,000.00 元" in text
    assert "代理中" in text
    [action] = page.xpath("//form[contains(@action, '/end')]/@action")
    client.submit(action, {})
    page = client.get("/me/substitutes")
    assert "已结束" in page.text_content()
    assert not page.xpath("//form[contains(@action, '/end')]")


def test_what_was_typed_comes_back_with_the_reason(browse: Browse) -> None:
    client = browse("manager")
    page = client.submit("/me/substitutes", form(substitute="manager", reason="出差"), status=422)
    assert page.xpath("//*[@id='substitute-error']")[0].text_content() == "不能由本人代理，请选择另一位同事"
    assert page.xpath("//input[@name='reason']/@value") == ["出差"]
    page = client.submit("/me/substitutes", form(last_day="never", limit="many"), status=422)
    assert page.xpath("//*[@id='last_day-error']")
    assert page.xpath("//*[@id='limit-error']")
    client.submit("/me/substitutes", form())
    page = client.submit("/me/substitutes", form(substitute="deputy"), status=409)
    assert "已由李慧代理" in page.text_content()


def test_nobody_but_an_administrator_acts_for_others(browse: Browse) -> None:
    assert browse("outsider").post("/me/substitutes", form(absent="manager")).status_code == 403
    administrator = browse("admin")
    administrator.submit("/me/substitutes", form(absent="manager"))
    assert "李慧 代 王雅琴" in administrator.get("/me/substitutes").text_content()
    assert "李慧 代 王雅琴" not in browse("outsider").get("/me/substitutes").text_content()


def test_both_names_are_shown_wherever_the_substitute_signed(app: Flask, browse: Browse) -> None:
    wanted = NewSubstitute(substitute="supervisor", first_day=company_day(MONDAY), last_day=company_day(MONDAY))
    appoint(find_actor("manager"), wanted, now=MONDAY)
    case = start()
    client = browse("supervisor")
    assert "代 王雅琴" in client.get("/inbox").text_content()
    assert "代 王雅琴 办理" in client.get(f"/tasks/{task_id(case, 'manager_review')}").text_content()
    [line] = ApiClient(app, "supervisor").get("/tasks")["items"]
    assert line["for"] == "manager"
    complete_task(
        find_actor("supervisor"),
        task_id(case, "manager_review"),
        outcome="approve",
        comment="",
        typed={},
        now=MONDAY,
    )
    assert "李慧 代 王雅琴" in client.get(f"/cases/{case.id}").text_content()
    assert "李慧 代 王雅琴" in client.get(f"/cases/{case.id}/print/application").text_content()
    signed = [
        line for line in ApiClient(app, "gm").get(f"/cases/{case.id}")["history"] if line["action"] == "completed"
    ]
    assert [(line["who"], line["for"], line["for_name"]) for line in signed] == [("supervisor", "manager", "王雅琴")]


def test_substitutes_by_the_api(app: Flask) -> None:
    api = ApiClient(app, "manager")
    made = api.post("/substitutes", {**form(), "limit": 100, "process": "hospitality"}, status=201)
    assert (made["absent"], made["substitute"], made["limit"], made["state"]) == (
        "manager",
        "supervisor",
        "100.00",
        "active",
    )
    assert [line["id"] for line in api.get("/substitutes")["items"]] == [made["id"]]
    assert ApiClient(app, "gm").call("DELETE", f"/substitutes/{made['id']}").status_code == 404
    assert api.call("DELETE", f"/substitutes/{made['id']}").json["state"] == "over"
    refused = api.post("/substitutes", {"substitute": ["x"], "first_day": True}, status=422)
    assert {error["field"] for error in refused["errors"]} == {"substitute", "first_day"}
    late = form(first_day=(today() - timedelta(days=1)).isoformat())
    assert api.post("/substitutes", late, status=422)["errors"][0]["field"] == "first_day"
    ApiClient(app, "gm").get("/substitutes?person=manager", status=403)


def test_an_administrator_rehearses_and_hands_over(app: Flask, browse: Browse) -> None:
    case = start()
    client = browse("admin")
    page = client.get("/people/rehearsal?person=manager")
    assert case.number in page.xpath("//section[@id='tasks_alone']")[0].text_content()
    refused = client.submit("/people/hand-over", {"person": "manager", "to": "manager", "reason": "离职"}, status=422)
    assert "不能移交给本人" in refused.text_content()
    assert refused.xpath("//input[@name='reason']/@value") == ["离职"]
    page = client.submit("/people/hand-over", {"person": "manager", "to": "deputy", "reason": "离职"}, status=200)
    assert "已移交 冯立新" in " ".join(page.text_content().split())
    text = " ".join(browse("deputy").get(f"/cases/{case.id}").text_content().split())
    assert "高峰 · 王雅琴 → 冯立新" in text
    assert "离职" in text
    act(case, "deputy", "manager_review")


def test_departments_are_rehearsed_on_a_page(browse: Browse) -> None:
    client = browse("admin")
    page = client.get("/people/rehearsal?department=客户服务部&into=销售部")
    assert "将不能再发起的流程" in page.text_content()
    page = client.get("/people/rehearsal?department=客户服务部&into=客户服务部", status=422)
    assert "请选择另一个部门" in page.text_content()


def test_rehearsal_by_the_api_is_for_administrators(app: Flask) -> None:
    case = start()
    ApiClient(app, "manager").get("/people/manager/rehearsal", status=403)
    api = ApiClient(app, "admin")
    found = api.get("/people/manager/rehearsal")["items"]
    assert found[0]["level"] == "breaks"
    assert {"tasks_alone", "posts", "departments", "people_below"} <= {item["kind"] for item in found}
    api.get("/people/nobody/rehearsal", status=404)
    ApiClient(app, "manager").post("/people/gm/hand-over", {"to": "manager"}, status=403)
    api.post("/people/manager/hand-over", {}, status=422)
    [line] = api.post("/people/manager/hand-over", {"to": "specialist"})["items"]
    assert (line["status"], line["to"]) == (409, None)
    assert "陈晓明" in line["detail"]
    [line] = api.post("/people/manager/hand-over", {"to": "deputy"})["items"]
    assert (line["case"]["number"], line["status"], line["to"]) == (case.number, 200, "冯立新")


def test_tasks_that_went_elsewhere_are_listed_for_the_administrator(browse: Browse) -> None:
    deactivate("manager", now=MONDAY)
    case = start()
    client = browse("admin")
    text = client.get("/people/unassigned").text_content()
    assert case.number in text
    assert "按流程规定由申请人的上级办理" in text
    assert "李慧" in text
    assert "按流程规定由申请人的上级办理" in browse("supervisor").get(f"/cases/{case.id}").text_content()
    page = browse("supervisor").get(f"/tasks/{task_id(case, 'manager_review')}")
    assert "目前没有人，按流程规定由申请人的上级办理" in page.text_content()
    assert browse("outsider").raw("/people/unassigned").status_code == 403


def test_the_menu_leads_there(browse: Browse) -> None:
    addresses = browse("admin").get("/inbox").xpath("//details//a/@href")
    assert {"/me/substitutes", "/people/rehearsal", "/people/unassigned"} <= set(addresses)
    addresses = browse("manager").get("/inbox").xpath("//details//a/@href")
    assert "/me/substitutes" in addresses
    assert "/people/rehearsal" not in addresses
