"""What is wrong with a draft, and all ways through it; and what editors may offer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.processes.checking import ERROR, INFO, WARNING, check_parts
from services.processes.drafts import Draft, get_draft
from services.processes.expressions import read_expression
from services.processes.vocabulary import vocabulary as words_for
from services.processes.ways import save_as_scenario, ways_of
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.pages.workbench.frame import page
from webapp.pages.workbench.places import address_of
from workflows.checks.reading import FLOW_NODES, local_name
from workflows.definition.parts import diagram_file, read_parts

blueprint = Blueprint("workbench_checks", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/checks")
@access(OWNER)
def show(key: str) -> Any:
    """The verdict, everything found part by part, and what was looked at."""
    session = read_session()
    draft = get_draft(session, actor(), key)
    began = time.monotonic()
    found = check_parts(session, draft.files, now=now())
    took = time.monotonic() - began
    said = [problem.severity for problems in found.values() for problem in problems]
    levels = {level: said.count(level) for level in (ERROR, WARNING, INFO)}
    return page(
        "workbench/checks.html",
        key,
        "checks",
        draft=draft,
        found=found,
        levels=levels,
        looked_at=_looked_at(draft),
        took=took,
        address_of=lambda problem: address_of(key, problem.file, problem.element),
        config=_config(draft),
    )


def _looked_at(draft: Draft) -> dict[str, int]:
    """How much there was to look at, so that silence can be trusted."""
    parts = read_parts(draft.files)
    return {
        "elements": sum(local_name(each) in FLOW_NODES for each in parts.root.iter("{*}*"))
        if parts.root is not None
        else 0,
        "forms": len(parts.forms),
        "tables": len(parts.decisions),
        "scenarios": sum(path.startswith("scenarios/") for path in draft.files),
    }


def _config(draft: Draft) -> dict[str, str]:
    """What the script needs to draw: where the diagram is."""
    path = diagram_file(draft.files, read_parts(draft.files).settings)
    return {"url": url_for("workbench_files.read", key=draft.key, path=path) if path in draft.files else ""}


@blueprint.get("/<key>/checks/ways")
@access(OWNER)
def ways(key: str) -> Any:
    """Every way through the draft, as if the person in ``starter`` began it now."""
    return _ways_page(key)


def _ways_page(key: str, *, status: int = 200, errors: dict[str, Sequence[str]] | None = None) -> Any:
    session = read_session()
    draft = get_draft(session, actor(), key)
    refusal, found = "", None
    try:
        found = ways_of(session, draft.files, username=request.values.get("starter", ""), now=now())
    except Conflict as error:
        refusal = sentence(error)
    return page(
        "workbench/ways.html",
        key,
        "checks",
        status=status,
        draft=draft,
        found=found,
        refusal=refusal,
        errors=errors or {},
        ends=sorted({way.end for way in found.ways}) if found else [],
        steps={signer.step: signer.name for way in found.ways for signer in way.signers} if found else {},
        config=_config(draft),
    )


@blueprint.post("/<key>/checks/ways")
@access(OWNER)
def save_way(key: str) -> Any:
    """Keep one way as a scenario; what cannot be kept is said on the page."""
    number = request.form.get("number", 0, type=int)
    title, starter = request.form.get("title", ""), request.form.get("starter", "")
    try:
        name = save_as_scenario(actor(), key, number, title, username=starter, now=now())
    except (Conflict, InvalidInput) as error:
        said = error.errors.get("title", []) if isinstance(error, InvalidInput) else [sentence(error)]
        return _ways_page(key, status=status_of(error), errors={"title": list(said)})
    return redirect(url_for("workbench_scenarios.show", key=key, name=name), code=303)


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
