"""Rehearsals on the real pages: below ``/play/<id>`` the application is served in the rehearsal's own world.

The prefix is taken off before routing, so that every page, address and form is the ordinary one; who is played, the
clock and the schema come from the rehearsal, after the real session has shown that it is its owner who asks. Signing
in and out, the API, the live stream and everything that manages the real company is not reachable there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.exc import ProgrammingError

from services.database import inside_world, read_session
from services.people.accounts import find_actor_by_id
from services.play.plays import Play, PlayId, get_play, is_gone
from services.types import Actor, UserId
from webapp import auth
from webapp.errors import answer
from webapp.i18n import translate

PLAY, REPLAY = "huiqian.play", "huiqian.replay"
_PATH = re.compile(r"/play/([1-9][0-9]{0,8})(/.*)?")
PAGES = frozenset(
    {
        *("inbox", "search", "cases", "tasks", "verbs", "discussion", "forms", "processes", "notices"),
        *("calendar", "boards", "papers", "registers", "customers", "budgets", "gifts", "complaints", "orders"),
        *("complaint_report", "solutions", "visits", "diagrams", "known", "play_controls"),
    }
)
"""The parts of the application that are played; nothing of them reaches beyond the database."""
_BESIDES = frozenset({"sign_in.language"})
_UNREACHABLE = "试运行里不能打开这个页面；结束试运行后再打开"

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PlayPaths:
    """Takes ``/play/<id>`` off the path and marks the request with the rehearsal's id."""

    def __init__(self, inner: WsgiApp) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if found:
            script = f"{environ.get('SCRIPT_NAME', '')}/play/{found[1]}"
            environ = {**environ, "SCRIPT_NAME": script, "PATH_INFO": found[2] or "/", PLAY: int(found[1])}
        return self._inner(environ, start_response)


class PlaySessions(SecureCookieSessionInterface):
    """What a rehearsal's pages keep for the browser stays on its own paths: messages of one world never show in the
    other, and a token of one is none in the other."""

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"{name}_play" if PLAY in request.environ else name

    def get_cookie_path(self, app: Flask) -> str:
        return request.script_root if PLAY in request.environ else super().get_cookie_path(app)


def init_app(app: Flask) -> None:
    """Call it before ``auth``: a request of a rehearsal has its person and clock by then."""
    app.wsgi_app = PlayPaths(app.wsgi_app)  # type: ignore[method-assign]
    app.session_interface = PlaySessions()
    app.before_request(_enter)
    app.after_request(_stay_inside)
    app.teardown_request(_leave)
    app.register_error_handler(ProgrammingError, _on_missing_table)
    app.jinja_env.globals["playing"] = find_play


def find_play() -> Play | None:
    """The rehearsal that this request is in."""
    return g.get("play")


def playing() -> Play:
    """The same, where there must be one."""
    found: Play = g.play
    return found


def real_actor() -> Actor:
    """The process owner who plays."""
    found: Actor = g.real_actor
    return found


def real_now() -> datetime:
    found: datetime = g.real_now
    return found


def _enter() -> Any:
    """Before anything of the application runs: whose rehearsal it is, then its world, its person, its clock."""
    play_id = request.environ.get(PLAY)
    if play_id is None:
        return None
    if request.endpoint == "static":
        return None
    real = auth.find_signed_in()
    if real is None:
        return redirect(_from_root(url_for("sign_in.form")), 303)
    if request.endpoint == "live.stream":
        return Response(status=204)  # nothing to tell: it stops listening
    play = get_play(read_session(), real, PlayId(play_id))
    g.real_actor, g.real_now = real, auth.now()
    person_id, g.now = _replayed() or (play.person_id, play.clock)
    g.before_refusal = _leave_if_gone
    g.worlds = ExitStack()
    g.worlds.enter_context(inside_world(play.schema))
    g.play = play
    g.actor = g.player = find_actor_by_id(read_session(), person_id)
    if request.endpoint is not None and not _is_played(request.endpoint):
        return answer(404, translate(_UNREACHABLE))
    return None


def _replayed() -> tuple[UserId, datetime] | None:
    """Who does it, and when, where an earlier action is done again; only the program itself can say so."""
    found: tuple[UserId, datetime] | None = request.environ.get(REPLAY)
    return found


def _is_played(endpoint: str) -> bool:
    return endpoint in _BESIDES or endpoint.partition(".")[0] in PAGES


def _from_root(address: str) -> str:
    """An address without the rehearsal's prefix; marked, so that it is not put back."""
    g.leaves_play = True
    return address.removeprefix(request.script_root)


def leave_to(address: str) -> Any:
    """Send the browser out of the rehearsal, to a page of the real application."""
    return redirect(_from_root(address), 303)


def _stay_inside(response: Response) -> Response:
    """Where a page sends the browser to a bare path, it means one of the same world."""
    root = request.script_root
    place = response.headers.get("Location", "")
    bare = place.startswith("/") and place != root and not place.startswith(f"{root}/")
    if PLAY in request.environ and bare and not g.get("leaves_play"):
        response.headers["Location"] = f"{root}{place}"
    return response


def _on_missing_table(error: ProgrammingError) -> Any:
    """A rehearsal that is ended in one window while another is at it has no tables any more."""
    play = find_play()
    if play is None or not is_gone(play.schema):
        raise error
    return answer(404, translate("试运行已经结束"))


def _leave_if_gone() -> None:
    """The page that says so is one of the real world: nothing of the other can be asked."""
    play = find_play()
    if play is not None and is_gone(play.schema):
        _leave(None)
        g.pop("play")
        g.actor = g.real_actor


def _leave(_error: BaseException | None) -> None:
    worlds: ExitStack | None = g.pop("worlds", None)
    if worlds is not None:
        worlds.close()
