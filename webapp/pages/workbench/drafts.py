"""The processes of the workbench, and the overview of one: its state, its timeline, what was imported."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import InvalidInput
from services.processes.beginning import findings_of
from services.processes.drafts import get_draft, require_known
from services.processes.overview import get_glance, list_processes, problems_of
from services.processes.presence import editors_of, find_change, note_presence
from services.processes.states import files_at
from services.processes.timeline import (
    discard,
    get_report,
    list_sittings,
    name_state,
    original_of,
    remove_draft,
    restore,
)
from webapp.auth import OWNER, access, actor, now, passive
from webapp.i18n import translate
from webapp.pages.workbench.frame import page
from webapp.pages.workbench.parts import in_words, tab_name
from workflows.definition import write_archive

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")


@blueprint.get("")
@access(OWNER)
def index() -> Any:
    found = list_processes(read_session(), actor(), now=now())
    return render_template("workbench/index.html", found=found, tab_name=tab_name)


@blueprint.get("/<key>")
@access(OWNER)
def show(key: str) -> Any:
    session = read_session()
    glance = get_glance(session, actor(), key, now=now())
    draft = get_draft(session, actor(), key)
    sittings, more = list_sittings(session, actor(), key, before=request.args.get("before", type=int))
    return page(
        "workbench/overview.html",
        key,
        "overview",
        draft=draft,
        glance=glance,
        problems=problems_of(draft.files),
        sittings=sittings,
        more=more,
        first="before" not in request.args,
        words=lambda paths: in_words(paths, draft.files),
    )


@blueprint.get("/<key>/timeline/<int:number>/report")
@access(OWNER)
def report(key: str, number: int) -> Any:
    """What an import understood and what it did not."""
    found = get_report(read_session(), actor(), key, number)
    findings = findings_of(found.detail["report"])
    return page("workbench/report.html", key, "overview", found=found, findings=findings, number=number)


@blueprint.get("/<key>/timeline/<int:number>/original")
@access(OWNER)
def original(key: str, number: int) -> Response:
    """The file that was imported, as it came."""
    row, raw = original_of(read_session(), actor(), key, number)
    response = Response(raw, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=row.note or f"{key}.bpmn")
    return response


@blueprint.post("/<key>/timeline/<int:number>/restore")
@access(OWNER)
def bring_back(key: str, number: int) -> Any:
    restore(actor(), key, number, now=now())
    flash(translate("草稿已恢复到所选的状态；之前的修改仍在时间线上"), "success")
    return redirect(url_for("workbench.show", key=key), 303)


@blueprint.post("/<key>/timeline/<int:number>/name")
@access(OWNER)
def call(key: str, number: int) -> Any:
    try:
        name_state(actor(), key, number, request.form.get("name", ""))
    except InvalidInput as error:
        flash("；".join(translate(text) for texts in error.errors.values() for text in texts), "error")
    return redirect(url_for("workbench.show", key=key), 303)


@blueprint.post("/<key>/discard")
@access(OWNER)
def drop(key: str) -> Any:
    """Back to the version in force; a process that was never published goes."""
    if get_draft(read_session(), actor(), key).base_version is None:
        remove_draft(actor(), key)
        flash(translate("草稿已删除"), "success")
        return redirect(url_for("workbench.index"), 303)
    discard(actor(), key, now=now())
    flash(translate("草稿已回到在用的版本；放弃的修改仍在时间线上，可以恢复"), "success")
    return redirect(url_for("workbench.show", key=key), 303)


@blueprint.get("/<key>/export")
@access(OWNER)
def export(key: str) -> Response:
    """The folder as a zip: the draft, a version or a revision."""
    name = request.args.get("state", "draft")
    get_draft(read_session(), actor(), key)
    state = files_at(read_session(), key, name)
    suffix = f"v{name}" if name.isdigit() else name
    response = Response(write_archive(state.files), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{key}-{suffix}.zip")
    return response


@blueprint.post("/<key>/presence")
@access(OWNER)
@passive
def present(key: str) -> Any:
    """That somebody has a part of the draft open; answers who else has, and what they changed under this person."""
    asked = request.get_json(silent=True) or {}
    if not isinstance(asked, dict):
        abort(400)
    session = read_session()
    require_known(session, key)
    note_presence(actor(), key, str(asked.get("place", "")), now=now())
    others = editors_of(session, [key], now=now(), besides=actor()).get(key, ())
    path, revision = asked.get("path"), asked.get("revision")
    change = None
    if isinstance(path, str) and isinstance(revision, int):
        change = find_change(session, key, path, revision)
    return {
        "others": [translate("{name}正在编辑“{place}”", name=each.name, place=tab_name(each.place)) for each in others],
        "changed": change
        and {"by": change.by, "at": change.at.isoformat(), "revision": change.revision, "since": revision},
    }
