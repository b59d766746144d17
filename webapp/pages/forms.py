"""Filling forms: starting a case, look-ups, drafts, uploads, and who will be asked."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    abort,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)

from services.cases import attachments, drafts, taking
from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.cases.forecast_case import forecast_start
from services.cases.start_case import start_case
from services.database import read_session
from services.errors import InvalidInput, NotPermitted, TooLarge
from services.processes.versions import get_current_version, get_definition, list_current, may_start, refuse_stopped
from services.registers.lookups import SOURCES
from services.tasks.grouping import MAX_ID
from services.tasks.show_task import show_task
from services.types import CaseId, TaskId, VersionId
from webapp.auth import actor, now
from webapp.errors import status_of
from webapp.i18n import translate
from webapp.pages import filled, known, proposing, starting, uploads
from workflows.calendar import calendar_functions
from workflows.definition import ProcessDefinition
from workflows.expressions import FUNCTIONS
from workflows.forms import prefill
from workflows.forms.lookups import as_typed

blueprint = Blueprint("forms", __name__)


@blueprint.get("/start")
def choose() -> Any:
    """What this person may start."""
    found = [definition for _version, definition in list_current(read_session()) if may_start(definition, actor())]
    return render_template("start.html", definitions=found)


@blueprint.get("/start/<key>")
def fill(key: str) -> Any:
    """The first form with the draft, if there is one, and with what the address says. A draft about something else
    is shown first: nobody loses it by following a link."""
    definition = _startable(key)
    session = read_session()
    draft = drafts.find_draft(session, actor().id, drafts.new_case_place(key))
    asked = starting.values_of(session, actor(), definition, request.args)
    taken = _taken(definition)
    instead = ""
    if draft and (starting.differs(draft.values, asked, request.args) or _gives_way(draft.values, taken)):
        if "fresh" in request.args:
            draft = None
        else:
            asked, taken, instead = {}, {}, f"{request.path}?{urlencode({**request.args.to_dict(), 'fresh': '1'})}"
    values = {**_defaults(definition), **(draft.values if draft else {}), **asked, **taken}
    return _page(definition, values, {}, draft_saved_at=draft.saved_at if draft else None, instead=instead)


@blueprint.post("/start/<key>")
def submit(key: str) -> Any:
    definition = _startable(key)
    form = definition.form_of(definition.first_task.id)
    typed = filled.typed_values(form)
    try:
        uploads.store(form, typed)
        if filled.wants_row():
            return _page(definition, _as_left(definition, typed), {})
        if proposing.is_asked(definition):
            proposed, said = proposing.fill(read_session(), typed)
            return _page(definition, _as_left(definition, proposed), {}, proposal=said)
        case = start_case(actor(), key, typed, now=now(), taken_from=_source())
    except (InvalidInput, TooLarge) as error:
        errors = {**filled.field_errors(read_session(), form, typed), **uploads.errors_by_field(form, error)}
        return _page(definition, _as_left(definition, typed), errors, status=status_of(error))
    flash(translate("已提交：{number}", number=case.number), "success")
    return redirect(url_for("cases.show", case_id=case.id), 303)


def _source() -> CaseId | None:
    """The approved case that the form is filled from, by the address or by the form's hidden field."""
    found = request.values.get("taken_from", 0, type=int)
    return CaseId(found) if 0 < found <= MAX_ID else None


def _taken(definition: ProcessDefinition) -> dict[str, Any]:
    source = _source()
    form = definition.form_of(definition.first_task.id)
    return {} if source is None else taking.taken_values(read_session(), actor(), form, source)


def _gives_way(draft: Mapping[str, Any], taken: Mapping[str, Any]) -> bool:
    """Whether a draft would be lost: it says something else where values are taken from a case."""
    return any(draft.get(name) not in (None, "", [], value) for name, value in taken.items())


def _startable(key: str) -> ProcessDefinition:
    session = read_session()
    definition = get_definition(session, VersionId(get_current_version(session, key).id))
    refuse_stopped(session, key)
    if not may_start(definition, actor()):
        raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)
    return definition


def _as_left(definition: ProcessDefinition, typed: dict[str, Any]) -> dict[str, Any]:
    task = definition.first_task
    return filled.as_left(definition.form_of(task.id), _defaults(definition), typed, task.id)


def _defaults(definition: ProcessDefinition) -> dict[str, Any]:
    session, person = read_session(), actor()
    calendar = current_calendar(session)
    context = starter_context(
        session, starter_id=person.id, department=person.department, started_at=now(), calendar=calendar
    )
    functions = {**FUNCTIONS, **calendar_functions(calendar, now())}
    return prefill(definition.form_of(definition.first_task.id), context, functions)


def _page(
    definition: ProcessDefinition,
    values: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    draft_saved_at: Any = None,
    instead: str = "",
    status: int = 200,
    proposal: proposing.Said | None = None,
) -> Any:
    session = read_session()
    task = definition.first_task
    filling = filled.context(session, definition, definition.form_of(task.id), values, task.id)
    slots = proposing.slots(definition, url_for("forms.submit", key=definition.key), proposal)
    page = render_template(
        "fill.html",
        definition=definition,
        task=task,
        filling={**filling, "slots": slots},
        errors=errors,
        draft_saved_at=draft_saved_at,
        instead=instead,
        offers=taking.list_offers(session, actor(), definition.form_of(task.id)),
        taken_from=_source() if not instead else None,
        forecast=forecast_start(session, actor(), definition.key, values, now=now()),
        known=known.of_start(session, definition, values),
    )
    return page, status


@blueprint.post("/start/<key>/forecast")
def forecast(key: str) -> Any:
    """Who would be asked if the form were submitted as it stands, and what should be known; fragments of the page."""
    definition = _startable(key)
    typed = filled.typed_values(definition.form_of(definition.first_task.id))
    steps = forecast_start(read_session(), actor(), key, typed, now=now())
    facts = known.of_start(read_session(), definition, {**_defaults(definition), **typed})
    return get_template_attribute("_forecast.html", "answer")(steps, facts, definition.english)


@blueprint.post("/tasks/<int:task_id>/known")
def known_of_task(task_id: int) -> Any:
    """What should be known of a task's form as it stands; a fragment of the page."""
    view = show_task(read_session(), actor(), TaskId(task_id), now=now())
    if not view.may_act:
        abort(409)
    typed = filled.typed_values(view.case.definition.form_of(view.task.id))
    facts = known.of_task(read_session(), view, {**view.values, **typed})
    return get_template_attribute("_forecast.html", "known_card")(facts)


@blueprint.get("/lookup/<source>")
def lookup(source: str) -> Any:
    """What there is to choose from, each with what it brings along of ``with``."""
    if source not in SOURCES:
        abort(404)
    session, register = read_session(), SOURCES[source]
    if not register.may_search(actor()):
        abort(403)
    found = register.search(session, request.args.get("q", "")[:100])
    wanted = [name for name in request.args.get("with", "").split(",") if name]
    entries = register.entries(session, [item.value for item in found]) if wanted and found else {}
    return {
        "items": [
            {
                "value": item.value,
                "label": item.label,
                "detail": item.detail,
                **_brought(entries.get(item.value), wanted),
            }
            for item in found
        ]
    }


def _brought(entry: Mapping[str, Any] | None, wanted: list[str]) -> dict[str, Any]:
    if not entry:
        return {}
    return {"entry": {name: as_typed({}, entry[name]) for name in wanted if name in entry}}


@blueprint.post("/drafts/start/<key>")
def save_new(key: str) -> Any:
    definition = _startable(key)
    return _save(definition, definition.first_task.id, drafts.new_case_place(key))


@blueprint.post("/drafts/task/<int:task_id>")
def save_task(task_id: int) -> Any:
    view = show_task(read_session(), actor(), TaskId(task_id), now=now())
    if not view.may_act:
        abort(409)
    return _save(view.case.definition, view.task.id, drafts.task_place(TaskId(task_id)))


def _save(definition: ProcessDefinition, step: str, place: str) -> Any:
    form = definition.form_of(step)
    typed = {**filled.emptied(form, step), **filled.typed_values(form)}
    drafts.save_draft(actor(), place, {**typed, "comment": request.form.get("comment", "")[:2_000]}, now=now())
    return "", 204


@blueprint.get("/attachments/<uuid:attachment_id>")
def download(attachment_id: uuid.UUID) -> Any:
    found = attachments.get_attachment(actor(), attachment_id)
    response = send_file(io.BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
