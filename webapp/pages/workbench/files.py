"""The files of a draft as the editors read, save and check them: JSON, for scripts of the workbench alone."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, abort, request

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.processes.checking import check_files
from services.processes.drafts import Overtaken, change_files, get_draft, keep_aside
from webapp.auth import OWNER, access, actor, now
from webapp.errors import problem_json, sentence, status_of
from webapp.i18n import translate

blueprint = Blueprint("workbench_files", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/files/<path:path>")
@access(OWNER)
def read(key: str, path: str) -> Any:
    """The file as the draft has it; its revision in ``X-Revision``."""
    draft = get_draft(read_session(), actor(), key)
    if path not in draft.files:
        abort(404)
    response = Response(draft.files[path], mimetype="text/plain")
    response.headers["X-Revision"] = str(draft.revision)
    return response


@blueprint.put("/<key>/files/<path:path>")
@access(OWNER)
def write(key: str, path: str) -> Any:
    """Keep a file as it was changed on the revision in ``X-Revision``; 409 where somebody else was faster.

    With ``X-Aside`` it is kept on the timeline, beside the draft.
    """
    if request.headers.get("X-Aside"):
        try:
            return {"revision": keep_aside(actor(), key, path, request.get_data(), now=now())}
        except InvalidInput as error:
            return _invalid(error)
    return _change(key, {path: request.get_data()})


@blueprint.delete("/<key>/files/<path:path>")
@access(OWNER)
def remove(key: str, path: str) -> Any:
    return _change(key, {path: None})


def _change(key: str, changes: dict[str, bytes | None]) -> Any:
    revision = request.headers.get("X-Revision", -1, type=int)
    try:
        number = change_files(actor(), key, changes, revision=revision, now=now())
    except InvalidInput as error:
        return _invalid(error)
    except Overtaken as error:
        at = error.at.isoformat()
        return {"detail": sentence(error), "by": error.by, "at": at, "revision": error.revision}, status_of(error)
    except Conflict as error:
        return {"detail": sentence(error)}, status_of(error)
    return {"revision": number, "at": now().isoformat()}


def _invalid(error: InvalidInput) -> Any:
    texts = [translate(text) for each in error.errors.values() for text in each]
    return {"detail": "；".join(texts)}, status_of(error)


@blueprint.post("/<key>/check")
@access(OWNER)
def check(key: str) -> Any:
    """What is wrong with the draft, with the contents in ``files`` in place of the stored ones."""
    asked = request.get_json(silent=True) or {}
    draft = get_draft(read_session(), actor(), key)
    unsaved = asked.get("files", {}) if isinstance(asked, dict) else {}
    if not isinstance(unsaved, dict):
        abort(400)
    files = {**draft.files, **{str(path): str(text).encode() for path, text in unsaved.items()}}
    began = time.monotonic()
    problems = check_files(files)
    return {
        "revision": draft.revision,
        "problems": [problem_json(problem) for problem in problems],
        "took_ms": round((time.monotonic() - began) * 1000),
    }
