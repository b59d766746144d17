"""The verbs of approval as people use them in a browser: what is asked, what is refused, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.cases.models import DbCase
from services.database import db
from services.tasks.add_signers import add_signers
from services.tasks.complete_task import complete_task
from services.tasks.delegate_task import delegate_task
from services.tasks.inbox_filters import InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.clients import PoliteClient
from tests.support.shapes import row, start_shape, together

Browse = Callable[[str], PoliteClient]


def text(page: object) -> str:
    """What is read, with a space between its parts."""
    return " ".join(" ".join(page.itertext()).split())  # type: ignore[attr-defined]


def item(case: DbCase, username: str) -> TaskId:
    lines = list_tasks(db.session, find_actor(username).id, InboxFilter()).lines
    db.session.rollback()
    [found] = [line.task_id for line in lines if line.case_id == case.id]
    assert found is not None
    return TaskId(found)


def sign(case: DbCase, username: str, outcome: str = "approve", comment: str = "好") -> None:
    task = item(case, username)
    complete_task(find_actor(username), task, outcome=outcome, comment=comment, typed={}, now=MONDAY)


def holds(case: DbCase, username: str) -> bool:
    lines = list_tasks(db.session, find_actor(username).id, InboxFilter()).lines
    db.session.rollback()
    return case.id in [line.case_id for line in lines]


def value(page: Any, name: str, form: str) -> str:
    """What stands in a field of the form that goes to an address with this end."""
    [field] = page.xpath(
        f"//form[substring(@action, string-length(@action) - {len(form) - 1}) = '{form}']//*[@name='{name}']"
    )
    return str(field.get("value") if field.tag == "input" else field.text or "")


@pytest.fixture
def case(app: object) -> DbCase:
    return start_shape(row())


# Handing over and asking


@pytest.mark.parametrize("verb", ["transfer", "delegate"])
@pytest.mark.parametrize(
    ("to", "reason"),
    [("没有这人", "没有叫“没有这人”的同事"), ("陈晓明", "是申请人"), ("manager", "在您手上"), ("", "请选择同事")],
)
def test_a_refused_name_comes_back_with_both_comments(
    browse: Browse, case: DbCase, verb: str, to: str, reason: str
) -> None:
    task = item(case, "manager")
    typed = {"to": to, "comment": "请看价格", "decision": "金额偏高"}
    page = browse("manager").submit(f"/tasks/{task}/{verb}", typed, 422)
    form = page.xpath(f"//details[@open]//form[contains(@action, '/{verb}')]")[0]
    assert reason in text(form)
    assert value(page, "to", f"/{verb}") == to
    assert value(page, "comment", f"/{verb}") == "请看价格"
    assert page.get_element_by_id("comment").text == "金额偏高"
    assert holds(case, "manager")


def test_a_task_is_handed_over_and_taken_back_from_the_message(browse: Browse, case: DbCase) -> None:
    task, client = item(case, "manager"), browse("manager")
    assert client.submit(f"/tasks/{task}/transfer", {"to": "supervisor", "comment": "我出差"}) == "/inbox"
    message = client.get("/inbox").xpath("//div[contains(@class, 'hq-toast')]")[0]
    assert message.xpath(".//form/@action") == [f"/tasks/{task}/withdraw"]
    other = browse("supervisor")
    assert "王雅琴转办" in text(other.get("/inbox"))
    assert "王雅琴转办给您" in text(other.get(f"/tasks/{task}").xpath("//div[contains(@class, 'hq-note')]")[0])
    assert "撤回转办" in text(client.get(f"/cases/{case.id}"))
    assert client.submit(f"/tasks/{task}/withdraw", {}) == f"/tasks/{task}"
    assert (holds(case, "manager"), holds(case, "supervisor")) == (True, False)
    assert "王雅琴 撤回了转办" in text(client.get(f"/tasks/{task}"))


def test_who_is_asked_gives_an_opinion_and_the_owner_reads_it_first(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    browse("manager").submit(f"/tasks/{task}/delegate", {"to": "李慧", "comment": "场地合适吗"})
    asked = browse("supervisor")
    assert "王雅琴征求意见" in text(asked.get("/inbox"))
    page = asked.get(f"/tasks/{task}")
    note = text(page.xpath("//div[contains(@class, 'hq-note')]")[0])
    assert "王雅琴请您给出意见" in note
    assert "场地合适吗" in note
    assert [text(button) for button in page.xpath("//button[@form='decision']")] == ["建议同意", "建议驳回"]
    assert page.xpath("//form[contains(@action, '/delegate') or contains(@action, '/add-signers')]") == []
    assert page.xpath("//input[@name='outcome'][@value='return']") == []
    page = asked.submit(f"/tasks/{task}", {"outcome": "approve", "comment": ""}, 422)
    assert "请写下您的意见" in text(page.get_element_by_id("comment-error"))
    asked.submit(f"/tasks/{task}", {"outcome": "approve", "comment": "合适"})
    page = browse("manager").get(f"/tasks/{task}")
    note = text(page.xpath("//div[contains(@class, 'hq-note')]")[0])
    assert "李慧的意见 建议同意" in note
    assert "合适" in note
    assert "李慧 答复王雅琴" in text(page)
    assert [text(button) for button in page.xpath("//button[@form='decision']")] == ["同意", "驳回"]


def test_a_question_can_be_taken_back_while_it_is_open(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    delegate_task(find_actor("manager"), task, to="supervisor", comment="", now=MONDAY)
    client = browse("manager")
    assert "撤回委派" in text(client.get(f"/cases/{case.id}"))
    client.submit(f"/tasks/{task}/withdraw", {})
    assert (holds(case, "manager"), holds(case, "supervisor")) == (True, False)


# Signers


def test_whoever_gives_an_opinion_is_not_listed_as_the_signer(browse: Browse, case: DbCase) -> None:
    task, client = item(case, "manager"), browse("manager")
    client.submit(f"/tasks/{task}/add-signers", {"users": "李慧", "when": "beside", "mode": "all", "comment": ""})
    delegate_task(find_actor("manager"), task, to="office", comment="", now=MONDAY)
    for reader in ("supervisor", "office"):
        panel = text(browse(reader).get(f"/tasks/{item(case, reader)}").get_element_by_id("signers"))
        assert "王雅琴 征求孙志强的意见" in panel
        assert "孙志强 您" not in panel
    sign(case, "office")
    panel = text(browse("manager").get(f"/tasks/{task}").get_element_by_id("signers"))
    assert "王雅琴 您" in panel
    assert "孙志强" not in panel


def test_a_signer_is_added_before_listed_and_removed(browse: Browse, case: DbCase) -> None:
    task, client = item(case, "manager"), browse("manager")
    typed = {"users": "李慧、孙志强", "when": "before", "mode": "all", "comment": "请先看"}
    assert client.submit(f"/tasks/{task}/add-signers", typed) == "/inbox"
    assert "王雅琴加签" in text(browse("supervisor").get("/inbox"))
    panel = text(browse("supervisor").get(f"/tasks/{item(case, 'supervisor')}").get_element_by_id("signers"))
    assert "李慧 您" in panel
    assert "王雅琴加签，先签" in panel
    assert "王雅琴 未轮到" in panel
    assert "减签" not in panel
    page = client.get(f"/cases/{case.id}")
    assert "王雅琴 请李慧、孙志强先签（全部同意）" in text(page)
    [address] = set(page.xpath("//section[@id='signers']//form/@action"))
    client.submit(address, {"users": "office"})
    assert not holds(case, "office")
    assert "不再请孙志强签" in text(client.get(f"/cases/{case.id}"))
    sign(case, "supervisor")
    page = client.submit(address, {"users": "supervisor"}, 409)
    assert "已经完成" in text(page)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"users": "陈晓明", "when": "before", "mode": "all"}, "是申请人"),
        ({"users": "李慧", "when": "later", "mode": "all"}, "可用：before"),
        ({"users": "李慧", "when": "after", "mode": "most"}, "可用：all"),
        ({"users": " ", "when": "after", "mode": "any"}, "请选择同事"),
    ],
)
def test_a_refused_signer_comes_back_as_it_was_chosen(
    browse: Browse, case: DbCase, typed: dict[str, str], reason: str
) -> None:
    task = item(case, "manager")
    page = browse("manager").submit(
        f"/tasks/{task}/add-signers", {**typed, "comment": "一起看", "decision": "再议"}, 422
    )
    [form] = page.xpath("//details[@open]//form[contains(@action, '/add-signers')]")
    assert reason in text(form)
    assert value(page, "users", "/add-signers") == typed["users"]
    assert value(page, "comment", "/add-signers") == "一起看"
    assert page.get_element_by_id("comment").text == "再议"
    possible = set(form.xpath(".//input[@type='radio']/@value"))
    assert {typed["when"], typed["mode"]} & possible <= set(form.xpath(".//input[@checked]/@value"))


def test_nobody_is_added_twice_and_the_page_says_so(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    add_signers(find_actor("manager"), task, users=["supervisor"], when="after", mode="all", comment="", now=MONDAY)
    typed = {"users": "supervisor", "when": "beside", "mode": "all"}
    page = browse("manager").submit(f"/tasks/{task}/add-signers", typed, 422)
    assert "不能重复添加" in text(page)


def test_a_vote_tells_what_it_means_and_how_it_stands(browse: Browse) -> None:
    case = start_shape(
        together(signing="vote", vote_needed="60%", abstention="excluded", vote_weights="总经理=2", rejection="veto")
    )
    sign(case, "gm")
    page = browse("manager").get(f"/tasks/{item(case, 'manager')}")
    panel = text(page.get_element_by_id("signers"))
    assert "票签：同意达到 60% 即通过。" in panel
    assert "一票驳回即否决。" in panel
    assert "弃权不计入总数。" in panel
    assert "同意 2 票，需要 3 票 · 未投 2 票" in panel
    assert "郑国栋 2 票" in panel
    assert "票签 1/3" in text(page.xpath("//p[@class='hq-page-meta']")[0])
    assert page.xpath("//button[@value='abstain']")
    browse("manager").submit(f"/tasks/{item(case, 'manager')}", {"outcome": "abstain", "comment": ""})
    sign(case, "supervisor")
    page = browse("finance").get(f"/tasks/{item(case, 'finance')}")
    assert "票签 · 2 人同意，1 人弃权" in text(page)
    assert page.xpath("//section[contains(@class, 'hq-signers')]") == []


def test_of_signers_any_one_of_whom_is_enough_those_not_needed_are_not_listed(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    users = ["supervisor", "office"]
    add_signers(find_actor("manager"), task, users=users, when="before", mode="any", comment="", now=MONDAY)
    sign(case, "office")
    panel = text(browse("manager").get(f"/tasks/{task}").get_element_by_id("signers"))
    assert "孙志强" in panel
    assert "李慧" not in panel


# Returning


def test_a_return_chooses_where_to_and_how_it_goes_on(browse: Browse, case: DbCase) -> None:
    sign(case, "manager")
    task, client = item(case, "gm"), browse("gm")
    page = client.get(f"/tasks/{task}")
    assert page.xpath("//select[@name='to']/option/@value") == ["apply", "first"]
    assert page.xpath("//input[@name='resume']/@value") == ["everybody", "straight"]
    typed = {"outcome": "return", "to": "first", "resume": "straight", "comment": " ", "decision": "先放着"}
    page = client.submit(f"/tasks/{task}", typed, 422)
    [form] = page.xpath("//details[@open]//form[.//input[@value='return']]")
    assert "退回时请填写意见" in text(form)
    assert form.xpath(".//option[@selected]/@value") == ["first"]
    assert form.xpath(".//input[@checked]/@value") == ["straight"]
    assert page.get_element_by_id("comment").text == "先放着"
    client.submit(f"/tasks/{task}", {**typed, "comment": "请核对"})
    note = text(browse("manager").get(f"/tasks/{item(case, 'manager')}").xpath("//div[contains(@class, 'hq-note')]")[0])
    assert "郑国栋退回" in note
    assert "办完后直接回到郑国栋" in note


def test_a_step_that_cannot_be_returned_to_is_answered_in_place(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    page = browse("manager").submit(f"/tasks/{task}", {"outcome": "return", "to": "third", "comment": "不行"}, 409)
    assert "可以退回到" in text(page.xpath("//details[@open]//form[.//input[@value='return']]")[0])
    assert page.get_element_by_id("return-comment").text == "不行"


def test_what_a_rework_changed_is_shown_field_by_field_with_totals(browse: Browse) -> None:
    case = hospitality.start()
    hospitality.act(case, "manager", "manager_review")
    task = hospitality.task_id(case, "gm_review")
    return_task(find_actor("gm"), task, to="apply", comment="用餐偏高", now=MONDAY)
    changed = hospitality.application(venue="和平饭店", budget={"meeting": 1200, "meal": 1800, "gift": 200})
    hospitality.act(case, "specialist", "apply", "submit", typed=changed)
    page = browse("manager").get(f"/tasks/{hospitality.task_id(case, 'manager_review')}")
    card = page.get_element_by_id("changed")
    rows = {
        text(line.xpath("./th")[0]): [text(cell) for cell in line.xpath("./td")] for line in card.xpath(".//tbody/tr")
    }
    assert "郑国栋退回" in text(card)
    assert rows == {
        "宴请场所 修改": ["锦江大酒店", "和平饭店"],
        "招待费用预算 · 用餐 修改": ["2,600.50", "1,800.00 −800.50"],
        "招待费用预算 · 交通 删除": ["300.00", "— −300.00"],
        "招待费用预算 · 礼品 新增": ["—", "200.00 +200.00"],
        "招待费用预算 · 合计": ["4,100.50", "3,200.00 −900.50"],
    }


def test_whoever_returned_a_case_sees_what_changed_since(browse: Browse) -> None:
    case = hospitality.start()
    hospitality.act(case, "manager", "manager_review")
    task = hospitality.task_id(case, "gm_review")
    return_task(find_actor("gm"), task, to="apply", comment="换场地", now=MONDAY, resume="straight")
    hospitality.act(case, "specialist", "apply", "submit", typed=hospitality.application(venue="和平饭店"))
    page = browse("gm").get(f"/tasks/{hospitality.task_id(case, 'gm_review')}")
    card = text(page.get_element_by_id("changed"))
    assert "自您退回后的变化 1 处" in card
    assert "锦江大酒店 和平饭店" in card
    assert "直接回到退回人，王雅琴于" in text(page)


# Strangers


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("transfer", {"to": "supervisor"}),
        ("delegate", {"to": "supervisor"}),
        ("add-signers", {"users": "supervisor", "when": "before", "mode": "all"}),
        ("remove-signers", {"users": "supervisor"}),
        ("withdraw", {}),
    ],
)
def test_an_outsider_may_nothing_and_a_colleague_is_told(
    browse: Browse, case: DbCase, verb: str, typed: dict[str, str]
) -> None:
    task = item(case, "manager")
    browse("outsider").submit(f"/tasks/{task}/{verb}", typed, 404)
    status = 409 if verb in ("withdraw", "remove-signers") else 403
    page = browse("specialist").submit(f"/tasks/{task}/{verb}", typed, status)
    assert page.xpath("//h1")
    assert holds(case, "manager")


def test_the_verbs_are_told_in_english_as_well(browse: Browse, case: DbCase) -> None:
    task = item(case, "manager")
    transfer_task(find_actor("manager"), task, to="supervisor", comment="", now=MONDAY)
    client = browse("supervisor")
    client.post("/language", {"language": "en", "next": "/"})
    page = text(client.get(f"/tasks/{task}"))
    assert "handed this to you" in page
    assert "Hand over" in page
