"""The inbox: 待办, 可认领, 已办, 我发起."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from services.database import read_session
from services.processes.versions import list_current
from services.tasks.list_tasks import InboxFilter, list_tasks
from webapp.auth import actor, now
from webapp.rendering import local

blueprint = Blueprint("inbox", __name__)

TABS = ("todo", "claimable", "done", "started")
PAGE = 50


@blueprint.get("/")
def home() -> Any:
    return redirect(url_for("inbox.show"), 303)


@blueprint.get("/inbox")
def show() -> Any:
    wanted = _filter()
    session = read_session()
    page = list_tasks(session, actor().id, wanted)
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    filtered = any((wanted.process, wanted.text, wanted.due_before, wanted.amount_from, wanted.amount_to))
    return render_template(
        "inbox.html", page=page, wanted=wanted, definitions=definitions, filtered=filtered, tabs=TABS
    )


def _filter() -> InboxFilter:
    """What the address asks for; what makes no sense is as good as not asked."""
    values = request.args
    view = values.get("view", "todo")
    sort = values.get("sort", "due")
    return InboxFilter(
        view=view if view in TABS else "todo",
        process=values.get("process", ""),
        text=values.get("q", "").strip(),
        due_before=_due(values.get("due", "")),
        amount_from=_amount(values.get("amount_from", "")),
        amount_to=_amount(values.get("amount_to", "")),
        sort=sort if sort.removeprefix("-") in ("due", "created", "amount") else "due",
        limit=PAGE,
        cursor=values.get("cursor", ""),
    )


def _due(text: str) -> date | None:
    today = local(now()).date()
    return {"late": today - timedelta(days=1), "today": today, "week": today + timedelta(days=7)}.get(text)


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
