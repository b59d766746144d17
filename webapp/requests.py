"""What is refused before any view sees it: text that no database stores, ids that no row has, bodies beyond bounds."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

from workflows.json import read_json

MAX_API_BYTES = 6_000_000
MAX_QUERY = 8_000


class RowId(IntegerConverter):
    """A number that can be the id of a row; larger ones are no route at all."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "max": 2**31 - 1})


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowId
    app.json = PlainJson(app)
    app.before_request(_check)


def is_plain_text(text: str) -> bool:
    """Whether a text can be stored: no NUL, and no half of a surrogate pair."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _check() -> None:
    if len(request.query_string) > MAX_QUERY or not is_plain_text(request.path):
        raise BadRequest
    if not all(is_plain_text(text) for pair in request.args.items(multi=True) for text in pair):
        raise BadRequest
    if request.path.startswith("/api/"):
        request.max_content_length = MAX_API_BYTES
    elif request.method == "POST" and not all(is_plain_text(text) for _name, text in request.form.items(multi=True)):
        raise BadRequest


class PlainJson(DefaultJSONProvider):
    """JSON as it is sent here: what is nested beyond reason or holds text that nothing could keep is not readable."""

    sort_keys = False

    def loads(self, s: str | bytes, **options: Any) -> Any:
        return read_json(s)
