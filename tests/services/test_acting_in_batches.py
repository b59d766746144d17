"""Acting on many tasks at once: each its own result, and taking it all back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask import Flask

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
from services.tasks.grouping import MAX_BATCH
from services.tasks.inbox_filters import InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.models import DbInboxEntry, DbTask
from services.types import TaskId
from tests.conftest import MONDAY, find_actor
from tests.services.test_batch import APPROVE, SHAPE, batch, reasons, refusals
from tests.support.batches import grouped, items_of, look_at, requests, tasks_of, with_habits
from tests.support.hospitality import act, open_tasks, task_id
from tests.support.racing import at_once
from tests.support.shapes import FINANCE, MANAGER, applying, signing, start_shape, together

pytestmark = pytest.mark.usefixtures("app")


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
