"""The company's calendar: public holidays, make-up days, and the company's own."""

from __future__ import annotations

import calendar as months
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.people.company_calendar import list_company_days, load_calendar, remove_company_day, set_company_day
from webapp.auth import ADMIN, access, actor, now
from webapp.i18n import translate
from webapp.rendering import local

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")


@blueprint.get("")
def show() -> Any:
    year = request.args.get("year", local(now()).year, type=int)
    if not 2000 <= year <= 2100:
        abort(404)
    session = read_session()
    return render_template(
        "calendar.html",
        year=year,
        calendar=load_calendar(session),
        own={entry.day: entry for entry in list_company_days(session)},
        weeks_of=lambda month: months.Calendar().monthdatescalendar(year, month),
        today=local(now()).date(),
        editable=actor().is_admin,
    )


@blueprint.post("")
@access(ADMIN)
def change() -> Any:
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        abort(422)
    kind = request.form.get("kind")
    if kind == "public":
        remove_company_day(actor(), day)
    elif kind in ("work", "rest"):
        set_company_day(actor(), day, works=kind == "work", note=request.form.get("note", ""))
    else:
        abort(422)
    flash(translate("日历已更改"), "success")
    return redirect(url_for("calendar.show", year=day.year), 303)
