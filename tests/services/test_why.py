"""Why a task is somebody's, with the values that led to it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.cases.models import DbCase
from services.database import db
from services.tasks.show_task import show_task
from services.tasks.transfer_task import transfer_task
from services.tasks.why import Why, explain_task
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import APPROVERS, act, start, task_id

pytestmark = pytest.mark.usefixtures("app")


def why(username: str, task: TaskId) -> Why:
    db.session.expire_all()
    view = show_task(db.session, find_actor(username), task, now=MONDAY)
    return explain_task(db.session, view, now=MONDAY)


def said(found: Why) -> str:
    return found.text.format(**found.values)


def over_budget() -> DbCase:
    case = start(budget={"meal": Decimal("40000")})
    for username, step in APPROVERS:
        act(case, username, step)
    return case


def test_a_post_names_its_holders() -> None:
    found = why("manager", task_id(start(), "manager_review"))
    assert said(found) == "这一环节由岗位“客户服务部经理”办理，现在在岗：王雅琴"
    assert (found.version, found.step, found.rules, found.branches) == (1, "manager_review", [], [])


def test_nobody_approves_their_own_request_and_it_says_who_does() -> None:
    case = start("manager")
    found = why("gm", task_id(case, "manager_review"))
    assert found.reason == "superior"
    assert said(found) == "“客户服务部经理”只有申请人王雅琴本人，申请人不能批准自己的申请，因此由上级郑国栋办理"


def test_the_rule_is_shown_with_the_values_it_met() -> None:
    found = why("gm", task_id(over_budget(), "over_budget_approval"))
    [rule] = found.rules
    assert (rule.table, rule.number, rule.text) == ("超预算审批", 2, "超出本月可用预算，总经理另行审批")
    [met] = rule.inputs
    assert (met.label, met.value, met.test) == ("超出本月可用预算（元）", "10000.00", "> 0")
    assert [branch.name for branch in found.branches] == ["同意", "超预算"]
    [value] = found.branches[-1].values
    assert (value.label, value.value) == ("还须谁审批", "gm")


def test_rules_that_came_after_a_task_did_not_lead_to_it() -> None:
    case = start(budget={"meal": Decimal("40000")})
    task = task_id(case, "manager_review")
    for number, (username, step) in enumerate(APPROVERS):
        act(case, username, step, now=MONDAY.replace(minute=10 + number))
    assert why("manager", task).rules == []


def test_each_button_says_what_comes_next() -> None:
    case = start()
    ways = {way.outcome: way for way in why("manager", task_id(case, "manager_review")).ahead}
    assert ways["approve"].steps == [("总经理审核", ["郑国栋"])]
    assert (ways["reject"].steps, ways["reject"].end) == ([], "rejected")
    for username, step in APPROVERS[:2]:
        act(case, username, step)
    ways = {way.outcome: way for way in why("finance", task_id(case, "finance_review")).ahead}
    assert ways["approve"].waits_until is not None, "the dinner's day is waited for"


def test_what_is_done_has_nothing_ahead() -> None:
    case = start()
    task = task_id(case, "manager_review")
    act(case, "manager", "manager_review")
    found = why("manager", task)
    assert found.ahead == []
    assert found.values["people"] == "王雅琴"


def test_whoever_handed_it_on_is_named() -> None:
    case = start()
    task = task_id(case, "manager_review")
    transfer_task(find_actor("manager"), task, to="director", comment="出差", now=MONDAY)
    found = why("director", task)
    [handed] = found.handed
    assert (handed.action, handed.who, handed.comment) == ("transferred", "王雅琴", "出差")
    assert handed.to == find_actor("director").name
