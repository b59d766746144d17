"""Signing in and out, and the language of the screens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for

from services.demo import PEOPLE
from services.errors import NotPermitted, RateLimited
from services.people import accounts
from webapp import auth, i18n
from webapp.auth import PUBLIC, access, find_current_actor, now, safe_next
from webapp.errors import sentence, status_of

blueprint = Blueprint("sign_in", __name__)

LANGUAGE_SECONDS = 365 * 24 * 3600


@blueprint.get("/sign-in")
@access(PUBLIC)
def form() -> Any:
    if find_current_actor() is not None:
        return redirect(safe_next(request.args.get("next")), 303)
    return _page()


def _page(error: str = "", status: int = 200) -> Any:
    people = PEOPLE if current_app.config["DEMO"] else ()
    wanted = request.values.get("next", "")
    return render_template("sign_in.html", people=people, error=error, wanted=wanted), status


@blueprint.post("/sign-in")
@access(PUBLIC)
def submit() -> Any:
    try:
        signed_in = accounts.sign_in(
            request.form.get("username", "").strip(),
            request.form.get("password", ""),
            kind="browser",
            address=request.remote_addr or "",
            now=now(),
        )
    except (NotPermitted, RateLimited) as error:
        return _page(sentence(error), 401 if isinstance(error, NotPermitted) else status_of(error))
    return _enter(signed_in)


@blueprint.post("/sign-in/demo")
@access(PUBLIC)
def demo() -> Any:
    if not current_app.config["DEMO"]:
        abort(404)
    return _enter(accounts.sign_in_as_demo(request.form.get("username", ""), now=now()))


def _enter(signed_in: accounts.SignedIn) -> Any:
    session.clear()
    return auth.open_session(redirect(safe_next(request.form.get("next")), 303), signed_in)


@blueprint.post("/sign-out")
@access(PUBLIC)
def leave() -> Any:
    accounts.sign_out(request.cookies.get(auth.COOKIE, ""))
    session.clear()
    response = redirect(url_for("sign_in.form"), 303)
    response.delete_cookie(auth.COOKIE)
    return response


@blueprint.post("/language")
@access(PUBLIC)
def language() -> Any:
    wanted = request.form.get("language", "")
    response = redirect(safe_next(request.form.get("next")), 303)
    if wanted in i18n.LANGUAGES:
        secure = current_app.config["SECURE"]
        response.set_cookie(i18n.COOKIE, wanted, max_age=LANGUAGE_SECONDS, samesite="Lax", secure=secure, httponly=True)
    return response
