"""The inbox: one query a page, along an index that begins with the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, case, exists, false, func, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from services.cases.models import RUNNING, DbCase
from services.discussion.models import DbCopy
from services.people.models import DbDepartment, DbUser
from services.tasks.inbox_filters import (
    STARTER,
    InboxFilter,
    behind,
    check,
    conditions,
    cursor_of,
    descends,
    sort_keys,
)
from services.tasks.last_actions import acted_on_since
from services.tasks.models import DbInboxEntry, DbTask, DbUpcomingTask
from services.types import UserId


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
    absent: str = ""
    """Whom the person stands in for with this task."""
    absent_username: str = ""
    handed_by: str = ""
    """Who put the task here: asked for an opinion, handed it over, or asked for a signature as well."""
    handed_how: str = ""
    """``delegated``, ``transferred`` or ``added``."""
    takeable: bool = False
    """Whether the person may still take the action back, as far as a list can tell."""
    urges: int = 0
    urged_at: datetime | None = None
    copied_by: str = ""
    """Who sent the copy; empty for what is no copy."""
    copied_at: datetime | None = None
    read_at: datetime | None = None
    expected_at: datetime | None = None
    """When a task to come should reach the person; None for what is here already."""
    latest_at: datetime | None = None
    after: Mapping[str, Any] | None = None
    """The step before a task to come: its ``step``, its ``name`` and the names of ``who`` does it."""
    visible: bool = True
    """Whether the person may open the case already."""
    unread: bool = False
    """Whether it is a task of the person's inbox that they have not looked at."""


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    lines: list[InboxLine]
    next_cursor: str | None


_assignee, _absent, _sender, _handing = aliased(DbUser), aliased(DbUser), aliased(DbUser), aliased(DbUser)
_TRANSFERRED, _ADDED = DbTask.why["transferred_by"].as_integer(), DbTask.why["added_by"].as_integer()


def list_tasks(session: Session, user_id: UserId, wanted: InboxFilter) -> InboxPage:
    """A page of one person's tasks or started cases. Raises InvalidInput for a view, sort or cursor there is not."""
    query = _rows(user_id, wanted)
    keys = sort_keys(wanted)
    if wanted.cursor:
        query = query.where(behind(keys, wanted))
    descending = descends(wanted)
    query = query.order_by(*(key.desc() if descending else key for key in keys)).limit(wanted.limit + 1)
    rows = session.execute(query.add_columns(*(key.label(f"sort_{at}") for at, key in enumerate(keys)))).all()
    following = cursor_of(rows[wanted.limit - 1], len(keys)) if len(rows) > wanted.limit else None
    return InboxPage(lines=[_line(row) for row in rows[: wanted.limit]], next_cursor=following)


def count_tasks(session: Session, user_id: UserId, filters: Sequence[InboxFilter], *, most: int) -> list[int]:
    """How many rows each filter finds, at most ``most`` of them counted, in one query. Raises InvalidInput."""
    if not filters:
        return []
    rows = (_rows(user_id, wanted).with_only_columns(literal(1)).limit(most).subquery() for wanted in filters)
    counts = [select(func.count()).select_from(found).scalar_subquery() for found in rows]
    return list(session.execute(select(*counts)).one())


def _rows(user_id: UserId, wanted: InboxFilter) -> Select[Any]:
    """What a filter finds, in no order yet. Raises InvalidInput for a view or sort there is not."""
    check(wanted)
    query = {"done": _done, "started": _started, "copied": _copied, "upcoming": _upcoming}.get(wanted.view, _open)(
        user_id, wanted
    )
    return query.where(*conditions(wanted))


def _columns() -> tuple[Any, ...]:
    case_columns = (
        DbCase.id.label("case_id"),
        DbCase.number,
        DbCase.title,
        DbCase.process_key.label("process"),
        DbCase.status,
        DbCase.amount,
        STARTER.name.label("starter"),
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
        DbTask.urges,
        DbTask.urged_at,
    )
    return case_columns + task_columns


def _with_case(query: Select[Any]) -> Select[Any]:
    return query.join(STARTER, STARTER.id == DbCase.starter_id).outerjoin(
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
            DbInboxEntry.opened_at.is_(None).label("unread"),
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
            _absent.name.label("absent"),
            _absent.username.label("absent_username"),
            _handing.name.label("handed_by"),
            case(
                (DbTask.owner_id.is_not(None), "delegated"), (_TRANSFERRED.is_not(None), "transferred"), else_="added"
            ).label("handed_how"),
        )
        .select_from(DbInboxEntry)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .outerjoin(_absent, _absent.id == DbInboxEntry.for_id)
        .outerjoin(_handing, _handing.id == func.coalesce(DbTask.owner_id, _TRANSFERRED, _ADDED))
        .where(DbInboxEntry.user_id == user_id, DbInboxEntry.hidden.is_(False))
    )
    if wanted.view == "claimable":
        query = query.where(DbInboxEntry.claimable, DbInboxEntry.claimed.is_(False))
    elif wanted.view == "mine":
        query = query.where(or_(DbTask.assignee_id == user_id, DbTask.assignee_id == DbInboxEntry.for_id))
    return _with_case(query)


def _done(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    query = (
        select(
            *_columns(),
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
            and_(DbCase.status == RUNNING, ~acted_on_since()).label("takeable"),
        )
        .select_from(DbTask)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbTask.closed_by == user_id)
    )
    return _with_case(query)


def _started(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    """Cases, each with its oldest open task, if it has one."""
    query = (
        select(
            *_columns(),
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
            DbCase.created_at.label("case_created_at"),
        )
        .select_from(DbCase)
        .outerjoin(DbTask, DbTask.id == _oldest_open())
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbCase.starter_id == user_id)
    )
    return _with_case(query)


def _copied(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    """Cases that were sent to the person to read, each with its oldest open task, if it has one."""
    query = (
        select(
            *_columns(),
            _assignee.name.label("assignee"),
            _assignee.username.label("assignee_username"),
            DbCase.created_at.label("case_created_at"),
            _sender.name.label("copied_by"),
            DbCopy.sent_at.label("copied_at"),
            DbCopy.read_at,
        )
        .select_from(DbCopy)
        .join(DbCase, DbCase.id == DbCopy.case_id)
        .join(_sender, _sender.id == DbCopy.sent_by)
        .outerjoin(DbTask, DbTask.id == _oldest_open())
        .outerjoin(_assignee, _assignee.id == DbTask.assignee_id)
        .where(DbCopy.user_id == user_id)
    )
    return _with_case(query)


def _oldest_open() -> ScalarSelect[Any]:
    return (
        select(func.min(DbTask.id))
        .where(DbTask.case_id == DbCase.id, DbTask.state == "open")
        .correlate(DbCase)
        .scalar_subquery()
    )


def _upcoming(user_id: UserId, _wanted: InboxFilter) -> Select[Any]:
    """What running cases are expected to ask; a step that has opened since is in the inbox itself."""
    here = exists().where(DbTask.case_id == DbCase.id, DbTask.step == DbUpcomingTask.step, DbTask.state == "open")
    acted = exists().where(DbTask.case_id == DbCase.id, DbTask.closed_by == user_id)
    no_task = false()
    query = (
        select(
            *_columns(),
            DbUpcomingTask.step.label("coming_step"),
            DbUpcomingTask.name.label("coming_name"),
            DbUpcomingTask.expected_at,
            DbUpcomingTask.latest_at,
            DbUpcomingTask.after,
            DbCase.created_at.label("case_created_at"),
            null().label("assignee"),
            null().label("assignee_username"),
            or_(DbCase.starter_id == user_id, acted.correlate(DbCase)).label("visible"),
        )
        .select_from(DbUpcomingTask)
        .join(DbCase, DbCase.id == DbUpcomingTask.case_id)
        .outerjoin(DbTask, no_task)
        .where(DbUpcomingTask.user_id == user_id, DbCase.status == RUNNING)
        .where(~here.correlate(DbCase, DbUpcomingTask))
    )
    return _with_case(query)


def _line(row: Any) -> InboxLine:
    fields = row._mapping
    return InboxLine(
        task_id=fields["task_id"],
        case_id=fields["case_id"],
        number=fields["number"],
        title=fields["title"],
        process=fields["process"],
        status=fields["status"],
        step=fields["step"] or fields.get("coming_step") or "",
        name=fields["name"] or fields.get("coming_name") or "",
        state="upcoming" if "coming_step" in fields else fields["state"] or "",
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
        absent=fields.get("absent") or "",
        absent_username=fields.get("absent_username") or "",
        handed_by=fields.get("handed_by") or "",
        handed_how=fields["handed_how"] if fields.get("handed_by") else "",
        takeable=fields.get("takeable", False),
        urges=fields["urges"] or 0,
        urged_at=fields["urged_at"],
        copied_by=fields.get("copied_by") or "",
        copied_at=fields.get("copied_at"),
        read_at=fields.get("read_at"),
        expected_at=fields.get("expected_at"),
        latest_at=fields.get("latest_at"),
        after=fields.get("after"),
        visible=fields.get("visible", True),
        unread=bool(fields.get("unread")),
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
