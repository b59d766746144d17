"""What part of an inbox is asked for, as conditions, an order and a place to go on from."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from services.cases.models import DbCase
from services.discussion.models import DbCopy
from services.errors import InvalidInput
from services.people.models import DbDepartment, DbUser
from services.registers.models import DbCustomer
from services.search.models import DbSearchDocument
from services.tasks.models import DbInboxEntry, DbTask, DbUpcomingTask
from workflows.calendar import COMPANY_ZONE

VIEWS = ("todo", "mine", "claimable", "done", "started", "copied", "upcoming")
OPEN_VIEWS = ("todo", "mine", "claimable")
SORTS = ("due", "created", "amount", "age")
MAX_LIMIT = 200
_WORDS = 5

STARTER = aliased(DbUser)
"""The applicant, in every query of the inbox."""


@dataclass(frozen=True, kw_only=True)
class InboxFilter:
    """What part of the inbox is asked for. Days are days of the company's zone, both ends included."""

    view: str = "todo"
    process: str = ""
    text: str = ""
    starter: str = ""
    department: str = ""
    customer: str = ""
    created_from: date | None = None
    created_to: date | None = None
    due_before: date | None = None
    due_until: datetime | None = None
    """A moment: what is overdue by then."""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    sort: str = "due"
    """``age`` is by the case: what has been open longest comes first."""
    limit: int = 50
    cursor: str = ""


def check(wanted: InboxFilter) -> None:
    """Raises InvalidInput for a view and a sort that there is not."""
    if wanted.view not in VIEWS:
        raise InvalidInput({"view": [f"可用：{'、'.join(VIEWS)}"]})
    if wanted.sort.removeprefix("-") not in SORTS:
        raise InvalidInput({"sort": [f"可用：{'、'.join(SORTS)}，前加 - 为倒序"]})


def conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """What the rows of a page must fulfil, on top of being this person's."""
    found = [*_process(wanted), *_texts(wanted), *_times(wanted)]
    if wanted.department:
        found.append(DbDepartment.name == wanted.department)
    if wanted.amount_from is not None:
        found.append(DbCase.amount >= wanted.amount_from)
    if wanted.amount_to is not None:
        found.append(DbCase.amount <= wanted.amount_to)
    return found


def _process(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    if not wanted.process:
        return []
    column = DbInboxEntry.process_key if wanted.view in OPEN_VIEWS else DbCase.process_key
    return [(DbUpcomingTask.process_key if wanted.view == "upcoming" else column) == wanted.process]


def _texts(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in wanted.text.split()[:_WORDS]:
        pattern = _pattern(word)
        found.append(or_(DbCase.title.ilike(pattern), DbCase.number.ilike(pattern), STARTER.name.ilike(pattern)))
    if wanted.starter:
        found.append(or_(STARTER.name.ilike(_pattern(wanted.starter)), STARTER.username == wanted.starter))
    if wanted.customer:
        found.append(_names_customer(wanted.customer))
    return found


def _names_customer(text: str) -> ColumnElement[bool]:
    """A customer whose code or name has these words stands in one of the case's forms, also in a row of a table."""
    words = (_pattern(word) for word in text.split()[:_WORDS])
    named = and_(*(or_(DbCustomer.code.ilike(word), DbCustomer.name.ilike(word)) for word in words))
    codes = select(func.array_agg(cast(DbCustomer.code, Text), type_=ARRAY(Text))).where(named)
    return exists().where(
        DbSearchDocument.case_id == DbCase.id, DbSearchDocument.customers.overlap(codes.scalar_subquery())
    )


def _pattern(word: str) -> str:
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _times(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    due: SQLColumnExpression[Any] = DbInboxEntry.due_at if wanted.view in OPEN_VIEWS else DbTask.due_at
    due = DbUpcomingTask.expected_at if wanted.view == "upcoming" else due
    if wanted.due_before is not None:
        found.append(due < _start_of(wanted.due_before + timedelta(days=1)))
    if wanted.due_until is not None:
        found.append(due < wanted.due_until)
    if wanted.created_from is not None:
        found.append(DbCase.created_at >= _start_of(wanted.created_from))
    if wanted.created_to is not None:
        found.append(DbCase.created_at < _start_of(wanted.created_to + timedelta(days=1)))
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(0), COMPANY_ZONE)


def sort_keys(wanted: InboxFilter) -> list[SQLColumnExpression[Any]]:
    """What a page is ordered by; the last key makes the order total."""
    name = wanted.sort.removeprefix("-")
    last = {"copied": DbCopy.id, "started": DbCase.id, "upcoming": DbUpcomingTask.id}.get(wanted.view, DbTask.id)
    if name == "amount":
        return [func.coalesce(DbCase.amount, 0), last]
    if name == "age":
        return [DbCase.created_at, last]
    if wanted.view == "done":
        return [DbTask.closed_at, last]
    if name == "due" and wanted.view == "upcoming":
        return [DbUpcomingTask.expected_at, last]
    if name == "due" and wanted.view in OPEN_VIEWS:
        return [DbInboxEntry.due_at, DbInboxEntry.task_id]
    return [last]


def descends(wanted: InboxFilter) -> bool:
    """What is over reads best newest first; open work by what is due next."""
    backwards = wanted.sort.startswith("-")
    return not backwards if wanted.view in ("done", "started", "copied") else backwards


def behind(keys: list[SQLColumnExpression[Any]], wanted: InboxFilter) -> ColumnElement[bool]:
    """The rows that come after the cursor. Raises InvalidInput for a cursor that is none of this order."""
    try:
        *first, last = json.loads(base64.urlsafe_b64decode(wanted.cursor.encode()))
        by_amount = wanted.sort.removeprefix("-") == "amount"
        values = [*(_sort_value(str(value), by_amount=by_amount) for value in first), int(last)]
        if len(values) != len(keys) or not 0 <= values[-1] < 2**31:
            raise ValueError(wanted.cursor)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]}) from error
    left, right = tuple_(*keys), tuple_(*values)
    return left < right if descends(wanted) else left > right


def _sort_value(text: str, *, by_amount: bool) -> Any:
    """The first key of a cursor: an amount or a time. Raises ValueError and ArithmeticError."""
    if not by_amount:
        return datetime.fromisoformat(text)
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) > 10**12:
        raise ValueError(text)
    return amount


def cursor_of(row: Any, count: int) -> str:
    """Where the page behind this row begins."""
    values = [getattr(row, f"sort_{at}") for at in range(count)]
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, default=str).encode()).decode()
