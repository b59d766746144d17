"""Beginning a rehearsal of the draft, and those that are open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for

from services.cases.case_run import current_calendar
from services.database import read_session
from services.errors import InvalidInput, ServiceError
from services.people.accounts import find_actor_by_id
from services.play.looking import list_people
from services.play.plays import PlayId, end_play, list_plays, played_files, start_play
from services.processes.drafts import get_draft
from services.processes.versions import may_start
from services.types import UserId
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import page
from workflows.calendar import COMPANY_ZONE
from workflows.definition import read_process
from workflows.errors import DefinitionError, Problem

blueprint = Blueprint("workbench_play", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/play")
@access(OWNER)
def show(key: str) -> Any:
    return _page(key)


def _page(
    key: str, *, status: int = 200, refusal: str = "", problems: list[Problem] | None = None, begins: str = ""
) -> Any:
    session = read_session()
    draft = get_draft(session, actor(), key)
    people = list_people(session)
    starters, unreadable = _starters(draft.files, [UserId(person.id) for person in people])
    return page(
        "workbench/play.html",
        key,
        "play",
        status=status,
        draft=draft,
        plays=list_plays(session, actor(), key),
        people=people,
        starters=starters,
        problems=unreadable if problems is None else problems,
        begins=begins or _next_minute().strftime("%Y-%m-%dT%H:%M"),
        chosen=request.form.get("person", type=int) or next(iter(starters), 0),
        refusal=refusal,
    )


def _starters(files: Any, people: list[UserId]) -> tuple[list[int], list[Problem]]:
    """Who may start the process as the draft has it; or what keeps the draft from being read."""
    try:
        definition = read_process(played_files(files), checked=False)
    except DefinitionError as error:
        return [], error.problems
    actors = (find_actor_by_id(read_session(), user_id) for user_id in people[:200])
    return [found.id for found in actors if found is not None and may_start(definition, found)], []


def _next_minute() -> datetime:
    """Now, or where nobody works now, when they next do: what is asked at night is due later than anybody expects."""
    soon = current_calendar(read_session()).add_work_time(now() + timedelta(minutes=1), timedelta(0))
    return soon.astimezone(COMPANY_ZONE).replace(second=0, microsecond=0)


@blueprint.post("/<key>/play")
@access(OWNER)
def start(key: str) -> Any:
    """Begin; it opens at the first form, as the chosen person."""
    typed = request.form.get("begins", "")
    try:
        person_id = UserId(request.form.get("person", 0, type=int))
        play_id = start_play(actor(), key, person_id=person_id, begins=_moment(typed), now=now())
    except DefinitionError as error:
        return _page(key, status=422, problems=error.problems, begins=typed)
    except ServiceError as error:
        said = _first(error) if isinstance(error, InvalidInput) else sentence(error)
        return _page(key, status=status_of(error), refusal=said, begins=typed)
    return redirect(f"{request.script_root}/play/{play_id}{url_for('forms.fill', key=key)}", 303)


def _first(error: InvalidInput) -> str:
    return "；".join(translate(text) for texts in error.errors.values() for text in texts)


def _moment(text: str) -> datetime:
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput({"begins": ["请填写开始的日期和时间"]}) from error
    if not 2000 <= typed.year <= 2100:
        raise InvalidInput({"begins": ["开始的日期应在 2000 年到 2100 年之间"]})
    return typed.replace(tzinfo=COMPANY_ZONE) if typed.tzinfo is None else typed


@blueprint.post("/<key>/play/<int:play_id>/end")
@access(OWNER)
def end(key: str, play_id: int) -> Any:
    end_play(actor(), PlayId(play_id))
    return redirect(url_for("workbench_play.show", key=key), 303)
