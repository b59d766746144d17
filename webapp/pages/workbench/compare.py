"""Two states of a process beside each other: what differs, on both diagrams and in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from services.database import read_session
from services.processes.drafts import Draft, get_draft
from services.processes.states import DRAFT, Label, files_at
from services.processes.versions import list_versions
from webapp.auth import OWNER, access, actor
from webapp.i18n import english, language, translate
from webapp.pages.workbench.frame import page
from workflows.comparing import ADDED, REMOVED, Comparison, Sentence, compare_processes
from workflows.toml import TomlError, read_toml

blueprint = Blueprint("workbench_compare", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/compare")
@access(OWNER)
def show(key: str) -> Any:
    """What differs from one state to the other; by default from the version in force to the draft."""
    session = read_session()
    draft = get_draft(session, actor(), key)
    versions = list_versions(session, key)
    names = _asked(draft, [str(version.number) for version in versions])
    before, after = (files_at(session, key, name) for name in names)
    found = compare_processes(before.files, after.files)
    choices = [(DRAFT, Label("草稿", {}), "")]
    choices += [(str(each.number), Label("第 {number} 版", {"number": each.number}), each.note) for each in versions]
    for name, state in zip(names, (before, after), strict=True):
        if name not in (choice[0] for choice in choices):
            choices.append((name, state.label, ""))
    return page(
        "workbench/compare.html",
        key,
        "versions",
        draft=draft,
        found=found,
        choices=choices,
        names=names,
        labels=[said_label(state.label) for state in (before, after)],
        config=_config(key, names, found),
        said=partial(said, catalogue=_english_of(before.files) | _english_of(after.files)),
    )


@blueprint.get("/<key>/compare/diagram.bpmn")
@access(OWNER)
def diagram(key: str) -> Response:
    """The diagram of the state ``at``, as it was drawn."""
    session = read_session()
    get_draft(session, actor(), key)
    files = files_at(session, key, request.args.get("at", "")).files
    name = _diagram_of(key, files)
    if name not in files:
        abort(404)
    return Response(files[name], mimetype="application/xml")


def said(text: Any, catalogue: Mapping[str, str] | None = None) -> str:
    """A sentence of a comparison in the reader's language; texts of the process by its own catalogue."""
    if isinstance(text, Sentence):
        return translate(text.text, **{name: said(value, catalogue) for name, value in text.values.items()})
    if language() != "en":
        return str(text)
    return (catalogue or {}).get(str(text)) or english().get(str(text), str(text))


def _english_of(files: Mapping[str, bytes]) -> dict[str, str]:
    try:
        found = read_toml(files.get("en.toml", b""))
    except TomlError:
        return {}
    return {text: english for text, english in found.items() if isinstance(english, str)}


def said_label(label: Label) -> str:
    return translate(label.template, **label.values)


def _asked(draft: Draft, versions: list[str]) -> tuple[str, str]:
    newest = str(draft.base_version) if draft.base_version else (versions[0] if versions else DRAFT)
    return request.args.get("from") or newest, request.args.get("to") or DRAFT


def _diagram_of(key: str, files: Mapping[str, bytes]) -> str:
    return f"{key}.bpmn" if f"{key}.bpmn" in files else next((name for name in files if name.endswith(".bpmn")), "")


def _config(key: str, names: tuple[str, str], found: Comparison) -> Mapping[str, Any]:
    """What the script needs: both drawings, and which element is marked as what in which of them."""
    changes = found.diagram.changes if found.diagram is not None else ()
    return {
        "before": url_for("workbench_compare.diagram", key=key, at=names[0]),
        "after": url_for("workbench_compare.diagram", key=key, at=names[1]),
        "marks": [
            {
                "kind": change.kind,
                "before": "" if change.kind == ADDED else change.place_before or change.place,
                "after": "" if change.kind == REMOVED else change.place,
            }
            for change in changes
        ],
    }
