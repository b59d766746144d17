"""Filters of the inbox that people keep under a name, for themselves or for everybody in a department or post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbDepartment, DbPost, DbUser
from services.processes.models import DbProcess
from services.tasks.inbox_query import cleaned, to_filter
from services.tasks.list_tasks import count_tasks
from services.tasks.models import DbSavedFilter
from services.types import Actor

MAX_FILTERS, MAX_NAME, MAX_COUNTED = 30, 40, 1_000
DEPARTMENT, POST = "department:", "post:"


@dataclass(frozen=True, kw_only=True)
class SavedFilter:
    """One filter as a person sees it. ``count`` goes up to 1,000, which reads as "many"; None when not counted."""

    id: int
    name: str
    query: Mapping[str, str]
    owner: str
    is_mine: bool
    shared_with: str
    """The department or post, empty for a filter of one's own."""
    share: str
    """The same as ``share`` is given: ``department:…``, ``post:…`` or empty."""
    count: int | None = None


def list_filters(session: Session, actor: Actor) -> list[SavedFilter]:
    """A person's own filters in their order, then those shared with them."""
    owner = aliased(DbUser)
    with_post = DbSavedFilter.post_id.in_(select(DbPost.id).where(DbPost.name.in_(actor.posts)))
    # nobody's department is no department: compared with NULL, every filter that is not shared would match
    with_department = DbSavedFilter.department_id == (actor.department_id or 0)
    shared = or_(with_department, with_post)
    query = (
        select(DbSavedFilter, owner.name, DbDepartment.name, DbPost.name)
        .join(owner, owner.id == DbSavedFilter.owner_id)
        .outerjoin(DbDepartment, DbDepartment.id == DbSavedFilter.department_id)
        .outerjoin(DbPost, DbPost.id == DbSavedFilter.post_id)
        .where(or_(DbSavedFilter.owner_id == actor.id, shared))
        .order_by(DbSavedFilter.owner_id != actor.id, DbSavedFilter.position, DbSavedFilter.id)
    )
    return [_shown(row, name, department, post, actor) for row, name, department, post in session.execute(query)]


def _shown(row: DbSavedFilter, owner: str, department: str | None, post: str | None, actor: Actor) -> SavedFilter:
    share = f"{DEPARTMENT}{department}" if department else f"{POST}{post}" if post else ""
    return SavedFilter(
        id=row.id,
        name=row.name,
        query={name: str(value) for name, value in row.query.items()},
        owner=owner,
        is_mine=row.owner_id == actor.id,
        shared_with=department or post or "",
        share=share,
    )


def count_results(
    session: Session, actor: Actor, filters: Sequence[SavedFilter], *, now: datetime
) -> list[SavedFilter]:
    """The same filters with how much each finds for this person, in one query."""
    wanted = [to_filter(saved.query, now=now) for saved in filters]
    counts = count_tasks(session, actor.id, wanted, most=MAX_COUNTED)
    return [replace(saved, count=count) for saved, count in zip(filters, counts, strict=True)]


def get_filter(session: Session, actor: Actor, filter_id: int) -> SavedFilter:
    """One of the filters that the person has. Raises NotFound."""
    found = next((saved for saved in list_filters(session, actor) if saved.id == filter_id), None)
    if found is None:
        raise NotFound("没有这个筛选，或已经不再与您共享")
    return found


def save_filter(actor: Actor, name: str, query: Mapping[str, Any], *, share: str = "") -> SavedFilter:
    """Keep a filter as the last of this person's.

    Raises InvalidInput naming what is wrong with name, query or share, Conflict when the name is taken or there are
    too many, NotPermitted for sharing beyond one's own department and posts.
    """
    name = _checked_name(name)
    with transaction() as session:
        _lock_owner(session, actor)
        mine = _own(session, actor)
        if len(mine) >= MAX_FILTERS:
            raise Conflict("最多保存 {count} 个筛选，请先删除不用的", count=MAX_FILTERS)
        _require_free(mine, name)
        row = DbSavedFilter(owner_id=actor.id, name=name, query=_checked_query(session, query))
        row.position = max((other.position for other in mine), default=0) + 1
        row.department_id, row.post_id = _shared_with(session, actor, share)
        session.add(row)
        session.flush()
        return get_filter(session, actor, row.id)


def copy_filter(actor: Actor, filter_id: int) -> SavedFilter:
    """A copy of a shared filter as one's own. Raises what ``get_filter`` and ``save_filter`` raise."""
    with transaction() as session:
        shared = get_filter(session, actor, filter_id)
        taken = {row.name for row in _own(session, actor)}
    name, number = shared.name, 2
    while name in taken:
        name, number = f"{shared.name[: MAX_NAME - 4]} {number}", number + 1
    return save_filter(actor, name, shared.query)


def change_filter(
    actor: Actor,
    filter_id: int,
    *,
    name: str | None = None,
    query: Mapping[str, Any] | None = None,
    share: str | None = None,
    position: int | None = None,
) -> SavedFilter:
    """Change what is given; ``position`` counts from 1 and moves the others along. Raises what ``save_filter`` raises,
    NotFound, and NotPermitted for somebody else's."""
    with transaction() as session:
        _lock_owner(session, actor)
        row = _get_own(session, actor, filter_id)
        mine = _own(session, actor)
        if name is not None:
            name = _checked_name(name)
            _require_free([other for other in mine if other.id != row.id], name)
            row.name = name
        if query is not None:
            row.query = _checked_query(session, query)
        if share is not None:
            row.department_id, row.post_id = _shared_with(session, actor, share)
        if position is not None:
            _move(mine, row, position)
        session.flush()
        return get_filter(session, actor, row.id)


def delete_filter(actor: Actor, filter_id: int) -> None:
    """Raises NotFound, and NotPermitted for somebody else's."""
    with transaction() as session:
        _lock_owner(session, actor)
        session.delete(_get_own(session, actor, filter_id))


def _move(mine: list[DbSavedFilter], row: DbSavedFilter, position: int) -> None:
    others = [other for other in mine if other.id != row.id]
    place = min(max(position, 1), len(mine)) - 1
    for at, other in enumerate([*others[:place], row, *others[place:]], 1):
        other.position = at


def _lock_owner(session: Session, actor: Actor) -> None:
    """One change of a person's filters at a time: their number and order are looked at before they change."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("saved_filters"), actor.id)))


def _own(session: Session, actor: Actor) -> list[DbSavedFilter]:
    query = select(DbSavedFilter).where(DbSavedFilter.owner_id == actor.id)
    return list(session.scalars(query.order_by(DbSavedFilter.position, DbSavedFilter.id)))


def _get_own(session: Session, actor: Actor, filter_id: int) -> DbSavedFilter:
    get_filter(session, actor, filter_id)
    row = session.get_one(DbSavedFilter, filter_id)
    if row.owner_id != actor.id:
        raise NotPermitted("只有保存的人可以更改；您可以复制一份")
    return row


def _require_free(others: Sequence[DbSavedFilter], name: str) -> None:
    if name in {other.name for other in others}:
        raise Conflict("您已经有一个叫“{name}”的筛选，请换个名称", name=name)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput({"name": ["此项必填"]})
    if len(name) > MAX_NAME:
        raise InvalidInput({"name": [f"最多 {MAX_NAME} 个字"]})
    return name


def _checked_query(session: Session, query: Mapping[str, Any]) -> dict[str, str]:
    found = cleaned(query)
    process = found.get("process")
    if process and session.get(DbProcess, process) is None:
        raise InvalidInput({"process": ["没有这个流程"]})
    return found


def _shared_with(session: Session, actor: Actor, share: str) -> tuple[int | None, int | None]:
    """The ids of department and post. People share with those they work with: their own department and posts."""
    if not share:
        return None, None
    if share == f"{DEPARTMENT}{actor.department}" and actor.department_id is not None:
        return actor.department_id, None
    if share.startswith(POST) and share.removeprefix(POST) in actor.posts:
        return None, session.scalar(select(DbPost.id).where(DbPost.name == share.removeprefix(POST)))
    if share.startswith((DEPARTMENT, POST)):
        raise NotPermitted("只能与自己的部门或岗位共享")
    raise InvalidInput({"share": [f"可用：{DEPARTMENT}…、{POST}…"]})


def shares_of(actor: Actor) -> list[tuple[str, str]]:
    """With whom this person may share: what to give as ``share``, and its name."""
    department = [(f"{DEPARTMENT}{actor.department}", actor.department)] if actor.department_id is not None else []
    return department + [(f"{POST}{post}", post) for post in sorted(actor.posts)]
