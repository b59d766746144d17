"""Searching everything."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.search.find import CUSTOMERS, Hit, Wanted, search
from webapp.api.blueprint import api, instant, limit, listing
from webapp.auth import actor

_FEW = 5


@api.get("/search")
def search_everything() -> Any:
    """Customers, cases, own open tasks and comments in which every word of ``q`` occurs; ``kind`` for pages of one."""
    kind = request.args.get("kind", "")
    wanted = Wanted(
        query=request.args.get("q", ""),
        kind=kind,
        limit=limit() if kind or "limit" in request.args else _FEW,
        cursor=request.args.get("cursor", "") if kind else "",
    )
    groups = search(read_session(), actor(), wanted).groups
    following = groups[kind].next_cursor if kind else None
    return listing([_hit_json(hit) for group in groups.values() for hit in group.hits], following)


def _hit_json(hit: Hit) -> dict[str, Any]:
    place: dict[str, Any] = {"customer": {"code": hit.number, "name": hit.title}}
    if hit.kind != CUSTOMERS:
        case = {"id": hit.case_id, "number": hit.number, "process": hit.process, "title": hit.title}
        place = {"case": {**case, "status": hit.status}, "task_id": hit.task_id, "step": hit.name, "who": hit.who}
    return {
        "kind": hit.kind,
        **place,
        "at": instant(hit.at),
        "due_at": instant(hit.due_at),
        "field": hit.label,
        "excerpt": "".join(piece.text for piece in hit.excerpt),
        "matches": [piece.text for piece in hit.excerpt if piece.found],
    }
