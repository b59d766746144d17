"""One task: what is asked, and the buttons to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from services.cases.facts import facts_about
from services.cases.forecast_case import forecast_case
from services.cases.links import linked_to
from services.database import read_session
from services.discussion.copy import mark_copy_read
from services.discussion.queries import discussion_of
from services.errors import Conflict, InvalidInput, NotPermitted, ServiceError, TooLarge
from services.notices.notify import mark_case_read
from services.tasks.batch import mark_opened
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.return_task import EVERYBODY, return_task
from services.tasks.show_task import TaskView, show_task
from services.tasks.why import explain_task
from services.types import CaseId, TaskId
from webapp.auth import actor, now
from webapp.errors import sentence, status_of, stuck
from webapp.i18n import translate, translate_text
from webapp.pages import cases, filled, known, proposing, uploads
from webapp.pages.asked import comment_taken_back, notes_on, rework_of
from webapp.pages.cases import shown_forms
from webapp.pages.said import Missed, Said, flash_takeable, refused
from workflows.errors import WorkflowError

blueprint = Blueprint("tasks", __name__)

RETURN = "return"
_DONE = {
    "approve": "已同意“{name}”：{number}",
    "reject": "已驳回“{name}”：{number}",
    "return": "已退回“{name}”：{number}",
    "submit": "已提交“{name}”：{number}",
    "abstain": "已弃权“{name}”：{number}",
}
_ADVICE = "意见已交给{owner}：“{name}”，{number}"


@blueprint.get("/tasks/<int:task_id>")
def show(task_id: int) -> Any:
    view = show_task(read_session(), actor(), TaskId(task_id), now=now())
    if not view.may_act:
        return redirect(url_for("cases.show", case_id=view.case.id), 303)
    if not view.opened:
        mark_opened(actor(), TaskId(task_id), now=now())
    mark_case_read(actor(), CaseId(view.case.id), now=now())
    mark_copy_read(actor(), CaseId(view.case.id), now=now())
    return _as_left(view)


def page_of(task_id: TaskId, said: Said) -> Any:
    """The page of a task with what was refused beside it; the case's page for whoever may not act on the task."""
    view = show_task(read_session(), actor(), task_id, now=now())
    return _as_left(view, said) if view.may_act else cases.page_of(view.case.id, said=said)


def _as_left(view: TaskView, said: Said | None = None) -> Any:
    """The page with what was saved of the person's typing."""
    draft = view.draft or {}
    status = said.status if said else 200
    comment = (said.decision if said else "") or draft.get("comment", "") or comment_taken_back(view, actor())
    return _page(view, {**view.values, **draft}, {}, comment=comment, status=status, said=said)


def _page(
    view: TaskView,
    values: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    comment: str = "",
    status: int = 200,
    said: Said | None = None,
    proposal: proposing.Said | None = None,
) -> Any:
    session = read_session()
    live = known.of_task(session, view, values) if _fills(view) else []
    page = render_template(
        "task.html",
        view=view,
        case=view.case,
        filling=_filling(session, view, values, proposal) if _fills(view) else None,
        shown=shown_forms(session, view.case, view.task, view.branch),
        errors=errors,
        comment=comment,
        facts=facts_about(session, view.case, now()) if not live else [],
        live=live,
        forecast=forecast_case(session, actor(), CaseId(view.case.id), now=now()),
        why=explain_task(session, view, now=now()),
        notes=notes_on(view, actor()),
        rework=rework_of(session, view, actor()),
        links=linked_to(session, actor(), view.case.id),
        talk=discussion_of(session, actor(), view.case, now=now()),
        said=said or Said(),
    )
    return page, status


def _fills(view: TaskView) -> bool:
    return view.case.definition.fills_fields(view.task.id)


def _filling(
    session: Session, view: TaskView, values: Mapping[str, Any], proposal: proposing.Said | None = None
) -> dict[str, Any]:
    definition, step = view.case.definition, view.task.id
    found = filled.context(session, definition, definition.form_of(step), values, step, known=view.case.variables)
    return {**found, "slots": proposing.slots(definition, url_for("tasks.act", task_id=view.id), proposal)}


@blueprint.post("/tasks/<int:task_id>")
def act(task_id: int) -> Any:
    """Complete or return; a refusal shows the page again with everything that was typed, also one that comes because
    somebody was faster."""
    view = show_task(read_session(), actor(), TaskId(task_id), now=now())
    outcome, comment = request.form.get("outcome", ""), request.form.get("comment", "")
    form = view.case.definition.form_of(view.task.id)
    typed = filled.typed_values(form) if _fills(view) else {}
    try:
        if outcome == RETURN:
            to, resume = request.form.get("to") or None, request.form.get("resume") or EVERYBODY
            return_task(actor(), TaskId(task_id), to=to, comment=comment, now=now(), resume=resume)
        else:
            uploads.store(form, typed)
            if filled.wants_row():
                return _page(view, filled.as_left(form, view.values, typed, view.task.id), {}, comment=comment)
            if proposing.is_asked(view.case.definition):
                proposed, asked = proposing.fill(read_session(), typed)
                values = filled.as_left(form, view.values, proposed, view.task.id)
                return _page(view, values, {}, comment=comment, proposal=asked)
            complete_task(actor(), TaskId(task_id), outcome=outcome, comment=comment, typed=typed, now=now())
    except (Conflict, NotPermitted) as error:
        return _missed(TaskId(task_id), error, typed)
    except WorkflowError as error:
        return _missed(TaskId(task_id), stuck(error), typed)
    except (InvalidInput, TooLarge) as error:
        if outcome == RETURN:
            return page_of(TaskId(task_id), _refused_return(error))
        values = filled.as_left(form, view.values, typed, view.task.id)
        return _page(view, values, uploads.errors_by_field(form, error), comment=comment, status=status_of(error))
    _tell_done(view, outcome)
    return redirect(url_for("inbox.show"), 303)


def _tell_done(view: TaskView, outcome: str) -> None:
    name = translate_text(view.case.definition.english, view.name)
    done = _ADVICE if view.owner else _DONE.get(outcome, "“{name}”已办理：{number}")
    text = translate(done, name=name, number=view.case.number, owner=view.owner)
    # an opinion is not taken back: its owner has read it
    if view.owner:
        flash(text, "success")
    else:
        flash_takeable(text, view.id)


def _refused_return(error: ServiceError) -> Said:
    form = request.form
    return refused(
        error,
        RETURN,
        text=form.get("comment", ""),
        to=form.get("to", ""),
        resume=form.get("resume", ""),
        decision=form.get("decision", ""),
    )


def _missed(task_id: TaskId, error: ServiceError, typed: dict[str, Any]) -> Any:
    """The sentence in place: on the task while it is still this person's, else on the case, with what happened."""
    comment, outcome = request.form.get("comment", ""), request.form.get("outcome", "")
    view = show_task(read_session(), actor(), task_id, now=now())
    form = view.case.definition.form_of(view.task.id)
    if view.may_act and outcome == RETURN:
        return page_of(task_id, _refused_return(error))
    if view.may_act:
        said = refused(error, "decide", text=comment)
        values = filled.as_left(form, view.values, typed, view.task.id)
        return _page(view, values, {}, comment=comment, status=said.status, said=said)
    missed = Missed(
        sentence=sentence(error),
        comment=comment,
        filling=_filling(read_session(), view, typed) if typed else None,
        since=view.case.history[request.form.get("seen", len(view.case.history), type=int) :],
    )
    return cases.page_of(view.case.id, missed=missed, status=status_of(error))


@blueprint.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> Any:
    claim_task(actor(), TaskId(task_id), now=now())
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> Any:
    release_task(actor(), TaskId(task_id), now=now())
    flash(translate("已放回可认领"), "success")
    return redirect(url_for("inbox.show", view="claimable"), 303)
