"""周看板, 月看板, and the calendar that a phone subscribes to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.planning import board, feed
from services.processes.versions import list_current
from services.runtime import runtime
from webapp.auth import PUBLIC, access, actor, now
from webapp.i18n import translate
from webapp.rendering import local

blueprint = Blueprint("boards", __name__, url_prefix="/board")

WEEK, MONTH = VIEWS = ("week", "month")


@blueprint.get("")
def show() -> Any:
    view, scope = _choice("view", VIEWS), _choice("scope", board.SCOPES)
    today = local(now()).date()
    session = read_session()
    day = _day(board.next_working_day(session, today))
    if view == WEEK:
        content: dict[str, Any] = {"week": board.week_board(session, actor(), scope, day, today=today)}
        steps = day - timedelta(days=7), day + timedelta(days=7)
    else:
        content = {"month": board.month_board(session, actor(), scope, day)}
        first = day.replace(day=1)
        steps = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    english = {definition.key: definition.english for _version, definition in list_current(session)}
    return render_template(
        "board.html",
        view=view,
        scope=scope,
        day=day,
        today=today,
        steps=steps,
        english=english,
        feed=feed.find_feed(session, actor()),
        **content,
    )


def _choice(name: str, known: tuple[str, ...]) -> str:
    """A word of the address; what is not known is the first."""
    wanted = request.args.get(name, "")
    return wanted if wanted in known else known[0]


def _day(otherwise: date) -> date:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise


@blueprint.post("/feed")
def subscribe() -> Any:
    """A new address; it is shown once, because only its digest is kept."""
    secret = feed.open_feed(actor(), now=now())
    address = url_for("boards.calendar", secret=secret)
    return render_template("board_feed.html", address=f"{runtime().base_url}{address}")


@blueprint.post("/feed/stop")
def unsubscribe() -> Any:
    feed.close_feed(actor())
    flash(translate("日历订阅已停用，原来的地址不再有效"), "success")
    return redirect(url_for("boards.show"), 303)


@blueprint.get("/feed/<secret>.ics")
@access(PUBLIC)
def calendar(secret: str) -> Response:
    """A person's dates for whoever has the address; a calendar program has no other way to sign in."""
    if len(secret) > 100:
        abort(404)
    body = feed.read_feed(secret, now=now())
    response = Response(body, mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Content-Disposition"] = 'inline; filename="huiqian.ics"'
    return response
