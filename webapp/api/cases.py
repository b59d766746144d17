"""Cases: start, show, take back, forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.fact import Fact
from services.cases.forecast_case import CaseForecast, ExpectedTask, forecast_case, forecast_start
from services.cases.history import CORRECTED
from services.cases.list_cases import CaseFilter, CaseLine, list_cases
from services.cases.models import FAILED, RUNNING
from services.cases.show_case import CaseView, HistoryLine, OpenTaskLine, Person, show_case
from services.cases.start_case import start_case
from services.database import read_session
from services.discussion.copy import mark_copy_read
from services.processes.versions import get_current_version, get_definition
from services.types import CaseId, VersionId
from webapp.api.blueprint import api, instant, json_body, limit, listing, money, record_of, text_of
from webapp.auth import actor, now
from webapp.i18n import translate
from webapp.pages import known
from webapp.rendering import fact_values
from workflows.forms import from_json


@api.post("/cases")
def start() -> Any:
    body = json_body()
    key = text_of(body, "process")
    typed = _typed(key, record_of(body, "data"))
    case = start_case(
        actor(),
        key,
        typed,
        now=now(),
        idempotency_key=request.headers.get("Idempotency-Key"),
        with_defaults=True,
    )
    return case_json(show_case(read_session(), actor(), CaseId(case.id))), 201


def _typed(process_key: str, data: dict[str, Any]) -> dict[str, Any]:
    session = read_session()
    definition = get_definition(session, VersionId(get_current_version(session, process_key).id))
    return from_json(definition.form_of(definition.first_task.id).properties, data)


@api.get("/cases")
def index() -> Any:
    wanted = CaseFilter(
        process=request.args.get("process", ""),
        status=request.args.get("status", ""),
        text=request.args.get("q", ""),
        started_by=request.args.get("started_by", ""),
        after=request.args.get("cursor", ""),
        limit=limit(),
    )
    lines, following = list_cases(read_session(), actor(), wanted)
    return listing([_line_json(line) for line in lines], following)


@api.get("/cases/<int:case_id>")
def show(case_id: int) -> Any:
    answer = case_json(show_case(read_session(), actor(), CaseId(case_id)))
    mark_copy_read(actor(), CaseId(case_id), now=now())
    return answer


@api.post("/cases/<int:case_id>/withdraw")
def withdraw(case_id: int) -> Any:
    withdraw_case(actor(), CaseId(case_id), now=now())
    return show(case_id)


@api.post("/cases/<int:case_id>/cancel")
def cancel(case_id: int) -> Any:
    reason = text_of(json_body(), "reason", required=False)
    cancel_case(actor(), CaseId(case_id), reason, now=now())
    return show(case_id)


@api.get("/cases/<int:case_id>/forecast")
def forecast(case_id: int) -> Any:
    return _forecast_json(forecast_case(read_session(), actor(), CaseId(case_id), now=now()))


@api.post("/processes/<key>/forecast")
def forecast_of_new(key: str) -> Any:
    """Who would be asked if the form were submitted as it stands, and what should be known before."""
    typed = _typed(key, record_of(json_body(), "data"))
    session = read_session()
    found = _forecast_json(forecast_start(session, actor(), key, typed, now=now()))
    definition = get_definition(session, VersionId(get_current_version(session, key).id))
    return {**found, "facts": [_fact_json(fact) for fact in known.of_start(session, definition, typed)]}


def _fact_json(fact: Fact) -> dict[str, Any]:
    text = translate(fact.text, **fact_values(fact.values))
    return {"title": translate(fact.title), "text": text, "alert": fact.alert}


def _forecast_json(found: CaseForecast) -> dict[str, Any]:
    return {
        "items": [_expected_json(step) for step in found],
        "ends_at": instant(found.ends_at),
        "latest_end": instant(found.latest_end),
    }


def _expected_json(step: ExpectedTask) -> dict[str, Any]:
    return {
        "step": step.step,
        "name": step.name,
        "who": step.who,
        "opens_at": instant(step.opens_at),
        "expected_at": instant(step.expected_at),
        "latest_at": instant(step.latest_at),
        "basis": translate(step.basis.text, **step.basis.values),
        "reason": step.reason,
        "open": step.is_open,
    }


def case_json(view: CaseView) -> dict[str, Any]:
    return {
        "id": view.id,
        "number": view.number,
        "process": view.process,
        "version": view.version,
        "title": view.title,
        "status": FAILED if view.held_up else view.status,
        "started_by": person_json(view.starter),
        "amount": money(view.amount),
        "created_at": instant(view.created_at),
        "ended_at": instant(view.ended_at),
        "data": view.data,
        "forms": view.forms,
        "tasks": [_task_json(task) for task in view.tasks],
        "history": [_history_json(line) for line in view.history],
    }


def person_json(person: Person | None) -> dict[str, Any] | None:
    return None if person is None else {"username": person.username, "name": person.name}


def _task_json(task: OpenTaskLine) -> dict[str, Any]:
    return {
        "id": task.id,
        "step": task.step,
        "name": task.name,
        "state": "open" if task.assignee else "claimable",
        "assignee": task.assignee.username if task.assignee else None,
        "candidates": [person.username for person in task.candidates],
        "due_at": instant(task.due_at),
        "created_at": instant(task.created_at),
        "outcomes": task.outcomes,
    }


def _history_json(line: HistoryLine) -> dict[str, Any]:
    return {
        "at": instant(line.at),
        "who": line.who.username if line.who else None,
        "who_name": line.who.name if line.who else None,
        "for": line.on_behalf_of.username if line.on_behalf_of else None,
        "for_name": line.on_behalf_of.name if line.on_behalf_of else None,
        "step": line.step,
        "name": line.name,
        "action": line.action,
        "outcome": line.outcome,
        "comment": line.comment,
        "detail": line.detail if actor().sees_every_case else _without_corrections(line.detail),
    }


def _without_corrections(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name != CORRECTED}


def _line_json(line: CaseLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "number": line.number,
        "process": line.process,
        "version": line.version,
        "title": line.title,
        "status": FAILED if line.held_up and line.status == RUNNING else line.status,
        "started_by": {"username": line.starter_username, "name": line.starter},
        "amount": money(line.amount),
        "created_at": instant(line.created_at),
        "ended_at": instant(line.ended_at),
    }
