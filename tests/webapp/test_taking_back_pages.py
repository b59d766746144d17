"""Taking back, coming too late, restoring, and the papers of what was signed, as people see them."""

from __future__ import annotations

from typing import Any

import pytest

from services.cases.models import DbCase
from services.tasks.add_signers import add_signers
from services.tasks.claim_task import claim_task
from services.tasks.complete_task import complete_task
from services.tasks.delegate_task import delegate_task
from services.tasks.return_task import return_task
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.shapes import MANAGER, applying, row, signing, start_shape
from tests.webapp.test_verbs_pages import Browse, holds, item, sign, text


@pytest.fixture
def case(app: object) -> DbCase:
    return start_shape(row())


# Taking back and too late


def test_an_action_is_taken_back_while_nobody_went_on(browse: Browse, case: DbCase) -> None:
    task, client = item(case, "manager"), browse("manager")
    client.submit(f"/tasks/{task}", {"outcome": "approve", "comment": "同意"})
    line = client.get("/inbox?view=done").xpath("//tr[@data-href]")[0]
    assert line.xpath(".//form/@action") == [f"/tasks/{task}/withdraw"]
    assert "撤回同意" in text(client.get(f"/cases/{case.id}"))
    assert client.submit(f"/tasks/{task}/withdraw", {}) == f"/tasks/{task}"
    assert client.get(f"/tasks/{task}").get_element_by_id("comment").text == "同意"
    assert (holds(case, "manager"), holds(case, "gm")) == (True, False)


def test_it_is_not_offered_and_refused_once_somebody_did(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    sign(case, "manager")
    sign(case, "gm")
    client = browse("manager")
    assert client.get("/inbox?view=done").xpath("//tr//form") == []
    assert "撤回同意" not in text(client.get(f"/cases/{case.id}"))
    page = client.submit(f"/tasks/{task}/withdraw", {}, 409)
    assert "已由郑国栋于" in text(page.xpath("//*[@role='alert']")[0])
    assert holds(case, "finance")


def test_an_answer_that_comes_too_late_is_kept_with_what_happened(browse: Browse, case: DbCase) -> None:
    task, client = item(case, "manager"), browse("manager")
    seen = client.get(f"/tasks/{task}").xpath("//form[@id='decision']//input[@name='seen']/@value")[0]
    sign(case, "manager", comment="从另一个窗口")
    page = client.submit(f"/tasks/{task}", {"outcome": "reject", "comment": "我写了很久的意见", "seen": seen}, 409)
    card = page.xpath("//section[@role='alert']")[0]
    assert "已由王雅琴于" in text(card)
    assert "从另一个窗口" in text(card)
    assert "陈晓明" not in text(card)
    assert page.get_element_by_id("unsent").text == "我写了很久的意见"
    assert holds(case, "gm")


def test_a_form_that_comes_too_late_is_shown_as_it_was_typed(browse: Browse, case: DbCase) -> None:
    return_task(find_actor("manager"), item(case, "manager"), to="apply", comment="请改", now=MONDAY)
    task = item(case, "specialist")
    typed = {"subject": "新的事由", "amount": "300", "note": "改过"}
    complete_task(
        find_actor("specialist"), task, outcome="submit", comment="", typed={"subject": "旧", "amount": 1}, now=MONDAY
    )
    page = browse("specialist").submit(f"/tasks/{task}", {"outcome": "submit", **typed, "seen": "3"}, 409)
    card = text(page.xpath("//section[@role='alert']")[0])
    assert "您填写的内容（没有提交）" in card
    assert "新的事由" in card


def test_the_comment_stays_when_a_colleague_claimed_the_task_first(
    browse: Browse, case: DbCase, second_finance_clerk: str
) -> None:
    sign(case, "manager")
    sign(case, "gm")
    task = item(case, "finance")
    claim_task(find_actor(second_finance_clerk), task, now=MONDAY)
    page = browse("finance").submit(f"/tasks/{task}", {"outcome": "approve", "comment": "已核对"}, 409)
    assert "已经认领了这项任务" in text(page.xpath("//section[@role='alert']")[0])
    assert page.get_element_by_id("unsent").text == "已核对"


def test_an_approval_is_kept_where_the_process_cannot_go_on(browse: Browse) -> None:
    process = applying().line("start", "apply", "first")
    signing(process, "first", MANAGER)
    process.choice("gate", default="end").flow("first", "gate").flow("gate", "end")
    process.flow("gate", "refused", "1 / (amount - 100) > 1")
    case = start_shape(process)
    task = item(case, "manager")
    assert browse("manager").submit(f"/tasks/{task}", {"outcome": "approve", "comment": "写好的意见"}) == "/inbox"
    assert not holds(case, "manager")
    page = text(browse("specialist").get(f"/cases/{case.id}"))
    assert "写好的意见" in page
    assert "流程负责人" in page


# Restoring


def test_a_withdrawn_request_becomes_a_new_draft(browse: Browse, case: DbCase) -> None:
    client = browse("specialist")
    client.submit(f"/cases/{case.id}/withdraw", {})
    assert "恢复为新的草稿" in text(client.get(f"/cases/{case.id}"))
    assert client.submit(f"/cases/{case.id}/restore", {}) == "/start/shape"
    assert client.get("/start/shape").get_element_by_id("field-subject").get("value") == "展会"
    assert "恢复为新的草稿" in text(client.get(f"/cases/{case.id}"))


def test_a_draft_that_is_there_is_replaced_only_when_asked_for(browse: Browse, case: DbCase) -> None:
    client = browse("specialist")
    client.submit(f"/cases/{case.id}/withdraw", {})
    client.post("/drafts/start/shape", {"subject": "正在写的", "amount": ""})
    page = client.submit(f"/cases/{case.id}/restore", {}, 409)
    card = page.xpath("//section[@role='alert']")[0]
    assert "您已有一份没有提交的" in text(card)
    assert card.xpath(".//button[@name='replace']/@value") == ["yes"]
    assert client.get("/start/shape").get_element_by_id("field-subject").get("value") == "正在写的"
    client.submit(f"/cases/{case.id}/restore", {"replace": "yes"})
    assert client.get("/start/shape").get_element_by_id("field-subject").get("value") == "展会"


def test_a_running_request_is_not_restored_nor_by_somebody_else(browse: Browse, case: DbCase) -> None:
    client = browse("specialist")
    assert "恢复为新的草稿" not in text(client.get(f"/cases/{case.id}"))
    assert "不需要恢复" in text(client.submit(f"/cases/{case.id}/restore", {}, 409))
    client.submit(f"/cases/{case.id}/withdraw", {})
    assert "只有申请人本人" in text(browse("manager").submit(f"/cases/{case.id}/restore", {}, 403))
    assert "恢复为新的草稿" not in text(browse("manager").get(f"/cases/{case.id}"))


# Papers


def signatures(page: Any) -> list[str]:
    return [text(cell) for cell in page.xpath("//td[contains(@class, 'tall-26')]")]


def test_the_paper_shows_all_who_signed_a_step_but_no_opinions(browse: Browse) -> None:
    case = hospitality.start()
    manager = find_actor("manager")
    delegate_task(manager, hospitality.task_id(case, "manager_review"), to="office", comment="", now=MONDAY)
    hospitality.act(case, "office", "manager_review", comment="只是意见")
    add_signers(
        manager,
        hospitality.task_id(case, "manager_review"),
        users=["supervisor"],
        when="before",
        mode="all",
        comment="",
        now=MONDAY,
    )
    hospitality.act(case, "supervisor", "manager_review", comment="名单无误")
    hospitality.act(case, "manager", "manager_review")
    paper = text(browse("specialist").get(f"/cases/{case.id}/print/application"))
    assert "只是意见" not in paper
    assert "名单无误 李慧 2026-11-23 09:00 同意 王雅琴 2026-11-23 09:00" in paper


def test_the_paper_says_that_a_signature_is_a_rejection(browse: Browse) -> None:
    case = hospitality.start()
    hospitality.act(case, "manager", "manager_review", comment="值得")
    hospitality.act(case, "gm", "gm_review", "reject", comment="年末控制，暂缓")
    cells = signatures(browse("specialist").get(f"/cases/{case.id}/print/application"))
    assert cells[0].startswith("值得 王雅琴")
    assert cells[1].startswith("驳回：年末控制，暂缓 郑国栋")


def test_the_paper_shows_a_kept_signature_and_none_that_was_taken_back(browse: Browse) -> None:
    case = hospitality.start()
    hospitality.act(case, "manager", "manager_review", comment="原来的意见")
    task = hospitality.task_id(case, "gm_review")
    return_task(find_actor("gm"), task, to="apply", comment="换场地", now=MONDAY, resume="straight")
    address = f"/cases/{case.id}/print/application"
    assert "原来的意见" not in text(browse("specialist").get(address))
    hospitality.act(case, "specialist", "apply", "submit", typed=hospitality.application())
    assert "原来的意见 王雅琴 2026-11-23 09:00" in text(browse("specialist").get(address))
    task, gm = hospitality.task_id(case, "gm_review"), browse("gm")
    hospitality.act(case, "gm", "gm_review", comment="照办")
    assert "照办" in text(gm.get(address))
    gm.submit(f"/tasks/{task}/withdraw", {})
    assert "照办" not in text(gm.get(address))


def test_a_return_to_a_later_step_leaves_the_signatures_before_it(browse: Browse) -> None:
    case = hospitality.start()
    hospitality.act(case, "manager", "manager_review", comment="先签的")
    hospitality.act(case, "gm", "gm_review", comment="后签的")
    task = hospitality.task_id(case, "finance_review")
    return_task(find_actor("finance"), task, to="gm_review", comment="再看", now=MONDAY)
    paper = text(browse("specialist").get(f"/cases/{case.id}/print/application"))
    assert "先签的" in paper
    assert "后签的" not in paper
