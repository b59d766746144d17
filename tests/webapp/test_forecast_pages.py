"""Forecast, tasks to come and reasons, as people and programs see them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from flask import Flask

from services.cases.action import FORECAST_AFTER
from services.tasks.upcoming import sweep
from tests.conftest import MONDAY
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import APPROVERS, act, start, task_id

Browse = Callable[[str], PoliteClient]


def words(page: object) -> str:
    return " ".join(str(page.text_content()).split())  # type: ignore[attr-defined]


def test_the_form_says_when_it_will_be_finished_and_on_what_that_rests(browse: Browse) -> None:
    page = browse("specialist").get("/start/hospitality")
    [forecast] = page.xpath("//*[@data-forecast]")
    assert "办结" in words(forecast)
    assert "尚无记录，按期限" in words(forecast)


def test_the_forecast_follows_the_form(browse: Browse) -> None:
    client = browse("specialist")
    dear = {"date": "2026-12-10", "budget-meal": "30001"}
    answer = client.post("/start/hospitality/forecast", dear)
    assert answer.status_code == 200
    assert "总经理审批超预算" in answer.text
    assert "办结" in answer.text


def test_the_page_of_a_case_shows_where_it_stands(app: Flask, browse: Browse) -> None:
    case = start()
    act(case, "manager", "manager_review")
    page = browse("specialist").get(f"/cases/{case.id}")
    [progress] = page.xpath("//*[@id='progress']")
    here = progress.xpath(".//li[contains(@class, 'is-open')]/div[1]/span[1]")
    assert [item.text_content() for item in here] == ["总经理审核"]
    assert "之后还有" in words(progress)
    assert len(progress.xpath(".//li[contains(@class, 'is-done')]")) == 2


def test_a_step_can_be_marked_in_the_diagram(app: Flask, browse: Browse) -> None:
    case = start()
    client = browse("specialist")
    page = client.get(f"/cases/{case.id}?step=gm_review")
    assert '"active": ["gm_review"]' in page.xpath("//script[@id='viewer-config']")[0].text
    page = client.get(f"/cases/{case.id}?step=nothing")
    assert '"active": ["manager_review"]' in page.xpath("//script[@id='viewer-config']")[0].text


def test_the_page_of_a_task_says_why_and_what_comes_next(app: Flask, browse: Browse) -> None:
    case = start(budget={"meal": Decimal("40000")})
    for username, step in APPROVERS:
        act(case, username, step)
    page = browse("gm").get(f"/tasks/{task_id(case, 'over_budget_approval')}")
    [panel] = page.xpath("//details[contains(@class, 'hq-why')]")
    for sentence in ("岗位“总经理”", "超预算审批", "第 2 条规则", "10000.00", "> 0", "结束", "第 1 版"):
        assert sentence in words(panel)
    assert panel.xpath(".//a/@href")[0].startswith(f"/cases/{case.id}?step=over_budget_approval")


def test_tasks_to_come_have_a_tab(app: Flask, browse: Browse) -> None:
    case = start()
    gm = browse("gm")
    assert "没有即将到来的任务" in words(gm.get("/inbox?view=upcoming"))
    sweep(now=MONDAY + FORECAST_AFTER)
    page = gm.get("/inbox?view=upcoming")
    assert [row.text_content() for row in page.xpath("//table//tr/td[2]/span")] == ["总经理审核", "总经理审核报告"]
    assert not page.xpath(f"//a[@href='/cases/{case.id}']"), "the case is not theirs to see yet"
    mine = browse("specialist").get("/inbox?view=upcoming")
    assert mine.xpath(f"//a[@href='/cases/{case.id}']")
    assert "没有即将到来的任务" in words(browse("outsider").get("/inbox?view=upcoming"))


def test_programs_read_the_same(app: Flask) -> None:
    case = start()
    sweep(now=MONDAY + FORECAST_AFTER)
    [first, _later] = ApiClient(app, "gm").get("/tasks?view=upcoming")["items"]
    assert (first["case"]["id"], first["step"], first["state"]) == (case.id, "gm_review", "upcoming")
    assert first["after"]["who"] == ["王雅琴"]
    assert first["expected_at"] <= first["latest_at"]

    answer = ApiClient(app, "specialist").get(f"/cases/{case.id}/forecast")
    assert answer["ends_at"] <= answer["latest_end"]
    for item in answer["items"]:
        assert item["opens_at"] <= item["expected_at"] <= item["latest_at"]
    assert (answer["items"][0]["open"], answer["items"][0]["basis"]) == (True, "尚无记录，按期限")

    why = ApiClient(app, "manager").get(f"/tasks/{task_id(case, 'manager_review')}")["why"]
    assert (why["lane"], why["holders"], why["version"]) == ("客户服务部经理", ["王雅琴"], 1)
    assert why["next"]["approve"]["steps"] == [{"name": "总经理审核", "who": ["郑国栋"]}]
    assert why["next"]["reject"]["end"] == "rejected"


def test_what_is_to_come_is_nobody_elses_business(app: Flask) -> None:
    case = start()
    outsider = ApiClient(app, "outsider")
    outsider.get(f"/cases/{case.id}/forecast", 404)
    outsider.get(f"/tasks/{task_id(case, 'manager_review')}", 404)
    ApiClient(app, "gm").get(f"/cases/{case.id}", 404)
