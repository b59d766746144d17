"""Many tasks at once, in the browser's forms and by the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from lxml import html

from services.cases.start_case import start_case
from services.tasks.complete_task import complete_task
from tests.conftest import MONDAY, find_actor
from tests.support.batches import grouped, items_of, requests, tasks_of, with_habits
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import act, open_tasks
from tests.support.shapes import MANAGER, applying, start_shape
from tests.workflows.engine.diagrams import properties

SHAPE = {"subject": "展会", "amount": 100}
Browse = Callable[[str], PoliteClient]
pytestmark = pytest.mark.usefixtures("app")


def text(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def page_of(ids: list[Any], verb: str = "approve") -> str:
    return "/batch?" + "&".join([f"verb={verb}", *(f"id={each}" for each in ids)])


def boxes(page: html.HtmlElement, condition: str = "true()") -> list[int]:
    return [int(value) for value in page.xpath(f"//input[@name='id'][{condition}]/@value")]


def send(client: PoliteClient, ids: list[Any], status: int = 200, **fields: Any) -> html.HtmlElement:
    page = client.submit("/batch", {"id": [str(each) for each in ids], "verb": "approve", **fields}, status=status)
    assert not isinstance(page, str)
    return page


def batch_of(page: html.HtmlElement) -> str:
    return str(page.xpath("//input[@name='batch']/@value")[0])


def test_the_inbox_offers_what_can_be_chosen(browse: Browse) -> None:
    wanted = tasks_of(requests("1000", "1000"))
    manager = browse("manager")
    page = manager.get("/inbox")
    assert boxes(page, "@form='batch'") == wanted
    assert page.xpath("//form[@id='batch']//button/@value") == ["approve", "return", "transfer"]
    assert boxes(manager.get("/inbox?view=done")) == []


def test_unread_tasks_stand_out_until_they_are_opened(browse: Browse) -> None:
    first, _second = tasks_of(requests("1000", "1000"))
    manager = browse("manager")
    assert len(manager.get("/inbox").xpath("//tr[contains(@class, 'is-unread')]")) == 2
    manager.get(f"/tasks/{first}")
    assert len(manager.get("/inbox").xpath("//tr[contains(@class, 'is-unread')]")) == 1
    assert items_of(grouped())[first].opened


def test_what_is_alike_is_ticked_and_what_is_unusual_waits_to_be_opened(browse: Browse) -> None:
    with_habits()
    usual, other, unusual = tasks_of(requests("1500", "1300.50", "9000"))
    manager = browse("manager")
    page = manager.get(page_of([usual, other, unusual]))
    assert "客户招待 · 客户服务部经理审核" in text(page)
    assert "2 项，合计 ¥2,800.50" in text(page)
    assert "金额 9,000.00 元，超过您平时在这个环节审批的两倍" in text(page)
    assert boxes(page, "@checked") == [usual, other]
    assert boxes(page, "@disabled") == [unusual]
    manager.get(f"/tasks/{unusual}")
    page = manager.get(page_of([usual, other, unusual]))
    assert boxes(page, "@disabled") == []
    assert boxes(page, "@checked") == [usual, other]


def test_a_whole_view_is_grouped(browse: Browse) -> None:
    with_habits()
    wanted = tasks_of(requests("1500", "1500", "9000"))
    manager = browse("manager")
    [address] = [each for each in manager.get("/inbox").xpath("//a/@href") if each.startswith("/batch")]
    assert sorted(boxes(manager.get(address))) == sorted(wanted)
    assert boxes(manager.get("/batch?view=todo&amount_from=5000")) == wanted[2:]


def test_a_batch_shows_each_result_and_is_taken_back(browse: Browse) -> None:
    with_habits()
    cases = requests("1500", "1500", "1500")
    wanted = tasks_of(cases)
    manager = browse("manager")
    act(cases[1], "manager", "manager_review")
    page = send(manager, wanted, comment="同意")
    assert "已办理 2 项" in text(page)
    assert "1 项没有办理" in text(page)
    assert "已由王雅琴于" in text(page)
    assert [list(open_tasks(case)) for case in cases] == [["gm_review"]] * 3

    page = manager.submit("/batch/undo", {"batch": batch_of(page)}, status=200)
    assert not isinstance(page, str)
    assert "已撤销 2 项" in text(page)
    assert [list(open_tasks(case)) for case in cases] == [["manager_review"], ["gm_review"], ["manager_review"]]


def test_what_was_not_opened_is_refused_by_the_server_too(browse: Browse) -> None:
    [case] = requests("9000")
    page = send(browse("manager"), tasks_of([case]))
    assert "请先打开查看" in text(page)
    assert "您第一次审批这个流程" in text(page)
    assert not page.xpath("//input[@name='batch']")
    assert list(open_tasks(case)) == ["manager_review"]


def test_taking_back_is_for_the_person_and_the_moment(app: Flask, browse: Browse) -> None:
    with_habits()
    [case] = requests("1500")
    manager, wanted = browse("manager"), tasks_of([case])
    token = batch_of(send(manager, wanted))
    seal = URLSafeSerializer(app.secret_key or "", salt="batch")
    late = {**seal.loads(token), "at": (datetime.now(UTC) - timedelta(seconds=16)).isoformat()}
    for client, batch, sentence in (
        (browse("gm"), token, "找不到要撤销的批量操作"),
        (manager, token[:-3] + "abc", "找不到要撤销的批量操作"),
        (manager, "", "找不到要撤销的批量操作"),
        (manager, seal.dumps(late), "不能一起撤销；没有人接着办理的，还可以在各自的页面上撤回"),
    ):
        page = client.submit("/batch/undo", {"batch": batch}, status=409)
        assert not isinstance(page, str)
        assert sentence in text(page)
        assert list(open_tasks(case)) == ["gm_review"]


def test_a_return_without_a_comment_comes_back_as_it_was(browse: Browse) -> None:
    with_habits()
    cases = requests("1500", "1500")
    wanted = tasks_of(cases)
    manager = browse("manager")
    page = send(manager, wanted[:1], 422, verb="return", shown=[str(each) for each in wanted])
    assert "退回时请填写意见" in text(page)
    assert boxes(page) == wanted
    assert boxes(page, "@checked") == wanted[:1]
    send(manager, wanted, verb="return", comment="请补充")
    assert [list(open_tasks(case)) for case in cases] == [["apply"], ["apply"]]


def test_handing_over_to_nobody_comes_back_with_what_was_typed(browse: Browse) -> None:
    with_habits()
    wanted = tasks_of(requests("1500", "1500"))
    manager = browse("manager")
    assert "请选择同事" in text(send(manager, wanted, 422, verb="transfer"))
    page = send(manager, wanted, 422, verb="transfer", to="没有这个人", comment="请办")
    assert page.xpath("//input[@name='to']/@value") == ["没有这个人"]
    assert page.xpath("//textarea[@name='comment']")[0].text.strip() == "请办"
    page = send(manager, wanted, verb="transfer", to="supervisor", comment="请办")
    assert "已转办 2 项" in text(page)
    manager.submit("/batch/undo", {"batch": batch_of(page)}, status=200)
    assert sorted(items_of(grouped())) == sorted(wanted)


def test_nothing_chosen_is_said_and_changes_nothing(browse: Browse) -> None:
    manager = browse("manager")
    assert manager.raw("/batch").status_code == 303
    wanted = tasks_of(requests("1000"))
    assert "请至少选择一项" in text(send(manager, [], 422, shown=[str(wanted[0])]))
    assert "没有可以一起办理的任务" in text(manager.get("/batch?id=999999&id=x&id=-1"))


def test_rejecting_and_forms_are_one_by_one(browse: Browse) -> None:
    with_habits()
    [case] = requests("1500")
    manager = browse("manager")
    send(manager, tasks_of([case]), 409, outcome="reject", comment="不")
    assert list(open_tasks(case)) == ["manager_review"]
    act(case, "manager", "manager_review", "reject", comment="不行")


def test_another_persons_tasks_are_nobodys_business(browse: Browse) -> None:
    wanted = tasks_of(requests("1500"))
    outsider = browse("outsider")
    page = outsider.get(page_of(wanted))
    assert "1 项已不在您的待办中" in text(page)
    assert "上海晨光" not in text(page)
    page = send(outsider, wanted)
    assert "没有这件事，或您无权查看" in text(page)
    assert "上海晨光" not in text(page)


def test_tasks_with_outcomes_of_their_own_go_together_only_when_equal(browse: Browse) -> None:
    process = applying().line("start", "apply", "hand", "end")
    process.user("hand", properties(form="request", outcomes="given,returned"), lane=MANAGER)
    cases = [start_shape(process), start_case(find_actor("specialist"), "shape", SHAPE, now=MONDAY)]
    wanted = tasks_of(cases, "hand")
    manager = browse("manager")
    page = manager.get(page_of(wanted))
    assert page.xpath("//button[@name='outcome']/@value") == ["given", "returned"]
    mixed = manager.get(page_of([*wanted, *tasks_of(requests("1000"))]))
    assert mixed.xpath("//button[@name='outcome']/@value") == ["approve"]
    assert "处理方式与其他任务不同" in text(mixed)
    for each in wanted:
        manager.get(f"/tasks/{each}")
    assert "已办理 2 项" in text(send(manager, wanted, outcome="given"))


def test_everything_is_said_in_english_too(browse: Browse) -> None:
    with_habits()
    wanted = tasks_of(requests("1500", "9000"))
    manager = browse("manager")
    manager.submit("/language", {"language": "en", "next": "/inbox"})
    assert "9,000.00 yuan is more than twice what you usually sign at this step" in text(manager.get(page_of(wanted)))
    page = send(manager, wanted)
    assert "1 done, 1 not done" in text(page)
    assert "please open it first" in text(page)


# The API


def test_the_api_answers_each_as_the_single_call_would(app: Flask) -> None:
    wanted = tasks_of(requests("1000", "1000"))
    manager = ApiClient(app, "manager")
    found = manager.post("/tasks/batch", {"ids": [*wanted, 999_999], "action": "return"})["items"]
    assert [item["status"] for item in found] == [422, 422, 422]
    assert found[0]["detail"] == "退回时请填写意见"
    found = manager.post("/tasks/batch", {"ids": [*wanted, 999_999], "action": "return", "comment": "再看"})["items"]
    assert [item["status"] for item in found] == [200, 200, 404]
    found = manager.post("/tasks/batch", {"ids": wanted, "action": "withdraw"})["items"]
    assert [item["status"] for item in found] == [200, 200]
    found = manager.post("/tasks/batch", {"ids": wanted, "action": "transfer", "to": "supervisor"})["items"]
    assert {item["status"] for item in found} <= {200, 409}


def test_the_api_claims_and_hands_over(app: Flask) -> None:
    cases = requests("1000", "1000")
    for case in cases:
        act(case, "manager", "manager_review")
        act(case, "gm", "gm_review")
    wanted = tasks_of(cases, "finance_review")
    finance = ApiClient(app, "finance")
    assert {i["status"] for i in finance.post("/tasks/batch", {"ids": wanted, "action": "claim"})["items"]} == {200}
    found = finance.post("/tasks/batch", {"ids": wanted, "action": "transfer", "to": "deputy"})["items"]
    assert {item["status"] for item in found} == {200}
    found = finance.post("/tasks/batch", {"ids": wanted, "outcome": "approve"})["items"]
    assert {item["status"] for item in found} == {403}


def test_a_batch_of_the_api_that_makes_no_sense_is_refused_as_a_whole(app: Flask) -> None:
    wanted = tasks_of(requests("1000"))
    manager = ApiClient(app, "manager")
    for body, field in (
        ({"ids": wanted}, "outcome"),
        ({"ids": wanted, "action": "urge"}, "action"),
        ({"ids": wanted, "action": "claim", "outcome": "approve"}, "action"),
        ({"ids": wanted, "action": "transfer"}, "to"),
        ({"ids": [], "action": "claim"}, "ids"),
        ({"ids": list(range(1, 202)), "action": "claim"}, "ids"),
    ):
        assert [error["field"] for error in manager.post("/tasks/batch", body, 422)["errors"]] == [field]
    complete_task(find_actor("manager"), wanted[0], outcome="approve", comment="", typed={}, now=MONDAY)
