"""A closed case becomes a scenario that plays green against the version it came from."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from services.database import db, read_session
from services.processes.deriving import scenario_from_case
from services.processes.scenario_files import written
from services.registers.models import DbOrder
from services.tasks.models import DbTask
from services.types import Actor, CaseId
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
