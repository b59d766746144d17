"""Who was sent a copy of a case, and when they first read it.

Comments and urges have no table of their own: they are lines of the history, where a later change would show.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base


class DbCopy(Base):
    __tablename__ = "copies"
    __table_args__ = (UniqueConstraint("case_id", "user_id"), Index(None, "user_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
