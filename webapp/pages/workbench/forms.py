"""Forms of a draft: the designer of one, whose canvas is rendered here by the templates of the real form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from services.database import read_session
from services.errors import NotFound
from services.processes.drafts import Draft, get_draft
from services.processes.form_preview import preview, steps_of_form
from webapp.auth import OWNER, access, actor, now
from webapp.errors import problem_json
from webapp.pages import filled
from webapp.pages.workbench.form_list import page_of_list
from webapp.pages.workbench.frame import editor_config, page

blueprint = Blueprint("workbench_forms", __name__, url_prefix="/workbench")
_MOST = 1_000_000


@blueprint.get("/<key>/forms")
@access(OWNER)
def show(key: str) -> Any:
    """The list of forms, or the designer of the one that is named."""
    name = request.args.get("name", "")
    if not name:
        return page_of_list(key)
    draft = get_draft(read_session(), actor(), key)
    path = f"forms/{name}.json"
    if path not in draft.files:
        raise NotFound("没有“{name}”这张表单，它可能已经改名或删除", name=name)
    return page("workbench/form.html", key, "forms", draft=draft, name=name, config=_config(draft, name, path))


def _config(draft: Draft, name: str, path: str) -> dict[str, Any]:
    steps = [{"id": step.id, "name": step.name, "fills": step.fills} for step in steps_of_form(draft.files, name)]
    return {
        **editor_config(draft, path),
        "name": name,
        "steps": steps,
        "preview": url_for("workbench_forms.canvas", key=draft.key, name=name),
        "vocabulary": url_for("workbench_checks.vocabulary", key=draft.key),
        "expression": url_for("workbench_checks.expression", key=draft.key),
        "rename": url_for("workbench_form_list.rename_field", key=draft.key, name=name),
        "uses": url_for("workbench_form_list.uses", key=draft.key, name=name),
        "help": f"{request.script_root}/help/",
    }


@blueprint.post("/<key>/forms/<name>/preview")
@access(OWNER)
def canvas(key: str, name: str) -> Any:
    """The unsaved form as the real pages would show it to ``step``: ``{"text", "step", "filled"}``."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str) or len(asked["text"]) > _MOST:
        abort(400)
    session = read_session()
    files = get_draft(session, actor(), key).files
    found = preview(
        session, actor(), files, name, asked["text"].encode(), filled=asked.get("filled") is True, now=now()
    )
    if found.form is None:
        return {"problems": [problem_json(problem) for problem in found.problems]}
    filling = filled.context_of(session, found.english, found.form, found.values, str(asked.get("step", "")))
    return {"html": render_template("workbench/_canvas.html", filling=filling), "problems": []}
