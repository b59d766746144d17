"""Saved filters of the inbox."""

from __future__ import annotations

from typing import Any

from services.database import read_session
from services.errors import InvalidInput
from services.tasks import saved_filters
from webapp.api.blueprint import api, json_body, listing, record_of, text_of
from webapp.auth import actor, now


@api.get("/filters")
def list_filters() -> Any:
    """One's own filters in their order, then those shared with one, each with how much it finds (1,000 at most)."""
    session, person = read_session(), actor()
    found = saved_filters.list_filters(session, person)
    return listing([_json(saved) for saved in saved_filters.count_results(session, person, found, now=now())], None)


@api.post("/filters")
def save_filter() -> Any:
    """Keep a filter; ``query`` has the fields of the inbox's address, ``share`` is ``department:…`` or ``post:…``."""
    body = json_body()
    share = text_of(body, "share", required=False)
    return _json(saved_filters.save_filter(actor(), text_of(body, "name"), record_of(body, "query"), share=share)), 201


@api.patch("/filters/<int:filter_id>")
def change_filter(filter_id: int) -> Any:
    """Change what is given of name, query, share and position."""
    body = json_body()
    position = body.get("position")
    if position is not None and (type(position) is not int or position < 1):
        raise InvalidInput({"position": ["内容不正确"]})
    changed = saved_filters.change_filter(
        actor(),
        filter_id,
        name=text_of(body, "name") if "name" in body else None,
        query=record_of(body, "query") if "query" in body else None,
        share=text_of(body, "share", required=False) if "share" in body else None,
        position=position,
    )
    return _json(changed)


@api.delete("/filters/<int:filter_id>")
def delete_filter(filter_id: int) -> Any:
    """Delete one of one's own filters."""
    saved_filters.delete_filter(actor(), filter_id)
    return "", 204


def _json(saved: saved_filters.SavedFilter) -> dict[str, Any]:
    return {
        "id": saved.id,
        "name": saved.name,
        "query": dict(saved.query),
        "owner": saved.owner,
        "mine": saved.is_mine,
        "share": saved.share or None,
        "count": saved.count,
    }
