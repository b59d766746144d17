"""What is wrong with a draft, and all ways through it; and what editors may offer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, request

from services.database import read_session
from services.processes.drafts import get_draft
from services.processes.expressions import read_expression
from services.processes.vocabulary import vocabulary as words_for
from webapp.auth import OWNER, access, actor
from webapp.pages.workbench.frame import page

blueprint = Blueprint("workbench_checks", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/checks")
@access(OWNER)
def show(key: str) -> Any:
    return page("workbench/layout.html", key, "checks")


@blueprint.get("/<key>/vocabulary")
@access(OWNER)
def vocabulary(key: str) -> Any:
    """What may be named at the places of the draft."""
    session = read_session()
    return words_for(session, get_draft(session, actor(), key).files)


@blueprint.post("/<key>/expression")
@access(OWNER)
def expression(key: str) -> Any:
    """Whether one expression can be read, what in it is unknown, and what it says."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not all(isinstance(text, str) for text in asked.values()):
        abort(400)
    draft = get_draft(read_session(), actor(), key)
    return asdict(read_expression(draft.files, asked.get("source", ""), asked.get("kind", "")))
