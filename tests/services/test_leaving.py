"""People who leave, and timers that fail: nothing is lost, nobody else is held up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from services.background.failed_jobs import list_failing_cases
from services.background.timers import fire_until, sweep
from services.cases.end_case import cancel_case
from services.cases.models import DbCase
from services.database import db
from services.errors import Conflict, NotFound
from services.incidents.lines import list_for_operators
from services.people.models import DbUser
from services.tasks.reassign import deactivate, transfer_everything
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.acting import asked, delegate, history, sign
from tests.support.clients import ApiClient
from tests.support.hospitality import act, approved, day_after, open_tasks, reported, start
from tests.support.shapes import row, start_shape, together


@pytest.fixture(autouse=True)
def everybody_back(app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.query(DbUser).filter(DbUser.demo).update({"active": True})
    db.session.commit()


def test_open_tasks_of_somebody_who_leaves_go_to_others() -> None:
    case = start()
    act(case, "manager", "manager_review")
    assert deactivate("gm", now=MONDAY) == 1
    task = open_tasks(case)["gm_review"]
    assert (task.assignee_id, task.why["reason"]) == (find_actor("supervisor").id, "nobody_superior")
    act(case, "supervisor", "gm_review")


def test_the_report_of_an_applicant_who_left_goes_to_their_superior() -> None:
    case = approved()
    deactivate("specialist", now=MONDAY)
    fire_until(day_after())
    task = open_tasks(case)["report"]
    assert (task.assignee_id, task.why["reason"]) == (find_actor("supervisor").id, "left")


def test_the_last_administrator_stays() -> None:
    with pytest.raises(Conflict):
        deactivate("admin", now=MONDAY)
    with pytest.raises(NotFound):
        deactivate("nobody", now=MONDAY)


def test_a_report_does_not_move_the_date_that_cancelling_goes_by() -> None:
    case = reported(date="2027-10-01")
    with pytest.raises(Conflict):
        cancel_case(find_actor("specialist"), CaseId(case.id), "x", now=day_after())
    assert case.variables["date"] == hospitality.DAY.isoformat()
    assert case.forms["report"]["date"] == "2027-10-01"


def test_an_application_that_came_back_too_late_can_be_cancelled() -> None:
    case = start()
    late = MONDAY + timedelta(days=10)
    cancel_case(find_actor("specialist"), CaseId(case.id), "已错过", now=late)
    assert case.status == "cancelled"


def test_whoever_is_told_of_a_late_task_can_read_the_case(app: Flask) -> None:
    case = start()
    fire_until(MONDAY + timedelta(days=4))
    superior = ApiClient(app, "gm")
    assert superior.get(f"/cases/{case.id}")["number"] == case.number
    assert [found["number"] for found in superior.get("/cases")["items"]] == [case.number]


def test_a_case_whose_timers_fail_waits_and_holds_up_nobody() -> None:
    broken, sound = approved(), approved()
    stored = db.session.get(DbCase, broken.id)
    assert stored is not None
    stored.state = stored.state.replace(b"hosting_day", b"hosting_dax")
    db.session.commit()
    assert sweep(now=day_after()) == 1
    assert list(open_tasks(sound)) == ["report"]
    [incident] = list_for_operators(db.session)
    assert (incident.number, incident.kind) == (broken.number, "case")
    assert sweep(now=day_after()) == 0
    assert list_failing_cases(db.session) == []
    fire_until(day_after() + timedelta(days=30))
    assert list(open_tasks(sound)) == ["report"]


def test_whoever_was_asked_for_an_opinion_does_not_decide_because_the_asker_left(app: Flask) -> None:
    case = start_shape(row())
    delegate(case, "manager", "office")
    deactivate("manager", now=MONDAY)
    sign(case, "office", comment="可行")
    assert history(case, "completed") == []
    assert "office" not in asked(case)
    assert set(asked(case).values()) == {"first"}


def test_a_successor_who_signs_the_step_already_is_not_given_a_second_signature(app: Flask) -> None:
    case = start_shape(together(signing="all"))
    delegate(case, "manager", "office")
    transfer_everything(find_actor("admin"), "manager", "gm", reason="", now=MONDAY)
    sign(case, "office", comment="可行")
    assert asked(case) == {"manager": "board", "gm": "board", "supervisor": "board"}
