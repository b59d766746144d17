"""What the pages of a complaint have beside its steps: its deadlines, the contact log, and templates to take over."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.cases.show_case import CaseView, show_case
from services.complaints.contacts import Contact, add_contact
from services.complaints.panel import ComplaintView, show_complaint, suggestions_for
from services.complaints.rules import LEVELS, PROCESS, SOURCES
from services.complaints.similarity import Suggestion
from services.complaints.solutions import take_over
from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.tasks.show_task import show_task
from services.types import CaseId, TaskId
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages import filled
from workflows.calendar import COMPANY_ZONE

blueprint = Blueprint("complaints", __name__)

_BETWEEN_DIGITS = re.compile(r"[\s()-]")
_TELEPHONE = re.compile(r"\+?\d{5,15}", re.ASCII)


@blueprint.app_template_global()
def complaint_of(case: CaseView) -> ComplaintView | None:
    """What the register knows of a case, if it is a complaint that was registered."""
    if case.process != PROCESS:
        return None
    try:
        return show_complaint(read_session(), actor(), CaseId(case.id), now=now())
    except NotFound:
        return None


@blueprint.app_template_global()
def solutions_for(case: CaseView) -> list[Suggestion]:
    """Templates that fit what was complained of."""
    return suggestions_for(read_session(), case.forms)


@blueprint.app_template_global()
def contact_channels() -> tuple[str, ...]:
    return SOURCES


@blueprint.app_template_filter()
def work_time(minutes: float | None) -> str:
    """Working time as people say it: 40 分钟, 6.5 小时."""
    if minutes is None:
        return "—"
    if minutes < 60:
        return translate("{n} 分钟", n=round(minutes))
    return translate("{n} 小时", n=f"{minutes / 60:.1f}".removesuffix(".0"))


@blueprint.get("/cases/<int:case_id>/contacts")
def contacts(case_id: int) -> Any:
    """The log on a page of its own, with a form that has room on a telephone."""
    return _page(CaseId(case_id), {}, {})


@blueprint.post("/cases/<int:case_id>/contacts")
def log_contact(case_id: int) -> Any:
    typed = {name: request.form.get(name, "") for name in ("channel", "person", "text", "at")}
    try:
        contact = Contact(channel=typed["channel"], person=typed["person"], text=typed["text"], at=_moment(typed["at"]))
        add_contact(actor(), CaseId(case_id), contact, now=now())
    except InvalidInput as error:
        return _page(CaseId(case_id), typed, error.errors, status=status_of(error))
    except (Conflict, NotPermitted) as error:
        return _page(CaseId(case_id), typed, {"form": [sentence(error)]}, status=status_of(error))
    flash(translate("联系已记录"), "success")
    task_id = request.form.get("task", type=int)
    back = url_for("tasks.show", task_id=task_id) if task_id else url_for("cases.show", case_id=case_id)
    return redirect(f"{back}#contacts", 303)


def _moment(text: str) -> datetime | None:
    """What a browser's field for date and time sends. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=COMPANY_ZONE)
    except ValueError:
        raise InvalidInput({"at": ["请写成 2026-11-23 09:30 这样的时间，或留空"]}) from None


def _page(case_id: CaseId, typed: dict[str, str], errors: dict[str, list[str]], *, status: int = 200) -> Any:
    session = read_session()
    case = show_case(session, actor(), case_id)
    page = render_template(
        "contacts.html",
        case=case,
        view=show_complaint(session, actor(), case_id, now=now()),
        typed=typed,
        errors=errors,
        task_id=request.values.get("task", type=int),
    )
    return page, status


@blueprint.post("/tasks/<int:task_id>/solutions/<int:template_id>")
def use_solution(task_id: int, template_id: int) -> Any:
    """Put a template's text into the solution; everything that was typed stays, as a draft."""
    view = show_task(read_session(), actor(), TaskId(task_id), now=now())
    typed = filled.typed_values(view.case.definition.form_of(view.task.id))
    typed |= {"comment": request.form.get("comment", "")[:2_000]}
    try:
        take_over(actor(), TaskId(task_id), template_id, typed, now=now())
    except InvalidInput as error:
        flash("；".join(translate(text) for texts in error.errors.values() for text in texts), "danger")
    else:
        flash(translate("模板已放入“解决方案”，请按这件投诉修改后提交"), "success")
    return redirect(url_for("tasks.show", task_id=task_id) + "#field-solution", 303)


@blueprint.app_template_filter()
def is_telephone(text: str) -> str:
    """The number to dial, or nothing where the text is no telephone number."""
    number = _BETWEEN_DIGITS.sub("", text)
    return number if _TELEPHONE.fullmatch(number) else ""


@blueprint.app_template_filter()
def with_words(value: str) -> tuple[str, str]:
    """A value to choose, with what people call it."""
    return value, translate(value)


@blueprint.app_template_global()
def level_post(level: int) -> str:
    return LEVELS[level - 1]
