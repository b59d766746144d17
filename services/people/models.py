"""Departments, people, posts and the sign-ins of people."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.database import Base


class DbDepartment(Base):
    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    # A department is made before its head, who works in it: the key is checked at commit.
    head_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", use_alter=True))


class DbUser(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(200), default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    department: Mapped[DbDepartment | None] = relationship(foreign_keys=[department_id])


class DbPost(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class DbPostHolder(Base):
    __tablename__ = "post_holders"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)


class DbSignIn(Base):
    """A browser session or an API token. Only the hash of the secret is stored; deleting the row signs out."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DbSignInFailure(Base):
    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "username", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class DbCompanyDay(Base):
    """A day on which the company departs from the public calendar."""

    __tablename__ = "company_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    note: Mapped[str] = mapped_column(String(80), default="")
