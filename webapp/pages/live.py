"""What happens, told to open pages as server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy.exc import DBAPIError

from services.database import db, read_session
from services.notices.live import Hub, LiveState, live_state
from services.people.accounts import is_signed_in
from services.types import Actor
from webapp.auth import COOKIE, actor, passive
from webapp.i18n import language

blueprint = Blueprint("live", __name__)

PLACES = 200
"""Pages that may wait in one process: each holds a thread (docs/adr)."""
LOOK_SECONDS = 15.0
"""How long a page goes without a word, and how late a page that was left is noticed."""
STREAM_SECONDS = 300.0
RETRY, RETRY_WHEN_FULL = 3_000, 15_000
EXTENSION = "huiqian_live"


def init_app(app: Flask) -> None:
    with app.app_context():
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app.extensions[EXTENSION] = Hub(address, places=PLACES)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Who reads, and what the page knows already."""

    app: Flask
    person: Actor
    token: str
    tab: str
    left: str
    after: int | None
    language: str


@blueprint.get("/live")
@passive
def stream() -> Any:
    reader = _Reader(
        app=current_app._get_current_object(),  # type: ignore[attr-defined]
        person=actor(),
        token=request.cookies.get(COOKIE, ""),
        tab=request.args.get("tab", "")[:40],
        left=request.args.get("left", "")[:40],
        after=request.headers.get("Last-Event-ID", type=int) or request.args.get("after", type=int),
        language=language(),
    )
    # nginx hands on each word at once
    return Response(_events(reader), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _events(reader: _Reader) -> Iterator[str]:
    """Runs when the request's own session is gone; without a seat the page is told once, and asks again."""
    hub: Hub = reader.app.extensions[EXTENSION]
    seat = hub.take(reader.person.id, reader.tab, reader.left)
    try:
        yield f"retry: {RETRY if seat else RETRY_WHEN_FULL}\n\n"
        after, shown, ends_at = reader.after, None, time.monotonic() + STREAM_SECONDS
        while True:
            state = _look(reader, after)
            if state is None:
                yield "event: end\ndata: {}\n\n"
                return
            after = state.last
            yield _message(state) if state.counts != shown or state.notices else ": still here\n\n"
            shown = state.counts
            if seat is None or seat.ended or hub.stopping or time.monotonic() > ends_at:
                return
            seat.wait(LOOK_SECONDS)
            if seat.ended or hub.stopping:
                return
    except DBAPIError:
        return  # the page asks again
    finally:
        if seat is not None:
            hub.leave(seat)


def _look(reader: _Reader, after: int | None) -> LiveState | None:
    """The state, or None when the person has signed out meanwhile. The session goes back before anybody waits."""
    with reader.app.app_context():
        if not is_signed_in(reader.token, now=datetime.now(UTC)):
            return None
        return live_state(read_session(), reader.person.id, after=after, language=reader.language)


def _message(state: LiveState) -> str:
    return f"id: {state.last}\ndata: {json.dumps(asdict(state), ensure_ascii=False)}\n\n"
