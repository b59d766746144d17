"""Notices to people, in the app and by mail, and what goes out to groups and other systems."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base


class DbNotice(Base):
    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "user_id", "id"),
        Index(None, "case_id", "user_id"),
        Index("ix_notices_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notices_unsent", "id", postgresql_where=text("mail_state = 'waiting'")),
        Index("ix_notices_digest", "user_id", "id", postgresql_where=text("mail_state = 'digest'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # nothing where an owner is told of a process
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    kind: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_state: Mapped[str] = mapped_column(String(10))
    mail_due_at: Mapped[datetime | None]
    mail_tries: Mapped[int] = mapped_column(default=0)
    mail_error: Mapped[str] = mapped_column(default="")


class DbNoticeSettings(Base):
    """How a person wants to be told; who has no row is told everything at once."""

    __tablename__ = "notice_settings"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    # ``yes``, ``no`` or ``digest`` by group of kinds
    mail: Mapped[dict[str, Any]]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    spare_rest_days: Mapped[bool]
    digest_at: Mapped[time]
    language: Mapped[str] = mapped_column(String(2))
    digest_sent_on: Mapped[date | None]
    # Somebody is sending today's digest; after a while it is anybody's again.
    digest_claimed_at: Mapped[datetime | None]


class DbChannel(Base):
    """A group's robot or another system's address."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str]
    secret: Mapped[str]
    events: Mapped[list[str]]
    # Only these processes; empty means all.
    processes: Mapped[list[str]]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]
    # How far of the feed a webhook has got as deliveries.
    event_number: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int]
    paused_until: Mapped[datetime | None]


class DbDelivery(Base):
    """One thing to be told to one channel."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel_id", "event_number", name="uq_deliveries_channel_id_event_number"),
        Index(None, "channel_id", "id"),
        Index("ix_deliveries_unsent", "due_at", postgresql_where=text("state IN ('waiting', 'sending')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    event: Mapped[str] = mapped_column(String(20))
    event_number: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    people: Mapped[list[int]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    tries: Mapped[int]
    # How often nobody could say whether it arrived.
    unsure: Mapped[int]
    answer: Mapped[str]
    sent_at: Mapped[datetime | None]
