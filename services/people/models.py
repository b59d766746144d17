"""Departments, people, posts and the sign-ins of people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
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


class DbSubstitute(Base):
    """Who stands in for whom on which days of the company, for one process or all of them."""

    __tablename__ = "substitutes"
    __table_args__ = (
        CheckConstraint("absent_id <> substitute_id", name="another_person"),
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        Index("ix_substitutes_in_force", "last_day", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    # None: every process.
    process_key: Mapped[str | None] = mapped_column(String(60))
    # Cases above it stay with the absent person alone; None: any amount.
    money_limit: Mapped[Decimal | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    # When it was ended before its last day.
    ended_at: Mapped[datetime | None]
