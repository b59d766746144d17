"""Published processes and their immutable versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base


class DbProcess(Base):
    __tablename__ = "processes"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    current_version: Mapped[int]


class DbProcessVersion(Base):
    __tablename__ = "process_versions"
    __table_args__ = (UniqueConstraint("process_key", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process_key: Mapped[str] = mapped_column(ForeignKey("processes.key"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    # only read when a process first needs the definition
    archive: Mapped[bytes] = mapped_column(deferred=True)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
