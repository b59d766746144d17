"""Contacts with the customer of a complaint, and the figures of complaints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request

from services.complaints import figures
from services.complaints.contacts import Contact, ContactLine, add_contact, list_contacts
from services.complaints.figures import Figures, Wanted
from services.database import read_session
from services.errors import InvalidInput
from services.types import CaseId
from webapp.api.blueprint import api, cursor_id, instant, json_body, limit, listing, text_of
from webapp.auth import actor, now


@api.get("/cases/<int:case_id>/contacts")
def contacts(case_id: int) -> Any:
    """The contacts with the customer of a complaint, newest first."""
    skipped, wanted = cursor_id(request.args.get("cursor", "0")), limit()
    found = list_contacts(read_session(), actor(), CaseId(case_id))
    page = found[skipped : skipped + wanted]
    return listing([_json(line) for line in page], skipped + wanted if len(found) > skipped + wanted else None)


@api.post("/cases/<int:case_id>/contacts")
def log_contact(case_id: int) -> Any:
    """Log a contact with the customer; the first one is the first response. Without ``at`` it was just now."""
    body = json_body()
    contact = Contact(
        channel=text_of(body, "channel"),
        text=text_of(body, "text"),
        person=text_of(body, "person", required=False),
        at=_moment(text_of(body, "at", required=False)),
    )
    made = add_contact(actor(), CaseId(case_id), contact, now=now())
    found = list_contacts(read_session(), actor(), CaseId(case_id))
    return _json(next(line for line in found if line.id == made)), 201


@api.get("/reports/complaints")
def complaint_figures() -> Any:
    """The figures of complaints by month, type, source and region; working time in minutes."""
    begin, end = figures.year_before(now())
    filters = {name: request.args.get(name, "") for name in ("type", "source", "region", "department")}
    wanted = Wanted(begin=request.args.get("from", begin), end=request.args.get("to", end), **filters)
    found = figures.report(read_session(), actor(), wanted)
    parts = {"months": found.months, "types": found.types, "sources": found.sources, "regions": found.regions}
    return {
        "from": wanted.begin,
        "to": wanted.end,
        "total": _figures_json(found.total),
        **{name: _parts_json(lines) for name, lines in parts.items()},
    }


def _parts_json(lines: Mapping[str, Figures]) -> list[dict[str, Any]]:
    return [{"name": name, **_figures_json(line)} for name, line in lines.items()]


def _figures_json(line: Figures) -> dict[str, Any]:
    return {
        "count": line.count,
        "open": line.open,
        "response": {"count": line.responded, "median": line.response_median, "average": line.response_average},
        "resolution": {"count": line.resolved, "median": line.resolution_median, "average": line.resolution_average},
        "escalated": {str(level): times for level, times in line.escalated.items()},
        "reopened": line.reopened,
        "satisfaction": {str(score): times for score, times in line.satisfaction.items()},
        "satisfaction_average": line.satisfaction_average,
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput({"at": ["请写成 2026-11-23T09:30:00+08:00 这样的时间"]})
    return at


def _json(line: ContactLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": instant(line.at),
        "channel": line.channel,
        "person": line.person,
        "text": line.text,
        "who": line.username,
        "who_name": line.who,
    }
