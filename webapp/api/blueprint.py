"""The blueprint, and how every call reads its input."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest

from services.errors import InvalidInput
from webapp.requests import is_plain_text

api = Blueprint("api", __name__, url_prefix="/api/v1")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


MAX_DEPTH = 20
MAX_ID = 2**31 - 1


def json_body() -> dict[str, Any]:
    """The JSON object of the request; an empty body is an empty object. Raises BadRequest."""
    if not request.get_data(cache=True):
        return {}
    try:
        body = request.get_json(force=True, silent=False)
    except RecursionError as error:
        raise BadRequest from error
    if not isinstance(body, dict) or not _plain(body, MAX_DEPTH):
        raise BadRequest
    return body


def _plain(value: Any, depth: int) -> bool:
    """Whether the value is shallow and its texts are ones that can be stored: no NUL, no half characters."""
    if isinstance(value, str):
        return is_plain_text(value)
    if isinstance(value, dict):
        return depth > 0 and all(is_plain_text(key) and _plain(inner, depth - 1) for key, inner in value.items())
    return not isinstance(value, list) or (depth > 0 and all(_plain(inner, depth - 1) for inner in value))


def cursor_id(text: str) -> int:
    """The id that a cursor stands for. Raises InvalidInput."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) > MAX_ID:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]})
    return int(text)


def text_of(body: dict[str, Any], name: str, *, required: bool = True) -> str:
    """A text of the body. Raises InvalidInput naming the field."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise InvalidInput({name: ["此项必填"]})
    return value


def record_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A JSON object of the body, empty when absent. Raises InvalidInput naming the field."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput({name: ["内容不正确"]})
    return value


def limit() -> int:
    """How many items the caller wants. Raises InvalidInput."""
    try:
        wanted = int(request.args.get("limit", DEFAULT_LIMIT))
    except ValueError:
        wanted = 0
    if not 1 <= wanted <= MAX_LIMIT:
        raise InvalidInput({"limit": [f"1–{MAX_LIMIT}"]})
    return wanted


def listing(items: list[Any], following: str | int | None) -> dict[str, Any]:
    return {"items": items, "next": None if following is None else str(following)}


def instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
