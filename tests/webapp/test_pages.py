"""The pages as people use them; each ends with somebody who has no business there."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from services.background.timers import fire_until
from services.cases.models import DbCase
from services.database import db
from tests.support.clients import PoliteClient, outside

Browse = Callable[[str], PoliteClient]
DAY = datetime.now(UTC).date() + timedelta(days=3)


def application(**changes: object) -> dict[str, object]:
    values = {
        "customer": "C001",
        "venue": "锦江大酒店",
        "date": DAY.isoformat(),
        "guests": "周总 总经理\n钱工",
        "staff": "陈晓明",
        "budget-meal": "2,600.50",
        "budget-transport": "３００",
        "purpose": "商谈年度框架合同",
    }
    return {**values, **changes}


def started(browse: Browse) -> str:
    location = browse("specialist").submit("/start/hospitality", application())
    assert isinstance(location, str)
    return location


def task_of(client: PoliteClient) -> str:
    return str(client.get("/inbox").xpath("//tr[@data-href]/@data-href")[0])


def text(page: object) -> str:
    return " ".join(page.text_content().split())  # type: ignore[attr-defined]


def test_without_signing_in_every_page_leads_to_the_sign_in(app: Flask) -> None:
    client = outside(app)
    for path in ("/", "/inbox", "/cases/1", "/tasks/1", "/start/hospitality", "/notices", "/calendar"):
        answer = client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/sign-in?next="), path


def test_signing_in_goes_where_one_wanted_and_nowhere_else(app: Flask) -> None:
    client = PoliteClient(app)
    page = client.get("/sign-in?next=/notices")
    token = page.xpath("//input[@name='csrf_token']/@value")[0]
    good = {"username": "gm", "password": "demo", "next": "/notices"}
    assert client.post("/sign-in", good, token).headers["Location"] == "/notices"
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        other = PoliteClient(app)
        token = other.get("/sign-in").xpath("//input[@name='csrf_token']/@value")[0]
        assert other.post("/sign-in", {**good, "next": evil}, token).headers["Location"] == "/inbox"


def test_a_wrong_password_keeps_the_name(app: Flask) -> None:
    client = PoliteClient(app)
    token = client.get("/sign-in").xpath("//input[@name='csrf_token']/@value")[0]
    answer = client.post("/sign-in", {"username": "gm", "password": "wrong"}, token)
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text
    assert 'value="gm"' in answer.text


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(app: Flask, browse: Browse) -> None:
    client = browse("gm")
    cookie = client._client.get_cookie("huiqian_session")
    assert cookie is not None
    assert cookie.http_only
    client.submit("/sign-out", {})
    thief = outside(app)
    thief.set_cookie("huiqian_session", cookie.value)
    assert thief.get("/inbox").status_code == 303


def test_a_post_without_token_changes_nothing(app: Flask, browse: Browse) -> None:
    client = browse("specialist")
    answer = client._client.post("/start/hospitality", data=application())
    assert answer.status_code == 400
    assert db.session.query(DbCase).count() == 0


def test_a_case_from_application_to_settlement_by_the_pages(browse: Browse) -> None:
    case = started(browse)
    for username in ("manager", "gm", "finance"):
        client = browse(username)
        assert client.submit(task_of(client), {"outcome": "approve"}) == "/inbox"
        assert "没有待办" in text(client.get("/inbox"))
    fire_until(datetime.now(UTC) + timedelta(days=4))
    specialist = browse("specialist")
    report = task_of(specialist)
    page = specialist.get(report)
    assert page.xpath("//input[@name='place']/@value") == ["锦江大酒店"]
    fields = {"purpose": "商谈", "place": "锦江大酒店", "date": DAY.isoformat(), "effect": "很好"}
    specialist.submit(report, {"outcome": "submit", "spend-meal": "2000", "spend_notes-meal": "晚宴", **fields})
    for username in ("manager", "gm", "finance"):
        client = browse(username)
        client.submit(task_of(client), {"outcome": "approve"})
    page = specialist.get(case)
    assert "已完成" in text(page)
    assert "2,000.00" in text(page)


def test_the_form_says_who_will_be_asked_before_it_is_submitted(browse: Browse) -> None:
    page = browse("specialist").get("/start/hospitality")
    names = [item.text_content().strip() for item in page.xpath("//div[@class='hq-forecast-name']")]
    assert names[:3] == ["客户服务部经理审核", "总经理审核", "财务部审核"]


def test_wrong_values_come_back_filled_in_with_every_field_named(browse: Browse) -> None:
    wrong = application(customer="", venue="", **{"budget-meal": "很多", "budget-gift": "-5"})
    page = browse("specialist").submit("/start/hospitality", wrong, 422)
    summary = text(page.xpath("//*[@data-error-summary]")[0])
    for sentence in ("请搜索并选择客户", "宴请场所", "请输入数字", "不能小于 0"):
        assert sentence in summary
    assert page.xpath("//input[@name='budget-meal']/@value") == ["很多"]
    assert page.xpath("//textarea[@name='purpose']")[0].text == "商谈年度框架合同"
    assert "周总 总经理" in page.xpath("//textarea[@name='guests']")[0].text
    for link in page.xpath("//*[@data-error-summary]//a/@href"):
        assert page.xpath(f"//*[@id='{link[1:]}']"), f"the summary links to nothing: {link}"


def test_a_draft_comes_back_when_the_page_is_opened_again(browse: Browse) -> None:
    client = browse("specialist")
    assert client.post("/drafts/start/hospitality", {"venue": "和平", "budget-meal": "12x"}).status_code == 204
    page = client.get("/start/hospitality")
    assert page.xpath("//input[@name='venue']/@value") == ["和平"]
    assert page.xpath("//input[@name='budget-meal']/@value") == ["12x"]
    assert "草稿" in text(page)


def test_an_approver_sees_what_is_signed_and_what_is_unusual(browse: Browse) -> None:
    browse("specialist").submit("/start/hospitality", application(**{"budget-meal": "40000"}))
    client = browse("manager")
    shown = text(client.get(task_of(client)))
    for sentence in ("上海晨光科技有限公司", "40,300.00", "超出可用预算 10,300.00 元", "近 90 天内第一次招待该客户"):
        assert sentence in shown
    assert "由岗位“客户服务部经理”办理" in shown


def test_a_rejection_without_a_comment_keeps_the_page(browse: Browse) -> None:
    started(browse)
    client = browse("manager")
    page = client.submit(task_of(client), {"outcome": "reject", "comment": ""}, 422)
    assert "驳回时请填写意见" in text(page)


def test_a_return_brings_the_form_back_with_the_reason(browse: Browse) -> None:
    started(browse)
    client = browse("manager")
    client.submit(task_of(client), {"outcome": "return", "to": "apply", "comment": "请写明客户职务"})
    specialist = browse("specialist")
    page = specialist.get(task_of(specialist))
    assert "王雅琴退回" in text(page)
    assert "请写明客户职务" in text(page)
    assert page.xpath("//input[@name='venue']/@value") == ["锦江大酒店"]


def test_what_somebody_else_did_is_409_with_who_and_when(browse: Browse) -> None:
    started(browse)
    client = browse("manager")
    task = task_of(client)
    client.submit(task, {"outcome": "approve"})
    page = client.submit(task, {"outcome": "approve"}, 409)
    assert "已由王雅琴于" in text(page)


def test_files_are_attached_and_refused(browse: Browse) -> None:
    pdf = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
    specialist = browse("specialist")
    bad = application(files=(io.BytesIO(b"MZ"), "virus.exe"))
    page = specialist.submit("/start/hospitality", bad, 422)
    assert "不接受“virus.exe”这种文件" in text(page)
    token = specialist.get("/start/hospitality").xpath("//input[@name='csrf_token']/@value")[0]
    big = application(csrf_token=token, files=FileStorage(io.BytesIO(b"%PDF-" + b"0" * 10_000_001), "big.pdf"))
    boundary, body = encode_multipart(big)
    kind = f"multipart/form-data; boundary={boundary}"
    answer = specialist._client.post("/start/hospitality", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "超过 10 MB" in answer.text
    assert db.session.query(DbCase).count() == 0
    good = application(files=(io.BytesIO(pdf), "邀请函.pdf"))
    location = specialist.submit("/start/hospitality", good)
    link = browse("manager").get(str(location)).xpath("//a[contains(@href, '/attachments/')]/@href")[0]
    answer = browse("manager").raw(link)
    assert (answer.status_code, answer.data) == (200, pdf)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert browse("outsider").raw(link).status_code == 404


def test_the_papers_are_as_the_documents_show_them(browse: Browse) -> None:
    case = started(browse)
    client = browse("manager")
    client.submit(task_of(client), {"outcome": "approve", "comment": "同意招待"})
    page = browse("specialist").get(f"{case}/print/application")
    labels = ["".join(cell.text_content().split()) for cell in page.xpath("//th")]
    assert labels == [
        *("申请人", "部门", "申请日期", "客户名称", "宴请场所", "宴请日期", "客户方面同席人员", "本公司同席人员"),
        *("招待费用预算", "会议", "用餐", "交通", "礼品", "其他", "合计", "金额(元)", "大写"),
        *("招待事宜安排人员", "实际支出额(元)"),
        *("招待目的", "费用说明", "注意事项", "客户服务部经理审核", "总经理审核", "财务部审核"),
    ]
    shown = text(page)
    assert "客户招待申请表" in shown
    assert "贰仟玖佰元伍角整" in shown
    assert "同意招待" in shown
    assert "王雅琴" in shown


def test_strangers_find_no_case_no_task_no_paper(browse: Browse) -> None:
    case = started(browse)
    manager = browse("manager")
    task = task_of(manager)
    outsider = browse("outsider")
    for path in (case, f"{case}/print/application", f"{case}/diagram.bpmn", task, "/cases/99999", "/tasks/99999"):
        assert outsider.raw(path).status_code == 404, path
    assert outsider.post(task, {"outcome": "approve"}).status_code == 404
    assert outsider.post(f"{case}/cancel", {"reason": "x"}).status_code == 404
    assert outsider.post(f"/drafts{task.replace('/tasks/', '/task/')}", {}).status_code == 404


def test_who_may_not_start_is_told(browse: Browse) -> None:
    outsider = browse("outsider")
    offered = text(outsider.get("/start"))
    assert "客户投诉" in offered
    assert "客户招待" not in offered
    assert outsider.raw("/start/hospitality").status_code == 403


def test_withdrawing_and_cancelling_by_the_page(browse: Browse) -> None:
    specialist = browse("specialist")
    first = started(browse)
    assert specialist.submit(f"{first}/withdraw", {}) == first
    assert "已撤回" in text(specialist.get(first))
    second = started(browse)
    manager = browse("manager")
    manager.submit(task_of(manager), {"outcome": "approve"})
    page = specialist.submit(f"{second}/cancel", {"reason": ""}, 422)
    assert "请填写撤销原因" in text(page)
    specialist.submit(f"{second}/cancel", {"reason": "客户改期"})
    assert "已撤销" in text(specialist.get(second))


def test_notices_are_read(browse: Browse) -> None:
    started(browse)
    manager = browse("manager")
    page = manager.get("/notices")
    assert "请办理“客户服务部经理审核”" in text(page)
    assert page.xpath("//li[contains(@class, 'is-unread')]")
    manager.submit("/notices/read", {})
    assert not manager.get("/notices").xpath("//li[contains(@class, 'is-unread')]")


def test_the_calendar_shows_makeup_days_and_is_changed_by_administrators(browse: Browse) -> None:
    page = browse("specialist").get("/calendar?year=2025")
    # Sunday 28 September 2025 was worked for the holiday in October
    assert "28班" in [cell.text_content().strip() for cell in page.xpath("//td[contains(@class, 'is-makeup')]")]
    assert not page.xpath("//form[@action='/calendar']")
    assert browse("specialist").post("/calendar", {"day": "2026-11-24", "kind": "rest"}).status_code == 403
    admin = browse("admin")
    admin.submit("/calendar", {"day": "2026-11-24", "kind": "rest", "note": "厂庆"})
    assert "厂庆" in admin.get("/calendar?year=2026").xpath("//td[contains(@class, 'is-own')]/@title")


def test_the_language_changes_and_stays(browse: Browse) -> None:
    client = browse("specialist")
    client.submit("/language", {"language": "en", "next": "/inbox"})
    page = client.get("/inbox")
    assert page.get("lang") == "en"
    assert "To do" in text(page)
    assert "Hospitality" in text(client.get("/start/hospitality"))


@pytest.mark.parametrize("path", ["/nothing", "/static/nothing", "/cases/1/nothing"])
def test_what_is_not_there_is_404(browse: Browse, path: str) -> None:
    assert browse("specialist").raw(path).status_code == 404


def test_operators_see_signs_of_life(app: Flask) -> None:
    client = outside(app)
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["database"], answer.json["worker"]) == (503, True, False)
    assert "huiqian_tasks_open 0.0" in client.get("/metrics").text


def test_the_list_has_every_case_one_may_see(browse: Browse) -> None:
    started(browse)
    assert "上海晨光" in text(browse("specialist").get("/cases"))
    assert "还没有您可以查看的事项" in text(browse("outsider").get("/cases"))


def test_a_refused_file_does_not_hide_the_other_errors(browse: Browse) -> None:
    bad = application(venue="", files=(io.BytesIO(b"MZ"), "virus.exe"))
    page = browse("specialist").submit("/start/hospitality", bad, 422)
    summary = text(page.xpath("//*[@data-error-summary]")[0])  # type: ignore[union-attr]
    assert "宴请场所" in summary
    assert "virus.exe" in summary


def test_a_notice_is_read_by_opening_what_it_is_about(browse: Browse) -> None:
    started(browse)
    manager = browse("manager")
    manager.get(task_of(manager))
    assert not manager.get("/notices").xpath("//li[contains(@class, 'is-unread')]")


def test_settlement_shows_spending_against_approval(browse: Browse) -> None:
    started(browse)
    for username in ("manager", "gm", "finance"):
        client = browse(username)
        client.submit(task_of(client), {"outcome": "approve"})
    fire_until(datetime.now(UTC) + timedelta(days=4))
    specialist = browse("specialist")
    fields = {
        "purpose": "商谈",
        "place": "锦江大酒店",
        "date": DAY.isoformat(),
        "effect": "很好",
        "spend-meal": "2950.50",
    }
    specialist.submit(task_of(specialist), {"outcome": "submit", **fields})
    manager = browse("manager")
    page = manager.get(task_of(manager))
    assert "超支 50.00 元" in text(page)
    assert page.xpath("//select[@name='to']/option[@selected]/@value") == ["report"]


def test_english_reaches_diagrams_and_notices(browse: Browse) -> None:
    case = started(browse)
    manager = browse("manager")
    manager.submit("/language", {"language": "en", "next": "/inbox"})
    assert "客户服务部经理审核" not in text(manager.get("/notices"))
    xml = manager.raw(f"{case}/diagram.bpmn").text
    assert 'name="客户招待"' not in xml
    assert 'id="manager_review"' in xml
