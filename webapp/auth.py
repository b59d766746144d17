"""Who is asking, and which routes ask for whom. A route without a rule is for people who signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, Unauthorized

from services.people.accounts import BROWSER_LIFE, SignedIn, find_actor
from services.types import Actor

COOKIE = "huiqian_session"
_LOCAL_PATH = re.compile(r"/[^\x00-\x20\x7f\\]*")
PUBLIC, SIGNED_IN, ADMIN, OWNER, MENDER = "public", "signed_in", "admin", "owner", "mender"
"""``MENDER``: owners of processes and administrators."""
View = TypeVar("View", bound=Callable[..., Any])


def access(rule: str) -> Callable[[View], View]:
    """Give a view another rule than the default, which is: signed in."""

    def mark(view: View) -> View:
        view.access = rule  # type: ignore[attr-defined]
        return view

    return mark


def passive(view: View) -> View:
    """Mark a view that pages call by themselves: it does not keep anybody signed in."""
    view.passive = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    app.before_request(_check)


def now() -> datetime:
    """The moment of this request: one for everything it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


def actor() -> Actor:
    """The signed-in person; only views that require one may ask."""
    found: Actor = g.actor
    return found


def find_current_actor() -> Actor | None:
    return g.get("actor")


def is_api() -> bool:
    return request.path.startswith("/api/")


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: the 404 is the same for everybody
    rule = SIGNED_IN
    if request.endpoint == "static":
        return None
    rule = getattr(current_app.view_functions[request.endpoint], "access", SIGNED_IN)
    # in a rehearsal the person who is played
    g.actor = g.get("player") or (_from_header() if is_api() else find_signed_in())
    if rule == PUBLIC:
        return None
    if g.actor is None:
        if is_api():
            raise Unauthorized
        return _to_sign_in()
    if not _fulfils(g.actor, rule):
        raise Forbidden
    return None


def _fulfils(person: Actor, rule: str) -> bool:
    if rule == MENDER:
        return person.sees_every_case
    return (rule != ADMIN or person.is_admin) and (rule != OWNER or person.is_owner)


def find_signed_in() -> Actor | None:
    """Whose browser's session the request carries."""
    token = request.cookies.get(COOKIE)
    view = current_app.view_functions.get(request.endpoint or "")
    by_itself = getattr(view, "passive", False)
    return find_actor(token, kind="browser", now=now(), passive=by_itself) if token else None


def _from_header() -> Actor | None:
    """The API takes no cookies, so that no other site can make a browser use it."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return find_actor(token.strip(), kind="api", now=now()) if scheme.lower() == "bearer" and token else None


def _to_sign_in() -> Response:
    if request.accept_mimetypes.best == "text/event-stream":
        return Response(status=204)  # tells a page that was left open to stop listening (WHATWG HTML, 9.2.3)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.form", next=wanted), 303)  # type: ignore[return-value]


def open_session(response: Any, signed_in: SignedIn) -> Any:
    """Put the new session's secret into the cookie; the one before is worthless to whoever kept it."""
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=int(BROWSER_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SECURE"],
        path="/",
    )
    return response


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this site, never another one."""
    if not target or not _LOCAL_PATH.fullmatch(target) or target.startswith("//"):
        return url_for("inbox.show")
    return target
