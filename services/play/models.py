"""Rehearsals of drafts that somebody has open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base


class DbPlay(Base):
    """One rehearsal: its own schema holds everything that happens in it, this row only where it stands."""

    __tablename__ = "plays"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    process_key: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    schema_name: Mapped[str] = mapped_column(String(40), unique=True)
    # the revision of the draft that is played
    revision: Mapped[int]
    began_at: Mapped[datetime]
    clock: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # what was done so far, to be done again after a step back or on a changed draft
    actions: Mapped[list[dict[str, Any]]]
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
