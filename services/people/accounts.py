"""Signing in and out, and finding who is acting."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.errors import NotPermitted, RateLimited
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbSignIn, DbSignInFailure, DbUser
from services.types import Actor, DepartmentId, UserId

BROWSER_IDLE = timedelta(hours=2)
BROWSER_LIFE = timedelta(hours=12)
TOKEN_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 8
FAILURES_PER_ADDRESS = 50

_hasher = PasswordHasher()
# Checked when nobody has the name, so that the answer takes as long as for a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """``token`` is the secret for the cookie or the Authorization header; it is not stored anywhere."""

    token: str
    expires_at: datetime
    actor: Actor


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def sign_in(username: str, password: str, *, kind: str, address: str, now: datetime) -> SignedIn:
    """Check a password and open a session (``kind`` is ``browser`` or ``api``).

    Raises NotPermitted for a wrong name or password, RateLimited after too many failures for the name or the address.
    """
    _refuse_too_many_failures(username, address, now)
    with transaction() as session:
        user = session.scalar(select(DbUser).where(DbUser.username == username, DbUser.active))
        if _password_fits(user, password):
            assert user is not None
            return _open(session, user, kind, now)
        session.add(DbSignInFailure(username=username[:80], address=address[:64], at=now))
    raise NotPermitted("用户名或密码不正确")


def sign_in_as_demo(username: str, *, now: datetime) -> SignedIn:
    """Open a browser session for an account of the demo company, without a password.

    Only the demo web server offers this. Raises NotPermitted for every other account.
    """
    with transaction() as session:
        user = session.scalar(select(DbUser).where(DbUser.username == username, DbUser.active, DbUser.demo))
        if user is None:
            raise NotPermitted("没有这个演示账号")
        return _open(session, user, "browser", now)


def sign_out(token: str) -> None:
    """Close the session; the token is worthless from here on. Unknown tokens are ignored."""
    with transaction() as session:
        session.execute(delete(DbSignIn).where(DbSignIn.token_hash == _digest(token)))


def find_actor(token: str, *, kind: str, now: datetime, passive: bool = False) -> Actor | None:
    """Who holds this token, or None when it is unknown, expired or its owner has been deactivated.

    A passive look is no sign of life: a page left open does not keep its person signed in.
    """
    session = read_session()
    row = session.execute(
        _people(DbSignIn.seen_at)
        .join(DbSignIn, DbSignIn.user_id == DbUser.id)
        .where(DbSignIn.token_hash == _digest(token), DbSignIn.kind == kind, DbSignIn.expires_at > now)
    ).one_or_none()
    if row is None:
        return None
    *person, seen_at = row
    if kind == "browser" and now - seen_at > BROWSER_IDLE:
        return None
    if now - seen_at > SEEN_EVERY and not passive:
        _mark_seen(token, now)
    return _actor(*person)


def find_actor_by_id(session: Session, user_id: UserId) -> Actor | None:
    """The person as somebody who acts, or None when they have been deactivated."""
    row = session.execute(_people().where(DbUser.id == user_id)).one_or_none()
    return None if row is None else _actor(*row)


def _people(*more: Any) -> Select[Any]:
    """Everybody who works here, with what an Actor knows."""
    posts = (
        select(func.array_agg(DbPost.name))
        .join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
        .where(DbPostHolder.user_id == DbUser.id)
        .scalar_subquery()
    )
    return (
        select(DbUser.id, DbUser.username, DbUser.name, DbDepartment.id, DbDepartment.name, posts, *more)
        .select_from(DbUser)
        .outerjoin(DbDepartment, DbDepartment.id == DbUser.department_id)
        .where(DbUser.active)
    )


def _actor(
    user_id: int, username: str, name: str, department_id: int | None, department: str | None, posts: list[str] | None
) -> Actor:
    return Actor(
        id=UserId(user_id),
        username=username,
        name=name,
        department_id=None if department_id is None else DepartmentId(department_id),
        department=department or "",
        posts=frozenset(posts or ()),
    )


def is_signed_in(token: str, *, now: datetime) -> bool:
    """Whether a browser's session is still open; asking does not keep it open."""
    query = (
        select(DbSignIn.user_id)
        .join(DbUser, DbUser.id == DbSignIn.user_id)
        .where(
            DbSignIn.token_hash == _digest(token),
            DbSignIn.kind == "browser",
            DbSignIn.expires_at > now,
            DbSignIn.seen_at >= now - BROWSER_IDLE,
            DbUser.active,
        )
    )
    return read_session().scalar(query) is not None


def _mark_seen(token: str, now: datetime) -> None:
    with transaction() as session:
        session.execute(update(DbSignIn).where(DbSignIn.token_hash == _digest(token)).values(seen_at=now))


def _refuse_too_many_failures(username: str, address: str, now: datetime) -> None:
    since = now - FAILURE_WINDOW
    recent = select(func.count()).select_from(DbSignInFailure).where(DbSignInFailure.at > since)
    by_name, by_address = (
        read_session()
        .execute(
            select(
                recent.where(DbSignInFailure.username == username).scalar_subquery(),
                recent.where(DbSignInFailure.address == address).scalar_subquery(),
            )
        )
        .one()
    )
    if by_name >= FAILURES_PER_NAME or by_address >= FAILURES_PER_ADDRESS:
        raise RateLimited(
            "登录失败次数过多，请 {minutes} 分钟后再试", minutes=int(FAILURE_WINDOW.total_seconds() // 60)
        )


def _password_fits(user: DbUser | None, password: str) -> bool:
    try:
        return _hasher.verify(user.password_hash if user else _NOBODY, password) and user is not None
    except VerificationError:
        return False


def _open(session: Session, user: DbUser, kind: str, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    expires_at = now + (BROWSER_LIFE if kind == "browser" else TOKEN_LIFE)
    session.add(
        DbSignIn(
            token_hash=_digest(token), user_id=user.id, kind=kind, created_at=now, seen_at=now, expires_at=expires_at
        )
    )
    session.execute(delete(DbSignIn).where(DbSignIn.expires_at < now))
    session.execute(delete(DbSignInFailure).where(DbSignInFailure.username == user.username))
    session.flush()
    actor = find_actor(token, kind=kind, now=now)
    assert actor is not None
    return SignedIn(token=token, expires_at=expires_at, actor=actor)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
