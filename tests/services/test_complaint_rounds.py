"""客户投诉 after the solution: the call back, further rounds, what is taken back, and who is faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from services.background.timers import fire_case_timers, fire_until
from services.cases.end_case import withdraw_case
from services.cases.history import verify
from services.cases.models import DbCase
from services.complaints.models import DbSolutionTemplate
from services.complaints.panel import show_complaint
from services.database import db
from services.errors import Conflict, InvalidInput, NotPermitted
from services.tasks.complete_task import complete_task
from services.tasks.return_task import return_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.complaint import (
    after,
    asked,
    contact,
    handle,
    open_tasks,
    pass_time,
    register,
    revisit,
    row,
    submit,
    task_id,
    told,
)
from tests.support.racing import at_once

pytestmark = pytest.mark.usefixtures("app")
NEXT_DAY = MONDAY + timedelta(days=1)
LATE = after(9)
"""When an urgent complaint of Monday 9:00 is due: eight working hours later."""


def test_the_handler_does_not_judge_their_own_work() -> None:
    case = register("presales")
    handle(case)
    assert asked(case) == {"revisit": ["specialist"]}
    transfer_task(find_actor("specialist"), task_id(case, "revisit"), to="presales", comment="", now=MONDAY)
    with pytest.raises(NotPermitted, match="请由别的同事回访客户"):
        revisit(case, 5, "presales")
    assert row(case).satisfaction is None


def test_the_registrar_may_call_back_and_a_handling_specialist_may_not() -> None:
    case = register("outsider", type="服务态度")
    handle(case, "specialist")
    assert asked(case) == {"revisit": ["outsider"]}
    case = register("specialist", type="服务态度")
    handle(case, "specialist")
    assert asked(case) == {"revisit": ["supervisor"]}


def test_a_satisfied_customer_closes_it_and_the_solution_may_be_kept() -> None:
    case = register()
    handle(case)
    revisit(case, 5, keep_template=True, template_title="杯盖漏水换新")
    assert db.session.get_one(DbCase, case.id).status == "completed"
    assert (row(case).satisfaction, row(case).closed_at) == (5, MONDAY)
    [kept] = db.session.query(DbSolutionTemplate).all()
    assert (kept.title, kept.type, kept.text) == ("杯盖漏水换新", "质量问题", "已寄出新的杯盖，并向客户致歉")
    assert (kept.case_id, kept.satisfaction) == (case.id, 5)


def test_only_a_good_solution_is_kept() -> None:
    case = register()
    handle(case)
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, 3, keep_template=True, template_title="杯盖漏水换新")
    assert list(refusal.value.errors) == ["keep_template"]
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, 4, keep_template=True)
    assert list(refusal.value.errors) == ["template_title"]


@pytest.mark.parametrize("satisfaction", [0, 6, "好"])
def test_satisfaction_is_one_to_five(satisfaction: object) -> None:
    case = register()
    handle(case)
    with pytest.raises(InvalidInput) as refusal:
        revisit(case, satisfaction)  # type: ignore[arg-type]
    assert list(refusal.value.errors) == ["satisfaction"]


def test_an_unsatisfied_customer_is_handled_one_level_higher_with_new_times() -> None:
    case = register(urgency="high")
    handle(case, now=after(1))
    revisit(case, 2, now=after(2))
    assert asked(case) == {"handle": ["supervisor"]}
    kept = row(case)
    assert (kept.level, kept.reopened, kept.handler) == (1, 1, "客户关系主管")
    assert (kept.resolved_at, kept.satisfaction, kept.closed_at) == (None, None, None)
    assert kept.resolve_by == NEXT_DAY + timedelta(hours=2)  # eight working hours from 11:00
    assert open_tasks(case)["handle"].due_at == kept.resolve_by
    assert set(db.session.get_one(DbCase, case.id).forms) == {"complaint"}
    assert [tried["forms"]["revisit"]["satisfaction"] for tried in kept.rounds] == [2]
    pass_time(after(24 + 2))
    assert set(asked(case)) == {"handle", "escalation_2"}


def test_each_round_goes_up_to_the_general_manager_and_then_it_is_closed_as_it_is() -> None:
    case = register()
    for handler in ("presales", "supervisor", "manager", "gm"):
        assert asked(case) == {"handle": [handler]}
        handle(case, handler)
        revisit(case, 1)
    assert db.session.get_one(DbCase, case.id).status == "completed"
    kept = row(case)
    assert (kept.satisfaction, kept.reopened, kept.level) == (1, 3, 3)
    assert kept.closed_at is not None


def test_a_reopened_round_asks_for_a_contact_of_its_own() -> None:
    case = register(urgency="high")
    contact(case, now=after(0.1))
    handle(case, now=after(1))
    revisit(case, 1, now=after(2))
    pass_time(after(3.1) + timedelta(hours=1))
    assert "no_response" in told(case, "manager")
    assert row(case).response_minutes == 6


# taking back


def test_taking_the_solution_back_starts_nothing_anew() -> None:
    case = register()
    due = row(case).resolve_by
    task = task_id(case, "handle")
    handle(case, now=after(1))
    withdraw_task(find_actor("presales"), task, now=after(2))
    assert asked(case) == {"handle": ["presales"]}
    kept = row(case)
    assert (kept.resolved_at, kept.first_response_at, kept.handled_by) == (None, None, None)
    assert open_tasks(case)["handle"].due_at == due
    pass_time(datetime(2026, 11, 25, 11, tzinfo=UTC))
    assert set(asked(case)) == {"handle", "escalation_1"}


def test_taking_a_reopening_back_brings_the_round_back() -> None:
    case = register()
    handle(case, now=after(1))
    before = row(case).resolved_at
    task = task_id(case, "revisit")
    revisit(case, 1, now=after(2))
    withdraw_task(find_actor("specialist"), task, now=after(3))
    assert asked(case) == {"revisit": ["specialist"]}
    kept = row(case)
    assert (kept.reopened, kept.rounds, kept.level, kept.resolved_at) == (0, [], 0, before)
    assert set(db.session.get_one(DbCase, case.id).forms) == {"complaint", "solution", "revisit"}
    revisit(case, 4, now=after(4))
    assert row(case).satisfaction == 4


def test_taking_the_last_call_back_takes_the_template_with_it() -> None:
    case = register()
    handle(case)
    task = task_id(case, "revisit")
    revisit(case, 5, keep_template=True, template_title="杯盖漏水换新")
    withdraw_task(find_actor("specialist"), task, now=after(1))
    assert db.session.query(DbSolutionTemplate).count() == 0
    assert (row(case).satisfaction, row(case).closed_at) == (None, None)


def test_the_handler_returns_it_to_the_registrar_who_says_more() -> None:
    case = register()
    return_task(
        find_actor("presales"), task_id(case, "handle"), to=None, comment="缺订单号", now=after(1), resume="everybody"
    )
    assert asked(case) == {"register": ["specialist"]}
    submit(case, "specialist", "register", after(2), type="物流")
    assert asked(case) == {"handle": ["courier"]}
    assert (row(case).type, row(case).registered_at) == ("物流", MONDAY)


def test_the_revisit_goes_back_to_the_handler_while_escalations_are_over() -> None:
    case = register(urgency="high")
    pass_time(after(9))
    handle(case, now=after(10))
    return_task(
        find_actor("specialist"),
        task_id(case, "revisit"),
        to="handle",
        comment="请再看",
        now=after(11),
        resume="everybody",
    )
    assert "handle" in asked(case)
    assert row(case).resolved_at is None


def test_a_withdrawn_complaint_leaves_the_figures() -> None:
    case = register()
    withdraw_case(find_actor("specialist"), CaseId(case.id), now=after(1))
    assert (row(case).dropped, row(case).closed_at) == (True, after(1))


# races


def test_the_handler_finishes_while_the_escalation_fires(app: Flask) -> None:
    for _round in range(6):
        case = register(urgency="high")
        wanted, presales = task_id(case, "handle"), find_actor("presales")
        fire_until(after(8.9))

        def act(number: int, case: DbCase = case, wanted: object = wanted, presales: object = presales) -> None:
            if number:
                fire_case_timers(CaseId(case.id), now=LATE)
            else:
                values = {"solution": "已换新杯盖"}
                complete_task(presales, wanted, outcome="submit", comment="", typed=values, now=LATE)  # type: ignore[arg-type]

        results = at_once(app, 2, act)
        assert not any(isinstance(result, Exception) for result in results), results
        fire_until(LATE)
        assert asked(case) == {"revisit": ["specialist"]}
        assert row(case).resolved_at == LATE
    assert verify(db.session) == []


def test_the_superior_takes_over_while_the_handler_finishes(app: Flask) -> None:
    for _round in range(6):
        case = register(urgency="high")
        pass_time(after(9))
        handling, presales = task_id(case, "handle"), find_actor("presales")
        deciding, supervisor = task_id(case, "escalation_1"), find_actor("supervisor")

        def act(number: int, ids: object = (handling, deciding), people: object = (presales, supervisor)) -> None:
            typed = ({"solution": "已换新杯盖"}, {"decision_1": "take_over"})[number]
            complete_task(people[number], ids[number], outcome="submit", comment="", typed=typed, now=after(9.5))  # type: ignore[index]

        results = at_once(app, 2, act)
        won = [number for number, result in enumerate(results) if result is None]
        assert len(won) == 1, results
        assert all(isinstance(result, Conflict | NotPermitted) for result in results if result is not None), results
        assert asked(case) == ({"revisit": ["specialist"]} if won == [0] else {"handle": ["supervisor"]})
    assert verify(db.session) == []


# what the page shows


def test_the_panel_tells_how_the_deadlines_stand() -> None:
    case = register(urgency="high")
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(0.25))
    assert (shown.response.state, shown.response.minutes) == ("running", 45)
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(2))
    assert (shown.response.state, shown.response.minutes) == ("late", 60)
    assert (shown.resolution.state, shown.resolution.minutes) == ("running", 6 * 60)
    contact(case, now=after(2))
    handle(case, now=after(3))
    shown = show_complaint(db.session, find_actor("presales"), CaseId(case.id), now=after(4))
    assert (shown.response.state, shown.response.minutes) == ("missed", 120)
    assert (shown.resolution.state, shown.resolution.minutes) == ("met", 180)


def test_the_clocks_run_while_nobody_is_assigned() -> None:
    case = register(type="其他")
    shown = show_complaint(db.session, find_actor("supervisor"), CaseId(case.id), now=after(1))
    assert (shown.response.state, shown.response.minutes) == ("running", 3 * 60)
    submit(case, "supervisor", "assign", after(2), handler="presales")
    assert row(case).respond_by == shown.response.due_at
