"""Elements of a case that failed, and how each was mended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base

OPEN, MENDED = "open", "mended"


class DbIncident(Base):
    __tablename__ = "incidents"
    __table_args__ = (
        Index(None, "case_id", "engine_task", "kind", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_incidents_open", "element", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # the element of the diagram, its name and branch; empty where the case could not be taken up at all
    element: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    branch: Mapped[str] = mapped_column(String(80))
    engine_task: Mapped[str] = mapped_column(String(40))
    # which sentence says what happened, and what is filled into it (services/incidents/wording.py)
    kind: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]]
    detail: Mapped[str]
    # whether the case stands still there, or goes on as well as it can
    holds: Mapped[bool]
    raised_at: Mapped[datetime]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    mended_at: Mapped[datetime | None]
    mended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    how: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(default="")
