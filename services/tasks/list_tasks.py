"""The inbox: one query a page, along an index that begins with the person."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, SQLColumnExpression, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from services.cases.models import DbCase
from services.errors import InvalidInput
from services.people.models import DbDepartment, DbUser
from services.tasks.models import DbInboxEntry, DbTask
from services.types import UserId

VIEWS = ("todo", "mine", "claimable", "done", "started", "copied")
SORTS = ("due", "created", "amount")
MAX_LIMIT = 200
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True)
class InboxFilter:
    """What part of the inbox is asked for. Days are days of the company's zone."""

    view: str = "todo"
    process: str = ""
    text: str = ""
    due_before: date | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    sort: str = "due"
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class InboxLine:
    task_id: int | None
    case_id: int
    number: str
    title: str
    process: str
    status: str
    step: str
    name: str
    state: str
    outcome: str
    outcomes: list[str]
    assignee_id: int | None
    assignee: str
    assignee_username: str
    candidates: list[str]
    claimable: bool
    starter: str
    department: str
    amount: Decimal | None
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    lines: list[InboxLine]
    next_cursor: str | None


_starter, _assignee = aliased(DbUser), aliased(DbUser)


def list_tasks(session: Session, user_id: UserId, wanted: InboxFilter) -> InboxPage:
    """A page of one person's tasks or started cases. Raises InvalidInput for a view, sort or cursor there is not."""
    if wanted.view not in VIEWS:
        raise InvalidInput({"view": [f"可用：{'、'.join(VIEWS)}"]})
    if wanted.sort.removeprefix("-") not in SORTS:
        raise InvalidInput({"sort": [f"可用：{'、'.join(SORTS)}，前加 - 为倒序"]})
    if wanted.view == "copied":
        return InboxPage(lines=[], next_cursor=None)
    query = {"done": _done, "started": _started}.get(wanted.view, _open)(user_id, wanted)
    keys = _sort_keys(wanted)
    for condition in _filters(wanted):
        query = query.where(condition)
    if wanted.cursor:
        query = query.where(_behind(keys, wanted))
    descending = _descends(wanted)
    query = query.order_by(*(key.desc() if descending else key for key in keys)).limit(wanted.limit + 1)
    rows = session.execute(query.add_columns(*(key.label(f"sort_{at}") for at, key in enumerate(keys)))).all()
    following = _cursor(rows[wanted.limit - 1], len(keys)) if len(rows) > wanted.limit else None
    return InboxPage(lines=[_line(row) for row in rows[: wanted.limit]], next_cursor=following)


def _columns() -> tuple[Any, ...]:
    case_columns = (
        DbCase.id.label("case_id"),
        DbCase.number,
        DbCase.title,
        DbCase.process_key.label("process"),
        DbCase.status,
        DbCase.amount,
        _starter.name.label("starter"),
        DbDepartment.name.label("department"),
    )
    task_columns = (
        DbTask.id.label("task_id"),
        DbTask.step,
        DbTask.name,
        DbTask.state,
        DbTask.outcome,
        DbTask.outcomes,
        DbTask.assignee_id,
        DbTask.created_at,
        DbTask.due_at,
        DbTask.closed_at,
    )
    return case_columns + task_columns


def _with_case(query: Select[Any]) -> Select[Any]:
    return query.join(_starter, _starter.id == DbCase.starter_id).outerjoin(
        DbDepartment, DbDepartment.id == DbCase.department_id
    )


def _candidates() -> ScalarSelect[Any]:
    """The user names of those in whose inbox the task is."""
    entry, person = aliased(DbInboxEntry), aliased(DbUser)
    return (
        select(func.array_agg(person.username))
        .select_from(entry)
        .join(person, person.id == entry.user_id)
        .where(entry.task_id == DbTask.id, entry.hidden.is_(False))
        .correlate(DbTask)
        .scalar_subquery()
    )


def _open(user_id: UserId, wanted: InboxFilter) -> Select[Any]:
    query = (
        select(
            *_columns(),
            _candidates().label("candidates"),
            DbInboxEntry.claimable,
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
        )
        .select_from(DbInboxEntry)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbInboxEntry.user_id == user_id, DbInboxEntry.hidden.is_(False))
    )
    if wanted.view == "claimable":
        query = query.where(DbInboxEntry.claimable, DbInboxEntry.claimed.is_(False))
    elif wanted.view == "mine":
        query = query.where(DbTask.assignee_id == user_id)
    return _with_case(query)


def _done(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    query = (
        select(*_columns(), _assignee.name.label("assignee"), _assignee.username.label("assignee_username"))
        .select_from(DbTask)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbTask.closed_by == user_id)
    )
    return _with_case(query)


def _started(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    """Cases, each with its oldest open task, if it has one."""
    oldest = (
        select(func.min(DbTask.id))
        .where(DbTask.case_id == DbCase.id, DbTask.state == "open")
        .correlate(DbCase)
        .scalar_subquery()
    )
    query = (
        select(
            *_columns(),
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
            DbCase.created_at.label("case_created_at"),
        )
        .select_from(DbCase)
        .outerjoin(DbTask, DbTask.id == oldest)
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbCase.starter_id == user_id)
    )
    return _with_case(query)


def _filters(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    is_open = wanted.view in ("todo", "mine", "claimable")
    if wanted.process:
        column = DbInboxEntry.process_key if is_open else DbCase.process_key
        conditions.append(column == wanted.process)
    for word in wanted.text.split()[:5]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(or_(DbCase.title.ilike(pattern), DbCase.number.ilike(pattern), _starter.name.ilike(pattern)))
    if wanted.due_before is not None:
        end = datetime.combine(wanted.due_before + timedelta(days=1), time(0), _ZONE)
        conditions.append((DbInboxEntry.due_at if is_open else DbTask.due_at) < end)
    if wanted.amount_from is not None:
        conditions.append(DbCase.amount >= wanted.amount_from)
    if wanted.amount_to is not None:
        conditions.append(DbCase.amount <= wanted.amount_to)
    return conditions


def _sort_keys(wanted: InboxFilter) -> list[SQLColumnExpression[Any]]:
    """What a page is ordered by; the last key makes the order total."""
    name = wanted.sort.removeprefix("-")
    if wanted.view == "started":
        return [func.coalesce(DbCase.amount, 0), DbCase.id] if name == "amount" else [DbCase.id]
    if name == "amount":
        return [func.coalesce(DbCase.amount, 0), DbTask.id]
    if wanted.view == "done":
        return [DbTask.closed_at, DbTask.id]
    return [DbInboxEntry.due_at, DbInboxEntry.task_id] if name == "due" else [DbTask.id]


def _descends(wanted: InboxFilter) -> bool:
    """What is over reads best newest first; open work by what is due next."""
    backwards = wanted.sort.startswith("-")
    return not backwards if wanted.view in ("done", "started") else backwards


def _behind(keys: list[SQLColumnExpression[Any]], wanted: InboxFilter) -> ColumnElement[bool]:
    try:
        *first, last = json.loads(base64.urlsafe_b64decode(wanted.cursor.encode()))
        by_amount = wanted.sort.removeprefix("-") == "amount"
        values = [*(_sort_value(str(value), by_amount=by_amount) for value in first), int(last)]
        if len(values) != len(keys) or not 0 <= values[-1] < 2**31:
            raise ValueError(wanted.cursor)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]}) from error
    left, right = tuple_(*keys), tuple_(*values)
    return left < right if _descends(wanted) else left > right


def _sort_value(text: str, *, by_amount: bool) -> Any:
    """The first key of a cursor: an amount or a time. Raises ValueError and ArithmeticError."""
    if not by_amount:
        return datetime.fromisoformat(text)
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) > 10**12:
        raise ValueError(text)
    return amount


def _cursor(row: Any, count: int) -> str:
    values = [getattr(row, f"sort_{at}") for at in range(count)]
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, default=str).encode()).decode()


def _line(row: Any) -> InboxLine:
    fields = row._mapping
    return InboxLine(
        task_id=fields["task_id"],
        case_id=fields["case_id"],
        number=fields["number"],
        title=fields["title"],
        process=fields["process"],
        status=fields["status"],
        step=fields["step"] or "",
        name=fields["name"] or "",
        state=fields["state"] or "",
        outcome=fields["outcome"] or "",
        outcomes=fields["outcomes"] or [],
        assignee_id=fields["assignee_id"],
        assignee=fields["assignee"] or "",
        assignee_username=fields["assignee_username"] or "",
        candidates=fields.get("candidates") or [],
        claimable=bool(fields.get("claimable")) and fields["assignee_id"] is None,
        starter=fields["starter"],
        department=fields["department"] or "",
        amount=fields["amount"],
        created_at=fields.get("case_created_at") or fields["created_at"],
        due_at=fields["due_at"],
        closed_at=fields["closed_at"],
    )


def count_open(session: Session, user_id: UserId) -> dict[str, int]:
    """How many tasks wait: ``todo`` in all, ``claimable`` among them; up to 1,000, which reads as "many"."""
    mine = (
        select(DbInboxEntry.claimable, DbInboxEntry.claimed)
        .where(DbInboxEntry.user_id == user_id, DbInboxEntry.hidden.is_(False))
        .limit(1_000)
        .subquery()
    )
    claimable = func.count().filter(mine.c.claimable & ~mine.c.claimed)
    row = session.execute(select(func.count(), claimable).select_from(mine)).one()
    return {"todo": row[0], "claimable": row[1]}
