"""Who holds a post, who heads a department, who is above whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.errors import NotFound
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.types import ADMIN_POST, UserId
from workflows.definition import NOBODY_SUPERIOR, NOBODY_USER

STARTER = "申请人"
DEPARTMENT_HEAD = "部门主管"
MAX_LEVELS = 10


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Whose a task is, and why. One person is the assignee; several may claim."""

    people: tuple[UserId, ...]
    reason: str
    """``post``, ``starter``, ``department_head``; or why it is somebody else: ``superior`` (the post resolved to the
    starter alone), ``left`` (the applicant left: the superior steps in), and where nobody is there, by the process's
    policy, ``nobody_superior``, ``nobody_named`` or, as the last resort always, ``administrator``."""
    lane: str

    @property
    def assignee(self) -> UserId | None:
        return self.people[0] if len(self.people) == 1 else None

    @property
    def is_detour(self) -> bool:
        """Whether it went elsewhere than the lane says, which the history tells."""
        return self.reason in ("superior", "left", "nobody_superior", "nobody_named", "administrator")


def assign(
    session: Session,
    lane: str,
    *,
    starter_id: int,
    department_id: int | None,
    signs: bool,
    nobody: str = NOBODY_SUPERIOR,
    without: Collection[int] = (),
) -> Assignment:
    """Find the people of a lane for one case; ``without`` are people to think away.

    A step that ``signs`` never goes to the starter: if the lane resolves to the starter alone, it goes to the nearest
    active superior. If there is nobody at all, it goes where the process says (``nobody``: ``superior``,
    ``administrator`` or ``user:<name>``), and at last to the administrators, so that no task is ever lost.
    """
    if lane == STARTER:
        here = session.get_one(DbUser, starter_id).active and starter_id not in without
        people, reason = ([starter_id], "starter") if here else (_superior(session, starter_id, without), "left")
    elif lane == DEPARTMENT_HEAD:
        people, reason = _department_head(session, department_id, without), "department_head"
    else:
        people, reason = _post_holders(session, lane, without), "post"
    if signs and people and set(people) <= {starter_id}:
        people, reason = _superior(session, starter_id, without), "superior"
    elif signs:
        people = [person for person in people if person != starter_id]
    if not people:
        people, reason = where_nobody_is(session, nobody, starter_id, signs=signs, without=without)
    return Assignment(people=tuple(UserId(person) for person in people), reason=reason, lane=lane)


def where_nobody_is(
    session: Session, policy: str, starter_id: int, *, signs: bool, without: Collection[int] = ()
) -> tuple[list[int], str]:
    """By the process's policy; then the administrators; and where the only one of them is the starter, above them."""
    ways = {
        "nobody_superior": lambda: _superior(session, starter_id, without),
        "nobody_named": lambda: _named(session, policy.removeprefix(NOBODY_USER), without),
        "administrator": lambda: _post_holders(session, ADMIN_POST, without),
    }
    chosen = "nobody_named" if policy.startswith(NOBODY_USER) else f"nobody_{policy}"
    order = dict.fromkeys((chosen, "administrator", "nobody_superior"))
    for reason in (name for name in order if name in ways):
        people = [person for person in ways[reason]() if not signs or person != starter_id]
        if people:
            return people, reason
    return [], "administrator"


def _named(session: Session, username: str, without: Collection[int]) -> list[int]:
    person = find_active(session, username)
    return [] if person is None or person in without else [person]


def _post_holders(session: Session, post: str, without: Collection[int]) -> list[int]:
    found = session.scalars(
        select(DbUser.id)
        .join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
        .join(DbPost, DbPost.id == DbPostHolder.post_id)
        .where(DbPost.name == post, DbUser.active)
        .order_by(DbUser.id)
    )
    return [person for person in found if person not in without]


def people_called(session: Session, name: str) -> list[int]:
    """The active person of this user name, else the active holders of this post."""
    person = find_active(session, name)
    return _post_holders(session, name, ()) if person is None else [person]


def is_lane(session: Session, name: str) -> bool:
    """Whether work can be given to this name as to a lane of a diagram: a post, held or not, or a relative one."""
    return (
        name in (STARTER, DEPARTMENT_HEAD) or session.scalar(select(DbPost.id).where(DbPost.name == name)) is not None
    )


def find_active(session: Session, username: str) -> int | None:
    """The id of whoever works here under this user name."""
    return session.scalar(select(DbUser.id).where(DbUser.username == username, DbUser.active))


def _department_head(session: Session, department_id: int | None, without: Collection[int]) -> list[int]:
    found = session.scalars(
        select(DbUser.id)
        .join(DbDepartment, DbDepartment.head_id == DbUser.id)
        .where(DbDepartment.id == department_id, DbUser.active)
    )
    return [person for person in found if person not in without]


def _superior(session: Session, user_id: int, without: Collection[int]) -> list[int]:
    """The nearest active superior; the department's head stands in where no superior is named."""
    seen = {user_id}
    for _level in range(MAX_LEVELS):
        above = find_superior(session, user_id)
        if above is None or above.id in seen:
            return []
        if above.active and above.id not in without:
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


def department_names(session: Session) -> list[str]:
    """Every department by its name."""
    return list(session.scalars(select(DbDepartment.name).order_by(DbDepartment.name)))


def get_user(session: Session, username: str) -> DbUser:
    """Raises NotFound."""
    user = session.scalar(select(DbUser).where(DbUser.username == username))
    if user is None:
        raise NotFound("没有名为“{username}”的用户", username=username)
    return user
