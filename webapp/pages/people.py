"""For administrators: what it means that somebody leaves, handing everything on, and tasks that nobody holds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from services.database import read_session
from services.errors import InvalidInput
from services.people.administration import Places
from services.people.rehearsal import list_departments, rehearse_leaving, rehearse_merging
from services.people.substitutes import list_colleagues
from services.processes.versions import list_current
from services.tasks.reassign import Moved, transfer_everything
from services.tasks.unassigned import list_unassigned
from webapp.auth import ADMIN, access, actor, now

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("/rehearsal")
@access(ADMIN)
def rehearsal() -> Any:
    return _page({})


@blueprint.post("/hand-over")
@access(ADMIN)
def hand_over() -> Any:
    """Everything to the successor; each task with its own result."""
    typed = {name: text.strip() for name, text in request.form.items()}
    places = Places(superior="superior" in typed, head="head" in typed, posts="posts" in typed)
    try:
        moved = transfer_everything(
            actor(),
            typed.get("person", ""),
            typed.get("to", ""),
            reason=typed.get("reason", ""),
            places=places,
            now=now(),
        )
    except InvalidInput as error:
        return _page(dict(error.errors), typed=typed, status=422)
    return _page({}, typed=typed, moved=moved)


def _page(
    errors: dict[str, list[str]],
    *,
    typed: dict[str, str] | None = None,
    moved: list[Moved] | None = None,
    status: int = 200,
) -> Any:
    session = read_session()
    given = request.args if typed is None else typed
    person, department, into = (given.get(name, "") for name in ("person", "department", "into"))
    findings = None
    try:
        if person:
            findings = rehearse_leaving(session, actor(), person, now=now())
        elif department or into:
            findings = rehearse_merging(session, actor(), department, into, now=now())
    except InvalidInput as error:
        errors, status = {**errors, **error.errors}, 422
    page = render_template(
        "rehearsal.html",
        person=person,
        department=department,
        into=into,
        typed=typed or {},
        errors=errors,
        findings=findings,
        moved=moved,
        colleagues=list_colleagues(session),
        departments=list_departments(session),
    )
    return page, status


@blueprint.get("/unassigned")
@access(ADMIN)
def unassigned() -> Any:
    session = read_session()
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    return render_template("unassigned.html", lines=list_unassigned(session), definitions=definitions)
