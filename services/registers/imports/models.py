"""Files that were read: what they would change, until somebody confirms it, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base

STAGED, APPLIED = "staged", "applied"


class DbImport(Base):
    """One file. Its rows are kept only until it is applied, or for an hour."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "register", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    register: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    # None where it came by the command line
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    filename: Mapped[str] = mapped_column(String(200))
    # the encoding, or the name of the sheet
    read_as: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    # keys of the columns that the file has, headings that mean nothing, labels of columns that are not imported
    columns: Mapped[list[str]]
    unknown: Mapped[list[str]]
    told: Mapped[list[str]]
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class DbImportRow(Base):
    """A row of a file that waits to be confirmed: ``new``, ``changed``, ``unchanged`` or ``refused``."""

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(120))
    # what the file sets, and field: [before, after]
    fields: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    # of a refused row: what stood in the columns of the file, and {column, reason} of what is wrong
    typed: Mapped[list[str]]
    problems: Mapped[list[dict[str, Any]]]
