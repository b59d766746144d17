"""The pages and calls of complaints: contact log, templates, statistics."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from services.complaints import solutions
from services.database import db
from services.demo_complaints import load_solution_templates
from tests.conftest import find_actor
from tests.support.clients import ApiClient, PoliteClient, check_page
from tests.support.complaint import contact, handle, register, revisit, row, task_id
from tests.support.hospitality import start as start_hospitality

Browse = Callable[[str], PoliteClient]
REPORT = "/reports/complaints"


def look(client: PoliteClient, path: str) -> str:
    """The page's source; a page of people is checked as every page is."""
    answer = client.raw(path)
    assert answer.status_code == 200, answer.text[:2000]
    check_page(answer)
    return answer.text


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=3)


def test_a_contact_is_logged_from_the_task_page(browse: Browse) -> None:
    case = register(now=just_now())
    client = browse("presales")
    page = look(client, f"/tasks/{task_id(case, 'handle')}")
    assert "首次响应" in page
    assert "还没有联系客户的记录" in page
    assert 'href="tel:13800000009"' in page
    values = {
        "channel": "电话",
        "person": "周厂长",
        "text": "已致电说明",
        "at": "",
        "task": str(task_id(case, "handle")),
    }
    answer = client.post(f"/cases/{case.id}/contacts", data=values)
    assert answer.status_code == 303
    assert answer.location.endswith(f"/tasks/{task_id(case, 'handle')}#contacts")
    page = look(client, f"/cases/{case.id}")
    assert "已致电说明" in page
    assert "周厂长" in page
    assert row(case).first_response_at is not None


def test_a_contact_that_is_refused_comes_back_as_it_was_typed(browse: Browse) -> None:
    case = register(now=just_now())
    client = browse("presales")
    values = {"channel": "邮件", "person": "周厂长", "text": "", "at": "昨天"}
    answer = client.post(f"/cases/{case.id}/contacts", data=values)
    assert answer.status_code == 422
    assert "请写成 2026-11-23 09:30 这样的时间，或留空" in answer.text
    values |= {"at": "2001-01-01T09:00"}
    answer = client.post(f"/cases/{case.id}/contacts", data=values)
    assert answer.status_code == 422
    for text in ("请写下和客户说了什么", "联系时间不能早于投诉登记的时间", "周厂长", "2001-01-01T09:00"):
        assert text in answer.text
    assert '<option value="邮件" selected>' in answer.text


def test_the_log_is_closed_to_who_may_not_see_the_case(browse: Browse) -> None:
    case = register(now=just_now())
    client = browse("courier")
    assert client.raw(f"/cases/{case.id}/contacts").status_code == 404
    values = {"channel": "电话", "text": "不该有的"}
    assert client.post(f"/cases/{case.id}/contacts", data=values).status_code == 404
    owner = browse("owner")
    assert owner.raw(f"/cases/{case.id}/contacts").status_code == 200
    assert owner.post(f"/cases/{case.id}/contacts", data=values).status_code == 403


def test_other_cases_have_no_contact_log(app: Flask, browse: Browse) -> None:
    case = start_hospitality()
    client = browse("specialist")
    assert client.raw(f"/cases/{case.id}/contacts").status_code == 404
    assert "首次响应" not in look(client, f"/cases/{case.id}")


def test_a_template_is_taken_over_without_scripts(browse: Browse) -> None:
    load_solution_templates(db.session, now=just_now())
    db.session.commit()
    case = register(now=just_now())
    client, task = browse("presales"), task_id(case, "handle")
    page = look(client, f"/tasks/{task}")
    assert "杯盖漏水：补发配件" in page
    assert "都提到：" in page
    made = solutions.list_templates(db.session, solutions.Wanted(text="杯盖"))[0][0].template.id
    answer = client.post(f"/tasks/{task}/solutions/{made}", data={"solution": "已致歉。", "cause": "老化"})
    assert answer.status_code == 303
    page = look(client, f"/tasks/{task}")
    assert "已致歉。\n\n向客户致歉，当天补发新的杯盖" in page
    assert ">老化</textarea>" in page
    assert client.post(f"/tasks/{task}/solutions/999999", data={}).status_code == 404


def test_earlier_rounds_stand_on_the_page(browse: Browse) -> None:
    begun = just_now()
    case = register(now=begun)
    handle(case, now=begun, solution="请客户自行擦干")
    revisit(case, 1, now=begun, opinion="等于没有解决")
    page = look(browse("supervisor"), f"/tasks/{task_id(case, 'handle')}")
    for text in ("之前的处理", "请客户自行擦干", "等于没有解决", "第 1 次重新处理"):
        assert text in page


# templates


def test_templates_are_written_changed_and_put_out_of_use(browse: Browse) -> None:
    client = browse("supervisor")
    values = {"title": "少发补寄", "type": "少货", "problem": "少了一件", "text": "核对后补寄"}
    assert client.post("/solutions/new", data=values).status_code == 303
    page = look(client, "/solutions?q=少发")
    assert "少发补寄" in page
    assert "手工编写" in page
    made = solutions.list_templates(db.session, solutions.Wanted())[0][0].template.id
    answer = client.post(f"/solutions/{made}", data={**values, "title": " "})
    assert answer.status_code == 422
    assert "此项必填" in answer.text
    assert "核对后补寄" in answer.text
    assert client.post(f"/solutions/{made}/retire", data={"retired": "1"}).status_code == 303
    assert "少发补寄" not in look(client, "/solutions")
    assert "少发补寄" in look(client, "/solutions?retired=1&type=少货")
    assert "请至少" not in look(client, "/solutions?q=少")


def test_templates_are_read_by_all_and_kept_by_few(browse: Browse) -> None:
    supervisor = find_actor("supervisor")
    values = {"title": "少发补寄", "type": "少货", "problem": "少了一件", "text": "核对后补寄"}
    made = solutions.save_template(supervisor, None, values, now=just_now())
    client = browse("outsider")
    page = look(client, f"/solutions/{made}")
    assert "核对后补寄" in page
    assert "<textarea" not in page
    assert client.raw("/solutions/new").status_code == 403
    assert client.post("/solutions/new", data=values).status_code == 403
    assert client.post(f"/solutions/{made}", data=values).status_code == 403
    assert client.raw("/solutions/424242").status_code == 404


# statistics


@pytest.fixture
def two_cases(app: Flask) -> None:
    begun = just_now()
    case = register(now=begun)
    contact(case, now=begun)
    handle(case, now=begun)
    revisit(case, 5, now=begun)
    register(now=begun, type="物流", region="=HYPERLINK(1)")


def test_the_report_shows_the_figures_and_leads_to_their_lists(two_cases: None, browse: Browse) -> None:
    client = browse("gm")
    page = look(client, REPORT)
    for text in ("投诉件数", "按类型", "质量问题", "5.00", "<svg"):
        assert text in page
    behind = look(client, f"{REPORT}/list?show=score_5")
    assert "TS-" in behind
    assert "质量问题" in behind
    assert "物流" not in behind
    assert "没有这样的投诉" in look(client, f"{REPORT}/list?show=escalated_3")


def test_a_period_that_is_none_is_told_and_the_year_is_shown(two_cases: None, browse: Browse) -> None:
    answer = browse("gm").raw(f"{REPORT}?from=2026-05&to=2026-04")
    assert answer.status_code == 422
    assert "结束的月份不能早于开始的月份" in answer.text


def test_the_table_is_safe_from_formulas(two_cases: None, browse: Browse) -> None:
    answer = browse("manager").raw(f"{REPORT}/table.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    regions = [line[0] for line in rows if line and "HYPERLINK" in line[0]]
    assert regions == ["'=HYPERLINK(1)"]
    assert next(line[:3] for line in reversed(rows) if line) == ["合计", "2", "1"]


def test_the_workbook_has_numbers_and_no_formulas(two_cases: None, browse: Browse) -> None:
    client = browse("manager")
    answer = client.raw(f"{REPORT}/table.xlsx")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheets = [book.read(name).decode() for name in sorted(book.namelist()) if "worksheets/sheet" in name]
        texts = book.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == 4
    assert not any("<f>" in sheet for sheet in sheets)
    assert "=HYPERLINK(1)" in texts
    assert client.raw(f"{REPORT}/table.pdf").status_code == 404


def test_the_statistics_are_refused_to_others(two_cases: None, browse: Browse) -> None:
    client = browse("presales")
    for path in (REPORT, f"{REPORT}/list", f"{REPORT}/table.csv"):
        assert client.raw(path).status_code == 403


# the API


def test_contacts_by_the_api(app: Flask) -> None:
    case = register(now=just_now())
    client = ApiClient(app, "presales")
    body = {"channel": "短信", "text": "已发短信", "person": "周厂长"}
    made = client.post(f"/cases/{case.id}/contacts", body, status=201)
    assert (made["channel"], made["who"]) == ("短信", "presales")
    found = client.get(f"/cases/{case.id}/contacts")
    assert ([line["text"] for line in found["items"]], found["next"]) == (["已发短信"], None)
    for field, value in (("text", ""), ("channel", "鸽子"), ("at", "2026-11-23T09:30"), ("at", "昨天")):
        problem = client.post(f"/cases/{case.id}/contacts", {**body, field: value}, status=422)
        assert problem["errors"][0]["field"] == field


def test_the_figures_by_the_api(two_cases: None, app: Flask) -> None:
    client = ApiClient(app, "owner")
    found = client.get("/reports/complaints")
    assert (found["total"]["count"], found["total"]["open"]) == (2, 1)
    assert {line["name"] for line in found["types"]} == {"质量问题", "物流"}
    client.get("/reports/complaints?from=2026-13", status=422)
