"""The index follows what is written to cases, in the same transaction, whoever writes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.search.documents import write_parts


def start() -> None:
    """From now on every case that starts and every form that is submitted is indexed as it is saved.

    A listener rather than a call in each use case: none can forget it, and one that changes no text sends nothing.
    """
    if not event.contains(Session, "after_flush", _after_flush):
        event.listen(Session, "after_flush", _after_flush)


def _after_flush(session: Session, _context: Any) -> None:
    for row in session.new:
        if isinstance(row, DbCase):
            write_parts(session, row, head=True, forms=row.forms)
    for row in session.dirty:
        if isinstance(row, DbCase) and (changed := _changed_forms(row)):
            write_parts(session, row, head=False, forms=changed)


def _changed_forms(case: DbCase) -> list[str]:
    change = inspect(case).attrs.forms.history
    if not change.added:
        return []
    before = change.deleted[0] if change.deleted else {}
    return [key for key, values in case.forms.items() if before.get(key) != values]
