"""Finding colleagues by what people type: a user name, a name, or a part of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from services.errors import InvalidInput
from services.people.models import DbDepartment, DbUser

MAX_FOUND = 8

_UNKNOWN = "没有叫“{name}”的同事，请用完整的姓名或用户名"
_PERHAPS = "没有叫“{name}”的同事，是不是：{who}"
_SEVERAL = "有几位同事都叫“{name}”，请改用用户名：{who}"
_LEFT = "{name}已离职，请换一位同事"


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody who works here, as a list to choose from shows them."""

    id: int
    username: str
    name: str
    department: str


def search_people(session: Session, text: str, *, limit: int = MAX_FOUND) -> list[Colleague]:
    """Active people whose name or user name contains the text, those first whose name begins with it."""
    word = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    begins = case((or_(DbUser.name.ilike(f"{word}%"), DbUser.username.ilike(f"{word}%")), 0), else_=1)
    rows = session.execute(
        select(DbUser.id, DbUser.username, DbUser.name, DbDepartment.name.label("department"))
        .outerjoin(DbDepartment, DbDepartment.id == DbUser.department_id)
        .where(DbUser.active, or_(DbUser.name.ilike(f"%{word}%"), DbUser.username.ilike(f"%{word}%")))
        .order_by(begins, DbUser.id)
        .limit(limit)
    )
    return [Colleague(id=row.id, username=row.username, name=row.name, department=row.department or "") for row in rows]


def known_as(session: Session, texts: Iterable[str]) -> Mapping[str, list[DbUser]]:
    """Everybody, also those who left, whose user name or name is one of the texts; by that text."""
    wanted = set(texts)
    found: dict[str, list[DbUser]] = {}
    query = select(DbUser).where(or_(DbUser.username.in_(wanted), DbUser.name.in_(wanted))).order_by(DbUser.id)
    for user in session.scalars(query) if wanted else ():
        for text in {user.username, user.name} & wanted:
            found.setdefault(text, []).append(user)
    return found


def the_one(session: Session, text: str, found: Iterable[DbUser], *, field: str) -> DbUser:
    """The person that the text stands for: a user name before a name, an active person before one who left.

    Raises InvalidInput for ``field`` when there is nobody, more than one, or only somebody who left, with what is
    possible instead.
    """
    people = list(found)
    named = [user for user in people if user.username == text] or [user for user in people if user.active]
    if len(named) > 1:
        who = "、".join(f"{user.username}（{user.name}，{_department(user)}）" for user in named[:MAX_FOUND])
        raise InvalidInput({field: [_SEVERAL.format(name=text, who=who)]})
    if named and named[0].active:
        return named[0]
    if people:
        raise InvalidInput({field: [_LEFT.format(name=people[0].name)]})
    raise InvalidInput({field: [_nobody(session, text)]})


def _department(user: DbUser) -> str:
    return user.department.name if user.department else "—"


def _nobody(session: Session, text: str) -> str:
    """The sentence for a name that nobody has, with those who come near: by ever fewer of its first letters."""
    shown = text if len(text) <= 20 else f"{text[:20]}…"
    for length in range(min(len(text), 20), 0, -1):
        near = search_people(session, text[:length], limit=5)
        if near:
            who = "、".join(f"{person.name}（{person.username}）" for person in near)
            return _PERHAPS.format(name=shown, who=who)
    return _UNKNOWN.format(name=shown)
