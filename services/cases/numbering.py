"""Case numbers such as ZD-2026-0001: no gaps, no doubles."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.models import DbCounter


def next_number(session: Session, prefix: str, year: int) -> str:
    """The next number. The counter's row stays locked until the caller commits, and a roll-back gives it back.

    Take it as late as possible: everybody else who starts a case of this kind waits meanwhile.
    """
    statement = insert(DbCounter).values(prefix=prefix, year=year, last=1)
    last = session.scalar(
        statement.on_conflict_do_update(index_elements=["prefix", "year"], set_={"last": DbCounter.last + 1}).returning(
            DbCounter.last
        )
    )
    return f"{prefix}-{year}-{last:04d}"
