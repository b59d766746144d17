"""Accounts as an administrator manages them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import InvalidInput
from services.people.accounts import hash_password
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.people.organisation import get_user

MIN_PASSWORD = 8


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    username: str
    name: str
    department: str
    posts: tuple[str, ...] = ()
    email: str = ""
    superior: str = ""


def add_people(people: Sequence[NewPerson], *, password: str) -> int:
    """Add accounts, all or none; departments and posts are made as needed. Raises InvalidInput naming the rows."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput({"password": [f"至少 {MIN_PASSWORD} 个字符"]}, f"密码至少 {MIN_PASSWORD} 个字符")
    with transaction() as session:
        taken = set(session.scalars(select(DbUser.username)))
        errors = _errors(people, taken)
        if errors:
            reasons = "；".join(f"第 {row} 行：{'、'.join(reason)}" for row, reason in errors.items())
            raise InvalidInput(errors, "有 {count} 行不能导入：{reasons}", reasons=reasons)
        hashed = hash_password(password)
        added = {person.username: _add(session, person, hashed) for person in people}
        session.flush()
        for person in people:
            if person.superior:
                added[person.username].superior_id = get_user(session, person.superior).id
    return len(people)


def _errors(people: Sequence[NewPerson], taken: set[str]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    seen: set[str] = set()
    known = taken | {person.username for person in people}
    for number, person in enumerate(people, 2):
        reasons = [f"缺少 {name}" for name in ("username", "name", "department") if not getattr(person, name)]
        if person.username in taken or person.username in seen:
            reasons.append(f"用户名 {person.username} 已经存在")
        if person.superior and person.superior not in known:
            reasons.append(f"没有上级 {person.superior}")
        seen.add(person.username)
        if reasons:
            errors[str(number)] = reasons
    return errors


def _add(session: Session, person: NewPerson, hashed: str) -> DbUser:
    department = session.scalar(select(DbDepartment).where(DbDepartment.name == person.department))
    if department is None:
        department = DbDepartment(name=person.department)
        session.add(department)
        session.flush()
    user = DbUser(
        username=person.username,
        name=person.name,
        email=person.email,
        department_id=department.id,
        password_hash=hashed,
    )
    session.add(user)
    session.flush()
    for name in person.posts:
        session.add(DbPostHolder(post_id=_post(session, name).id, user_id=user.id))
    return user


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a person holds beside tasks, for each of which a successor may step in."""

    superior: bool = False
    head: bool = False
    posts: bool = False


def hand_over_places(session: Session, leaver: DbUser, successor: DbUser, places: Places) -> None:
    """Put the successor where the leaver was: above people, at the head of departments, at posts. No commit."""
    if places.superior:
        if successor.superior_id == leaver.id:
            successor.superior_id = None if leaver.superior_id == successor.id else leaver.superior_id
            session.flush()
        below = update(DbUser).where(DbUser.superior_id == leaver.id, DbUser.id != successor.id)
        session.execute(below.values(superior_id=successor.id))
    if places.head:
        headed = update(DbDepartment).where(DbDepartment.head_id == leaver.id)
        session.execute(headed.values(head_id=successor.id))
    if places.posts:
        held = set(session.scalars(select(DbPostHolder.post_id).where(DbPostHolder.user_id == leaver.id)))
        known = set(session.scalars(select(DbPostHolder.post_id).where(DbPostHolder.user_id == successor.id)))
        session.execute(delete(DbPostHolder).where(DbPostHolder.user_id == leaver.id))
        session.add_all(DbPostHolder(post_id=post, user_id=successor.id) for post in sorted(held - known))


def _post(session: Session, name: str) -> DbPost:
    post = session.scalar(select(DbPost).where(DbPost.name == name))
    if post is None:
        post = DbPost(name=name)
        session.add(post)
        session.flush()
    return post
