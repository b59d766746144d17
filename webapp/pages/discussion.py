"""Comments, copies and urges: small forms on the page of a case and of a task."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from services.cases.attachments import describe
from services.database import read_session
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnCase, OnTask
from services.discussion.urge import urge_task
from services.errors import Conflict, InvalidInput, NotPermitted, RateLimited, TooLarge
from services.people.directory import search_people
from services.tasks.show_task import show_task
from services.types import CaseId, TaskId
from webapp.auth import actor, now
from webapp.i18n import translate
from webapp.pages import cases, tasks, uploads
from webapp.pages.said import Said, names_in, refused

blueprint = Blueprint("discussion", __name__)

_REFUSALS = (InvalidInput, TooLarge, Conflict, NotPermitted, RateLimited)


@blueprint.get("/lookup/people")
def people() -> Any:
    """Colleagues to choose from while typing a name."""
    found = search_people(read_session(), request.args.get("q", "")[:40])
    return {
        "items": [
            {
                "value": person.username,
                "label": person.name,
                "detail": " · ".join(
                    filter(None, (person.username, person.department and translate(person.department)))
                ),
            }
            for person in found
        ]
    }


@blueprint.post("/cases/<int:case_id>/comments")
def comment_on_case(case_id: int) -> Any:
    return _comment(OnCase(CaseId(case_id)))


@blueprint.post("/tasks/<int:task_id>/comments")
def comment_on_task(task_id: int) -> Any:
    return _comment(OnTask(TaskId(task_id)))


def _comment(place: OnCase | OnTask) -> Any:
    text, files = request.form.get("text", ""), request.form.getlist("attachments")
    try:
        uploads.store_files("attachments", files)
        add_comment(actor(), place, text, attachments=files, now=now())
    except _REFUSALS as error:
        said = refused(error, "comment", text=text, files=describe(read_session(), files))
        return _again(place, said)
    return _done(place, translate("评论已发表"))


@blueprint.post("/cases/<int:case_id>/copy")
def copy_case(case_id: int) -> Any:
    return _copy(OnCase(CaseId(case_id)))


@blueprint.post("/tasks/<int:task_id>/copy")
def copy_task(task_id: int) -> Any:
    return _copy(OnTask(TaskId(task_id)))


def _copy(place: OnCase | OnTask) -> Any:
    to, text = request.form.get("to", ""), request.form.get("comment", "")
    try:
        send_copy(actor(), place, names_in(to), comment=text, now=now())
    except _REFUSALS as error:
        return _again(place, refused(error, "copy", to=to, text=text))
    return _done(place, translate("已抄送"))


@blueprint.post("/tasks/<int:task_id>/urge")
def urge(task_id: int) -> Any:
    """Whoever may urge does not hold the task, so what follows is the page of the case."""
    text = request.form.get("comment", "")
    case = OnCase(CaseId(show_task(read_session(), actor(), TaskId(task_id), now=now()).case.id))
    try:
        urge_task(actor(), TaskId(task_id), comment=text, now=now())
    except _REFUSALS as error:
        return _again(case, refused(error, "urge", task_id=task_id, text=text))
    return _done(case, translate("已催办，办理人会收到通知"))


def _again(place: OnCase | OnTask, said: Said) -> Any:
    """The page that the form was on, with what was typed and why it was refused."""
    if isinstance(place, OnCase):
        return cases.page_of(place.id, said=said)
    return tasks.page_of(place.id, said)


def _done(place: OnCase | OnTask, sentence: str) -> Any:
    flash(sentence, "success")
    if isinstance(place, OnCase):
        return redirect(url_for("cases.show", case_id=place.id, _anchor="discussion"), 303)
    return redirect(url_for("tasks.show", task_id=place.id, _anchor="discussion"), 303)
