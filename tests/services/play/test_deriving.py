"""A closed case becomes a scenario that plays green against the version it came from."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.cases.history import WAS
from services.cases.models import DbHistory
from services.cases.start_case import start_case
from services.database import db, read_session
from services.processes.deriving import scenario_from_case
from services.processes.scenario_files import written
from services.registers.models import DbOrder
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.types import Actor, CaseId, TaskId
from tests.support.driving import current, drive
from workflows.scenarios import differences

Cast = Callable[[str], Actor]
CLOSED = [
    ("hospitality", "within_budget", "specialist"),
    ("hospitality", "rejected_by_gm", "specialist"),
    ("gift", "given", "specialist"),
    ("gift_plan", "approved", "specialist"),
    ("visit", "open_problem", "specialist"),
    ("complaint", "satisfied", "specialist"),
    ("address_change", "in_system", "presales"),
]


@pytest.mark.parametrize(("key", "scenario", "who"), CLOSED)
def test_a_closed_case_of_each_process_plays_again(
    cast: Cast, now: datetime, key: str, scenario: str, who: str
) -> None:
    order = read_session().scalar(select(DbOrder.number).where(DbOrder.state == "unprinted").order_by(DbOrder.id))
    fitting = {"address_change": {"order": order}, "complaint": {"order": ""}}
    case = drive(cast(who), key, scenario, fitting.get(key, {}), now=now)
    assert case.status != "running", [task.name for task in db.session.query(DbTask).filter_by(state="open")]

    derived = scenario_from_case(read_session(), CaseId(case.id))

    assert derived.is_green, derived.remarks
    assert derived.scenario["expect"]["status"] == case.status
    read_again = tomllib.loads(written(derived.scenario).decode())
    assert differences(current(key), read_again) == []


def test_each_round_of_a_rework_keeps_what_was_submitted_then(cast: Cast, now: datetime) -> None:
    """The case keeps the last round of a form alone; the history says what it overwrote."""
    typed = {**_APPLICATION, "venue": "第一次的场所"}
    case = start_case(cast("specialist"), "hospitality", typed, now=now, with_defaults=True)
    later = now + timedelta(minutes=10)
    return_task(cast("manager"), _open_task(case.id), to="apply", comment="请换一家", now=later)
    again = {**typed, "venue": "第二次的场所"}
    complete_task(
        cast("specialist"),
        _open_task(case.id),
        outcome="submit",
        comment="",
        typed=again,
        now=later + timedelta(minutes=5),
        with_defaults=True,
    )

    derived = scenario_from_case(read_session(), CaseId(case.id))

    venues = [step["values"]["venue"] for step in derived.scenario["steps"] if "values" in step]
    assert venues == ["第一次的场所", "第二次的场所"]
    assert derived.scenario["steps"][1]["return_to"] == "apply"
    assert derived.is_green, derived.remarks
    assert derived.scenario["expect"]["path"] == ["apply", "manager_review", "apply", "manager_review"]


def test_what_a_history_does_not_tell_is_said(cast: Cast, now: datetime) -> None:
    case = drive(cast("specialist"), "hospitality", "within_budget", now=now)
    other = db.session.query(DbHistory).filter_by(case_id=case.id, action="completed").first()
    assert other is not None
    assert WAS not in other.detail, "a form that is submitted once overwrites nothing"
    remarks = scenario_from_case(read_session(), CaseId(case.id)).remarks
    assert not any("较早一次" in remark for remark in remarks)


def test_names_telephones_and_streets_can_be_taken_out(cast: Cast, now: datetime) -> None:
    order = read_session().scalar(select(DbOrder).where(DbOrder.state == "unprinted").order_by(DbOrder.id).limit(1))
    assert order is not None
    case = drive(cast("presales"), "address_change", "in_system", {"order": order.number}, now=now)

    plain = written(scenario_from_case(read_session(), CaseId(case.id)).scenario).decode()
    derived = scenario_from_case(read_session(), CaseId(case.id), masked=True)

    text = written(derived.scenario).decode()
    assert derived.is_green, derived.remarks
    for told in ("周婷", order.recipient, order.phone, order.address, "13900000001", "漕溪北路"):
        assert told in plain or told not in ("周婷", "13900000001"), told
        assert told not in text, told
    assert order.number in text


def test_reminders_come_at_the_moments_at_which_they_came(cast: Cast, now: datetime) -> None:
    case = drive(cast("specialist"), "hospitality", "within_budget", now=now)
    derived: Any = scenario_from_case(read_session(), CaseId(case.id)).scenario
    moments = [step["at"] for step in derived["steps"] if "at" in step]
    assert moments == sorted(moments)
    assert derived["begins"].utcoffset() == timedelta(hours=8)


_APPLICATION = {
    "customer": "C001",
    "venue": "锦江大酒店",
    "date": "2026-11-26",
    "guests": ["周总"],
    "staff": ["陈晓明"],
    "budget": {"meal": 800},
    "organiser": "陈晓明",
    "purpose": "商谈年度框架合同",
}


def _open_task(case_id: int) -> TaskId:
    found = read_session().scalar(select(DbTask.id).where(DbTask.case_id == case_id, DbTask.state == "open"))
    assert found is not None
    return TaskId(found)
