"""Comments, copies and urges, and the files of comments."""

from __future__ import annotations

import io
import uuid
from typing import Any

from flask import request, send_file

from services.cases import attachments
from services.cases.show_case import show_case
from services.database import read_session
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnCase, OnTask
from services.discussion.queries import CommentLine, CopyLine, list_comments, list_copies
from services.discussion.urge import urge_task
from services.errors import InvalidInput
from services.types import CaseId, TaskId
from webapp.api.blueprint import api, cursor_id, instant, json_body, limit, listing, text_of
from webapp.api.cases import case_json, person_json
from webapp.auth import actor, now


@api.get("/cases/<int:case_id>/comments")
def comments(case_id: int) -> Any:
    """The comments of a case, oldest first."""
    after, wanted = cursor_id(request.args.get("cursor", "0")), limit()
    found = [line for line in list_comments(read_session(), actor(), CaseId(case_id)) if line.id > after]
    page = found[:wanted]
    return listing([_comment_json(line) for line in page], page[-1].id if len(found) > wanted else None)


@api.post("/cases/<int:case_id>/comments")
def comment_on_case(case_id: int) -> Any:
    """Comment on a case; @name in the text tells that person and lets them read the case."""
    return _comment(OnCase(CaseId(case_id)))


@api.post("/tasks/<int:task_id>/comments")
def comment_on_task(task_id: int) -> Any:
    """Comment on a task's case; the comment names the step."""
    return _comment(OnTask(TaskId(task_id)))


def _comment(place: OnCase | OnTask) -> Any:
    body = json_body()
    text, files = text_of(body, "text"), _texts(body, "attachments")
    added = add_comment(actor(), place, text, attachments=files, now=now())
    lines = list_comments(read_session(), actor(), added.case_id)
    return _comment_json(next(line for line in lines if line.id == added.id)), 201


@api.get("/cases/<int:case_id>/copies")
def copies(case_id: int) -> Any:
    """Who was sent a copy; when they read it is told to the sender alone."""
    return listing([_copy_json(line) for line in list_copies(read_session(), actor(), CaseId(case_id))], None)


@api.post("/cases/<int:case_id>/copy")
def copy_case(case_id: int) -> Any:
    """Let people read the case: user names or names."""
    return _copy(OnCase(CaseId(case_id)))


@api.post("/tasks/<int:task_id>/copy")
def copy_task(task_id: int) -> Any:
    """Let people read the task's case: user names or names."""
    return _copy(OnTask(TaskId(task_id)))


def _copy(place: OnCase | OnTask) -> Any:
    body = json_body()
    comment = text_of(body, "comment", required=False)
    case_id = send_copy(actor(), place, _texts(body, "to"), comment=comment, now=now())
    found = list_copies(read_session(), actor(), case_id)
    return {**_case(case_id), "copies": [_copy_json(line) for line in found]}


@api.post("/tasks/<int:task_id>/urge")
def urge(task_id: int) -> Any:
    """Ask those who hold the task to hurry."""
    comment = text_of(json_body(), "comment", required=False)
    return _case(urge_task(actor(), TaskId(task_id), comment=comment, now=now()))


@api.post("/attachments")
def upload() -> Any:
    """Keep a file, sent as it is, until a comment names its id; its name is given as ``filename``."""
    request.max_content_length = attachments.MAX_BYTES + 1
    name = request.args.get("filename", "")
    if not name.strip():
        raise InvalidInput({"filename": ["此项必填"]})
    stored = attachments.store_attachment(actor(), name, request.get_data(), now=now())
    return {"id": str(stored.id), "filename": stored.filename, "size": stored.size}, 201


@api.get("/attachments/<uuid:attachment>")
def download(attachment: uuid.UUID) -> Any:
    """A file of a case that one may see, or an own one."""
    found = attachments.get_attachment(actor(), attachment)
    return send_file(io.BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.filename)


def _texts(body: dict[str, Any], name: str) -> list[str]:
    """A list of texts; one text alone is a list of one. Raises InvalidInput naming the field."""
    value = body.get(name)
    found = [value] if isinstance(value, str) else value if value is not None else []
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise InvalidInput({name: ["内容不正确"]})
    return found


def _case(case_id: CaseId) -> dict[str, Any]:
    return case_json(show_case(read_session(), actor(), case_id))


def _comment_json(line: CommentLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": instant(line.at),
        "who": line.who.username if line.who else None,
        "who_name": line.who.name if line.who else None,
        "step": line.step,
        "text": line.text,
        "mentions": [{"username": username, "name": name} for username, name in line.mentions.items()],
        "attachments": list(line.attachments),
    }


def _copy_json(line: CopyLine) -> dict[str, Any]:
    return {
        **(person_json(line.person) or {}),
        "by": line.by.username,
        "at": instant(line.at),
        "comment": line.comment,
        "read_at": instant(line.read_at),
    }
