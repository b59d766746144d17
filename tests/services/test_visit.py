"""客户拜访 from the plan to the signed daily report, as the posts act on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbCase
from services.database import db
from services.errors import InvalidInput
from services.tasks.models import DbTask
from services.types import CaseId
from services.visits.models import DbVisit
from tests.conftest import MONDAY, find_actor
from tests.support import visits
from tests.support.visits import (
    TUESDAY,
    TUESDAY_EVENING,
    WEDNESDAY,
    WEDNESDAY_EVENING,
    act,
    appoint,
    approved,
    open_task,
    row,
    rows_of,
    start,
    visit,
)

pytestmark = pytest.mark.usefixtures("app")

SIGNERS = (("supervisor", "supervisor_sign"), ("manager", "head_sign"), ("manager", "manager_sign"))


def test_a_plan_runs_through_its_days_to_the_last_signature() -> None:
    case = approved()
    for branch in ("1.1", "1.2", "2.1"):
        appoint(case, branch)
    visit(case, "1.1", costs=[{"item": "交通", "amount": Decimal("38.50")}], companions=["李慧"])
    visit(case, "1.2", achievement="B", solved="对账单已核对", costs=[{"item": "午餐", "amount": Decimal("61.5")}])
    report = act(case, "specialist", "daily_report", "submit", now=TUESDAY_EVENING).forms["daily_report#1"]
    assert (report["report_date"], report["report_weekday"], report["visit_count"]) == ("2026-11-24", "星期二", 2)
    assert [line["customer"] for line in report["report_rows"]] == ["C002", "C003"]
    assert str(report["report_total"]) == "100.00"
    assert report["solved_problems"] == ["杭州云帆电子商务有限公司：对账单已核对"]
    assert report["report_companions"] == ["李慧"]
    for username, step in SIGNERS:
        act(case, username, step, now=TUESDAY_EVENING)
    visit(case, "2.1", now=WEDNESDAY_EVENING)
    act(case, "specialist", "daily_report", "submit", now=WEDNESDAY_EVENING)
    for username, step in SIGNERS:
        case = act(case, username, step, now=WEDNESDAY_EVENING)
    assert case.status == "completed"
    assert {found.state for found in rows_of(case).values()} == {"visited"}


def test_work_items_are_named_after_their_customer_and_day() -> None:
    case = approved()
    names = [task.name for task in db.session.query(DbTask).filter_by(case_id=case.id, state="open").order_by("branch")]
    assert [name.partition(" · ")[2] for name in names] == [
        "苏州恒泰精密制造有限公司",
        "杭州云帆电子商务有限公司",
        "无锡华东物流有限公司",
    ]


def test_visits_are_registered_in_the_order_of_their_days_and_hours() -> None:
    case = start(row("C005", WEDNESDAY), row("C003", time="14:00"), row("C002", time="09:30"))
    assert [(branch, found.day, found.state) for branch, found in sorted(rows_of(case).items())] == [
        ("1.1", TUESDAY, "planned"),
        ("1.2", TUESDAY, "planned"),
        ("2.1", WEDNESDAY, "planned"),
    ]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"to": "2026-11-23"}, {"to": ["结束日期不能早于开始日期"]}),
        (
            {"visits": [row("C002", date(2026, 11, 27))]},
            {"visits-0-date": ["联络日期应在 2026-11-24 至 2026-11-25 之间"]},
        ),
        (
            {"from": "2026-11-19", "visits": [row("C002"), row("C003", date(2026, 11, 20))]},
            {"visits-1-date": ["联络日期不能早于今天"]},
        ),
        (
            {"visits": [row("C002"), row("C003"), row("C002")]},
            {"visits-2-customer": ["与第 1 行重复：同一客户、同一时间"]},
        ),
        ({"visits": []}, {"visits": ["请至少填写一次拜访"]}),
        ({"visits": [row("C999")]}, {"visits-0-customer": ["没有这个客户，请从列表中选择"]}),
    ],
)
def test_a_plan_is_refused_with_the_row_and_the_reason(changes: dict, refused: dict) -> None:
    with pytest.raises(InvalidInput) as refusal:
        start(**changes)
    assert refusal.value.errors == refused
    assert db.session.query(DbVisit).count() == 0


def test_a_record_before_its_day_is_refused_unless_the_visit_came_earlier() -> None:
    case = approved(row("C002"))
    appoint(case)
    with pytest.raises(InvalidInput) as refusal:
        visit(case, now=MONDAY)
    assert "visited_on" in refusal.value.errors
    visit(case, now=MONDAY, visited_on="2026-11-23")
    assert rows_of(case)["1.1"].day == date(2026, 11, 23)


def test_a_postponed_visit_is_agreed_anew_and_reported_with_its_day() -> None:
    case = approved(row("C002"))
    appoint(case)
    moved = {"happened": "postponed", "reason": "客户出差", "new_date": "2026-11-25", "new_time": "15:00"}
    act(case, "specialist", "visit_record", "submit", typed=moved, now=TUESDAY_EVENING)
    assert (rows_of(case)["1.1"].state, rows_of(case)["1.1"].day) == ("postponed", WEDNESDAY)
    again = appoint(case, now=TUESDAY_EVENING)
    assert again.forms["appointment#1.1"]["appointed_date"] == "2026-11-25"
    assert "happened" not in again.forms["visit_record#1.1"]
    visit(case, now=WEDNESDAY_EVENING)
    report = act(case, "specialist", "daily_report", "submit", now=WEDNESDAY_EVENING).forms["daily_report#1"]
    assert (report["report_date"], report["report_weekday"], report["visit_count"]) == ("2026-11-25", "星期三", 1)


def test_a_day_on_which_no_visit_took_place_needs_no_report() -> None:
    case = approved(row("C002"))
    appoint(case)
    gone = {"happened": "cancelled", "reason": "客户停业", "plan_again": True}
    case = act(case, "specialist", "visit_record", "submit", typed=gone, now=TUESDAY_EVENING)
    assert case.status == "completed"
    assert rows_of(case)["1.1"].state == "cancelled"
    assert [found.follows_id for found in db.session.query(DbVisit).filter_by(state="follow_up")] == [
        rows_of(case)["1.1"].id
    ]


def test_result_c_waits_for_the_next_plan_which_takes_it_up_and_gives_it_back() -> None:
    first = visits.visited(achievement="C")
    [waiting] = db.session.query(DbVisit).filter_by(state="follow_up")
    second = start(row("C002", WEDNESDAY), now=TUESDAY_EVENING)
    assert rows_of(second)["1.1"].id == waiting.id
    assert rows_of(second)["1.1"].follows_id == rows_of(first)["1.1"].id
    withdraw_case(find_actor("specialist"), CaseId(second.id), now=TUESDAY_EVENING)
    db.session.expire_all()
    given_back = db.session.get_one(DbVisit, waiting.id)
    assert (given_back.state, given_back.case_id, given_back.day) == ("follow_up", None, None)


def test_giving_a_plan_up_cancels_what_was_to_come_and_keeps_what_took_place() -> None:
    case = approved()
    appoint(case, "1.1")
    appoint(case, "1.2")
    visit(case, "1.1")
    cancel_case(find_actor("specialist"), CaseId(case.id), "客户合并", now=TUESDAY_EVENING)
    assert {branch: found.state for branch, found in rows_of(case).items()} == {
        "1.1": "visited",
        "1.2": "cancelled",
        "2.1": "cancelled",
    }


def test_a_rejected_plan_leaves_no_planned_visit() -> None:
    case = start()
    act(case, "supervisor", "supervisor_review", "reject", comment="目的不清楚")
    assert {found.state for found in rows_of(case).values()} == {"cancelled"}


def test_a_plan_of_forty_visits_opens_forty_appointments() -> None:
    case = forty()
    assert db.session.query(DbTask).filter_by(case_id=case.id, state="open", step="appointment").count() == 40
    assert open_task(case, "appointment", "8.5").name.startswith("预约客户")


def forty() -> DbCase:
    """Five visits on each of eight days."""
    days = [TUESDAY + timedelta(days=number) for number in (0, 1, 2, 3, 6, 7, 8, 9)]
    hours = ("09:00", "10:30", "13:30", "15:00", "16:30")
    rows = [row(f"C{number + 1:03}", day, hour) for day in days for number, hour in enumerate(hours)]
    return approved(*rows, to=days[-1].isoformat())
