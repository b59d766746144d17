"""Process owners at their drafts: two of them, and small changes to a process that everybody knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from services.database import db, read_session
from services.people.models import DbPost, DbPostHolder
from services.processes.beginning import TEMPLATE, Naming, begin_process
from services.processes.drafts import Draft, change_files, get_draft
from services.processes.models import DbProcessVersion
from services.processes.publish import publish_draft
from services.types import OWNER_POST, Actor
from tests.conftest import MONDAY, find_actor

KEY = "purchase"


def owner() -> Actor:
    return find_actor("owner")


def second() -> Actor:
    """Another owner, for services: the post is only on the actor."""
    person = find_actor("manager")
    return replace(person, posts=person.posts | {OWNER_POST})


@contextmanager
def second_owner() -> Iterator[str]:
    """Another owner who can also sign in; the user name."""
    person = find_actor("manager")
    post = db.session.query(DbPost).filter_by(name=OWNER_POST).one()
    holder = DbPostHolder(post_id=post.id, user_id=person.id)
    db.session.add(holder)
    db.session.commit()
    yield "manager"
    db.session.delete(db.session.merge(holder))
    db.session.commit()


def draft(key: str = KEY) -> Draft:
    read_session().rollback()
    return get_draft(read_session(), owner(), key)


def begin(key: str = KEY, *, template: str = "by_amount", title: str = "采购申请", prefix: str = "CG") -> None:
    begin_process(owner(), TEMPLATE, template, Naming(key=key, title=title, prefix=prefix), now=MONDAY)


def publish_now(key: str = KEY, *, note: str = "第一版", actor: Actor | None = None) -> DbProcessVersion:
    revision = draft(key).revision
    return publish_draft(actor or owner(), key, revision=revision, note=note, despite_warnings=True, now=MONDAY)


def describe(
    text: str, *, key: str = KEY, actor: Actor | None = None, now: datetime = MONDAY, revision: int | None = None
) -> int:
    """Write another description into the settings; the new revision."""
    found = draft(key)
    lines = [line for line in found.files["process.toml"].decode().splitlines() if not line.startswith("description")]
    lines.insert(2, f'description = "{text}"')
    content = ("\n".join(lines) + "\n").encode()
    at = found.revision if revision is None else revision
    return change_files(actor or owner(), key, {"process.toml": content}, revision=at, now=now)
