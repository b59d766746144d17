"""Who will be asked and by when, and that it comes so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.background.timers import fire_until
from services.cases.case_run import forget_calendar
from services.cases.forecast_case import CaseForecast, ExpectedTask, forecast_case, forecast_start
from services.cases.models import DbCase
from services.database import db
from services.people.company_calendar import remove_company_day, set_company_day
from services.people.models import DbUser
from services.tasks.models import DbTask
from services.tasks.working_times import ENOUGH, forget_working_times
from services.types import CaseId
from tests.conftest import MONDAY, clear, find_actor
from tests.support.acting import back, sign, submit
from tests.support.hospitality import act, application, approved, open_tasks, report, start
from tests.support.shapes import row, start_shape
from workflows.calendar import CompanyCalendar

pytestmark = pytest.mark.usefixtures("app")
CALENDAR = CompanyCalendar()
HOUR = timedelta(hours=1)


def ahead(case: DbCase, now: datetime = MONDAY, who: str = "specialist") -> CaseForecast:
    db.session.expire_all()
    return forecast_case(db.session, find_actor(who), CaseId(case.id), now=now)


def step(found: CaseForecast, name: str) -> ExpectedTask:
    return next(item for item in found if item.step == name)


def worked(hours: list[float], username: str = "manager", step: str = "manager_review") -> None:
    """Cases of last week that this person answered after so many working hours each."""
    monday = MONDAY - timedelta(days=7)
    for taken in hours:
        case = start(now=monday)
        if username != "manager":
            act(case, "manager", "manager_review", now=monday)
        act(case, username, step, now=CALENDAR.add_work_time(monday, timedelta(hours=taken)))
    forget_working_times()


def test_without_a_record_the_due_time_counts_and_it_says_so() -> None:
    found = ahead(start())
    first = step(found, "manager_review")
    assert (first.basis.kind, first.expected_at) == ("due", CALENDAR.add_workdays(MONDAY, 2))
    assert first.is_open
    assert not step(found, "gm_review").is_open
    assert step(found, "gm_review").opens_at == first.expected_at


def test_the_usual_time_of_the_person_counts_before_the_due_time() -> None:
    worked([1, 2, 3.5, 4, 30])
    first = step(ahead(start()), "manager_review")
    assert (first.basis.kind, first.basis.count, first.basis.values["who"]) == ("person_step", 5, "王雅琴")
    assert first.expected_at == MONDAY + 4.5 * HOUR, "three and a half hours of work, with the lunch break between them"
    assert first.latest_at == CALENDAR.add_work_time(MONDAY, 4), "four of five take no longer than that"


def test_an_odd_task_does_not_move_what_is_usual() -> None:
    worked([2, 2, 2, 2, 40])
    assert step(ahead(start()), "manager_review").expected_at == MONDAY + 2 * HOUR


def test_too_few_tasks_say_nothing_about_a_person() -> None:
    worked([1] * (ENOUGH - 1))
    assert step(ahead(start()), "manager_review").basis.kind == "due"


def test_a_person_new_to_a_step_is_judged_by_the_process_and_then_by_everybody() -> None:
    worked([2, 2, 2])
    found = ahead(start())
    later = step(found, "manager_report_review")
    assert (later.basis.kind, later.expected_at) == ("person_process", CALENDAR.add_work_time(later.opens_at, 2))
    others = db.session.query(DbUser).filter_by(username="owner").one()
    db.session.query(DbTask).filter_by(step="manager_review", state="done").update({"closed_by": others.id})
    db.session.commit()
    forget_working_times()
    assert step(ahead(start()), "manager_review").basis.kind == "step"


def test_only_working_hours_pass_on_the_way() -> None:
    worked([6, 6, 6])
    friday = MONDAY + timedelta(days=4, hours=6)
    first = step(ahead(start(now=friday, date="2026-12-10"), friday), "manager_review")
    assert first.expected_at == CALENDAR.add_work_time(friday, 6)
    assert first.expected_at - friday > timedelta(days=2), "the weekend lies between"


def test_a_holiday_of_the_company_moves_what_is_expected() -> None:
    worked([6, 6, 6])
    tuesday = MONDAY + timedelta(days=1)
    before = step(ahead(start(now=tuesday), tuesday + HOUR), "gm_review").expected_at
    admin = find_actor("admin")
    set_company_day(admin, (tuesday + timedelta(days=1)).date(), works=False, note="司庆")
    forget_calendar()
    try:
        assert step(ahead(start(now=tuesday), tuesday + HOUR), "gm_review").expected_at > before
    finally:
        remove_company_day(admin, (tuesday + timedelta(days=1)).date())


def test_what_has_waited_longer_than_usual_counts_from_now() -> None:
    worked([1, 1, 1])
    case = start()
    late = MONDAY + timedelta(days=2)
    first = step(ahead(case, late), "manager_review")
    assert first.expected_at == late + HOUR
    assert [item.expected_at for item in ahead(case, late)] == sorted(item.expected_at for item in ahead(case, late))


def test_the_wait_for_the_day_after_is_on_the_way() -> None:
    found = ahead(start())
    assert step(found, "report").opens_at >= MONDAY + timedelta(days=3, hours=15), "the dinner is on Thursday"
    assert found.ends_at is not None
    assert found.latest_end is not None
    assert found.ends_at == found.steps[-1].expected_at <= found.latest_end


def test_before_submitting_the_way_follows_the_amount() -> None:
    def way(**changes: object) -> list[str]:
        found = forecast_start(db.session, find_actor("specialist"), "hospitality", application(**changes), now=MONDAY)
        assert found.ends_at is not None
        return [item.step for item in found]

    assert "over_budget_approval" not in way()
    assert "over_budget_approval" in way(budget={"meal": Decimal("30001")})


def test_a_half_filled_form_gives_what_can_be_said() -> None:
    found = forecast_start(
        db.session, find_actor("specialist"), "hospitality", {"budget": {"meal": "很多"}}, now=MONDAY
    )
    assert [item.step for item in found][:2] == ["manager_review", "gm_review"]


def test_a_forecast_changes_nothing(app: object) -> None:
    case = start()
    before = (case.row_version, case.history_length, bytes(case.state))
    for _time in range(3):
        ahead(case)
    db.session.expire_all()
    assert (case.row_version, case.history_length, bytes(case.state)) == before
    assert list(open_tasks(case)) == ["manager_review"]


def test_a_case_that_ended_has_nothing_ahead() -> None:
    case = start()
    act(case, "manager", "manager_review", "reject", comment="不去了")
    assert ahead(case).steps == []


AMOUNTS = st.integers(min_value=1, max_value=60_000).map(Decimal)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(meal=AMOUNTS, steps_before=st.integers(min_value=0, max_value=4), past=st.booleans())
def test_what_is_foreseen_is_what_happens(app: object, meal: Decimal, steps_before: int, past: bool) -> None:
    """If everybody agrees at the time that is expected of them, the same people are asked in the same order."""
    clear()
    db.session.expunge_all()
    forget_working_times()
    if past:
        worked([1, 2, 3])
    case = start(budget={"meal": meal})
    now = MONDAY
    for _number in range(steps_before):
        now = take_next(case, now)
    foreseen = [(item.step, item.who) for item in ahead(case, now)]
    assert foreseen == list(lived(case, now))


def take_next(case: DbCase, now: datetime) -> datetime:
    """Whoever is next does it when that is expected; where a day is waited for, time passes until then."""
    expected = ahead(case, now).steps[0]
    if not expected.is_open:
        fire_until(expected.opens_at)
    person = db.session.get_one(DbUser, expected.people[0])
    filled = (
        {"outcome": "submit", "typed": report(spend={"meal": Decimal("1")})}
        if expected.step == "report"
        else {"outcome": "approve"}
    )
    act(case, person.username, expected.step, now=expected.expected_at, **filled)  # type: ignore[arg-type]
    return expected.expected_at


def lived(case: DbCase, now: datetime) -> Iterator[tuple[str, list[str]]]:
    db.session.expire_all()
    while case.status == "running":
        expected = ahead(case, now).steps[0]
        now = take_next(case, now)
        done = db.session.query(DbTask).filter_by(case_id=case.id, step=expected.step).order_by(DbTask.id.desc())
        yield expected.step, [db.session.get_one(DbUser, done.first().closed_by).name]  # type: ignore[union-attr]
        db.session.expire_all()


def test_a_later_case_ends_as_foreseen() -> None:
    case = approved()
    assert [name for name, _who in lived(case, MONDAY)] == [
        "report",
        "manager_report_review",
        "gm_report_review",
        "finance_settlement",
    ]


def test_a_bigger_amount_is_foreseen_to_be_signed_again_also_on_the_way_straight_back() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    submit(case, amount=900)
    assert [item.step for item in ahead(case)] == ["first", "second", "third"]


def test_straight_back_those_in_between_are_not_foreseen() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    assert [item.step for item in ahead(case)] == ["apply", "third"]
