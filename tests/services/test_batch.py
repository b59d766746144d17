"""Many tasks at once: what is alike, what is set apart and why, each its own result, and taking it all back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from services.background.timers import fire_until
from services.cases.models import DbCase, DbHistory
from services.cases.start_case import start_case
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound
from services.tasks.batch import (
    CLAIM,
    COMPLETE,
    RETURN,
    TRANSFER,
    WITHDRAW,
    Result,
    Verb,
    act_on_many,
    undo_batch,
)
from services.tasks.claim_task import claim_task
from services.tasks.complete_task import complete_task
from services.tasks.grouping import MAX_BATCH, group_tasks
from services.tasks.inbox_filters import InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.return_task import return_task
from services.tasks.unusual import percentile
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.batches import LONG_AGO, grouped, items_of, look_at, meal, requests, signed, tasks_of, with_habits
from tests.support.hospitality import act, approved, day_after, open_tasks, report, start, task_id
from tests.support.racing import at_once
from tests.support.shapes import FINANCE, MANAGER, applying, signing, start_shape, together
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


# Acting


def test_what_is_set_apart_is_refused_until_its_page_was_opened() -> None:
    with_habits()
    usual, unusual = requests("1500", "9000")
    wanted = tasks_of([usual, unusual])
    assert not items_of(grouped())[wanted[1]].opened
    results = batch("manager", wanted)
    assert [result.done for result in results] == [True, False]
    assert isinstance(results[1].error, Conflict)
    assert str(results[1].error) == f"{unusual.number} 与您平时办理的不同，请先打开查看，再一起办理"
    assert list(open_tasks(unusual)) == ["manager_review"]

    look_at("gm", wanted[1])  # somebody else's look does not count
    assert refusals(batch("manager", wanted[1:]))
    look_at("manager", wanted[1])
    assert items_of(grouped())[wanted[1]].opened
    assert refusals(batch("manager", wanted[1:])) == []
    assert list(open_tasks(unusual)) == ["gm_review"]


@pytest.mark.parametrize("verb", [Verb(name=RETURN, comment="再看"), Verb(name=TRANSFER, to="supervisor")])
def test_returning_and_handing_over_unseen_is_refused_as_well(verb: Verb) -> None:
    [case] = requests("9000")
    assert "请先打开查看" in refusals(batch("manager", tasks_of([case]), verb))[0]
    assert refusals(batch("manager", tasks_of([case]), verb, opened_only=False)) == []


def test_each_has_its_own_result_and_one_that_fails_undoes_no_other() -> None:
    cases = requests("1000", "1000", "1000")
    wanted = tasks_of(cases)
    act(cases[0], "manager", "manager_review")
    other = task_id(cases[0], "gm_review")
    results = batch("manager", [wanted[2], 999_999, other, wanted[0], wanted[1], 2**40], opened_only=False)
    kinds = [type(result.error) for result in results]
    assert kinds[0] is type(None)
    assert kinds[1] is NotFound
    assert kinds[3] is Conflict
    assert kinds[4:] == [type(None), NotFound]
    assert results[2].error is not None
    assert [list(open_tasks(case)) for case in cases] == [["gm_review"]] * 3
    signed_by = db.session.query(DbHistory).filter_by(step="manager_review", action="completed")
    assert [entry.comment for entry in signed_by.filter_by(case_id=cases[1].id)] == [""]


def test_returns_need_a_comment_each_and_a_recipient_must_be_somebody() -> None:
    wanted = tasks_of(requests("1000", "1000"))
    for verb in (Verb(name=RETURN), Verb(name=TRANSFER, to="没有这个人"), Verb(name=TRANSFER, to="specialist")):
        results = batch("manager", wanted, verb, opened_only=False)
        assert all(isinstance(result.error, InvalidInput) for result in results)
    assert len(items_of(grouped())) == 2


def test_a_batch_is_bounded_and_knows_its_verbs() -> None:
    for ids, verb in (([], APPROVE), (range(1, MAX_BATCH + 2), APPROVE), ([1], Verb(name="urge"))):
        with pytest.raises(InvalidInput):
            batch("manager", ids, verb)


def test_a_task_is_acted_on_once_however_often_it_is_named() -> None:
    [wanted] = tasks_of(requests("1000"))
    assert len(batch("manager", [wanted, wanted], opened_only=False)) == 1


# Taking back


def take_back(username: str, ids: Iterable[int], verb: str = COMPLETE, seconds: int = 5) -> list[Result]:
    return undo_batch(find_actor(username), ids, verb, at=MONDAY, now=MONDAY + timedelta(seconds=seconds))


@pytest.mark.parametrize("verb", [APPROVE, Verb(name=RETURN, comment="再看"), Verb(name=TRANSFER, to="supervisor")])
def test_a_batch_is_taken_back(verb: Verb) -> None:
    cases = requests("1000", "1000")
    wanted = tasks_of(cases)
    assert refusals(batch("manager", wanted, verb, opened_only=False)) == []
    assert list_tasks(db.session, find_actor("manager").id, InboxFilter()).lines == []
    assert refusals(take_back("manager", wanted, verb.name)) == []
    assert [list(open_tasks(case)) for case in cases] == [["manager_review"]] * 2
    assert set(items_of(grouped())) == set(tasks_of(cases))


def test_a_return_that_was_taken_back_is_no_rework() -> None:
    with_habits()
    cases = requests("1500")
    wanted = tasks_of(cases)
    assert refusals(batch("manager", wanted, Verb(name=RETURN, comment="再看"))) == []
    take_back("manager", wanted, RETURN)
    assert reasons(tasks_of(cases)[0]) == []


def test_claims_are_given_back_but_not_what_was_held_before(second_finance_clerk: str) -> None:
    wanted = tasks_of(at_finance(2), "finance_review")
    claim_task(find_actor("finance"), wanted[0], now=MONDAY)
    results = batch("finance", wanted, Verb(name=CLAIM))
    assert [(result.done, result.changed) for result in results] == [(True, False), (True, True)]
    taken = [result.task_id for result in results if result.changed]
    assert refusals(take_back("finance", taken, CLAIM)) == []
    lines = list_tasks(db.session, find_actor(second_finance_clerk).id, InboxFilter(view="claimable")).lines
    assert [line.task_id for line in lines] == wanted[1:]


def at_finance(count: int) -> list[DbCase]:
    cases = requests(*["1000"] * count)
    for case in cases:
        act(case, "manager", "manager_review")
        act(case, "gm", "gm_review")
    return cases


def test_where_somebody_acted_meanwhile_only_that_one_stays() -> None:
    cases = requests("1000", "1000")
    wanted = tasks_of(cases)
    batch("manager", wanted, opened_only=False)
    act(cases[0], "gm", "gm_review")
    results = take_back("manager", wanted)
    assert [result.done for result in results] == [False, True]
    assert find_actor("gm").name in str(results[0].error)
    assert [list(open_tasks(case)) for case in cases] == [["finance_review"], ["manager_review"]]


def test_after_the_time_nothing_is_taken_back_together_but_each_alone() -> None:
    wanted = tasks_of(requests("1000"))
    batch("manager", wanted, opened_only=False)
    with pytest.raises(Conflict, match="各自的页面"):
        take_back("manager", wanted, seconds=16)
    assert refusals(batch("manager", wanted, Verb(name=WITHDRAW), opened_only=False)) == []


def test_nobody_takes_back_what_another_did() -> None:
    wanted = tasks_of(requests("1000"))
    batch("manager", wanted, opened_only=False)
    assert take_back("gm", wanted)[0].error is not None


# At the same moment


def test_two_batches_over_the_same_tasks_share_them(app: Flask, second_finance_clerk: str) -> None:
    """Two clerks take and sign the same pool at once: each task has exactly one winner, and the other is told."""
    clerks = [find_actor("finance"), find_actor(second_finance_clerk)]
    for verb in (Verb(name=CLAIM), APPROVE, Verb(name=RETURN, comment="再看")):
        wanted = tasks_of(at_finance(6), "finance_review")

        def together(number: int, ids: list[TaskId] = wanted, verb: Verb = verb) -> list[Result]:
            return act_on_many(clerks[number], ids, verb, now=MONDAY, opened_only=False)

        first, second = at_once(app, 2, together)
        for one, other in zip(first, second, strict=True):
            assert one.done != other.done
            assert isinstance(one.error or other.error, Conflict), one.error or other.error
            winner = clerks[0] if one.done else clerks[1]
            assert winner.name in str(one.error or other.error)


def test_a_batch_and_a_single_click_at_once_leave_one_signature(app: Flask) -> None:
    manager = find_actor("manager")
    wanted = tasks_of(requests(*["1000"] * 4))

    def click(number: int) -> list[bool]:
        if number:
            return [result.done for result in act_on_many(manager, wanted, APPROVE, now=MONDAY, opened_only=False)]
        done = []
        for each in reversed(wanted):
            try:
                complete_task(manager, each, outcome="approve", comment="", typed={}, now=MONDAY)
                done.append(True)
            except Conflict:
                done.append(False)
        return done[::-1]

    single, many = at_once(app, 2, click)
    assert [one != other for one, other in zip(single, many, strict=True)] == [True] * 4


# Where several sign, and in branches


def test_signatures_of_a_countersign_are_given_and_taken_back_together() -> None:
    cases = [start_shape(together(signing="all")), start_case(find_actor("specialist"), "shape", SHAPE, now=MONDAY)]
    own = db.session.query(DbInboxEntry.task_id).filter_by(user_id=find_actor("manager").id)
    wanted = [TaskId(each) for (each,) in own.order_by(DbInboxEntry.task_id)]
    [group] = grouped().groups
    assert (group.step, len(group.items)) == ("board", 2)
    assert refusals(batch("manager", wanted, opened_only=False)) == []
    assert grouped().groups == []
    assert [sheet_of(case) for case in cases] == [1, 1]
    assert refusals(take_back("manager", wanted)) == []
    assert [sheet_of(case) for case in cases] == [0, 0]
    assert refusals(batch("manager", wanted, Verb(name=RETURN, comment="再看"), opened_only=False)) == []
    assert [list(open_tasks(case)) for case in cases] == [["apply"], ["apply"]]


def sheet_of(case: DbCase) -> int:
    """How many have signed."""
    return db.session.query(DbTask).filter_by(case_id=case.id, step="board", state="done").count()


def test_two_branches_of_one_case_are_signed_and_taken_back_in_one_batch() -> None:
    process = applying().parallel("split").parallel("join").line("start", "apply", "split", "left", "join", "last")
    process.line("split", "right", "join").flow("last", "end")
    for step, lane in (("left", MANAGER), ("right", MANAGER), ("last", FINANCE)):
        signing(process, step, lane)
    case = start_shape(process)
    wanted = [task_id(case, "left"), task_id(case, "right")]
    assert refusals(batch("manager", wanted, opened_only=False)) == []
    assert list(open_tasks(case)) == ["last"]
    assert refusals(take_back("manager", wanted)) == []
    assert sorted(open_tasks(case)) == ["left", "right"]
