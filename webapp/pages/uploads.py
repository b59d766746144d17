"""Files that come with a form."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from services.cases import attachments
from services.errors import InvalidInput, ServiceError
from webapp.auth import actor, now
from webapp.errors import sentence
from workflows.forms import Form


def store(form: Form, typed: dict[str, Any]) -> None:
    """Keep the files of the request and name them in ``typed``, in place: what is stored stays named when another
    field is refused. Raises InvalidInput, TooLarge.
    """
    for name in _file_fields(form):
        for upload in request.files.getlist(name):
            if upload.filename:
                typed[name] = [*typed.get(name, []), _stored(name, upload)]


def store_files(field: str, ids: list[str]) -> None:
    """Keep the request's files of one field outside of a form and add their ids, in place. Raises as ``store``."""
    for upload in request.files.getlist(field):
        if upload.filename:
            ids.append(_stored(field, upload))


def _stored(field: str, upload: FileStorage) -> str:
    content = upload.stream.read(attachments.MAX_BYTES + 1)
    try:
        return str(attachments.store_attachment(actor(), upload.filename or "", content, now=now()).id)
    except InvalidInput as error:
        raise InvalidInput({field: error.errors["file"]}) from error


def errors_by_field(form: Form, error: ServiceError) -> dict[str, list[str]]:
    """The errors of a refused submission; a file that was too large is an error of the field for files."""
    if isinstance(error, InvalidInput):
        return error.errors
    return {name: [sentence(error)] for name in _file_fields(form)[:1]}


def _file_fields(form: Form) -> list[str]:
    return [name for name, field in form.properties.items() if field.get("x-widget") == "files"]
