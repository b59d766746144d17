"""The diagram of a draft: the modeler, and what it keeps beside the diagram."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.processes.drafts import Draft, change_files, get_draft
from services.processes.outcome_names import MANIFEST, name_outcome
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import editor_config, page
from workflows.checks import supported_elements
from workflows.toml import TomlError, read_toml

blueprint = Blueprint("workbench_diagram", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/diagram")
@access(OWNER)
def show(key: str) -> Any:
    draft = get_draft(read_session(), actor(), key)
    return page("workbench/diagram.html", key, "diagram", draft=draft, config=_config(draft))


@blueprint.post("/<key>/diagram/outcomes")
@access(OWNER)
def outcome(key: str) -> Any:
    """What people call one of the process's own outcomes: a line of the settings, changed from the diagram."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in ("outcome", "label")):
        abort(400)
    draft = get_draft(read_session(), actor(), key)
    try:
        changed = name_outcome(draft.files.get(MANIFEST, b""), asked["outcome"], asked["label"])
        revision = change_files(actor(), key, {MANIFEST: changed}, revision=draft.revision, now=now())
    except InvalidInput as error:
        texts = [translate(text) for each in error.errors.values() for text in each]
        return {"detail": "；".join(texts)}, status_of(error)
    except Conflict as error:
        return {"detail": sentence(error)}, status_of(error)
    return {"revision": revision}


def _config(draft: Draft) -> dict[str, Any]:
    file = f"{draft.key}.bpmn"
    return {
        **editor_config(draft, file),
        "title": draft.title,
        "drawn": file in draft.files,
        "supported": supported_elements(),
        "outcomes": _outcomes(draft.files.get(MANIFEST, b"")),
        "outcome": url_for("workbench_diagram.outcome", key=draft.key),
        "vocabulary": url_for("workbench_checks.vocabulary", key=draft.key),
        "expression": url_for("workbench_checks.expression", key=draft.key),
        "files": url_for("workbench_files.write", key=draft.key, path=""),
        "timeline": url_for("workbench_versions.show", key=draft.key),
        "help": url_for("guide.index") + "/",
    }


def _outcomes(manifest: bytes) -> dict[str, str]:
    try:
        found = read_toml(manifest).get("outcomes", {})
    except TomlError:
        return {}
    return {name: label for name, label in found.items() if isinstance(label, str)} if isinstance(found, dict) else {}
