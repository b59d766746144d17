"""客户拜访 from the plan to the signed daily report, as the posts act on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.forecast_case import forecast_case
from services.cases.links import links_of
from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound
from services.people.substitutes import NewSubstitute
from services.people.substitutes import appoint as appoint_substitute
from services.processes.models import DbProcess
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.tasks.standing_in import apply_substitutions
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
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
from webapp.application import count_statements

pytestmark = pytest.mark.usefixtures("app")

FREE = ("C003", "C004", "C008", "C010", "C012")
"""Customers who may be visited at these hours."""
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
        ({"to": "9999-12-31", "visits": [row("C002", date.max)]}, {"to": ["结束日期不能晚于一年以后"]}),
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
        visit(case, now=MONDAY, visited_on="2026-11-25")
    assert "visited_on" in refusal.value.errors
    visit(case, now=MONDAY)
    assert rows_of(case)["1.1"].day == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        (visits.record(visited_on="0001-01-01"), {"visited_on": ["拜访日期不能早于填写计划的日期"]}),
        (
            {"happened": "postponed", "reason": "客户出差", "new_date": "9999-12-31"},
            {"new_date": ["改到的日期不能晚于一年以后"]},
        ),
    ],
)
def test_a_record_keeps_to_days_that_can_be(typed: dict[str, Any], refused: dict[str, list[str]]) -> None:
    case = approved(row("C003"))
    appoint(case)
    with pytest.raises(InvalidInput) as refusal:
        act(case, "specialist", "visit_record", "submit", typed=typed, now=TUESDAY_EVENING)
    assert refusal.value.errors == refused


def test_a_postponed_visit_is_agreed_anew_and_reported_with_its_day() -> None:
    case = approved(row("C002"))
    appoint(case)
    moved = {"happened": "postponed", "reason": "客户出差", "new_date": "2026-11-25", "new_time": "15:00"}
    act(case, "specialist", "visit_record", "submit", typed=moved, now=TUESDAY_EVENING)
    assert (rows_of(case)["1.1"].state, rows_of(case)["1.1"].day) == ("postponed", WEDNESDAY)
    again = appoint(case, now=TUESDAY_EVENING)
    assert again.forms["appointment#1.1"]["appointed_date"] == "2026-11-25"
    assert "happened" not in again.forms["visit_record#1.1"]
    foreseen = forecast_case(db.session, find_actor("specialist"), CaseId(case.id), now=TUESDAY_EVENING)
    assert [line.step for line in foreseen][:2] == ["visit_record", "daily_report"]
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


def test_the_people_of_forty_branches_are_asked_for_once() -> None:
    case = start(*forty_rows(), to="2026-12-03")
    act(case, "supervisor", "supervisor_review")
    seen = count_statements(db.engine)
    act(case, "manager", "head_review")
    assert len([statement for statement in seen if "post_holders" in statement]) < 5
    assert len(seen) < 30


def forty() -> DbCase:
    rows = forty_rows()
    return approved(*rows, to=rows[-1]["date"])


def forty_rows() -> list[dict[str, Any]]:
    """Five visits on each of eight days."""
    days = [TUESDAY + timedelta(days=number) for number in (0, 1, 2, 3, 6, 7, 8, 9)]
    hours = ("09:00", "10:30", "13:30", "15:00", "16:30")
    return [row(code, day, hour) for day in days for code, hour in zip(FREE, hours, strict=True)]


def test_a_visit_in_hours_that_do_not_suit_is_refused_in_the_plan_and_at_the_appointment() -> None:
    with pytest.raises(InvalidInput) as refusal:
        start(row("C003"), row("C006", WEDNESDAY, "14:00"))
    assert refusal.value.errors == {"visits-1-time": ["该客户不宜拜访：周三下午"]}
    case = approved(row("C006", WEDNESDAY, "10:00"))
    with pytest.raises(InvalidInput) as refusal:
        appoint(case, appointed_time="14:30")
    assert refusal.value.errors == {"appointed_time": ["该客户不宜拜访：周三下午"]}


def test_a_plan_that_comes_back_is_made_anew() -> None:
    case = approved(row("C003"), row("C004"))
    appoint(case, "1.1")
    appoint(case, "1.2", appointed_time="15:00")
    visit(case, "1.1", achievement="C")
    back = TaskId(open_task(case, "visit_record", "1.2").id)
    return_task(find_actor("specialist"), back, to="plan", comment="重新安排", now=TUESDAY_EVENING)
    assert rows_of(case) == {}
    assert db.session.query(DbVisit).count() == 0
    again = visits.plan(row("C010"), row("C004"), **{"from": "2026-11-24", "to": "2026-11-30"})
    act(case, "specialist", "plan", "submit", typed=again, now=TUESDAY_EVENING - timedelta(hours=9))
    act(case, "supervisor", "supervisor_review", now=TUESDAY_EVENING)
    case = act(case, "manager", "head_review", now=TUESDAY_EVENING)
    assert open_task(case, "appointment", "1.1").name.endswith("嘉兴食品股份有限公司")
    assert sorted(place for place in case.forms if "#" in place) == ["appointment#1.2"]
    assert {found.state for found in rows_of(case).values()} == {"planned"}


def test_the_report_goes_back_to_its_writer_inside_its_day() -> None:
    case = approved(row("C003"), row("C005", WEDNESDAY))
    appoint(case, "1.1")
    visit(case, "1.1")
    act(case, "specialist", "daily_report", "submit", now=TUESDAY_EVENING)
    signing = TaskId(open_task(case, "supervisor_sign", "1").id)
    return_task(find_actor("supervisor"), signing, to="daily_report", comment="请补充费用", now=TUESDAY_EVENING)
    again = act(case, "specialist", "daily_report", "submit", typed={"report_note": "没有费用"}, now=TUESDAY_EVENING)
    assert again.forms["daily_report#1"]["report_note"] == "没有费用"
    assert open_task(case, "supervisor_sign", "1")
    assert open_task(case, "appointment", "2.1")


def test_a_record_is_corrected_before_the_report_with_what_it_caused() -> None:
    case = visits.visited(row("C003"), achievement="C")
    act(case, "specialist", "daily_report", "revise", now=TUESDAY_EVENING)
    again = visit(case, achievement="B")
    assert again.forms["visit_record#1.1"]["summary"] == "同意续签一年"
    assert rows_of(case)["1.1"].result == "B"
    assert db.session.query(DbVisit).filter_by(state="follow_up").count() == 0
    report = act(case, "specialist", "daily_report", "submit", now=TUESDAY_EVENING).forms["daily_report#1"]
    assert [line["result"] for line in report["report_rows"]] == ["B"]


def test_a_corrected_record_wants_no_second_visit_where_a_plan_has_taken_the_first_up() -> None:
    case = visits.visited(row("C003"), achievement="C")
    second = start(row("C003", WEDNESDAY), now=TUESDAY_EVENING)
    act(case, "specialist", "daily_report", "revise", now=TUESDAY_EVENING)
    visit(case, achievement="C", summary="同意再谈一次")
    assert rows_of(second)["1.1"].follows_id == rows_of(case)["1.1"].id
    assert db.session.query(DbVisit).filter_by(state="follow_up").count() == 0
    withdraw_case(find_actor("specialist"), CaseId(second.id), now=TUESDAY_EVENING)
    assert db.session.query(DbVisit).filter_by(state="follow_up").count() == 1


def test_a_record_is_not_taken_back_once_its_day_has_collected_it() -> None:
    case = approved(row("C003"), row("C004"))
    appoint(case)
    recording = TaskId(open_task(case, "visit_record").id)
    visit(case)
    with pytest.raises(Conflict):
        withdraw_task(find_actor("specialist"), recording, now=TUESDAY_EVENING)
    assert rows_of(case)["1.1"].state == "visited"


def test_a_postponement_is_taken_back_with_the_day_that_was_agreed() -> None:
    case = approved(row("C003"))
    appoint(case)
    recording = TaskId(open_task(case, "visit_record").id)
    moved = {"happened": "postponed", "reason": "客户出差", "new_date": "2026-11-25", "new_time": "15:00"}
    act(case, "specialist", "visit_record", "submit", typed=moved, now=TUESDAY_EVENING)
    withdraw_task(find_actor("specialist"), recording, now=TUESDAY_EVENING)
    assert (rows_of(case)["1.1"].state, rows_of(case)["1.1"].day) == ("appointed", TUESDAY)
    db.session.expire_all()
    assert db.session.get_one(DbCase, case.id).forms["visit_record#1.1"]["happened"] == "postponed"


def test_a_substitute_records_the_visit_in_their_own_name() -> None:
    case = approved(row("C003"))
    appoint(case)
    absent = NewSubstitute(substitute="presales", first_day=TUESDAY, last_day=TUESDAY)
    appoint_substitute(find_actor("specialist"), absent, now=TUESDAY_EVENING)
    apply_substitutions(now=TUESDAY_EVENING)
    act(case, "presales", "visit_record", "submit", typed=visits.record(), now=TUESDAY_EVENING)
    assert rows_of(case)["1.1"].user_id == find_actor("presales").id


PROBLEM = {"open_problem": "两箱零件规格不符", "open_problem_type": "错货", "open_problem_wish": "换货"}


def test_an_open_problem_starts_a_complaint_that_is_linked_both_ways() -> None:
    case = visits.visited(row("C003"), **PROBLEM)
    [complaint] = db.session.query(DbCase).filter_by(process_key="complaint")
    assert complaint.starter_id == find_actor("specialist").id
    assert complaint.forms["complaint"]["source"] == "拜访"
    assert case.forms["visit_record#1.1"]["complaint_note"] == f"已发起 {complaint.number}"
    [there] = links_of(db.session(), find_actor("specialist"), CaseId(case.id))
    assert (there.number, there.kind, there.came_out) == (complaint.number, "complaint", True)
    assert there.about == "第 1 次拜访 · 杭州云帆电子商务有限公司"
    [back] = links_of(db.session(), find_actor("specialist"), CaseId(complaint.id))
    assert (back.number, back.came_out) == (case.number, False)
    started = db.session.query(DbHistory).filter_by(case_id=complaint.id, action="started").one()
    assert started.detail["case"] == case.number
    report = act(case, "specialist", "daily_report", "submit", now=TUESDAY_EVENING).forms["daily_report#1"]
    assert report["open_problems"] == [f"杭州云帆电子商务有限公司：两箱零件规格不符（{complaint.number}）"]


def test_a_record_that_is_made_again_starts_no_second_complaint() -> None:
    case = visits.visited(row("C003"), **PROBLEM)
    act(case, "specialist", "daily_report", "revise", now=TUESDAY_EVENING)
    visit(case, **PROBLEM)
    assert db.session.query(DbCase).filter_by(process_key="complaint").count() == 1


def test_nor_does_a_record_of_a_visit_that_was_agreed_for_another_day() -> None:
    case = approved(row("C003"))
    appoint(case, appointed_date=WEDNESDAY.isoformat())
    visit(case, now=WEDNESDAY_EVENING, **PROBLEM)
    act(case, "specialist", "daily_report", "revise", now=WEDNESDAY_EVENING)
    visit(case, now=WEDNESDAY_EVENING, **PROBLEM)
    assert db.session.query(DbCase).filter_by(process_key="complaint").count() == 1


def test_two_visits_of_a_customer_on_one_day_may_each_start_a_complaint() -> None:
    case = approved(row("C003", time="09:00"), row("C003", time="15:00"))
    for branch, problem in (("1.1", "两箱零件规格不符"), ("1.2", "发票开错")):
        appoint(case, branch)
        visit(case, branch, **{**PROBLEM, "open_problem": problem})
    found = db.session.query(DbCase).filter_by(process_key="complaint").order_by(DbCase.id)
    assert [complaint.forms["complaint"]["description"] for complaint in found] == ["两箱零件规格不符", "发票开错"]


def test_a_complaint_outlives_the_plan_that_started_it() -> None:
    case = visits.visited(row("C003"), row("C005"), **PROBLEM)
    cancel_case(find_actor("specialist"), CaseId(case.id), "客户合并", now=TUESDAY_EVENING)
    db.session.expire_all()
    assert db.session.query(DbCase).filter_by(process_key="complaint").one().status == "running"


def test_a_record_says_so_where_no_complaint_can_be_started() -> None:
    current = db.session.get_one(DbProcess, "complaint")
    current.current_version = 0
    db.session.commit()
    try:
        case = visits.visited(row("C003"), **PROBLEM)
    finally:
        current.current_version = 1
        db.session.commit()
    assert case.forms["visit_record#1.1"]["complaint_note"] == "没有发起：没有“complaint”这个流程"
    assert rows_of(case)["1.1"].state == "visited"
    assert links_of(db.session(), find_actor("specialist"), CaseId(case.id)) == []


def test_somebody_who_may_not_see_a_linked_case_learns_its_number_only() -> None:
    case = visits.visited(row("C003"), **PROBLEM)
    [link], [shown] = (links_of(db.session(), find_actor(name), CaseId(case.id)) for name in ("manager", "specialist"))
    assert (link.number, link.title, link.visible, shown.visible) == (shown.number, "", False, True)
    with pytest.raises(NotFound):
        links_of(db.session(), find_actor("outsider"), CaseId(case.id))
