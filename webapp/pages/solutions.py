"""Templates of solutions: everybody who works here may look them up, those who answer for complaints keep them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.complaints import solutions
from services.complaints.rules import TYPES, may_keep_templates
from services.complaints.solutions import Wanted
from services.database import read_session
from services.errors import InvalidInput, NotPermitted
from webapp.auth import actor, now
from webapp.errors import status_of
from webapp.i18n import translate

blueprint = Blueprint("solutions", __name__, url_prefix="/solutions")


@blueprint.get("")
def index() -> Any:
    query = {name: value for name in ("q", "type", "retired") if (value := request.args.get(name, "").strip())}
    kind = query.get("type", "")
    wanted = Wanted(text=query.get("q", ""), type=kind if kind in TYPES else "", retired=query.get("retired") == "1")
    page = min(max(request.args.get("page", 1, type=int), 1), 1_000)
    error = ""
    try:
        lines, more = solutions.list_templates(read_session(), wanted, page=page)
    except InvalidInput as refusal:
        lines, more, error = [], False, translate(next(iter(refusal.errors.values()))[0])
    return render_template(
        "solutions.html",
        lines=lines,
        more=more,
        page=page,
        query=query,
        error=error,
        types=TYPES,
        may_keep=may_keep_templates(actor()),
    )


@blueprint.get("/new")
def new() -> Any:
    _require_keeper()
    return _form(None, {}, {})


@blueprint.post("/new")
def add() -> Any:
    return _save(None)


@blueprint.get("/<int:template_id>")
def show(template_id: int) -> Any:
    line = solutions.get_template(read_session(), template_id)
    values = {name: getattr(line.template, name) for name in ("title", "type", "problem", "text")}
    return _form(line, values, {})


@blueprint.post("/<int:template_id>")
def change(template_id: int) -> Any:
    return _save(template_id)


@blueprint.post("/<int:template_id>/retire")
def retire(template_id: int) -> Any:
    retired = request.form.get("retired") == "1"
    solutions.retire_template(actor(), template_id, retired=retired, now=now())
    flash(translate("模板已停用") if retired else translate("模板已恢复"), "success")
    return redirect(url_for("solutions.show", template_id=template_id), 303)


def _save(template_id: int | None) -> Any:
    typed = {name: request.form.get(name, "") for name in ("title", "type", "problem", "text")}
    try:
        solutions.save_template(actor(), template_id, typed, now=now())
    except InvalidInput as error:
        line = None if template_id is None else solutions.get_template(read_session(), template_id)
        return _form(line, typed, error.errors, status=status_of(error))
    flash(translate("模板已保存"), "success")
    return redirect(url_for("solutions.index"), 303)


def _require_keeper() -> None:
    if not may_keep_templates(actor()):
        raise NotPermitted("解决方案模板由客户关系主管、客户服务部经理和流程负责人维护")


def _form(
    line: solutions.TemplateLine | None, values: dict[str, str], errors: dict[str, list[str]], *, status: int = 200
) -> Any:
    page = render_template(
        "solution.html",
        line=line,
        values=values,
        errors=errors,
        types=TYPES,
        limits=solutions.LIMITS,
        may_keep=may_keep_templates(actor()),
    )
    return page, status
