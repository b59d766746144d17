"""Bringing a file into a register: choose it, see what it would do, confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.registers.exports import write_texts
from services.registers.imports import staging
from services.registers.imports.bounds import MAX_BYTES, MAX_ROWS
from services.registers.imports.layouts import LAYOUTS, get_layout_for
from services.registers.imports.preview import preview, refused_rows
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages.sending import XLSX, made

blueprint = Blueprint("imports", __name__, url_prefix="/registers")


def _route(path: str, name: str, view: Callable[..., Any], method: str = "GET") -> None:
    """A rule for each register by its name: ``/registers/customers/<code>`` would take a rule for any."""
    for register in LAYOUTS:
        blueprint.add_url_rule(
            f"/{register}/import{path}", name, view, methods=[method], defaults={"register": register}
        )


def choose(register: str) -> Any:
    """Which file, which columns, and the files that came before."""
    return _choose(register, [])


def _choose(register: str, errors: list[str]) -> Any:
    layout = get_layout_for(actor(), register)
    return render_template(
        "import.html",
        layout=layout,
        errors=errors,
        imports=staging.list_imports(read_session(), register),
        max_bytes=MAX_BYTES,
        max_rows=MAX_ROWS,
    )


def upload(register: str) -> Any:
    """Read the file and lead to what it would do."""
    get_layout_for(actor(), register)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _choose(register, ["请选择文件"]), 422
    content = file.stream.read(MAX_BYTES + 1)
    try:
        number = staging.stage(actor(), register, file.filename, content, now=now())
    except InvalidInput as refusal:
        return _choose(register, refusal.errors["file"]), 422
    return redirect(url_for("imports.show", register=register, import_id=number), 303)


def show(register: str, import_id: int) -> Any:
    """What the file would do."""
    return _show(register, import_id)


def _show(register: str, import_id: int, *, refusal: str = "", moved: bool = False) -> Any:
    found = preview(read_session(), actor(), register, import_id, now=now())
    return render_template("import_preview.html", found=found, head=found.head, refusal=refusal, moved=moved)


def confirm(register: str, import_id: int) -> Any:
    """Take over what was shown; where the register has changed since, show what the file would do now."""
    ignored = "ignore_unknown" in request.form
    try:
        done = staging.confirm(actor(), register, import_id, ignore_unknown=ignored, now=now())
    except InvalidInput as error:
        return _show(register, import_id, refusal=translate(error.errors["unknown"][0])), 422
    except Conflict as error:
        flash(sentence(error), "danger")
        return redirect(url_for("imports.choose", register=register), 303)
    if done is None:
        return _show(register, import_id, moved=True), status_of(Conflict(""))
    counts = {"new": done.new, "changed": done.changed, "unchanged": done.unchanged}
    flash(translate("已导入：新增 {new}，更改 {changed}，不变 {unchanged}", **counts), "success")
    return redirect(url_for("imports.choose", register=register), 303)


def discard(register: str, import_id: int) -> Any:
    """Forget the file."""
    staging.discard(actor(), register, import_id, now=now())
    return redirect(url_for("imports.choose", register=register), 303)


def refused(register: str, import_id: int) -> Any:
    """The rows that cannot be taken, with the reasons, to be corrected and brought again."""
    layout = get_layout_for(actor(), register)
    rows = refused_rows(read_session(), actor(), register, import_id, now=now())
    name = f"{layout.title}-{import_id}.xlsx"
    return made(lambda file: write_texts(file, layout.title, rows), name=name, mimetype=XLSX)


_route("", "choose", choose)
_route("", "upload", upload, "POST")
_route("/<int:import_id>", "show", show)
_route("/<int:import_id>", "confirm", confirm, "POST")
_route("/<int:import_id>/discard", "discard", discard, "POST")
_route("/<int:import_id>/refused", "refused", refused)
