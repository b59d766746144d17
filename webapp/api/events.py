"""The histories of all cases as one feed."""

from __future__ import annotations

from typing import Any

from flask import request

from services.cases.feed import as_item, list_events, number_events
from services.database import read_session
from services.errors import InvalidInput
from webapp.api.blueprint import api, limit, listing
from webapp.auth import actor

_MAX_DIGITS = 15


@api.get("/events")
def events() -> Any:
    """What happened after an event, oldest first; `after` is the `id` of the last one read, or nothing."""
    wanted, after = limit(), _after(request.args.get("after") or request.args.get("cursor", ""))
    number_events()
    found = list_events(read_session(), actor(), after=after, limit=wanted)
    return listing([as_item(event) for event in found], found[-1].number if len(found) == wanted else None)


def _after(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
        raise InvalidInput({"after": ["须为上次读到的最后一条的 id"]})
    return int(text)
