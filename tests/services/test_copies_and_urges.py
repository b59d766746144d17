"""Copies and urges: who may, who is told, what the history keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.cases import history
from services.cases.end_case import withdraw_case
from services.database import db
from services.discussion.copy import mark_copy_read
from services.discussion.urge import urge_task
from services.errors import Conflict, InvalidInput, NotPermitted, RateLimited
from services.tasks.delegate_task import delegate_task
from services.tasks.list_tasks import InboxFilter, list_tasks
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.services.test_discussion import copy, inbox, lines, refusal, say, seen_by, told, urge
from tests.support.hospitality import act, open_tasks, start, task_id

pytestmark = pytest.mark.usefixtures("app")


# Copies


def test_a_copy_is_read_and_the_sender_sees_when() -> None:
    case = start()
    copy(case, "specialist", "outsider", "徐文博", comment="供参考")
    assert [line.title for line in inbox("outsider", view="copied")] == [case.title]
    assert [(line.copied_by, line.read_at) for line in inbox("outsider", view="copied")] == [("陈晓明", None)]
    assert [notice.values["who"] for notice in told("outsider", "copied")] == ["陈晓明"]

    read = MONDAY + timedelta(hours=1)
    mark_copy_read(find_actor("outsider"), CaseId(case.id), now=read)
    mark_copy_read(find_actor("outsider"), CaseId(case.id), now=read + timedelta(hours=1))
    receipts = [(line.person.name, line.mine, line.read_at) for line in seen_by(case, "specialist").copies]
    assert receipts == [("钱进", True, read), ("徐文博", True, None)]
    assert [line.read_at for line in seen_by(case, "manager").copies] == [None, None]
    assert [line.detail["people"][0]["name"] for line in lines(case, "copied")] == ["钱进"]
    assert history.verify(db.session) == []


def test_a_copy_is_read_only() -> None:
    case = start()
    copy(case, "specialist", "outsider")
    with pytest.raises(NotPermitted):
        act(case, "outsider", "manager_review")
    with pytest.raises(NotPermitted, match="用 @ 提到同事"):
        copy(case, "outsider", "gm")
    assert seen_by(case, "outsider").may_copy is False
    assert inbox("outsider") == []


def test_who_has_a_copy_already_gets_no_second_one_and_nobody_else_either() -> None:
    case = start()
    copy(case, "specialist", "outsider")
    with pytest.raises(Conflict, match="钱进已抄送过（陈晓明，2026-11-23 09:00）；要提醒请写评论，用 @ 提到"):
        copy(case, "manager", "marketing", "outsider", comment="再看一下")
    assert inbox("marketing", view="copied") == []
    assert len(lines(case, "copied")) == 1


@pytest.mark.usefixtures("namesakes")
@pytest.mark.parametrize(
    ("to", "answer"),
    [
        ([], "请填写抄送给谁"),
        (["specialist"], "不用抄送给自己"),
        (["gone"], "何离已离职"),
        (["李静"], "请改用用户名"),
        (["gm", "没有这人"], "没有叫“没有这人”的同事"),
        ([f"u{number}" for number in range(21)], "一次最多抄送 20 人"),
    ],
)
def test_a_copy_to_nobody_is_refused(to: list[str], answer: str) -> None:
    case = start()
    with pytest.raises(InvalidInput) as error:
        copy(case, "specialist", *to)
    assert answer in refusal(error)["to"][0]
    assert seen_by(case, "specialist").copies == []


def test_who_finished_a_step_may_still_copy_when_the_case_has_ended() -> None:
    case = start()
    act(case, "manager", "manager_review", "reject", comment="超出标准")
    copy(case, "manager", "marketing")
    assert [line.status for line in inbox("marketing", view="copied")] == ["rejected"]


def test_copies_are_listed_newest_first_page_by_page_and_filtered() -> None:
    cases = [start(customer=customer) for customer in ("C001", "C002", "C003")]
    for case in cases:
        copy(case, "specialist", "outsider")
    actor = find_actor("outsider")
    first = list_tasks(db.session, actor.id, InboxFilter(view="copied", limit=2))
    assert first.next_cursor is not None
    rest = list_tasks(db.session, actor.id, InboxFilter(view="copied", limit=2, cursor=first.next_cursor))
    assert [line.case_id for line in (*first.lines, *rest.lines)] == [case.id for case in reversed(cases)]
    assert [line.case_id for line in inbox("outsider", view="copied", sort="-created")] == [case.id for case in cases]
    assert [line.case_id for line in inbox("outsider", view="copied", text="恒泰")] == [cases[1].id]
    assert inbox("outsider", view="copied", process="gift") == []


# Urges


def test_those_who_hold_the_task_are_told_that_somebody_waits() -> None:
    case = start()
    urge(case, "specialist", comment="客户明天到")
    notice = told("manager", "urged")[0]
    assert (notice.values["who"], notice.task_id) == ("陈晓明", task_id(case, "manager_review"))
    assert [(line.urges, line.urged_at) for line in inbox("manager")] == [(1, MONDAY)]
    line = seen_by(case, "manager").urges[task_id(case, "manager_review")]
    assert (line.count, line.last_by, line.last_comment, line.may) == (1, "陈晓明", "客户明天到", False)
    assert [entry.detail["people"][0]["name"] for entry in lines(case, "urged")] == ["王雅琴"]
    assert history.verify(db.session) == []


def test_a_task_is_urged_again_after_two_hours_of_work() -> None:
    case = start()
    before_lunch = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    urge(case, "specialist", at=before_lunch)
    with pytest.raises(RateLimited, match="2026-11-23 11:30 催办过，2026-11-23 14:30 之后可以再催"):
        urge(case, "specialist", at=before_lunch + timedelta(hours=2, minutes=59))
    assert seen_by(case, "specialist", before_lunch).urgeable[0].not_before == before_lunch + timedelta(hours=3)
    assert len(told("manager", "urged")) == 1
    urge(case, "specialist", at=before_lunch + timedelta(hours=3))
    assert [line.urges for line in inbox("manager")] == [2]


def test_a_case_is_urged_three_times_a_day() -> None:
    case = start()
    urge(case, "specialist", at=MONDAY)
    urge(case, "specialist", at=MONDAY + timedelta(hours=2))
    act(case, "manager", "manager_review")
    urge(case, "manager", "gm_review", at=MONDAY + timedelta(hours=5))
    evening = MONDAY + timedelta(hours=9)
    with pytest.raises(RateLimited, match="今天已催办 3 次，2026-11-24 00:00 之后可以再催"):
        urge(case, "specialist", "gm_review", at=evening)
    urge(case, "specialist", "gm_review", at=MONDAY + timedelta(days=1))


def test_only_who_waits_may_urge() -> None:
    case = start()
    copy(case, "specialist", "outsider")
    with pytest.raises(NotPermitted, match="只有申请人和办理过前面环节的人"):
        urge(case, "outsider")
    with pytest.raises(Conflict, match="就在您的待办中"):
        urge(case, "manager")
    assert open_tasks(case)["manager_review"].urges == 0


def test_what_is_done_is_not_urged() -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    act(case, "manager", "manager_review")
    with pytest.raises(Conflict, match="已经办完"):
        urge_task(find_actor("specialist"), wanted, now=MONDAY)
    withdrawn = start()
    wanted = task_id(withdrawn, "manager_review")
    withdraw_case(find_actor("specialist"), CaseId(withdrawn.id), now=MONDAY)
    with pytest.raises(Conflict, match="已经办完"):
        urge_task(find_actor("specialist"), wanted, now=MONDAY)


def test_whoever_asked_a_colleague_for_an_opinion_may_urge() -> None:
    case = start()
    delegate_task(find_actor("manager"), task_id(case, "manager_review"), to="supervisor", comment="请看", now=MONDAY)
    urge(case, "manager")
    assert [line.urges for line in inbox("supervisor")] == [1]
    with pytest.raises(Conflict, match="就在您的待办中"):
        urge(case, "supervisor")


def test_words_about_a_case_are_no_action_on_it() -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    act(case, "manager", "manager_review")
    say(case, "gm", "请补充明细")
    copy(case, "gm", "deputy")
    urge(case, "specialist", "gm_review")
    withdraw_task(find_actor("manager"), wanted, now=MONDAY)
    assert list(open_tasks(case)) == ["manager_review"]
