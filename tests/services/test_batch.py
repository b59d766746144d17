"""Many tasks at once: what is alike, what is set apart and why, each its own result, and taking it all back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from services.background.timers import fire_until
from services.database import db
from services.tasks.batch import (
    COMPLETE,
    Result,
    Verb,
    act_on_many,
)
from services.tasks.grouping import group_tasks
from services.tasks.inbox_filters import InboxFilter
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.tasks.unusual import percentile
from tests.conftest import MONDAY, find_actor
from tests.support.batches import LONG_AGO, grouped, items_of, meal, requests, signed, tasks_of, with_habits
from tests.support.hospitality import act, approved, day_after, open_tasks, report, start, task_id
from webapp.application import count_statements

APPROVE = Verb(name=COMPLETE, outcome="approve")
SHAPE = {"subject": "展会", "amount": 100}
pytestmark = pytest.mark.usefixtures("app")


def batch(username: str, ids: Iterable[int], verb: Verb = APPROVE, **options: bool) -> list[Result]:
    return act_on_many(find_actor(username), ids, verb, now=MONDAY, **options)


def refusals(results: Iterable[Result]) -> list[str]:
    return [str(result.error) for result in results if result.error]


def reasons(wanted: int, username: str = "manager") -> list[str]:
    return [
        reason.text.format(**reason.values, fields=reason.fields)
        for reason in items_of(grouped(username))[wanted].reasons
    ]


# What is alike


def test_what_is_alike_is_one_group_with_its_sum() -> None:
    with_habits()
    requests("1000", "1500", "1200.50")
    [group] = grouped().groups
    assert (group.definition.key, group.name, list(group.outcomes)) == (
        "hospitality",
        "客户服务部经理审核",
        ["approve", "reject"],
    )
    assert len(group.alike) == 3
    assert group.apart == []
    assert group.total == Decimal("3700.50")
    assert group.is_compared


def test_steps_are_groups_of_their_own_and_a_form_to_fill_is_known(app: Flask) -> None:
    case = approved()
    act(start(), "manager", "manager_review")
    assert [group.step for group in grouped("gm").groups] == ["gm_review"]
    assert grouped("specialist").groups == []
    fire_until(day_after())
    [group] = grouped("specialist").groups
    assert (group.step, group.fills) == ("report", True)
    [result] = batch("specialist", [task_id(case, "report")], Verb(name=COMPLETE, outcome="submit"))
    assert "要填写表单" in str(result.error)
    assert list(open_tasks(case)) == ["report"]


def test_the_number_of_queries_does_not_grow_with_the_tasks(app: Flask) -> None:
    with_habits()
    seen, manager = count_statements(db.engine), find_actor("manager")
    counts = []
    for _round in range(2):
        requests(*["1500"] * 6, customer="C003")
        before = len(seen)
        assert group_tasks(db.session, manager, InboxFilter(), now=MONDAY).groups
        counts.append(len(seen) - before)
    assert counts[0] == counts[1] <= 12


# What is set apart, and why


def test_an_amount_beyond_what_is_usual_is_set_apart() -> None:
    with_habits()  # the middle is 1,450, nine of ten are at most 1,810
    usual, high, double = tasks_of(requests("1800", "1850", "2901"))
    assert reasons(usual) == []
    assert reasons(high) == ["金额 1850.00 元，高于您最近在这个环节审批的九成（1810.00 元）"]
    assert any("超过您平时在这个环节审批的两倍（中位数 1450.00 元）" in text for text in reasons(double))


def test_one_very_large_signature_does_not_make_the_next_one_usual() -> None:
    signed(["1000"] * 9 + ["90000"])
    [wanted] = tasks_of(requests("20000"))
    assert any("两倍" in text for text in reasons(wanted))


def test_with_few_signatures_there_is_no_comparison_yet() -> None:
    signed(["1000"] * 4)
    [wanted] = tasks_of(requests("1900"))
    assert reasons(wanted) == []
    assert not grouped().groups[0].is_compared
    signed(["1000"])
    assert grouped().groups[0].is_compared
    assert "高于" in reasons(wanted)[0]


def test_only_the_approvers_own_signatures_are_compared_and_no_rejections() -> None:
    signed(["1000"] * 5)
    for case in requests(*["9000"] * 5, now=LONG_AGO):
        act(case, "manager", "manager_review", "reject", comment="太贵", now=LONG_AGO)
    [wanted] = tasks_of(requests("1900"))
    assert "高于" in reasons(wanted)[0]


def test_the_ninetieth_percentile_lies_between_its_neighbours() -> None:
    assert percentile([Decimal(number) for number in range(1, 12)], 90) == 10
    assert percentile([Decimal(10), Decimal(20)], 90) == Decimal("19.00")


def test_a_customer_who_is_new_for_this_approver_is_set_apart() -> None:
    with_habits()
    [wanted] = tasks_of(requests("1500", customer="C003"))
    [text] = reasons(wanted)
    assert text.startswith("您还没有审批过客户“")
    assert "云帆" in text
    signed(["1500"], customer="C003")
    assert reasons(wanted) == []


def test_what_is_over_budget_is_set_apart() -> None:
    signed(["30000"] * 5)
    [wanted] = tasks_of(requests("30001"))
    assert "超出可用预算 1.00 元" in reasons(wanted)
    [within] = tasks_of(requests("30000"))
    assert reasons(within) == []


def test_what_only_together_is_over_budget_says_so_and_counts_what_is_held_once() -> None:
    signed(["12000"] * 5)
    requests("11000", "11000")
    assert grouped().groups[0].over_together == {}
    requests("10000")
    [group] = grouped().groups
    assert len(group.alike) == 3
    assert group.over_together == {"2026-11": Decimal("2000")}


def test_far_more_than_the_same_customer_lately_is_set_apart() -> None:
    signed(["9000"] * 6)
    signed(["1000"], now=MONDAY - timedelta(days=10))
    [wanted] = tasks_of(requests("2001"))
    assert any(text.startswith("近 90 天另有 1 次申请") for text in reasons(wanted))
    [fine] = tasks_of(requests("1500"))
    assert reasons(fine) == []


def test_the_first_time_is_set_apart_by_process_step_and_applicant() -> None:
    [first] = tasks_of(requests("1000"))
    assert "您第一次审批这个流程" in reasons(first)
    signed(["1000"] * 5)
    assert reasons(first) == []
    [other] = tasks_of([start("supervisor", **meal("1000"))])
    [text] = reasons(other)
    assert text == f"您第一次在这个环节审批{find_actor('supervisor').name}的申请"


def test_the_first_time_at_another_step_of_a_known_process_says_so() -> None:
    signed(["1000"] * 5)
    case = approved(**meal("5000"))
    fire_until(day_after())
    act(case, "specialist", "report", "submit", typed=report(), now=day_after())
    assert "您第一次审批这个环节" in reasons(task_id(case, "manager_report_review"))


def test_rework_is_set_apart_with_the_fields_that_changed() -> None:
    with_habits()
    [case] = requests("1500")
    act(case, "manager", "manager_review")
    return_task(find_actor("gm"), task_id(case, "gm_review"), to="apply", comment="请改地点", now=MONDAY)
    values = {"venue": "别的酒店"}
    act(case, "specialist", "apply", "submit", typed=values)
    [reason] = items_of(grouped())[task_id(case, "manager_review")].reasons
    assert reason.kind == "changed"
    assert [list(titles) for titles in reason.fields] == [["宴请场所"]]


def test_what_the_approver_returned_is_set_apart_when_it_comes_back() -> None:
    with_habits()
    [case] = requests("1500")
    return_task(find_actor("manager"), task_id(case, "manager_review"), to="apply", comment="请改地点", now=MONDAY)
    act(case, "specialist", "apply", "submit", typed={"venue": "别的酒店"})
    [reason] = items_of(grouped())[task_id(case, "manager_review")].reasons
    assert reason.kind == "changed"


def test_what_was_urged_or_is_late_is_not_unusual() -> None:
    with_habits()
    [wanted] = tasks_of(requests("1500"))
    db.session.query(DbTask).filter_by(id=wanted).update({"urges": 3, "due_at": MONDAY - timedelta(days=9)})
    db.session.commit()
    assert reasons(wanted) == []
