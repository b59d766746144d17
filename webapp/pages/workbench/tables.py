"""Decision tables of a draft: their list, and the editor of one, which asks here what is wrong and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput, ServiceError
from services.processes import change_tables
from services.processes.decision_tables import list_tables, names_of_tables, path_of, study, try_table
from services.processes.drafts import Draft, get_draft
from webapp.auth import OWNER, access, actor, now
from webapp.errors import problem_json, sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import editor_config, page
from workflows.errors import DefinitionError

blueprint = Blueprint("workbench_tables", __name__, url_prefix="/workbench")
_MAX_CHECKED = 1_000_000


@blueprint.get("/<key>/tables")
@access(OWNER)
def show(key: str) -> Any:
    draft = get_draft(read_session(), actor(), key)
    name = request.args.get("name", "")
    if not name:
        return _list(draft)
    if name not in names_of_tables(draft.files):
        abort(404)
    entry = next(entry for entry in list_tables(draft.files) if entry.name == name)
    config = editor_config(
        draft,
        path_of(name),
        name=name,
        study=url_for("workbench_tables.look", key=key, name=name),
        trial=url_for("workbench_tables.attempt", key=key, name=name),
        vocabulary=url_for("workbench_checks.vocabulary", key=key),
        help=url_for("guide.show", topic="-").removesuffix("-"),
    )
    return page("workbench/table.html", key, "tables", draft=draft, config=config, entry=entry)


def _list(draft: Draft, *, status: int = 200, **typed: Any) -> Any:
    values = {"errors": {}, "values": {}, "about": "", **typed}
    return page(
        "workbench/tables.html",
        draft.key,
        "tables",
        draft=draft,
        tables=list_tables(draft.files),
        status=status,
        **values,
    )


@blueprint.post("/<key>/tables")
@access(OWNER)
def add(key: str) -> Any:
    """A new table, opened in the editor."""
    return _changed(key, "", lambda **given: change_tables.add_table(actor(), key, **given))


@blueprint.post("/<key>/tables/<name>/copy")
@access(OWNER)
def copy(key: str, name: str) -> Any:
    return _changed(key, name, lambda **given: change_tables.copy_table(actor(), key, name, **given))


@blueprint.post("/<key>/tables/<name>/rename")
@access(OWNER)
def rename(key: str, name: str) -> Any:
    return _changed(key, name, lambda **given: change_tables.rename_table(actor(), key, name, **given))


@blueprint.post("/<key>/tables/<name>/delete")
@access(OWNER)
def delete(key: str, name: str) -> Any:
    try:
        revision = request.form.get("revision", -1, type=int)
        change_tables.delete_table(actor(), key, name, revision=revision, now=now())
    except Conflict as error:
        return _refused(key, name, error)
    flash(translate("决策表已删除；在“版本与发布”中可以取回"), "success")
    return redirect(url_for("workbench_tables.show", key=key), 303)


def _changed(key: str, about: str, change: Callable[..., str]) -> Any:
    values = {"name": request.form.get("name", "").strip(), "title": request.form.get("title", "").strip()}
    revision = request.form.get("revision", -1, type=int)
    try:
        name = change(**values, revision=revision, now=now())
    except (InvalidInput, Conflict) as error:
        return _refused(key, about, error, values)
    return redirect(url_for("workbench_tables.show", key=key, name=name), 303)


def _refused(key: str, about: str, error: ServiceError, values: dict[str, str] | None = None) -> Any:
    draft = get_draft(read_session(), actor(), key)
    errors = error.errors if isinstance(error, InvalidInput) else {"refusal": [sentence(error)]}
    return _list(draft, status=status_of(error), errors=errors, values=values or {}, about=about)


@blueprint.post("/<key>/tables/<name>/study")
@access(OWNER)
def look(key: str, name: str) -> Any:
    """What is wrong with the table as it is being edited: ``{"text": unsaved XML}``."""
    found = study(get_draft(read_session(), actor(), key).files, name, _text())
    return {**found, "problems": [problem_json(problem) for problem in found["problems"]]}


@blueprint.post("/<key>/tables/<name>/try")
@access(OWNER)
def attempt(key: str, name: str) -> Any:
    """What the unsaved table answers: ``{"text": …, "decision": id, "values": {name: as typed}}``."""
    get_draft(read_session(), actor(), key)
    asked = request.get_json(silent=True)
    values = asked.get("values") if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or not isinstance(values, dict):
        abort(400)
    try:
        return try_table(_text(), name, str(asked.get("decision", "")), values)
    except InvalidInput as error:
        return {"errors": {field: [translate(text) for text in texts] for field, texts in error.errors.items()}}, 422
    except DefinitionError as error:
        return {"errors": {"": [str(problem) for problem in error.problems[:3]]}}, 422


def _text() -> bytes:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str) or len(asked["text"]) > _MAX_CHECKED:
        abort(400)
    return str(asked["text"]).encode()
