"""What was changed in the registers: who, when, by what way, and what each field said before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.people.models import DbUser
from services.registers.models import DbRegisterChange

PAGE, API, IMPORT, CASE = SOURCES = ("page", "api", "import", "case")
MAX_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field; ``before`` is None in a new entry, ``after`` in one that was removed."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Change:
    """One action on one entry. ``who`` is None where no person acted."""

    at: datetime
    who: str | None
    source: str
    fields: tuple[FieldChange, ...]

    @property
    def is_new(self) -> bool:
        """Whether the entry was made by it."""
        return all(field.before is None for field in self.fields)


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """The fields that differ, each with what it was and what it is, as the history keeps them."""
    old, new = before or {}, after or {}
    found = {}
    for name in dict.fromkeys((*old, *new)):
        pair = [_plain(old.get(name)), _plain(new.get(name))]
        if pair[0] != pair[1]:
            found[name] = pair
    return found


def record_change(
    session: Session,
    register: str,
    key: str,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    user_id: int | None,
    source: str,
    now: datetime,
) -> bool:
    """Keep the fields that differ; whether there were any. ``before`` is None for a new entry, ``after`` for one that
    is removed. Empty fields of a new entry are not worth a line."""
    changes = differences(before, after)
    if before is None:
        changes = {name: pair for name, pair in changes.items() if pair[1] != ""}
    if not changes:
        return False
    session.add(DbRegisterChange(register=register, key=key, at=now, user_id=user_id, source=source, changes=changes))
    return True


def list_changes(session: Session, register: str, key: str, *, after: int = 0) -> list[Change]:
    """The newest changes of an entry, the last one first; with ``after`` those since that one."""
    query = (
        select(DbRegisterChange, DbUser.name)
        .outerjoin(DbUser, DbUser.id == DbRegisterChange.user_id)
        .where(DbRegisterChange.register == register, DbRegisterChange.key == key, DbRegisterChange.id > after)
        .order_by(DbRegisterChange.id.desc())
        .limit(MAX_SHOWN)
    )
    return [_change(row, who) for row, who in session.execute(query)]


def _change(row: DbRegisterChange, who: str | None) -> Change:
    fields = tuple(FieldChange(field=name, before=before, after=after) for name, (before, after) in row.changes.items())
    return Change(at=row.at, who=who, source=row.source, fields=fields)


def _plain(value: Any) -> Any:
    """As JSON keeps it and a person reads it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value
