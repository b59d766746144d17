"""Papers of a draft: their list, and the editor of a layout, which gets the real page with sample values from here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound
from services.processes.change_papers import add_paper, delete_paper
from services.processes.drafts import Draft, get_draft
from services.processes.paper_preview import (
    PaperPreview,
    forms_of,
    list_papers,
    preview_paper,
    propose,
    steps_that_may_sign,
)
from webapp import papers
from webapp.auth import OWNER, access, actor, now
from webapp.errors import problem_json, sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import editor_config, page
from workflows.errors import DefinitionError

blueprint = Blueprint("workbench_papers", __name__, url_prefix="/workbench")
_MOST = 1_000_000


@blueprint.get("/<key>/papers")
@access(OWNER)
def show(key: str) -> Any:
    """The list of papers, or the editor of the one whose file is named."""
    draft = get_draft(read_session(), actor(), key)
    path = request.args.get("file", "")
    if not path:
        return _list(draft)
    entry = next((each for each in list_papers(draft.files) if each.path == path), None)
    if entry is None:
        raise NotFound("没有“{file}”这份单据，它可能已经删除，或文件有错误", file=path)
    config = editor_config(
        draft,
        path,
        preview=url_for("workbench_papers.look", key=key),
        propose=url_for("workbench_papers.proposal", key=key),
        vocabulary=url_for("workbench_checks.vocabulary", key=key),
        forms=forms_of(draft.files),
        steps=[{"id": step, "name": name} for step, name, _decides in steps_that_may_sign(draft.files)],
    )
    return page("workbench/paper.html", key, "forms", draft=draft, config=config, entry=entry)


def _list(draft: Draft, *, status: int = 200, **typed: Any) -> Any:
    given = {"errors": {}, "values": {}, **typed}
    found = list_papers(draft.files)
    return page("workbench/papers.html", draft.key, "forms", draft=draft, found=found, status=status, **given)


@blueprint.post("/<key>/papers")
@access(OWNER)
def add(key: str) -> Any:
    """A further paper, opened in the editor."""
    values = {name: request.form.get(name, "").strip() for name in ("name", "title", "form")}
    try:
        path = add_paper(actor(), key, **values, revision=request.form.get("revision", -1, type=int), now=now())
    except (InvalidInput, Conflict) as error:
        errors = error.errors if isinstance(error, InvalidInput) else {"name": [sentence(error)]}
        draft = get_draft(read_session(), actor(), key)
        return _list(draft, status=status_of(error), errors=errors, values=values)
    return redirect(url_for("workbench_papers.show", key=key, file=path), 303)


@blueprint.post("/<key>/papers/delete")
@access(OWNER)
def delete(key: str) -> Any:
    revision = request.form.get("revision", -1, type=int)
    delete_paper(actor(), key, request.form.get("file", ""), revision=revision, now=now())
    flash(translate("单据已删除；在“版本与发布”中可以取回"), "success")
    return redirect(url_for("workbench_papers.show", key=key), 303)


@blueprint.post("/<key>/papers/preview")
@access(OWNER)
def look(key: str) -> Any:
    """The unsaved paper as a page: ``{"path", "text"}``."""
    path, text = _asked()
    draft = get_draft(read_session(), actor(), key)
    return _answer(key, path, preview_paper(read_session(), actor(), draft.files, path, text, now=now()))


def _answer(key: str, path: str, found: PaperPreview) -> Any:
    if found.document is None:
        return {"problems": [problem_json(problem) for problem in found.problems]}
    here = url_for("workbench_papers.show", key=key, file=path)
    html = papers.page(found.document, back=here, pdf=url_for("workbench_papers.pdf", key=key, file=path))
    return {"html": html, "problems": []}


@blueprint.post("/<key>/papers/propose")
@access(OWNER)
def proposal(key: str) -> Any:
    """A layout made from the fields of the paper's form: ``{"rows", "signatures"}``."""
    path, text = _asked()
    draft = get_draft(read_session(), actor(), key)
    try:
        return propose(draft.files, path, text)
    except DefinitionError as error:
        return {"problems": [problem_json(problem) for problem in error.problems]}, 422


@blueprint.get("/<key>/papers/sheet")
@access(OWNER)
def sheet(key: str) -> Any:
    """The paper as the draft has it, with sample values, to print."""
    path = request.args.get("file", "")
    here = url_for("workbench_papers.show", key=key, file=path)
    return papers.page(_document(key, path), back=here, pdf=url_for("workbench_papers.pdf", key=key, file=path))


@blueprint.get("/<key>/papers/sheet.pdf")
@access(OWNER)
def pdf(key: str) -> Any:
    return papers.pdf_of(_document(key, request.args.get("file", "")))


def _document(key: str, path: str) -> Any:
    draft = get_draft(read_session(), actor(), key)
    if path not in draft.files or not path.startswith(("forms/", "papers/")):
        raise NotFound("没有“{file}”这份单据，它可能已经删除，或文件有错误", file=path)
    found = preview_paper(read_session(), actor(), draft.files, path, draft.files[path], now=now())
    if found.document is None:
        raise NotFound("这份单据还有错误或没有内容，请先在“打印版面”中改正")
    return found.document


def _asked() -> tuple[str, bytes]:
    asked = request.get_json(silent=True)
    path, text = (asked.get("path"), asked.get("text")) if isinstance(asked, dict) else (None, None)
    if not isinstance(path, str) or not isinstance(text, str) or len(text) > _MOST:
        abort(400)
    if not path.startswith(("forms/", "papers/")) or not path.endswith(".json"):
        abort(400)
    return path, text.encode()
