"""New processes: from a template, from nothing, as a copy, from a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput, TooLarge
from services.processes.beginning import BLANK, COPY, TEMPLATE, Naming, begin_process, import_over, import_process
from services.processes.drafts import get_draft
from services.processes.overview import list_processes
from services.processes.templates import list_templates
from services.processes.timeline import has_report
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence
from webapp.i18n import translate, translate_text
from webapp.pages.workbench.frame import page
from workflows.definition import ProcessDefinition
from workflows.drafting.hostile import MAX_UPLOAD
from workflows.errors import DefinitionError

blueprint = Blueprint("workbench_beginning", __name__, url_prefix="/workbench")


@blueprint.get("/new")
@access(OWNER)
def choose() -> Any:
    return _choices({"source": request.args.get("source", ""), "of": request.args.get("of", "")}, {})


@blueprint.post("/new")
@access(OWNER)
def begin() -> Any:
    values = {name: request.form.get(name, "").strip() for name in ("from", "key", "title", "prefix")}
    source, _, of = values["from"].partition(":")
    try:
        begin_process(actor(), source, of, _naming(values), now=now())
    except InvalidInput as error:
        return _choices({**values, "source": source, "of": of}, error.errors, status=422)
    except Conflict as error:
        return _choices({**values, "source": source, "of": of}, {"key": [sentence(error)]}, status=409)
    flash(translate("新流程已建好，还是草稿：改好、检查、试运行之后再发布"), "success")
    return redirect(url_for("workbench.show", key=values["key"]), 303)


@blueprint.get("/import")
@access(OWNER)
def choose_file() -> Any:
    return render_template("workbench/import.html", values={}, errors={}, problems=[])


@blueprint.post("/import")
@access(OWNER)
def take() -> Any:
    values = {name: request.form.get(name, "").strip() for name in ("key", "title", "prefix")}
    try:
        filename, raw = _upload()
        key = import_process(actor(), filename, raw, _naming(values), now=now())
    except InvalidInput as error:
        return render_template("workbench/import.html", values=values, errors=error.errors, problems=[]), 422
    except Conflict as error:
        errors = {"key": [sentence(error)]}
        return render_template("workbench/import.html", values=values, errors=errors, problems=[]), 409
    except DefinitionError as error:
        return render_template("workbench/import.html", values=values, errors={}, problems=error.problems), 422
    flash(translate("已导入为新流程的草稿"), "success")
    return _after_import(key)


@blueprint.get("/<key>/import")
@access(OWNER)
def choose_file_over(key: str) -> Any:
    return page("workbench/import_over.html", key, "overview", errors={}, problems=[])


@blueprint.post("/<key>/import")
@access(OWNER)
def take_over(key: str) -> Any:
    try:
        filename, raw = _upload()
        import_over(actor(), key, filename, raw, now=now())
    except InvalidInput as error:
        return page("workbench/import_over.html", key, "overview", status=422, errors=error.errors, problems=[])
    except DefinitionError as error:
        return page("workbench/import_over.html", key, "overview", status=422, errors={}, problems=error.problems)
    flash(translate("已导入到草稿；导入前的内容在时间线上，可以恢复"), "success")
    return _after_import(key)


def _after_import(key: str) -> Any:
    """The report of a foreign diagram, else the overview."""
    number = get_draft(read_session(), actor(), key).revision
    if has_report(read_session(), key, number):
        return redirect(url_for("workbench.report", key=key, number=number), 303)
    return redirect(url_for("workbench.show", key=key), 303)


def _upload() -> tuple[str, bytes]:
    if (request.content_length or 0) > MAX_UPLOAD + 10_000:
        raise TooLarge("文件超过 {size} MB，没有导入", size=MAX_UPLOAD // 1_000_000)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidInput({"file": ["请选择文件：流程文件夹的 .zip，或 .bpmn"]})
    with upload.stream as stream:
        return upload.filename[:200], stream.read(MAX_UPLOAD + 1)


def _naming(values: dict[str, str]) -> Naming:
    return Naming(key=values["key"], title=values["title"], prefix=values["prefix"].upper())


def _choices(values: dict[str, str], errors: Any, *, status: int = 200) -> Any:
    processes = list_processes(read_session(), actor(), now=now())
    if values.get("source") == COPY and not errors and "title" not in values:
        draft = get_draft(read_session(), actor(), values["of"])
        values = {**values, "title": translate("{title}（副本）", title=draft.title)}
    return render_template(
        "workbench/new.html",
        templates=list_templates(),
        processes=processes,
        values={"from": f"{values['source'] or TEMPLATE}:{values['of']}", **values},
        errors=errors,
        blank=f"{BLANK}:",
        names_of=_names_of,
    ), status


def _names_of(definition: ProcessDefinition) -> list[str]:
    return [translate_text(definition.english, task.name) for task in definition.tasks.values()]
