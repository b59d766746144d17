"""Incidents: what failed in cases, and mending it. For owners of processes and administrators."""

from __future__ import annotations

from typing import Any

from services.database import read_session
from services.incidents import mending
from services.incidents.lines import IncidentLine, list_open
from services.incidents.models import DbIncident
from webapp.api.blueprint import api, instant, json_body, listing, record_of, text_of
from webapp.auth import MENDER, access, actor, now
from webapp.rendering import incident_words


@api.get("/incidents")
@access(MENDER)
def list_incidents() -> Any:
    """Steps of cases that failed and wait to be mended, the newest first."""
    return listing([_line_json(line) for line in list_open(read_session(), actor())], None)


@api.post("/incidents/<int:incident_id>/retry")
@access(MENDER)
def retry_incident(incident_id: int) -> Any:
    """Run the step again, with other variables where some are given; it may fail once more and stay open."""
    body = json_body()
    variables, reason = record_of(body, "variables"), text_of(body, "reason")
    return _mended(mending.retry(actor(), incident_id, reason=reason, variables=variables, now=now()))


@api.post("/incidents/<int:incident_id>/skip")
@access(MENDER)
def skip_incident(incident_id: int) -> Any:
    """Count the step as done, with what it would have brought; a gateway goes the way to the named element."""
    body = json_body()
    variables, reason = record_of(body, "variables"), text_of(body, "reason")
    way = text_of(body, "way", required=False) or None
    return _mended(mending.skip(actor(), incident_id, reason=reason, variables=variables, way=way, now=now()))


@api.post("/incidents/<int:incident_id>/move")
@access(MENDER)
def move_incident(incident_id: int) -> Any:
    """Open another user task instead of the step that failed."""
    body = json_body()
    step, reason = text_of(body, "step"), text_of(body, "reason")
    return _mended(mending.move(actor(), incident_id, step=step, reason=reason, now=now()))


@api.post("/incidents/<int:incident_id>/data")
@access(MENDER)
def correct_incident(incident_id: int) -> Any:
    """Correct what the step sees, and leave it where it is."""
    body = json_body()
    variables, reason = record_of(body, "variables"), text_of(body, "reason")
    return _mended(mending.set_data(actor(), incident_id, variables=variables, reason=reason, now=now()))


def _line_json(line: IncidentLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "case": {"id": line.case_id, "number": line.number, "process": line.process, "version": line.version},
        "element": line.element,
        "name": line.name,
        "branch": line.branch,
        "kind": line.kind,
        "message": incident_words(line.kind, line.values, {}),
        "detail": line.detail,
        "holds": line.holds,
        "raised_at": instant(line.raised_at),
        "tries": line.tries,
        "state": "open",
    }


def _mended(incident: DbIncident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "case_id": incident.case_id,
        "element": incident.element,
        "kind": incident.kind,
        "message": incident_words(incident.kind, incident.values, {}),
        "tries": incident.tries,
        "state": incident.state,
        "how": incident.how,
        "reason": incident.reason,
    }
