"""A process like hospitality, with a condition that cannot be reckoned, and cases that stand at it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db
from services.incidents.models import DbIncident
from services.processes.publish import publish
from tests.conftest import MONDAY, find_actor
from tests.support.acting import sign
from tests.support.hospitality import application
from workflows.definition import read_folder

FOLDER = Path(__file__).parents[2] / "bpmn" / "hospitality"
SOUND, BROKEN = "over_budget_step == &#x27;gm&#x27;", "budget_exceeded / (budget_total - 4100.5) &gt; 1"
GATEWAY = "budget_decision"


def publish_broken() -> None:
    """As ``shape``, which tests take away again; its scenarios would have said what is wrong."""
    files = {name: raw for name, raw in read_folder(FOLDER).items() if not name.startswith("scenarios/")}
    diagram = files.pop("hospitality.bpmn").decode()
    assert SOUND in diagram
    files["shape.bpmn"] = diagram.replace('"hospitality"', '"shape"').replace(SOUND, BROKEN).encode()
    files["process.toml"] = files["process.toml"].replace(b'"hospitality"', b'"shape"').replace(b'"ZD"', b'"YC"')
    publish(files, actor=None, note="", now=MONDAY)


def stuck_case() -> DbCase:
    """A case whose three approvals are done and which stands before the gateway."""
    case = start_case(find_actor("specialist"), "shape", application(), now=MONDAY)
    for username in ("manager", "gm", "finance"):
        sign(case, username)
    return case


def open_incident(case: DbCase) -> DbIncident:
    query = select(DbIncident).where(DbIncident.case_id == case.id, DbIncident.state == "open")
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
