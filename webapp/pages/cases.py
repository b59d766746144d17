"""One case: its forms, its history, its way through the diagram."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from services.cases.end_case import cancel_case, takeable_back, withdraw_case
from services.cases.facts import facts_about
from services.cases.forecast_case import forecast_case
from services.cases.links import linked_to
from services.cases.list_cases import CaseFilter, list_cases
from services.cases.restore_case import RESTORABLE
from services.cases.show_case import CaseView, show_case
from services.cases.taking import list_takers
from services.database import read_session
from services.discussion.copy import mark_copy_read
from services.discussion.queries import discussion_of
from services.errors import Conflict, InvalidInput, NotPermitted
from services.notices.notify import mark_case_read
from services.papers.case_papers import about_branch
from services.processes.versions import list_current
from services.tasks.last_actions import last_actions
from services.types import CaseId
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages import diagrams, filled
from webapp.pages.said import Missed, Said
from workflows.branches import innermost, split_place
from workflows.definition import Task

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("")
def index() -> Any:
    """Every case that this person may see. What is looked for is found by the search, and by nothing else."""
    if request.args.get("q", "").strip():
        return redirect(url_for("search.show", q=request.args["q"]), 303)
    session = read_session()
    lines, following = list_cases(session, actor(), CaseFilter(after=request.args.get("cursor", "")))
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    return render_template("cases.html", lines=lines, following=following, definitions=definitions)


@blueprint.get("/<int:case_id>")
def show(case_id: int) -> Any:
    page = page_of(case_id)
    mark_case_read(actor(), CaseId(case_id), now=now())
    mark_copy_read(actor(), CaseId(case_id), now=now())
    return page


def page_of(
    case_id: int,
    *,
    reason: str = "",
    error: str = "",
    status: int = 200,
    said: Said | None = None,
    refusal: str = "",
    missed: Missed | None = None,
    draft_waits: bool = False,
) -> Any:
    """The page of a case, with what was refused on it: ``error`` of a cancellation, ``refusal`` of anything else."""
    session = read_session()
    view = show_case(session, actor(), CaseId(case_id))
    page = render_template(
        "case.html",
        case=view,
        shown=shown_forms(session, view, None),
        facts=facts_about(session, view, now()),
        forecast=forecast_case(session, actor(), CaseId(case_id), now=now()),
        marked=_marked(view),
        back=takeable_back(session, actor(), CaseId(case_id), now=now()),
        mine=last_actions(session, actor(), CaseId(case_id)),
        takers=list_takers(session, actor(), view.id),
        may_restore=view.status in RESTORABLE and view.starter.id == actor().id,
        reason=reason,
        error=error,
        refusal=refusal,
        missed=missed,
        draft_waits=draft_waits,
        links=linked_to(session, actor(), view.id),
        talk=discussion_of(session, actor(), view, now=now()),
        said=said or Said(),
    )
    return page, said.status if said else status


def _marked(view: CaseView) -> str:
    """The step that the address asks to mark in the diagram; nothing if there is none of that name."""
    step = request.args.get("step", "")
    return step if step in view.definition.tasks else ""


def shown_forms(session: Session, view: CaseView, task: Task | None, branch: str = "") -> list[dict[str, Any]]:
    """The submitted forms to read: the newest first, or those that the task names."""
    places = list(reversed(view.forms)) if task is None else _shown_at(view, task, branch)
    step = task.id if task else ""
    return [_to_read(session, view, place, step) for place in places]


def _to_read(session: Session, view: CaseView, place: str, step: str) -> dict[str, Any]:
    """A submitted form, with what tells its branch from the others."""
    _form, branch = split_place(place)
    content = filled.context(session, view.definition, view.form_at(place), view.forms[place], step)
    return {**content, "about": about_branch(view, branch)}


def _shown_at(view: CaseView, task: Task, branch: str) -> list[str]:
    """The places that a step reads: in its own branch, else around it; not the form that it fills itself."""
    keys = [key for key in (task.form, *task.shows) if not (view.definition.fills_fields(task.id) and key == task.form)]
    return [place for key in keys if (place := innermost(view.forms, key, branch)) is not None]


@blueprint.post("/<int:case_id>/withdraw")
def withdraw(case_id: int) -> Any:
    try:
        withdraw_case(actor(), CaseId(case_id), now=now())
    except (Conflict, NotPermitted) as refusal:
        return page_of(case_id, refusal=sentence(refusal), status=status_of(refusal))
    flash(translate("申请已撤回，可以恢复为新的草稿"), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@blueprint.post("/<int:case_id>/cancel")
def cancel(case_id: int) -> Any:
    reason = request.form.get("reason", "")
    try:
        cancel_case(actor(), CaseId(case_id), reason, now=now())
    except InvalidInput as error:
        return page_of(case_id, reason=reason, error="；".join(error.errors["reason"]), status=422)
    except Conflict as error:
        return page_of(case_id, reason=reason, error=sentence(error), status=409)
    flash(translate("已撤销，占用的已退回"), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@blueprint.get("/<int:case_id>/diagram.bpmn")
def diagram(case_id: int) -> Response:
    """The diagram of the version that the case runs on."""
    view = show_case(read_session(), actor(), CaseId(case_id))
    return diagrams.diagram(view.definition)
