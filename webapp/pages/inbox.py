"""The inbox: 待办, 可认领, 已办, 我发起, 抄送我, 即将到来; and the filters that people keep for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from services.database import read_session
from services.errors import Conflict, InvalidInput, NotPermitted, ServiceError
from services.people.organisation import department_names
from services.processes.versions import list_current
from services.tasks import saved_filters
from services.tasks.inbox_filters import OPEN_VIEWS
from services.tasks.inbox_query import FIELDS, to_filter, understood
from services.tasks.list_tasks import list_tasks
from services.tasks.saved_filters import SavedFilter
from webapp.auth import actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate

blueprint = Blueprint("inbox", __name__)

TABS = ("todo", "claimable", "upcoming", "done", "started", "copied")
PAGE = 50
COUNTED = 12
"""So many filters show how much they find; counting more would cost every page more than it tells."""


@blueprint.get("/")
def home() -> Any:
    return redirect(url_for("inbox.show"), 303)


@blueprint.get("/inbox")
def show() -> Any:
    chosen = request.args.get("filter", type=int)
    session = read_session()
    filters = saved_filters.list_filters(session, actor())
    active = next((saved for saved in filters if saved.id == chosen), None)
    if active is not None and not any(name in request.args for name in FIELDS):
        return _page(session, filters, active, dict(active.query))
    return _page(session, filters, active, understood(_asked(request.args)))


def _asked(values: Any) -> dict[str, str]:
    """The fields of a filter that an address or a form has."""
    return {name: values[name] for name in FIELDS if name in values}


def _page(
    session: Session, filters: list[SavedFilter], active: SavedFilter | None, query: dict[str, str], **refused: Any
) -> Any:
    """The list that a query asks for. What makes no sense in an address is as good as not asked."""
    cursor = request.args.get("cursor", "")
    if query.get("view") not in TABS:
        query["view"] = TABS[0]
    wanted = to_filter(query, now=now(), limit=PAGE, cursor=cursor)
    counted = saved_filters.count_results(session, actor(), filters[:COUNTED], now=now())
    return render_template(
        "inbox.html",
        page=list_tasks(session, actor().id, wanted),
        wanted=wanted,
        query=query,
        filtered=any(value for name, value in query.items() if name not in ("view", "sort")),
        definitions={definition.key: definition for _version, definition in list_current(session)},
        departments=department_names(session),
        tabs=TABS,
        open_views=OPEN_VIEWS,
        filters=[*counted, *filters[COUNTED:]],
        active=active,
        changed=active is not None and {"view": TABS[0], **active.query} != query,
        shares=saved_filters.shares_of(actor()),
        **{"refused": "", "typed": {"name": "", "share": ""}, **refused},
    )


@blueprint.post("/inbox/filters")
def keep() -> Any:
    """Keep the filter that is shown under a name."""
    name, share = request.form.get("name", ""), request.form.get("share", "")
    try:
        kept = saved_filters.save_filter(actor(), name, _asked(request.form), share=share)
    except (InvalidInput, Conflict, NotPermitted) as error:
        return _refused(error, None)
    flash(translate("已保存筛选“{name}”", name=kept.name), "success")
    return redirect(url_for("inbox.show", filter=kept.id), 303)


@blueprint.post("/inbox/filters/<int:filter_id>")
def change(filter_id: int) -> Any:
    """Rename or share a filter, or let it ask what the page asks now."""
    try:
        saved_filters.change_filter(
            actor(),
            filter_id,
            name=request.form.get("name"),
            share=request.form.get("share"),
            query=_asked(request.form) if "renew" in request.form else None,
        )
    except (InvalidInput, Conflict) as error:
        return _refused(error, filter_id)
    flash(translate("筛选已更改"), "success")
    return redirect(url_for("inbox.show", filter=filter_id), 303)


def _refused(error: ServiceError, filter_id: int | None) -> Any:
    """The page again, with what was typed and the reason."""
    session = read_session()
    filters = saved_filters.list_filters(session, actor())
    active = next((saved for saved in filters if saved.id == filter_id), None)
    why = sentence(error)
    if isinstance(error, InvalidInput):
        why = "；".join(translate(text) for texts in error.errors.values() for text in texts)
    typed = {"name": request.form.get("name", ""), "share": request.form.get("share", "")}
    query = understood(_asked(request.form))
    return _page(session, filters, active, query, refused=why, typed=typed), status_of(error)


@blueprint.post("/inbox/filters/<int:filter_id>/move")
def move(filter_id: int) -> Any:
    """One place to the front or to the back."""
    mine = [saved.id for saved in saved_filters.list_filters(read_session(), actor()) if saved.is_mine]
    place = mine.index(filter_id) + 1 if filter_id in mine else 1
    step = -1 if request.form.get("to") == "front" else 1
    saved_filters.change_filter(actor(), filter_id, position=max(place + step, 1))
    return redirect(url_for("inbox.show", filter=filter_id), 303)


@blueprint.post("/inbox/filters/<int:filter_id>/copy")
def copy(filter_id: int) -> Any:
    """A shared filter as one's own."""
    copied = saved_filters.copy_filter(actor(), filter_id)
    flash(translate("已保存筛选“{name}”", name=copied.name), "success")
    return redirect(url_for("inbox.show", filter=copied.id), 303)


@blueprint.post("/inbox/filters/<int:filter_id>/delete")
def delete(filter_id: int) -> Any:
    saved_filters.delete_filter(actor(), filter_id)
    flash(translate("筛选已删除"), "success")
    return redirect(url_for("inbox.show"), 303)
