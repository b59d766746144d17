"""A step that fails stops its own case there, keeps what people did, and is mended by owners and administrators."""

from __future__ import annotations

from datetime import timedelta


import pytest
from sqlalchemy import select

from services.background.timers import fire_until, sweep
from services.cases.history import verify
from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.mending import move, retry, retry_all, set_data, skip
from services.incidents.models import DbIncident
from services.incidents.queries import list_faults, sentence_of, show_incident
from services.notices.models import DbNotice
from services.people.models import DbUser
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, history, sign, status
from tests.support.shapes import FINANCE, GM, MANAGER, applying, signing, start_shape, together
from tests.workflows.engine.diagrams import Process, timer

pytestmark = pytest.mark.usefixtures("app")
NOW = MONDAY + timedelta(minutes=5)


def open_incidents(case: DbCase) -> list[DbIncident]:
    query = select(DbIncident).where(DbIncident.case_id == case.id, DbIncident.state == "open").order_by(DbIncident.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def the_incident(case: DbCase) -> DbIncident:
    [incident] = open_incidents(case)
    return incident


def lines(case: DbCase, action: str) -> list[DbHistory]:
    query = select(DbHistory).where(DbHistory.case_id == case.id, DbHistory.action == action)
    return list(db.session.scalars(query.order_by(DbHistory.position)))


def said(incident: DbIncident) -> str:
    return sentence_of(incident.kind, incident.values)


def told(username: str) -> int:
    query = select(DbNotice).join(DbUser, DbUser.id == DbNotice.user_id)
    return len(db.session.scalars(query.where(DbUser.username == username, DbNotice.kind == "incident")).all())


def after_first(process: Process, *line: str) -> Process:
    """apply → first (manager) → the nodes of ``line`` → last (finance)."""
    signing(process, "first", MANAGER)
    signing(process, "last", FINANCE)
    return process.line("start", "apply", "first", *line, "last", "end")


def divided() -> Process:
    """A condition that cannot be reckoned for an amount of 100."""
    process = applying().choice("which", default="last")
    signing(process, "first", MANAGER)
    signing(process, "second", GM)
    signing(process, "last", FINANCE)
    process.line("start", "apply", "first", "which").flow("which", "second", "100 / (amount - 100) > 1")
    return process.flow("which", "last").line("second", "last", "end")


def test_an_approval_is_kept_and_the_case_stands_where_its_condition_fails() -> None:
    case = start_shape(divided())
    sign(case, "manager", comment="同意")

    incident = the_incident(case)
    assert (incident.element, incident.kind, status(case)) == ("which", "condition", "running")
    assert said(incident) == "“Which”的条件算不出来：100 / (amount - 100) > 1：除数是零"
    assert asked(case) == {}
    assert history(case, "completed") != []
    assert [told(name) for name in ("owner", "admin", "specialist", "manager")] == [1, 1, 0, 0]

    retry(find_actor("owner"), incident.id, reason="金额录错了", variables={"amount": 150}, now=NOW)
    assert open_incidents(case) == []
    assert asked(case) == {"gm": "second"}
    [line] = lines(case, "incident_mended")
    assert line.comment == "金额录错了"
    assert line.detail["changed"]["amount"] == {"old": 100, "new": 150}
    stored = db.session.get(DbCase, case.id, populate_existing=True)
    assert stored is not None
    assert stored.forms["request"]["amount"] == 150
    assert verify(db.session) == []
