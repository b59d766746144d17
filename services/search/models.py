"""What the search knows of a case beside its comments, which it finds in the history itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base

HEAD = "case"
FORM = "form:"


class DbSearchDocument(Base):
    """One part of a case: its head (number, title, applicant) or one submitted form.

    A part is written when its text changes and at no other time; an approval leaves all of them alone.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("case_id", "part"),
        Index(None, "pairs", postgresql_using="gin"),
        Index(None, "customers", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    part: Mapped[str] = mapped_column(String(100))
    # label and text of each field, as they are shown
    fields: Mapped[list[dict[str, Any]]]
    search_text: Mapped[str] = mapped_column(Text)
    pairs: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # the codes of the customers that the part names
    customers: Mapped[list[str]] = mapped_column(ARRAY(Text))
