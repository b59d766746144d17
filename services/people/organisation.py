"""Who holds a post, who heads a department, who is above whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.errors import NotFound
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.types import ADMIN_POST, UserId

STARTER = "申请人"
DEPARTMENT_HEAD = "部门主管"
MAX_LEVELS = 10


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Whose a task is, and why. One person is the assignee; several may claim."""

    people: tuple[UserId, ...]
    reason: str
    """``post``, ``starter``, ``department_head``, ``superior`` (the post resolved to the starter alone), ``left`` (the
    applicant left: the superior steps in) or ``administrator`` (nobody else was found)."""
    lane: str

    @property
    def assignee(self) -> UserId | None:
        return self.people[0] if len(self.people) == 1 else None


def assign(session: Session, lane: str, *, starter_id: int, department_id: int | None, signs: bool) -> Assignment:
    """Find the people of a lane for one case.

    A step that ``signs`` never goes to the starter: if the lane resolves to the starter alone, it goes to the nearest
    active superior. If there is nobody at all, to the administrators, so that no task is ever lost.
    """
    if lane == STARTER:
        starter = session.get_one(DbUser, starter_id)
        people, reason = ([starter_id], "starter") if starter.active else (_superior(session, starter_id), "left")
    elif lane == DEPARTMENT_HEAD:
        people, reason = _department_head(session, department_id), "department_head"
    else:
        people, reason = _post_holders(session, lane), "post"
    if signs and people and set(people) <= {starter_id}:
        people, reason = _superior(session, starter_id), "superior"
    elif signs:
        people = [person for person in people if person != starter_id]
    if not people:
        people = [person for person in _post_holders(session, ADMIN_POST) if person != starter_id]
        reason = "administrator"
    return Assignment(people=tuple(UserId(person) for person in people), reason=reason, lane=lane)


def _post_holders(session: Session, post: str) -> list[int]:
    return list(
        session.scalars(
            select(DbUser.id)
            .join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
            .join(DbPost, DbPost.id == DbPostHolder.post_id)
            .where(DbPost.name == post, DbUser.active)
            .order_by(DbUser.id)
        )
    )


def _department_head(session: Session, department_id: int | None) -> list[int]:
    return list(
        session.scalars(
            select(DbUser.id)
            .join(DbDepartment, DbDepartment.head_id == DbUser.id)
            .where(DbDepartment.id == department_id, DbUser.active)
        )
    )


def _superior(session: Session, user_id: int) -> list[int]:
    """The nearest active superior; the department's head stands in where no superior is named."""
    seen = {user_id}
    for _level in range(MAX_LEVELS):
        above = find_superior(session, user_id)
        if above is None or above.id in seen:
            return []
        if above.active:
            return [above.id]
        seen.add(above.id)
        user_id = above.id
    return []


def find_superior(session: Session, user_id: int) -> DbUser | None:
    """The person's named superior, else the head of the department unless that is the person."""
    person = aliased(DbUser)
    head_id = session.execute(
        select(person.superior_id, DbDepartment.head_id)
        .outerjoin(DbDepartment, DbDepartment.id == person.department_id)
        .where(person.id == user_id)
    ).one()
    superior_id = head_id[0] if head_id[0] is not None else head_id[1]
    return None if superior_id in (None, user_id) else session.get(DbUser, superior_id)


def holders_of(session: Session, lane: str, *, starter_id: int, department_id: int | None) -> list[int]:
    """The people a notice to this lane goes to."""
    return list(assign(session, lane, starter_id=starter_id, department_id=department_id, signs=False).people)


def names_of(session: Session, user_ids: Iterable[int | None]) -> dict[int, str]:
    """Display names by id."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = session.execute(select(DbUser.id, DbUser.name).where(DbUser.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def get_user(session: Session, username: str) -> DbUser:
    """Raises NotFound."""
    user = session.scalar(select(DbUser).where(DbUser.username == username))
    if user is None:
        raise NotFound("没有名为“{username}”的用户", username=username)
    return user
