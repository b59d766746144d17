"""Whom the product proposes to visit, in which order, and why others are left out."""

from __future__ import annotations

from datetime import date, time

import pytest

from services.cases.case_run import current_calendar
from services.database import db
from services.errors import InvalidInput, NotPermitted
from services.registers.customers import find_customer
from services.visits.models import DbVisit
from services.visits.proposal import Proposal, Wanted, propose, require_planner
from services.visits.visits import last_visits, visits_between
from tests.conftest import MONDAY, find_actor
from tests.support import visits
from tests.support.visits import TUESDAY, WEDNESDAY, row

pytestmark = pytest.mark.usefixtures("app")

TODAY = date(2026, 11, 23)


def proposed(region: str = "", first: date = TUESDAY, last: date = WEDNESDAY, **more: object) -> Proposal:
    wanted = Wanted(region=region, first=first, last=last, **more)  # type: ignore[arg-type]
    return propose(db.session(), wanted, today=TODAY, calendar=current_calendar(db.session()))


def codes(found: Proposal) -> list[str]:
    return [visit.customer for visit in found.visits]


def left_out(found: Proposal) -> dict[str, str]:
    return {left.customer: str(left.reason) for left in found.left_out}


def made(code: str, day: date, result: str = "A") -> None:
    customer = find_customer(db.session(), code)
    assert customer is not None
    common = {"branch": "", "customer_id": customer.id, "user_id": find_actor("specialist").id, "changed_at": MONDAY}
    before = DbVisit(**common, day=day, time=time(10), state="visited", result=result)
    db.session.add(before)
    if result == "C":
        db.session.flush()
        db.session.add(DbVisit(**common, day=None, time=None, state="follow_up", follows_id=before.id))
    db.session.commit()


def test_near_customers_come_on_the_same_day_the_nearest_first() -> None:
    found = proposed("上海、苏州、嘉兴", last=TUESDAY)
    assert codes(found) == ["C001", "C002", "C010"]
    assert [visit.time for visit in found.visits] == sorted(visit.time for visit in found.visits)
    assert [str(reason) for reason in found.visits[0].reasons] == ["还没有拜访过", "A 级客户", "距公司 18.5 公里"]


def test_no_more_than_so_many_a_day_and_the_rest_is_named() -> None:
    found = proposed(a_day=2)
    days = [visit.day for visit in found.visits]
    assert (days.count(TUESDAY), days.count(WEDNESDAY)) == (2, 2)
    assert "名额已满（每天 2 家），排在后面" in left_out(found).values()


def test_a_region_that_no_customer_is_in_is_named_beside_those_that_are_known() -> None:
    found = proposed("海南、苏州")
    assert (codes(found), list(found.unknown)) == (["C002"], ["海南"])
    assert "苏州" in found.regions
    assert (proposed("苏州").unknown, proposed("苏州").regions) == ([], ())


def test_whoever_waited_longest_for_their_grade_is_taken_when_there_is_little_room() -> None:
    made("C002", date(2026, 9, 1))
    made("C010", date(2026, 10, 1))
    assert codes(proposed("苏州、嘉兴", last=TUESDAY, a_day=1)) == ["C002"]


def test_a_follow_up_comes_first_although_it_was_visited_just_now() -> None:
    made("C012", date(2026, 11, 20), result="C")
    found = proposed("金华、上海", last=TUESDAY, a_day=1)
    assert codes(found) == ["C012"]
    assert str(found.visits[0].reasons[0]) == "上次（2026-11-20）约定再度访问"
    assert found.rows[0]["purpose"] == "再度访问"


def test_who_was_visited_just_now_or_is_visited_anyway_is_left_out() -> None:
    made("C002", date(2026, 11, 16))
    visits.start(row("C003"))
    found = proposed("苏州、杭州")
    assert codes(found) == []
    assert left_out(found) == {"C002": "8 天前刚拜访过", "C003": "已有拜访计划：2026-11-24 陈晓明"}


def test_hours_that_do_not_suit_are_kept_free() -> None:
    found = proposed("宁波", first=WEDNESDAY, last=WEDNESDAY)
    assert [(visit.customer, visit.time < time(12)) for visit in found.visits] == [("C006", True)]
    assert left_out(proposed("绍兴", first=WEDNESDAY, last=WEDNESDAY)) == {"C011": "这段时间都不宜拜访（每月25-31日）"}


def test_days_off_are_no_days_for_visits() -> None:
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    assert {visit.day for visit in proposed("嘉兴、金华", first=saturday, last=monday).visits} == {monday}
    assert left_out(proposed("嘉兴", first=saturday, last=date(2026, 11, 29))) == {"C010": "这段时间没有工作日"}


def test_rows_that_are_filled_in_keep_their_customer_and_their_hour() -> None:
    found = proposed("上海、嘉兴", last=TUESDAY, a_day=2, rows=[row("C001", time="09:30")])
    assert [(visit.customer, visit.time) for visit in found.visits] == [("C010", time(11))]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first": WEDNESDAY, "last": TUESDAY}, "to"),
        ({"first": date(2026, 11, 2), "last": date(2026, 11, 3)}, "to"),
        ({"last": date(2027, 3, 1)}, "to"),
        ({"a_day": 0}, "per_day"),
        ({"a_day": 11}, "per_day"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(asked: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        proposed(**asked)  # type: ignore[arg-type]
    assert list(refusal.value.errors) == [field]


def test_only_people_who_plan_visits_are_told() -> None:
    require_planner(db.session(), find_actor("specialist"))
    with pytest.raises(NotPermitted):
        require_planner(db.session(), find_actor("outsider"))


def test_what_was_proposed_can_be_submitted_as_it_is() -> None:
    found = proposed(last=date(2026, 11, 27))
    case = visits.start(*found.rows, to="2026-11-27")
    between = visits_between(db.session(), None, TUESDAY, date(2026, 11, 27))
    assert sorted(line.customer for line in between) == sorted(codes(found))
    assert {line.case_number for line in between} == {case.number}


def test_the_last_visit_of_a_customer_is_the_newest_that_took_place() -> None:
    made("C002", date(2026, 9, 1))
    made("C002", date(2026, 10, 8), result="B")
    customer = find_customer(db.session(), "C002")
    assert customer is not None
    last = last_visits(db.session(), [customer.id])[customer.id]
    assert (last.day, last.result, last.user_name) == (date(2026, 10, 8), "B", "陈晓明")
