"""Work items, and whose inbox they are in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base

DETOURS = "why ->> 'reason' IN ('nobody_superior', 'nobody_named', 'administrator', 'left')"
"""Which tasks went elsewhere because nobody was there; literal, so that the index on them is used."""


class DbTask(Base):
    __tablename__ = "tasks"
    __table_args__ = (
        Index("uq_tasks_open", "case_id", "engine_task", "seat", unique=True, postgresql_where=text("state = 'open'")),
        Index(None, "case_id", "id"),
        Index(None, "closed_by", "closed_at"),
        Index(None, "step", "closed_at", postgresql_where=text("closed_by IS NOT NULL")),
        Index("ix_tasks_detoured", "id", postgresql_where=text(f"state = 'open' AND {DETOURS}")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    engine_task: Mapped[str] = mapped_column(String(40))
    # Which signature of the step this is; empty where the step has one only.
    seat: Mapped[str] = mapped_column(String(40), default="", server_default="")
    # Which instance of a multi-instance sub-process the step belongs to, as ``2`` or ``1.3``; empty outside of one.
    branch: Mapped[str] = mapped_column(String(40), default="", server_default="")
    step: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    lane: Mapped[str] = mapped_column(String(80))
    outcomes: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(10), default="open")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Who asked the assignee for an opinion (委派): the task goes back there.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str] = mapped_column(String(40), default="")
    # How often it was urged (催办), and when last.
    urges: Mapped[int] = mapped_column(default=0, server_default="0")
    urged_at: Mapped[datetime | None]
    why: Mapped[dict[str, Any]]


class DbInboxEntry(Base):
    """One open task in one person's inbox. The index starts with the person, so a page costs what that person has."""

    __tablename__ = "inbox_entries"
    __table_args__ = (
        Index(None, "user_id", "hidden", "due_at", "task_id"),
        Index(None, "user_id", "hidden", "process_key", "due_at", "task_id"),
        Index("ix_inbox_entries_standing_in", "for_id", postgresql_where=text("for_id IS NOT NULL")),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    claimable: Mapped[bool]
    hidden: Mapped[bool] = mapped_column(default=False)
    claimed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Whom this person stands in for; empty for tasks of one's own.
    for_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # When the person first looked at it.
    opened_at: Mapped[datetime | None]
    process_key: Mapped[str] = mapped_column(String(60))
    # a task without a due time sorts last: the column holds a far day, so that the index alone gives the order
    due_at: Mapped[datetime]


class DbUpcomingTask(Base):
    """A step that a running case is expected to ask of a person. Made by the worker from the case's state."""

    __tablename__ = "upcoming_tasks"
    __table_args__ = (
        Index(None, "user_id", "expected_at", "id"),
        Index(None, "user_id", "process_key", "expected_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    process_key: Mapped[str] = mapped_column(String(60))
    step: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    # When it should reach the person, and at the latest.
    expected_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    # The step before it: ``step``, ``name`` and the names of ``who`` does it.
    after: Mapped[dict[str, Any]]


class DbSavedFilter(Base):
    """A view of the inbox under a name: its owner's, and those of the department or post it is shared with."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(40))
    # the query of the page's address, so that "due today" stays today's
    query: Mapped[dict[str, Any]]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    position: Mapped[int]
