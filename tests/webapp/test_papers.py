"""Papers on pages, as PDF and through the API: the same words, for those who may see the case."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
from flask import Flask

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbCase
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.services.test_papers import text_of
from tests.support import gift, hospitality, visits
from tests.support.clients import ApiClient, PoliteClient

Browse = Callable[[str], PoliteClient]


def words_of(page: Any) -> str:
    """What the paper says, without spaces."""
    return "".join("".join(page.xpath("//main")[0].itertext()).split())


def pdf_of(client: Any, path: str) -> bytes:
    answer = client.raw(path)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.mimetype == "application/pdf"
    return bytes(answer.data)


def reported() -> DbCase:
    case = hospitality.reported(spend_notes={"meal": "两桌"}, information="竞争对手的报价", follow_up="每季度回访")
    hospitality.act(case, "manager", "manager_report_review", comment="情况属实", now=hospitality.day_after())
    return case


def visited() -> DbCase:
    return visits.visited(attention="前台登记", solved="交付日期", future="带样品")


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (reported, "application"),
        (reported, "report"),
        (lambda: gift.reviewed(gift.start(gift.line(), gift.line(customer="C002"), reason="答谢")), "application"),
        (gift.planned, "plan"),
        (visited, "plan"),
        (visited, "reservations"),
        (visited, "visit_record?branch=1.1"),
    ],
)
def test_page_and_pdf_say_the_same(browse: Browse, make: Any, path: str) -> None:
    case, (name, _, branch) = make(), path.partition("?")
    client = browse("specialist")
    page = client.get(f"/cases/{case.id}/print/{path}")
    address = page.xpath("//nav//a[contains(@href, '.pdf')]/@href")[0]
    assert address == f"/cases/{case.id}/print/{name}.pdf{'?' + branch if branch else ''}"
    pdf = pdf_of(client, address)
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    assert text_of(pdf) == words_of(page)
    assert words_of(page).startswith(page.findtext(".//h1"))


def test_the_file_is_named_by_what_it_is(browse: Browse) -> None:
    case = hospitality.start()
    answer = browse("specialist").raw(f"/cases/{case.id}/print/application.pdf")
    assert unquote(answer.headers["Content-Disposition"]).endswith(f"客户招待申请表-{case.number}.pdf")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.data.startswith(b"%PDF-")


def test_a_table_ends_with_its_total_in_words(browse: Browse) -> None:
    case = gift.start(
        gift.line(value=Decimal("1280.50")), gift.line(customer="C002", value=Decimal("128.50")), reason="答谢"
    )
    words = words_of(browse("specialist").get(f"/cases/{case.id}/print/application"))
    assert "合计大写：壹仟肆佰零玖元整1,409.00" in words


def test_a_branch_has_a_paper_of_its_own_and_only_its_signatures(browse: Browse) -> None:
    case = visits.approved(visits.row("C002", time="09:30"), visits.row("C003", time="14:00"))
    visits.appoint(case, "1.1")
    visits.appoint(case, "1.2")
    visits.visit(case, "1.1", attention="第一家")
    client = browse("specialist")
    links = client.get(f"/cases/{case.id}").xpath("//section[@id='papers']//a/@href")
    address = f"/cases/{case.id}/print/visit_record?branch=1.1"
    assert address in links
    assert f"/cases/{case.id}/print/visit_record?branch=1.2" not in links
    assert "第一家" in words_of(client.get(address))
    assert client.raw(f"/cases/{case.id}/print/visit_record?branch=1.2").status_code == 404
    assert client.raw(f"/cases/{case.id}/print/visit_record").status_code == 404
    visits.visit(case, "1.2", attention="第二家")
    second = words_of(client.get(f"/cases/{case.id}/print/visit_record?branch=1.2"))
    assert "第二家" in second
    assert "第一家" not in second
    assert second.count("陈晓明") == 1
    reserved = words_of(client.get(f"/cases/{case.id}/print/reservations"))
    assert reserved.index("09:30") < reserved.index("14:00")


def test_a_paper_says_what_became_of_its_case(browse: Browse) -> None:
    client = browse("specialist")

    def words(case: DbCase) -> tuple[str, str]:
        path = f"/cases/{case.id}/print/application"
        return words_of(client.get(path)), text_of(pdf_of(client, f"{path}.pdf"))

    running, refused, withdrawn, cancelled = (hospitality.start() for _ in range(4))
    assert all("未完成" in each for each in words(running))
    hospitality.act(refused, "manager", "manager_review", "reject", comment="不同意")
    assert all("已驳回" in each and "未完成" not in each for each in words(refused))
    withdraw_case(find_actor("specialist"), CaseId(withdrawn.id), now=MONDAY)
    assert all("已撤回" in each for each in words(withdrawn))
    hospitality.act(cancelled, "manager", "manager_review")
    cancel_case(find_actor("specialist"), CaseId(cancelled.id), "客户改期", now=MONDAY)
    assert all("已撤销" in each for each in words(cancelled))


def test_an_english_reader_gets_the_chinese_paper(browse: Browse) -> None:
    case = hospitality.start()
    path = f"/cases/{case.id}/print/application"
    page = browse("specialist").get(path, headers={"Accept-Language": "en"})
    assert words_of(page) == words_of(browse("specialist").get(path))
    assert "2026年11月26日" in words_of(page)
    assert page.get("lang") == "zh-CN"
    assert "Download PDF" in page.text_content()


def test_who_may_not_see_the_case_gets_no_paper_of_it(browse: Browse, app: Flask) -> None:
    case = hospitality.start()
    for path in ("application", "application.pdf", "report", "nothing", "application?branch=1"):
        assert browse("outsider").raw(f"/cases/{case.id}/print/{path}").status_code == 404
    for path in ("report", "report.pdf", "nothing.pdf", "application.pdf?branch=1"):
        assert browse("specialist").raw(f"/cases/{case.id}/print/{path}").status_code == 404
    api = ApiClient(app, "outsider")
    assert api.call("GET", f"/cases/{case.id}/papers").status_code == 404
    assert api.call("GET", f"/cases/{case.id}/papers/application.pdf").status_code == 404


def test_the_api_lists_papers_and_gives_them(app: Flask) -> None:
    case = visited()
    api = ApiClient(app, "specialist")
    items = api.get(f"/cases/{case.id}/papers")["items"]
    assert [(item["name"], item["title"], item["branch"]) for item in items] == [
        ("plan", "客户联络计划表", None),
        ("visit_record", "客户拜访记录表", "1.1"),
        ("reservations", "客户联系预定表", None),
    ]
    assert items[1]["about"]
    answer = api.call("GET", items[1]["pdf"].removeprefix("/api/v1"))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "客户拜访记录表" in text_of(answer.data)
    assert api.call("GET", f"/cases/{case.id}/papers/visit_record.pdf").status_code == 404


def test_the_customer_register_is_printed_as_it_is_filtered(browse: Browse) -> None:
    client = browse("specialist")
    everybody = words_of(client.get("/registers/customers/print"))
    assert everybody.startswith("客户地址分类表序号客户名称编号地址与公司之间的距离经营类别不宜拜访时间备注1")
    page = client.get("/registers/customers/print?q=C001&_external=1")
    assert "C001" in words_of(page)
    assert "C002" not in words_of(page)
    pdf = page.xpath("//nav//a[contains(@href, '.pdf')]/@href")[0]
    assert pdf == "/registers/customers/print.pdf?q=C001"
    assert text_of(pdf_of(client, pdf)) == words_of(page)


def test_a_filter_that_is_none_is_refused(browse: Browse) -> None:
    assert browse("specialist").raw("/registers/customers/print?sort=colour").status_code == 422


def test_the_case_page_leads_to_its_papers(browse: Browse) -> None:
    case = hospitality.start()
    page = browse("specialist").get(f"/cases/{case.id}")
    assert page.xpath("//section[@id='papers']//a/@href") == [
        f"/cases/{case.id}/print/application",
        f"/cases/{case.id}/print/application.pdf",
    ]
    assert "肆仟壹佰元伍角整" in page.text_content()
