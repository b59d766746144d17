"""What people do with a task besides deciding it: hand over, ask, add and remove signers, take back, restore."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from services.cases import drafts
from services.cases.restore_case import RESTORABLE, restore_case
from services.cases.show_case import show_case
from services.database import read_session
from services.errors import Conflict, InvalidInput, NotPermitted
from services.tasks.add_signers import add_signers
from services.tasks.delegate_task import delegate_task
from services.tasks.remove_signers import remove_signers
from services.tasks.show_task import show_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages import cases, tasks
from webapp.pages.said import flash_takeable, names_in, refused

blueprint = Blueprint("verbs", __name__)

_REFUSALS = (InvalidInput, Conflict, NotPermitted)


@blueprint.post("/tasks/<int:task_id>/transfer")
def transfer(task_id: int) -> Any:
    typed = _typed()
    try:
        transfer_task(actor(), TaskId(task_id), to=typed["to"], comment=typed["text"], now=now())
    except _REFUSALS as error:
        return tasks.page_of(TaskId(task_id), refused(error, "transfer", **typed))
    return _left(task_id, translate("已转办，对方会收到通知"))


@blueprint.post("/tasks/<int:task_id>/delegate")
def delegate(task_id: int) -> Any:
    typed = _typed()
    try:
        delegate_task(actor(), TaskId(task_id), to=typed["to"], comment=typed["text"], now=now())
    except _REFUSALS as error:
        return tasks.page_of(TaskId(task_id), refused(error, "delegate", **typed))
    return _left(task_id, translate("已委派，对方给出意见后任务回到您的待办"))


@blueprint.post("/tasks/<int:task_id>/add-signers")
def add(task_id: int) -> Any:
    form = request.form
    typed = {**_typed(), "to": form.get("users", ""), "when": form.get("when", ""), "mode": form.get("mode", "")}
    try:
        add_signers(
            actor(),
            TaskId(task_id),
            users=names_in(typed["to"]),
            when=typed["when"],
            mode=typed["mode"],
            comment=typed["text"],
            now=now(),
        )
    except _REFUSALS as error:
        return tasks.page_of(TaskId(task_id), refused(error, "add", **typed))
    flash(translate("已加签，对方会收到通知"), "success")
    if show_task(read_session(), actor(), TaskId(task_id), now=now()).may_act:
        return redirect(url_for("tasks.show", task_id=task_id, _anchor="signers"), 303)
    flash(translate("加签的人签完后，任务会回到您的待办"), "info")
    return redirect(url_for("inbox.show"), 303)


@blueprint.post("/tasks/<int:task_id>/remove-signers")
def remove(task_id: int) -> Any:
    to = request.form.get("users", "")
    try:
        remove_signers(actor(), TaskId(task_id), users=[to], comment="", now=now())
    except _REFUSALS as error:
        return tasks.page_of(TaskId(task_id), refused(error, "remove", to=to))
    flash(translate("已减签"), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tasks/<int:task_id>/withdraw")
def take_back(task_id: int) -> Any:
    try:
        withdraw_task(actor(), TaskId(task_id), now=now())
    except (Conflict, NotPermitted) as error:
        view = show_task(read_session(), actor(), TaskId(task_id), now=now())
        return cases.page_of(view.case.id, refusal=sentence(error), status=status_of(error))
    flash(translate("已撤回，任务回到您的待办"), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/cases/<int:case_id>/restore")
def restore(case_id: int) -> Any:
    """A draft that is there already is only replaced when that was asked for."""
    try:
        key, _values = restore_case(actor(), CaseId(case_id), now=now(), replace=request.form.get("replace") == "yes")
    except (Conflict, NotPermitted) as error:
        waits = isinstance(error, Conflict) and _draft_waits(case_id)
        return cases.page_of(case_id, refusal=sentence(error), draft_waits=waits, status=status_of(error))
    flash(translate("已恢复为新的草稿，请检查后提交"), "success")
    return redirect(url_for("forms.fill", key=key), 303)


def _draft_waits(case_id: int) -> bool:
    session = read_session()
    view = show_case(session, actor(), CaseId(case_id))
    place = drafts.new_case_place(view.process)
    return view.status in RESTORABLE and drafts.find_draft(session, actor().id, place) is not None


def _typed() -> dict[str, str]:
    form = request.form
    return {"to": form.get("to", ""), "text": form.get("comment", ""), "decision": form.get("decision", "")}


def _left(task_id: int, text: str) -> Any:
    """The task is in other hands now; the message offers to take that back."""
    flash_takeable(text, task_id)
    return redirect(url_for("inbox.show"), 303)
