"""Cases, their history, attachments, drafts and numbers."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base
from services.search.columns import search_pairs, search_text

RUNNING = "running"
FAILED = "failed"
"""What other systems are told of a running case that stands still because something of its process failed."""


class DbCase(Base):
    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "starter_id", "id"),
        Index(None, "next_due", postgresql_where=text("next_due IS NOT NULL")),
        Index(None, "forecast_due", postgresql_where=text("forecast_due IS NOT NULL")),
        Index(None, "waits_for", postgresql_using="gin", postgresql_where=text("waits_for IS NOT NULL")),
        # what asks for a budget and does not hold it yet
        Index(
            "ix_cases_unreserved",
            "department_id",
            postgresql_where=text("status = 'running' AND variables ->> 'budget_reserved' = '0'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    process_key: Mapped[str] = mapped_column(ForeignKey("processes.key"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_versions.id"))
    status: Mapped[str] = mapped_column(String(12), default=RUNNING)
    title: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal | None]
    starter_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # When the earliest of ``timers`` is due: the truth that the worker scans; jobs only wake for it.
    next_due: Mapped[datetime | None]
    timers: Mapped[list[dict[str, Any]]]
    # What failed in it and nobody has mended yet, and whether it stands still because of that.
    open_incidents: Mapped[int] = mapped_column(default=0, server_default="0")
    held_up: Mapped[bool] = mapped_column(default=False, server_default="false")
    # How often firing was put off since it last went well, because the database could not, and why.
    timer_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    timer_error: Mapped[str] = mapped_column(default="", server_default="")
    # When the worker should look ahead again: soon after every change, and once a day; empty when the case has ended.
    forecast_due: Mapped[datetime | None]
    # The messages that registers may send it, as ``order_changed:DD202611230001``; empty where it waits for none.
    waits_for: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    # bytes, never JSONB: the engine's state depends on the order of its keys
    state: Mapped[bytes] = mapped_column()
    forms: Mapped[dict[str, Any]]
    variables: Mapped[dict[str, Any]]
    passed: Mapped[list[str]]
    # The signatures of steps that several people sign, by the engine's task.
    sheets: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # What was signed before a return and may stand when its step comes round again.
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    history_length: Mapped[int] = mapped_column(default=0)
    history_head: Mapped[bytes] = mapped_column(default=b"")
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own convention


class DbHistory(Base):
    """What happened in a case, chained by HMAC so that a later change shows."""

    __tablename__ = "history"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        UniqueConstraint("event_number"),
        Index(None, "user_id", "id"),
        Index("ix_history_unnumbered", "id", postgresql_where=text("event_number IS NULL")),
        Index(None, "pairs", postgresql_using="gin", postgresql_where=text("pairs IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    step: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[str] = mapped_column(String(120), default="")
    action: Mapped[str] = mapped_column(String(30))
    outcome: Mapped[str] = mapped_column(String(40), default="")
    comment: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]]
    digest: Mapped[bytes]
    # The place in the feed for other systems, given after the commit (services/cases/feed.py).
    event_number: Mapped[int | None] = mapped_column(BigInteger)
    # What the search compares; no part of what the digest protects.
    search_text: Mapped[str | None] = search_text("comment")
    pairs: Mapped[list[str] | None] = search_pairs("comment")


class DbAttachment(Base):
    __tablename__ = "attachments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime]
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)


class DbCounter(Base):
    """The last number given out for a prefix and year. The row lock makes numbers gapless."""

    __tablename__ = "counters"

    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class DbIdempotencyKey(Base):
    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    created_at: Mapped[datetime]


class DbDraft(Base):
    """What somebody typed and has not submitted. ``place`` is ``apply/<process>`` or ``task/<id>``."""

    __tablename__ = "drafts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(100), primary_key=True)
    values: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class DbCaseMessage(Base):
    """A message that waits to be handed to a case: left by whoever changed a register, gone once the case has it."""

    __tablename__ = "case_messages"
    __table_args__ = (Index(None, "case_id", "id"), Index(None, "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    # no foreign key: checking it would wait for whoever has the case, and they may wait for what this is told of
    case_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    # what it is about, as an order's number; empty for a message that is about the case alone
    about: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]]
    left_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")


class DbCaseLink(Base):
    """That one case came out of another, or belongs to it. Both show it."""

    __tablename__ = "case_links"

    from_case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    to_case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    # what the second is to the first, as ``complaint``, ``follow_up``
    kind: Mapped[str] = mapped_column(String(20))
    # what of the first it is about, as the branch of a visit
    about: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
