"""代理人: who acts for whom, on which days, and that both names stay in the record."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.notices.models import DbNotice
from services.people import substitutes
from services.people.models import DbSubstitute
from services.people.stand_ins import company_day, forget_substitutes
from services.people.substitutes import NewSubstitute, Substitution, appoint, list_substitutions
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.list_tasks import InboxFilter, list_tasks
from services.tasks.models import DbInboxEntry
from services.tasks.standing_in import apply_substitutions, is_standing_in
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, back, delegate, item, sign, take_back, transfer
from tests.support.hospitality import act, open_tasks, start, task_id
from tests.support.racing import at_once
from tests.support.shapes import row, start_shape, together

TODAY = company_day(MONDAY)
TOMORROW, NEXT_WEEK = TODAY + timedelta(days=1), TODAY + timedelta(days=7)


def substitute(who: str, by: str, **changes: Any) -> Substitution:
    wanted = {"first_day": TODAY, "last_day": TOMORROW, **changes}
    return appoint(find_actor(who), NewSubstitute(substitute=by, **wanted), now=MONDAY)


def inbox(username: str) -> list[tuple[str, str]]:
    """The steps in a person's inbox with whom they stand in for."""
    db.session.expire_all()
    page = list_tasks(db.session, find_actor(username).id, InboxFilter())
    return [(line.step, line.absent) for line in page.lines]


def last_line(case: DbCase, action: str) -> DbHistory:
    query = db.session.query(DbHistory).filter_by(case_id=case.id, action=action)
    return query.order_by(DbHistory.position.desc()).first()


def test_a_new_task_reaches_the_substitute_and_stays_with_the_absent_person(app: Flask) -> None:
    substitute("manager", "supervisor")
    case = start()
    assert inbox("manager") == [("manager_review", "")]
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    told = db.session.query(DbNotice).filter_by(user_id=find_actor("supervisor").id, case_id=case.id).one()
    assert told.kind == "stand_in"
    act(case, "supervisor", "manager_review")
    assert inbox("manager") == inbox("supervisor") == []
    assert list(open_tasks(case)) == ["gm_review"]


def test_open_tasks_are_there_at_once_and_gone_at_the_end(app: Flask) -> None:
    start()
    made = substitute("manager", "supervisor")
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    substitutes.end(find_actor("manager"), made.id, now=MONDAY)
    assert inbox("supervisor") == []
    assert inbox("manager") == [("manager_review", "")]


def test_days_begin_and_end_with_those_of_the_company(app: Flask) -> None:
    start()
    substitute("manager", "supervisor", first_day=TOMORROW, last_day=TOMORROW)
    midnight = MONDAY.replace(hour=16)  # 00:00 of tomorrow in Shanghai
    apply_substitutions(now=midnight - timedelta(seconds=1))
    assert inbox("supervisor") == []
    apply_substitutions(now=midnight)
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    assert apply_substitutions(now=midnight) == 0
    apply_substitutions(now=midnight + timedelta(days=1))
    assert inbox("supervisor") == []


def test_nobody_is_given_their_own_request(app: Flask) -> None:
    substitute("manager", "specialist")
    start("specialist")
    start("supervisor")
    assert inbox("specialist") == [("manager_review", "王雅琴")]
    assert len(inbox("manager")) == 2


def test_a_substitute_of_a_substitute_gets_nothing(app: Flask) -> None:
    substitute("manager", "supervisor")
    substitute("supervisor", "deputy")
    start()
    apply_substitutions(now=MONDAY)
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    assert inbox("deputy") == []


def test_a_case_above_the_limit_stays_with_the_absent_person(app: Flask) -> None:
    substitute("manager", "supervisor", money_limit=Decimal("4100.50"))
    start()
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    start(budget={"meal": Decimal("4100.51")})
    assert len(inbox("supervisor")) == 1
    assert len(inbox("manager")) == 2


def test_the_process_goes_before_all_processes(app: Flask) -> None:
    substitute("manager", "deputy")
    substitute("manager", "supervisor", process_key="hospitality", money_limit=Decimal(5000))
    start()
    start(budget={"meal": Decimal(9000)})
    assert inbox("supervisor") == [("manager_review", "王雅琴")]
    assert inbox("deputy") == []


def test_ones_own_task_is_not_doubled(app: Flask, second_finance_clerk: str) -> None:
    substitute("finance", second_finance_clerk)
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    assert inbox(second_finance_clerk) == [("finance_review", "")]


def test_a_substitute_who_claims_shares_the_task_with_the_absent_person(app: Flask, second_finance_clerk: str) -> None:
    substitute("finance", "deputy")
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    assert inbox("deputy") == [("finance_review", "赵敏")]
    claim_task(find_actor("deputy"), task_id(case, "finance_review"), now=MONDAY)
    assert inbox("finance") == [("finance_review", "")]
    assert inbox(second_finance_clerk) == []
    assert last_line(case, "claimed").detail["for_name"] == "赵敏"
    act(case, "finance", "finance_review")


def test_whether_somebody_stands_in_is_asked_of_the_moment(app: Flask) -> None:
    made = substitute("manager", "supervisor")
    case = start()
    entry = db.session.get(DbInboxEntry, (task_id(case, "manager_review"), find_actor("supervisor").id))
    own = db.session.get(DbInboxEntry, (task_id(case, "manager_review"), find_actor("manager").id))
    assert is_standing_in(db.session, entry, case, MONDAY)
    assert not is_standing_in(db.session, own, case, MONDAY)
    assert not is_standing_in(db.session, entry, case, MONDAY + timedelta(days=2))
    db.session.expunge_all()
    substitutes.end(find_actor("admin"), made.id, now=MONDAY)
    assert not is_standing_in(db.session, entry, case, MONDAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"by": "manager"}, "substitute"),
        ({"by": "nobody"}, "substitute"),
        ({"first_day": TODAY - timedelta(days=1)}, "first_day"),
        ({"first_day": NEXT_WEEK}, "last_day"),
        ({"process_key": "nothing"}, "process"),
        ({"money_limit": Decimal(-1)}, "limit"),
        ({"reason": "长" * 201}, "reason"),
    ],
)
def test_what_cannot_be_is_refused_by_the_field(app: Flask, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        substitute("manager", **{"by": "supervisor", **changes})
    assert list(refusal.value.errors) == [field]
    assert list_substitutions(db.session, find_actor("manager"), now=MONDAY) == []


def test_the_same_days_twice_are_refused_with_the_name(app: Flask) -> None:
    substitute("manager", "supervisor")
    with pytest.raises(Conflict, match="李慧"):
        substitute("manager", "deputy", first_day=TOMORROW, last_day=NEXT_WEEK)
    substitute("manager", "deputy", process_key="hospitality")
    substitute("manager", "deputy", first_day=NEXT_WEEK, last_day=NEXT_WEEK)


def test_two_appointments_at_once_leave_one(app: Flask) -> None:
    names = ("supervisor", "deputy")
    results = at_once(app, 2, lambda number: substitute("manager", names[number]))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Substitution"]


def test_only_for_oneself_unless_administrator(app: Flask) -> None:
    with pytest.raises(NotPermitted):
        substitute("supervisor", "deputy", absent="manager")
    made = substitute("admin", "deputy", absent="manager")
    assert made.absent == "王雅琴"
    with pytest.raises(NotFound):
        substitutes.end(find_actor("outsider"), made.id, now=MONDAY)
    with pytest.raises(NotPermitted):
        substitutes.end(find_actor("deputy"), made.id, now=MONDAY)
    substitutes.end(find_actor("manager"), made.id, now=MONDAY)
    with pytest.raises(Conflict):
        substitutes.end(find_actor("manager"), made.id, now=MONDAY)


def test_everybody_sees_their_own_and_administrators_all(app: Flask) -> None:
    substitute("manager", "supervisor")
    assert len(list_substitutions(db.session, find_actor("supervisor"), now=MONDAY)) == 1
    assert list_substitutions(db.session, find_actor("gm"), now=MONDAY) == []
    assert len(list_substitutions(db.session, find_actor("admin"), now=MONDAY, of="*")) == 1
    with pytest.raises(NotPermitted):
        list_substitutions(db.session, find_actor("gm"), now=MONDAY, of="manager")


def test_the_absent_person_and_the_substitute_at_once_sign_once(app: Flask) -> None:
    substitute("manager", "supervisor")
    actors = [find_actor("manager"), find_actor("supervisor")]
    winners = set()
    for _round in range(20):
        case = start()
        wanted = task_id(case, "manager_review")

        def sign(number: int, wanted: Any = wanted) -> str:
            complete_task(actors[number], wanted, outcome="approve", comment="", typed={}, now=MONDAY)
            return actors[number].username

        results = at_once(app, 2, sign)
        winners |= {result for result in results if isinstance(result, str)}
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]
        db.session.expire_all()
        signed = db.session.query(DbHistory).filter_by(case_id=case.id, action="completed", step="manager_review")
        assert signed.count() == 1
    assert winners


def test_the_sweep_and_a_signature_at_once_leave_no_entry_behind(app: Flask) -> None:
    actor = find_actor("manager")
    for _round in range(10):
        case = start()
        wanted = task_id(case, "manager_review")
        substitute("manager", "supervisor") if _round == 0 else None
        db.session.query(DbInboxEntry).filter(DbInboxEntry.for_id.is_not(None)).delete()
        db.session.commit()

        def work(number: int, wanted: Any = wanted) -> Any:
            if number:
                return apply_substitutions(now=MONDAY)
            return complete_task(actor, wanted, outcome="approve", comment="", typed={}, now=MONDAY)

        assert not [result for result in at_once(app, 2, work) if isinstance(result, Exception)]
        assert db.session.query(DbInboxEntry).filter_by(task_id=wanted).count() == 0


def test_a_seat_on_a_sheet_is_signed_for_the_absent_person(app: Flask) -> None:
    substitute("manager", "deputy")
    case = start_shape(together(signing="all"))
    assert inbox("deputy") == [("board", "王雅琴")]
    sign(case, "deputy")
    assert inbox("manager") == []
    line = last_line(case, "completed")
    assert (line.user_id, line.detail["for_name"]) == (find_actor("deputy").id, "王雅琴")
    sign(case, "gm")
    sign(case, "supervisor")
    assert asked(case) == {"finance": "last"}


def test_ones_own_seat_and_that_of_the_absent_person_are_two(app: Flask) -> None:
    substitute("manager", "supervisor")
    case = start_shape(together(signing="all"))
    assert sorted(inbox("supervisor")) == [("board", ""), ("board", "王雅琴")]
    sign(case, "gm")
    sign(case, "supervisor")
    sign(case, "supervisor")
    assert asked(case) == {"finance": "last"}


def test_a_substitute_returns_with_both_names(app: Flask) -> None:
    substitute("gm", "deputy")
    case = start_shape(row())
    sign(case, "manager")
    back(case, "deputy", "first")
    assert last_line(case, "returned").detail["for_name"] == "郑国栋"
    assert inbox("deputy") == []


def test_what_the_absent_person_hands_over_leaves_the_substitute_too(app: Flask) -> None:
    substitute("manager", "deputy")
    case = start_shape(row())
    transfer(case, "manager", "supervisor")
    apply_substitutions(now=MONDAY)
    assert inbox("deputy") == []
    assert asked(case) == {"supervisor": "first"}


@pytest.mark.parametrize("hand_on", [transfer, delegate])
def test_what_a_substitute_takes_back_stays_with_the_absent_person(app: Flask, hand_on: Any) -> None:
    made = substitute("manager", "supervisor")
    case = start_shape(row())
    task = item(case, "supervisor")
    hand_on(case, "supervisor", "office")
    take_back(case, "supervisor", task)
    assert inbox("manager") == [("first", "")]
    assert inbox("supervisor") == [("first", "王雅琴")]
    substitutes.end(find_actor("manager"), made.id, now=MONDAY)
    assert asked(case) == {"manager": "first"}


def test_an_answer_to_a_substitute_comes_back_to_the_absent_person_too(app: Flask) -> None:
    substitute("manager", "supervisor")
    case = start_shape(row())
    delegate(case, "supervisor", "office")
    sign(case, "office", comment="可行")
    assert inbox("manager") == [("first", "")]
    assert inbox("supervisor") == [("first", "王雅琴")]
    sign(case, "supervisor")
    assert last_line(case, "completed").detail["for_name"] == "王雅琴"


def test_an_entry_of_yesterday_is_not_enough_to_act(app: Flask) -> None:
    made = substitute("manager", "supervisor")
    case = start()
    db.session.query(DbSubstitute).filter_by(id=made.id).update({"ended_at": MONDAY})
    db.session.commit()
    forget_substitutes()
    with pytest.raises(NotPermitted, match="王雅琴"):
        act(case, "supervisor", "manager_review")
    assert list(open_tasks(case)) == ["manager_review"]


def test_what_a_substitute_claimed_the_absent_person_can_release(app: Flask, second_finance_clerk: str) -> None:
    made = substitute("finance", "office")
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    task = item(case, "office")
    claim_task(find_actor("office"), task, now=MONDAY)
    substitutes.end(find_actor("finance"), made.id, now=MONDAY)
    release_task(find_actor("finance"), task, now=MONDAY)
    assert inbox(second_finance_clerk) == [("third", "")]
