"""The files of a draft as text, for people who know what they hold."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from services.database import read_session
from services.errors import InvalidInput
from services.processes.drafts import Draft, Overtaken, change_files, get_draft
from services.processes.source_files import unreadable
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence
from webapp.i18n import translate
from webapp.pages.workbench.frame import editor_config, page
from workflows.definition import is_safe_path

blueprint = Blueprint("workbench_source", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/files")
@access(OWNER)
def index(key: str) -> Any:
    """Every file of the draft; with ``path`` the one to open, which may be new."""
    draft = get_draft(read_session(), actor(), key)
    path = request.args.get("path", "").strip()
    if not path:
        return page("workbench/files.html", key, "settings", draft=draft, path="", wrong="")
    if not is_safe_path(path):
        wrong = translate("文件名只能在流程文件夹内，且为 .toml、.bpmn、.json、.dmn 或 .md")
        return page("workbench/files.html", key, "settings", draft=draft, path=path, wrong=wrong, status=422)
    return redirect(url_for("workbench_source.show", key=key, path=path), 303)


@blueprint.get("/<key>/source/<path:path>")
@access(OWNER)
def show(key: str, path: str) -> Any:
    return _shown(get_draft(read_session(), actor(), key), path)


@blueprint.post("/<key>/source/<path:path>")
@access(OWNER)
def save(key: str, path: str) -> Any:
    """Keep the file; what nothing could read is refused with its line, and stays in the page."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    revision = request.form.get("revision", -1, type=int)
    gone = request.form.get("do") == "delete"
    wrong, line = ("", None) if gone else unreadable(path, text.encode())
    if wrong:
        return _shown(
            get_draft(read_session(), actor(), key),
            path,
            text=text,
            refusal=translate(wrong, line=line),
            revision=revision,
            status=422,
        )
    try:
        change_files(actor(), key, {path: None if gone else text.encode()}, revision=revision, now=now())
    except Overtaken as error:
        draft = get_draft(read_session(), actor(), key)
        theirs = _text(draft, path)
        return _shown(draft, path, text=text, refusal=sentence(error), theirs=theirs, status=409)
    except InvalidInput as error:
        told = "；".join(translate(each) for texts in error.errors.values() for each in texts)
        return _shown(get_draft(read_session(), actor(), key), path, text=text, refusal=told, status=422)
    if gone:
        flash(translate("文件已删除；在“版本与发布”中可以取回"), "success")
        return redirect(url_for("workbench_source.index", key=key), 303)
    flash(translate("文件已保存到草稿"), "success")
    return redirect(url_for("workbench_source.show", key=key, path=path), 303)


def _text(draft: Draft, path: str) -> str:
    return draft.files.get(path, b"").decode("utf-8-sig", "replace")


def _shown(
    draft: Draft,
    path: str,
    *,
    text: str | None = None,
    refusal: str = "",
    theirs: str | None = None,
    revision: int | None = None,
    status: int = 200,
) -> Any:
    if not is_safe_path(path):
        abort(404)
    return page(
        "workbench/source.html",
        draft.key,
        "settings",
        draft=draft,
        status=status,
        path=path,
        text=_text(draft, path) if text is None else text,
        refusal=refusal,
        theirs=theirs,
        exists=path in draft.files,
        revision=draft.revision if revision is None else revision,
        config=editor_config(draft, path),
    )
