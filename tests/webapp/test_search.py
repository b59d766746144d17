"""Searching and keeping filters, through the pages and the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import text

from services.database import db
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import act, start

Browse = Callable[[str], PoliteClient]


@pytest.fixture
def api(app: Flask) -> Callable[[str], ApiClient]:
    return lambda username: ApiClient(app, username)


@pytest.fixture(autouse=True)
def no_filters(app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.execute(text("DELETE FROM saved_filters"))
    db.session.commit()


def results(page: Any) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.xpath("//li[@data-list-item]//a")]


def search(client: PoliteClient, query: str, **more: str) -> Any:
    extra = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    return client.get(f"/search?q={quote(query)}{extra}")


def test_everything_is_found_from_one_field_and_marked(browse: Browse) -> None:
    case = start(attention="客户对海鲜过敏")
    act(case, "manager", "manager_review", comment="注意海鲜")
    page = search(browse("gm"), "海鲜")
    assert page.xpath("//main//h2/text()") == ["我的待办", "事项", "意见"]
    assert set(page.xpath("//mark/text()")) == {"海鲜"}
    assert "注意事项" in page.xpath("//p[@class='hq-hit-text']/span/text()")
    assert page.xpath(f"//li[contains(., '{case.number}')]")
    found = search(browse("gm"), "晨光")
    assert "客户" in found.xpath("//main//h2/text()")
    assert search(browse("outsider"), "海鲜").xpath("//main//h2/text()") == []


def test_what_is_found_cannot_smuggle_code_into_the_page(browse: Browse) -> None:
    start(purpose="<script>alert(1)</script> 商谈")
    page = search(browse("specialist"), "<script>")
    assert page.xpath("//mark/text()") == ["<script>"]
    assert not page.xpath("//main//script")


@pytest.mark.parametrize("query", ["", "锦", "%%", "'\"", "\\\\", "没有这个", "字" * 201])
def test_what_finds_nothing_says_what_to_try(browse: Browse, query: str) -> None:
    start()
    page = search(browse("admin"), query)
    assert results(page) == []
    assert len(page.xpath("//ul[@class='hq-tips']/li")) == 3


def test_an_endless_query_is_refused(browse: Browse) -> None:
    browse("admin").get("/search?q=" + "x" * 10_000, status=400)
    browse("admin").get("/search?q=ab%00cd", status=400)


def test_a_kind_has_pages(browse: Browse) -> None:
    for _case in range(22):
        start()
    client = browse("specialist")
    first = search(client, "锦江", kind="case")
    assert len(results(first)) == 20
    [following] = first.xpath("//a[contains(., '下一页')]/@href")
    assert len(results(client.get(following))) == 2
    assert len(results(search(client, "锦江"))) == 5
    [all_of_them] = search(client, "锦江").xpath("//a[contains(., '全部结果')]/@href")
    assert len(results(client.get(all_of_them))) == 20
    client.get("/search?q=ab&cursor=x&kind=case")


def test_there_is_one_search_for_cases(browse: Browse) -> None:
    client = browse("specialist")
    assert client.raw("/cases?q=ab").headers["Location"].endswith("/search?q=ab")
    [form] = client.get("/inbox").xpath("//form[@role='search']")
    assert form.get("action") == "/search"


def test_the_api_searches_the_same(api: Callable[[str], ApiClient]) -> None:
    case = start(attention="客户对海鲜过敏")
    found = api("manager").get("/search?q=海鲜")
    assert [(item["kind"], item["case"]["number"]) for item in found["items"]] == [
        ("task", case.number),
        ("case", case.number),
    ]
    assert found["items"][1]["field"] == "注意事项"
    assert found["items"][1]["excerpt"] == "客户对海鲜过敏"
    assert found["items"][1]["matches"] == ["海鲜"]
    assert found["next"] is None
    [customer] = api("outsider").get("/search?q=晨光&kind=customer")["items"]
    assert customer["customer"] == {"code": "C001", "name": "上海晨光科技有限公司"}
    assert api("outsider").get("/search?q=海鲜")["items"] == []
    for bad in ("/search", "/search?q=a", "/search?q=ab&kind=x", "/search?q=ab&kind=case&cursor=x"):
        assert api("manager").get(bad, status=422)["errors"]
    assert [line["number"] for line in api("specialist").get("/cases?q=海鲜")["items"]] == [case.number]


def test_a_filter_is_kept_shared_renamed_moved_and_deleted(browse: Browse) -> None:
    start()
    client = browse("manager")
    page = client.get("/inbox?view=todo&customer=晨光&sort=-amount")
    assert page.xpath("//summary[contains(., '保存当前筛选')]")
    asked = {"view": "todo", "customer": "晨光", "sort": "-amount"}
    address = client.submit("/inbox/filters", {"name": "晨光的", "share": "department:客户服务部", **asked})
    kept = client.get(address)
    [chip] = kept.xpath("//a[@aria-current='true'][contains(@class, 'hq-chip')]")
    assert " ".join(chip.text_content().split()) == "晨光的1"
    assert kept.xpath("//input[@name='customer'][not(@type)]/@value") == ["晨光"]
    assert len(kept.xpath("//tr[@data-list-item]")) == 1

    other = browse("specialist")
    [seen] = other.get("/inbox").xpath("//a[@class='hq-chip']")
    assert " ".join(seen.text_content().split()) == "晨光的王雅琴0"
    number = seen.get("href").rpartition("=")[2]
    assert other.post(f"/inbox/filters/{number}", {"name": "x"}).status_code == 403
    assert other.post(f"/inbox/filters/{number}/delete", {}).status_code == 403
    mine = other.get(other.submit(f"/inbox/filters/{number}/copy", {}))
    assert len(mine.xpath("//a[contains(@class, 'hq-chip')]")) == 2

    client.submit(f"/inbox/filters/{number}", {"name": "晨光大客户", "share": ""})
    changed = {"name": "晨光大客户", "share": "", "renew": "1", "view": "todo", "due": "late"}
    page = client.get(client.submit(f"/inbox/filters/{number}", changed))
    assert page.xpath("//select[@name='due']/option[@selected]/@value") == ["late"]
    client.submit(f"/inbox/filters/{number}/move", {"to": "front"})
    client.submit(f"/inbox/filters/{number}/delete", {})
    assert not client.get("/inbox").xpath("//a[contains(@class, 'hq-chip')]")
    assert browse("outsider").post(f"/inbox/filters/{number}/copy", {}).status_code == 404


def test_a_name_that_is_taken_is_asked_for_again_with_what_was_typed(browse: Browse) -> None:
    client = browse("manager")
    client.submit("/inbox/filters", {"name": "大额", "amount_from": "5000"})
    page = client.submit(
        "/inbox/filters", {"name": "大额", "amount_from": "9000", "share": "post:部门经理"}, status=409
    )
    assert "换个名称" in page.xpath("//p[@role='alert']")[0].text_content()
    assert page.xpath("//input[@id='keep-name']/@value") == ["大额"]
    assert page.xpath("//input[@name='amount_from'][not(@type='hidden')]/@value") == ["9000"]
    page = client.submit("/inbox/filters", {"name": "", "amount_from": "9000"}, status=422)
    assert "必填" in page.xpath("//p[@role='alert']")[0].text_content()


def test_an_address_that_makes_no_sense_is_as_good_as_not_asked(browse: Browse) -> None:
    start()
    client = browse("manager")
    for query in (
        "view=mine",
        "view=x&sort=y",
        "due=never&created_from=x",
        "amount_from=1e999999",
        "filter=999",
        "filter=x",
    ):
        assert len(client.get(f"/inbox?{query}").xpath("//tr[@data-list-item]")) == 1


def test_the_counts_can_be_kept_alive(browse: Browse) -> None:
    start()
    page = browse("manager").get("/inbox")
    shown = {span.get("data-count"): span.get("hidden") is None for span in page.xpath("//*[@data-count]")}
    assert shown == {"todo": True, "claimable": False, "unread": True}


def test_filters_by_the_api(api: Callable[[str], ApiClient]) -> None:
    case = start()
    client = api("manager")
    query = {"customer": "晨光", "due": "week"}
    kept = client.post("/filters", {"name": "晨光", "query": query, "share": "post:部门经理"}, status=201)
    assert client.get("/filters")["items"] == [{**kept, "count": 1}]
    assert [item["case"]["number"] for item in client.get(f"/tasks?filter={kept['id']}")["items"]] == [case.number]
    assert client.get(f"/tasks?filter={kept['id']}&customer=C002")["items"] == []
    changed = client.call("PATCH", f"/filters/{kept['id']}", {"name": "晨光客户", "share": "", "position": 1})
    assert (changed.status_code, changed.json["name"], changed.json["share"]) == (200, "晨光客户", None)
    stranger = api("gm")
    assert stranger.call("PATCH", f"/filters/{kept['id']}", {"name": "x"}).status_code == 404
    assert stranger.call("DELETE", f"/filters/{kept['id']}").status_code == 404
    assert client.post("/filters", {"name": "晨光客户", "query": {}}, status=409)
    assert (
        client.post("/filters", {"name": "x", "query": {"sort": "colour"}}, status=422)["errors"][0]["field"] == "sort"
    )
    assert client.call("DELETE", f"/filters/{kept['id']}").status_code == 204
    assert client.get("/filters")["items"] == []
    client.get("/tasks?sort=colour", status=422)
