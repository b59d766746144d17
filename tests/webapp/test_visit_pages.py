"""Visits over HTTP: the proposal on the plan's page and by API, a plan's days, related cases, the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from lxml import html

from services.cases.models import DbCase
from services.database import db
from tests.support import visits
from tests.support.clients import ApiClient, PoliteClient
from tests.support.visits import row

PERIOD = {"region": "苏州、嘉兴", "from": "2027-03-01", "to": "2027-03-02"}
"""Days to come, whatever the clock says."""
DAY = date(2027, 3, 1)


def words(page: html.HtmlElement | str) -> str:
    assert not isinstance(page, str)
    return " ".join(page.text_content().split())


def values(page: html.HtmlElement | str, name: str) -> list[str]:
    assert not isinstance(page, str)
    return [str(field.get("value")) for field in page.xpath(f"//input[@name='{name}']")]


def test_one_click_fills_the_rows_and_says_why(browse: Callable[[str], PoliteClient]) -> None:
    page = browse("specialist").submit("/start/visit", {**PERIOD, "propose": "yes", "per_day": "5"}, 200)
    assert values(page, "visits-0-customer")[0] == "C002"
    assert values(page, "visits-1-customer")[0] == "C010"
    assert "推荐 2 家客户，已填入拜访计划" in words(page)
    assert "距公司 98.5 公里" in words(page)
    assert db.session.query(DbCase).count() == 0


def test_rows_that_are_filled_in_stay(browse: Callable[[str], PoliteClient]) -> None:
    typed = {"visits-0-customer": "C003", "visits-0-date": "2027-03-01", "visits-0-purpose": "签约"}
    page = browse("specialist").submit("/start/visit", {**PERIOD, **typed, "propose": "yes"}, 200)
    assert [values(page, f"visits-{row}-customer")[0] for row in range(3)] == ["C003", "C002", "C010"]
    assert values(page, "visits-0-purpose") == ["签约"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [({"from": ""}, "请先填写开始日期和结束日期"), ({"to": "2027-02-01"}, "结束日期不能早于开始日期")],
)
def test_a_proposal_that_cannot_be_made_says_what_is_missing(
    browse: Callable[[str], PoliteClient], changed: dict[str, str], sentence: str
) -> None:
    page = browse("specialist").submit("/start/visit", {**PERIOD, **changed, "propose": "yes"}, 200)
    assert sentence in words(page)


def test_a_region_without_customers_is_answered_with_those_of_the_register(
    browse: Callable[[str], PoliteClient],
) -> None:
    page = words(browse("specialist").submit("/start/visit", {**PERIOD, "region": "海南", "propose": "yes"}, 200))
    assert "客户台账中没有“海南”的客户；已登记的区域：" in page


def test_what_no_row_of_a_plan_says_has_no_column(browse: Callable[[str], PoliteClient]) -> None:
    case = visits.start(row("C002", place=""), row("C003", place=""))
    page = words(browse("specialist").get(f"/cases/{case.id}"))
    assert "联络目的" in page
    assert "联络地点" not in page


def test_a_long_history_opens_with_its_latest_lines(browse: Callable[[str], PoliteClient]) -> None:
    plan = [row("C002", time=f"{hour:02}:00") for hour in range(9, 17)]
    case = visits.approved(*plan)
    for number in range(1, len(plan) + 1):
        visits.appoint(case, f"1.{number}")
    page = browse("specialist").get(f"/cases/{case.id}")
    assert not isinstance(page, str)
    earlier = page.xpath("//details[summary[contains(., '更早的')]]//li")
    assert "填写联络计划" in words(earlier[0])
    assert len(page.xpath("//ol[@class='hq-timeline'][not(ancestor::details)]/li")) == 12


def test_the_page_of_a_plan_shows_its_days_and_what_is_asked(browse: Callable[[str], PoliteClient]) -> None:
    case = visits.approved()
    page = words(browse("specialist").get(f"/cases/{case.id}"))
    assert "2 天，3 次拜访" in page
    assert "预约客户" in page


def test_related_cases_are_on_both_pages(browse: Callable[[str], PoliteClient]) -> None:
    case = visits.visited(row("C003"), open_problem="规格不符", open_problem_type="错货")
    complaint = db.session.query(DbCase).filter_by(process_key="complaint").one()
    specialist = browse("specialist")
    plan, other = (words(specialist.get(f"/cases/{found.id}")) for found in (case, complaint))
    assert complaint.number in plan
    assert "发起的投诉" in plan
    assert f"由 {case.number} 发起" in other
    assert "来自拜访" in other


def test_the_list_has_the_visits_that_concern_a_person(browse: Callable[[str], PoliteClient]) -> None:
    case = visits.approved()
    period = "/visits?from=2026-11-23&to=2026-11-29"
    assert case.number in words(browse("specialist").get(period))
    assert case.number in words(browse("manager").get(period))
    assert case.number not in words(browse("outsider").get(period))


def test_follow_ups_wait_on_the_list(browse: Callable[[str], PoliteClient]) -> None:
    visits.visited(row("C003"), achievement="C")
    page = browse("specialist").get("/visits")
    assert page.xpath("//a[@href='/start/visit?customer=C003']")


@pytest.mark.parametrize(
    "period", ["from=9999-12-31", "from=9999-02-01&to=9999-12-31", "from=0001-01-01", "to=9999-12-31"]
)
def test_days_at_the_ends_of_time_break_no_list(browse: Callable[[str], PoliteClient], period: str) -> None:
    assert "拜访" in words(browse("specialist").get(f"/visits?{period}"))


def test_the_api_proposes_and_refuses(app: Flask) -> None:
    specialist = ApiClient(app, "specialist")
    found = specialist.post("/visits/proposal", PERIOD)
    assert [item["customer"] for item in found["items"]] == ["C002", "C010"]
    assert found["rows"][0].keys() >= {"customer", "date", "time"}
    assert specialist.post("/visits/proposal", {"from": "soon"}, 422)["errors"][0]["field"] == "from"
    ApiClient(app, "outsider").post("/visits/proposal", PERIOD, 403)


def test_a_row_without_a_customer_is_named(app: Flask) -> None:
    data = visits.plan(row("", DAY), **{"from": DAY.isoformat(), "to": DAY.isoformat()})
    refusal = ApiClient(app, "specialist").post("/cases", {"process": "visit", "data": data}, 422)
    assert [error["field"] for error in refusal["errors"]] == ["visits.0.customer"]


def test_the_api_lists_what_a_person_may_see(app: Flask) -> None:
    case = visits.approved()
    period = "/visits?from=2026-11-23&to=2026-11-29"
    [item] = ApiClient(app, "specialist").get(f"{period}&customer=C003")["items"]
    assert (item["case"]["number"], item["branch"], item["state"]) == (case.number, "1.2", "planned")
    assert ApiClient(app, "outsider").get(period)["items"] == []
