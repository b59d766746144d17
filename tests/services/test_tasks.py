"""The inbox: claiming, releasing, finding, sorting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.list_tasks import InboxFilter, InboxPage, count_open, list_tasks
from services.types import Actor, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, start, task_id

Cast = Callable[[str], Actor]
pytestmark = pytest.mark.usefixtures("app")


def inbox(username: str, **wanted: object) -> InboxPage:
    return list_tasks(db.session, find_actor(username).id, InboxFilter(**wanted))  # type: ignore[arg-type]


def at_finance() -> object:
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    return case


def test_what_is_mine_is_in_my_inbox_and_in_nobody_elses() -> None:
    start()
    assert [line.name for line in inbox("manager").lines] == ["客户服务部经理审核"]
    for somebody in ("specialist", "gm", "finance", "outsider"):
        assert inbox(somebody).lines == []


def test_a_task_of_a_post_with_two_people_is_claimed(second_finance_clerk: str) -> None:
    case = at_finance()
    wanted = task_id(case, "finance_review")
    assert [line.claimable for line in inbox("finance", view="claimable").lines] == [True]
    assert [line.claimable for line in inbox(second_finance_clerk, view="claimable").lines] == [True]

    claim_task(find_actor("finance"), wanted, now=MONDAY)
    assert inbox("finance", view="claimable").lines == []
    assert [line.task_id for line in inbox("finance").lines] == [wanted]
    assert inbox(second_finance_clerk).lines == []
    with pytest.raises(Conflict, match="赵敏"):
        complete_task(find_actor(second_finance_clerk), wanted, outcome="approve", comment="", typed={}, now=MONDAY)

    release_task(find_actor("finance"), wanted, now=MONDAY)
    assert [line.claimable for line in inbox(second_finance_clerk).lines] == [True]


def test_completing_a_claimable_task_claims_it(second_finance_clerk: str) -> None:
    case = at_finance()
    act(case, second_finance_clerk, "finance_review")
    assert [line.outcome for line in inbox(second_finance_clerk, view="done").lines] == ["approve"]
    assert inbox("finance").lines == []


def test_a_stranger_learns_nothing_and_a_bystander_may_not_act() -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    with pytest.raises(NotFound):
        complete_task(find_actor("outsider"), wanted, outcome="approve", comment="", typed={}, now=MONDAY)
    with pytest.raises(NotPermitted):
        complete_task(find_actor("specialist"), wanted, outcome="approve", comment="", typed={}, now=MONDAY)
    with pytest.raises(NotFound):
        complete_task(find_actor("manager"), TaskId(999_999), outcome="approve", comment="", typed={}, now=MONDAY)


def test_what_is_done_says_by_whom_and_when() -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    act(case, "manager", "manager_review")
    with pytest.raises(Conflict) as refusal:
        complete_task(find_actor("manager"), wanted, outcome="approve", comment="", typed={}, now=MONDAY)
    assert str(refusal.value) == "“客户服务部经理审核”已由王雅琴于 2026-11-23 09:00 办理"


def test_an_outcome_that_the_task_does_not_offer_is_refused() -> None:
    case = start()
    with pytest.raises(InvalidInput):
        act(case, "manager", "manager_review", "submit")


def test_the_inbox_is_searched_filtered_and_sorted() -> None:
    small = start(customer="C002", budget={"meal": Decimal("100")})
    large = start(customer="C003", budget={"meal": Decimal("9000")}, now=MONDAY - timedelta(days=3))
    numbers = lambda **wanted: [line.number for line in inbox("manager", **wanted).lines]  # noqa: E731
    assert numbers() == [large.number, small.number]
    assert numbers(sort="-due") == [small.number, large.number]
    assert numbers(sort="amount") == [small.number, large.number]
    assert numbers(text="云帆") == [large.number]
    assert numbers(text=small.number) == [small.number]
    assert numbers(text="100%") == []
    assert numbers(process="gift") == []
    assert numbers(amount_from=Decimal("101")) == [large.number]
    assert numbers(amount_to=Decimal("100")) == [small.number]
    assert numbers(due_before=date(2026, 11, 24)) == [large.number]
    with pytest.raises(InvalidInput):
        inbox("manager", sort="colour")


def test_pages_follow_one_another_without_a_gap() -> None:
    numbers = {start().number for _case in range(5)}
    for sort in ("due", "-due", "created", "amount"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = inbox("manager", limit=2, cursor=cursor, sort=sort)
            seen += [line.number for line in page.lines]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
        assert len(seen) == 5
        assert set(seen) == numbers
    with pytest.raises(InvalidInput):
        inbox("manager", cursor="no cursor")


def test_started_and_done_are_kept_apart() -> None:
    case = start()
    assert [line.number for line in inbox("specialist", view="started").lines] == [case.number]
    assert inbox("specialist", view="started").lines[0].name == "客户服务部经理审核"
    act(case, "manager", "manager_review")
    assert [(line.number, line.outcome) for line in inbox("manager", view="done").lines] == [(case.number, "approve")]


def test_counts_tell_what_waits(second_finance_clerk: str) -> None:
    at_finance()
    assert count_open(db.session, find_actor("finance").id) == {"todo": 1, "claimable": 1}
    assert count_open(db.session, find_actor("gm").id) == {"todo": 0, "claimable": 0}
