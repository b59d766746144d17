"""代理设置: who acts for oneself while away; administrators may set it for anybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.people.stand_ins import company_day
from services.people.substitutes import appoint, end, list_colleagues, list_substitutions, read_wanted
from services.processes.versions import list_current
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate

blueprint = Blueprint("substitutes", __name__, url_prefix="/me/substitutes")


@blueprint.get("")
def show() -> Any:
    return _page({}, {})


def _page(typed: dict[str, str], errors: dict[str, list[str]], *, refusal: str = "", status: int = 200) -> Any:
    session, person = read_session(), actor()
    everybody = list_substitutions(session, person, now=now(), of="*") if person.is_admin else []
    page = render_template(
        "substitutes.html",
        typed=typed,
        errors=errors,
        refusal=refusal,
        mine=list_substitutions(session, person, now=now()),
        others=[line for line in everybody if person.username not in (line.absent_username, line.substitute_username)],
        colleagues=list_colleagues(session),
        definitions={definition.key: definition for _version, definition in list_current(session)},
        today=company_day(now()),
    )
    return page, status


@blueprint.post("")
def add() -> Any:
    typed = {name: text.strip() for name, text in request.form.items()}
    try:
        made = appoint(actor(), read_wanted(typed), now=now())
    except InvalidInput as error:
        return _page(typed, dict(error.errors), status=422)
    except Conflict as error:
        return _page(typed, {}, refusal=sentence(error), status=status_of(error))
    values = {"absent": made.absent, "name": made.substitute, "first": made.first_day, "last": made.last_day}
    flash(translate("{first} 至 {last} 由{name}代理{absent}", **values), "success")
    return redirect(url_for("substitutes.show"), 303)


@blueprint.post("/<int:substitution_id>/end")
def finish(substitution_id: int) -> Any:
    ended = end(actor(), substitution_id, now=now())
    flash(translate("{name}不再代理{absent}", name=ended.substitute, absent=ended.absent), "success")
    return redirect(url_for("substitutes.show"), 303)
