"""客户招待 from application to settlement, as the documents say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from services.background.timers import fire_until
from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput, NotPermitted
from services.notices.models import DbNotice
from services.tasks.return_task import return_task
from services.types import Actor, CaseId
from tests.conftest import MONDAY
from tests.support import hospitality
from tests.support.hospitality import act, approved, budget, open_tasks, reported, start, task_id

Cast = Callable[[str], Actor]
pytestmark = pytest.mark.usefixtures("app")


def history(case: object) -> list[tuple[str, str]]:
    rows = db.session.query(DbHistory).filter_by(case_id=case.id).order_by(DbHistory.position)  # type: ignore[attr-defined]
    return [(row.action, row.step) for row in rows]


def test_a_case_goes_from_application_to_settlement() -> None:
    case = start()
    assert case.number == "ZD-2026-0001"
    assert case.title == "客户招待 · 上海晨光科技有限公司"
    assert case.amount == Decimal("4100.50")
    for username, step in hospitality.APPROVERS:
        assert list(open_tasks(case)) == [step]
        act(case, username, step)
    assert budget(case.department_id).reserved == Decimal("4100.50")
    assert not open_tasks(case)

    assert fire_until(MONDAY + timedelta(days=3)) == 0
    fire_until(hospitality.day_after())
    act(case, "specialist", "report", "submit", typed=hospitality.report(), now=hospitality.day_after())
    for username, step in (
        ("manager", "manager_report_review"),
        ("gm", "gm_report_review"),
        ("finance", "finance_settlement"),
    ):
        act(case, username, step)

    assert case.status == "completed"
    found = budget(case.department_id)
    assert (found.reserved, found.spent) == (0, Decimal("4000"))


def test_the_report_falls_due_three_working_days_after_the_day() -> None:
    case = approved()
    fire_until(hospitality.day_after())
    # Thursday 26 November, then Friday, Monday, Tuesday 18:00 in Shanghai
    assert open_tasks(case)["report"].due_at.isoformat() == "2026-12-01T10:00:00+00:00"


def test_nobody_reports_in_time_reminders_come_daily_and_then_the_manager_is_told() -> None:
    case = approved()
    fire_until(MONDAY + timedelta(days=9))
    kinds = [(notice.kind, notice.user_id) for notice in db.session.query(DbNotice).filter_by(case_id=case.id)]
    from tests.conftest import find_actor

    assert kinds.count(("reminder", find_actor("specialist").id)) >= 3
    assert ("escalation", find_actor("manager").id) in kinds
    assert list(open_tasks(case)) == ["report"]


@pytest.mark.parametrize("stops_at", [0, 1, 2])
def test_a_rejection_ends_the_case_and_leaves_no_money_held(stops_at: int) -> None:
    case = start()
    for username, step in hospitality.APPROVERS[:stops_at]:
        act(case, username, step)
    username, step = hospitality.APPROVERS[stops_at]
    act(case, username, step, "reject", comment="本月不宜")
    assert case.status == "rejected"
    assert not open_tasks(case)
    assert budget(case.department_id).reserved == 0


def test_a_rejection_needs_a_comment() -> None:
    case = start()
    with pytest.raises(InvalidInput) as refusal:
        act(case, "manager", "manager_review", "reject")
    assert refusal.value.errors == {"comment": ["驳回时请填写意见"]}
    assert list(open_tasks(case)) == ["manager_review"]


def test_over_budget_needs_a_second_approval_by_the_general_manager() -> None:
    case = approved(budget={"meal": Decimal("30000.01")})
    assert list(open_tasks(case)) == ["over_budget_approval"]
    assert budget(case.department_id).reserved == 0
    act(case, "gm", "over_budget_approval")
    assert budget(case.department_id).reserved == Decimal("30000.01")


def test_exactly_the_budget_is_within_it() -> None:
    case = approved(budget={"meal": Decimal("30000")})
    assert not open_tasks(case)
    assert budget(case.department_id).reserved == Decimal("30000")


def test_what_others_hold_counts_against_the_budget() -> None:
    approved(budget={"meal": Decimal("20000")})
    second = approved(budget={"meal": Decimal("10000.01")})
    assert list(open_tasks(second)) == ["over_budget_approval"]


def test_overspending_goes_back_for_an_explanation() -> None:
    case = reported(spend={"meal": Decimal("4500")})
    assert list(open_tasks(case)) == ["report"]
    with pytest.raises(InvalidInput) as refusal:
        act(case, "specialist", "report", "submit", typed=hospitality.report(spend={"meal": Decimal("4500")}))
    assert list(refusal.value.errors) == ["overspend_explanation"]
    explained = hospitality.report(spend={"meal": Decimal("4500")}, overspend_explanation="临时增加两位客人")
    act(case, "specialist", "report", "submit", typed=explained)
    assert list(open_tasks(case)) == ["manager_report_review"]


def test_a_small_overspend_is_tolerated() -> None:
    case = reported(spend={"meal": Decimal("4200.50")})
    assert list(open_tasks(case)) == ["manager_report_review"]


def test_a_rejected_report_is_written_again() -> None:
    case = reported()
    act(case, "manager", "manager_report_review", "reject", comment="缺少效果说明")
    assert case.status == "running"
    assert list(open_tasks(case)) == ["report"]


def test_the_starter_never_approves_their_own_request(cast: Cast) -> None:
    case = start("manager")
    task = open_tasks(case)["manager_review"]
    assert task.assignee_id == cast("gm").id
    assert task.why["reason"] == "superior"


def test_a_return_to_the_applicant_keeps_what_was_typed_and_releases_the_money(cast: Cast) -> None:
    case = approved(budget={"meal": Decimal("40000")})
    act(case, "gm", "over_budget_approval")
    fire_until(hospitality.day_after())
    assert budget(case.department_id).reserved == Decimal("40000")
    report = task_id(case, "report")
    return_task(cast("specialist"), report, to="apply", comment="需改申请", now=hospitality.day_after())
    assert list(open_tasks(case)) == ["apply"]
    assert case.forms["application"]["venue"] == "锦江大酒店"
    assert budget(case.department_id).reserved == 0


def test_a_returned_application_is_changed_and_signed_again(cast: Cast) -> None:
    case = start()
    act(case, "manager", "manager_review")
    returned = task_id(case, "gm_review")
    return_task(cast("gm"), returned, to=None, comment="请压缩预算", now=MONDAY)
    act(case, "specialist", "apply", "submit", typed={"budget": {"meal": Decimal("1000")}})
    assert case.amount == Decimal("1000")
    assert list(open_tasks(case)) == ["manager_review"]


def test_a_return_needs_a_comment_and_an_earlier_step(cast: Cast) -> None:
    case = start()
    with pytest.raises(InvalidInput):
        return_task(cast("manager"), task_id(case, "manager_review"), to=None, comment=" ", now=MONDAY)
    with pytest.raises(Conflict, match="填写招待申请"):
        return_task(cast("manager"), task_id(case, "manager_review"), to="gm_review", comment="x", now=MONDAY)
    assert list(open_tasks(case)) == ["manager_review"]


def test_cancelling_before_the_day_releases_the_money(cast: Cast) -> None:
    case = approved()
    cancel_case(cast("specialist"), CaseId(case.id), "客户改期", now=MONDAY)
    assert case.status == "cancelled"
    assert budget(case.department_id).reserved == 0
    assert case.next_due is None
    assert ("compensated", "") in history(case)


def test_cancelling_after_the_day_is_too_late(cast: Cast) -> None:
    case = approved()
    fire_until(hospitality.day_after())
    with pytest.raises(Conflict, match="支出为零的招待报告"):
        cancel_case(cast("specialist"), CaseId(case.id), "没有举行", now=hospitality.day_after())
    assert budget(case.department_id).reserved == Decimal("4100.50")


def test_a_case_that_did_not_take_place_is_reported_with_zero(cast: Cast) -> None:
    case = reported(spend={"meal": Decimal("0")}, effect="未举行")
    for username, step in (
        ("manager", "manager_report_review"),
        ("gm", "gm_report_review"),
        ("finance", "finance_settlement"),
    ):
        act(case, username, step)
    found = budget(case.department_id)
    assert (case.status, found.reserved, found.spent) == ("completed", 0, 0)


def test_only_the_starter_takes_a_case_back_and_only_before_anybody_decided(cast: Cast) -> None:
    case = start()
    with pytest.raises(NotPermitted):
        withdraw_case(cast("manager"), CaseId(case.id), now=MONDAY)
    act(case, "manager", "manager_review")
    with pytest.raises(Conflict):
        withdraw_case(cast("specialist"), CaseId(case.id), now=MONDAY)
    second = start()
    withdraw_case(cast("specialist"), CaseId(second.id), now=MONDAY)
    assert second.status == "withdrawn"


def test_the_day_cannot_be_in_the_past() -> None:
    with pytest.raises(InvalidInput) as refusal:
        start(date="2026-11-22")
    assert refusal.value.errors == {"date": ["宴请日期不能早于今天"]}


def test_whose_department_may_not_start_is_told_so() -> None:
    with pytest.raises(NotPermitted):
        start("outsider")
