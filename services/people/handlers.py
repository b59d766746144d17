"""Posts and people together, as somebody chooses among them whom to give something to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.people.directory import search_people
from services.people.models import DbPost, DbPostHolder, DbUser

MAX_POSTS = 12


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A post or a person. ``code`` is the post's name or the user name, as the diagrams' ``performer`` reads it."""

    code: str
    label: str
    detail: str


def labels_of_handlers(session: Session, codes: Collection[str]) -> dict[str, str]:
    """The posts, and the active people, of these codes."""
    posts = session.scalars(select(DbPost.name).where(DbPost.name.in_(codes)))
    people = session.execute(select(DbUser.username, DbUser.name).where(DbUser.username.in_(codes), DbUser.active))
    return {**{name: name for name in posts}, **{row.username: row.name for row in people}}


def search_handlers(session: Session, text: str) -> list[Handler]:
    """Posts that somebody holds, then active people, whose name contains the text."""
    word = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = session.execute(
        select(DbPost.name, func.string_agg(DbUser.name, "、").label("holders"))
        .join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
        .join(DbUser, DbUser.id == DbPostHolder.user_id)
        .where(DbUser.active, DbPost.name.ilike(f"%{word}%"))
        .group_by(DbPost.id)
        .order_by(DbPost.id)
        .limit(MAX_POSTS)
    )
    posts = [Handler(code=row.name, label=row.name, detail=row.holders[:60]) for row in rows]
    people = search_people(session, text)
    return posts + [
        Handler(code=one.username, label=one.name, detail=" · ".join(filter(None, (one.username, one.department))))
        for one in people
    ]
