"""What is to be done on which day: open tasks by their due time, visits, and the days that cases are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.cases.models import RUNNING, DbCase
from services.cases.visibility import visible_to
from services.people.models import DbUser
from services.people.organisation import names_of
from services.processes.versions import get_definition
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor, VersionId
from services.visits.models import VISITED
from services.visits.visits import visits_between
from workflows.calendar import COMPANY_ZONE

TASK, VISIT, EVENT = KINDS = ("task", "visit", "event")
"""A task by its due time, a planned visit, the day that a case is about (as a dinner)."""
MAX_ENTRIES = 2_000
"""More are not drawn; a board that shows so many is looked at by day."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a board or calendar. ``case_id`` is None where the reader may not open the case."""

    kind: str
    key: str
    """Unique, and the same as long as it is the same thing."""
    day: date
    at: time | None
    title: str
    detail: str
    process: str
    who: tuple[str, ...]
    case_id: int | None
    task_id: int | None = None
    done: bool = False


def colleagues(session: Session, actor: Actor) -> list[int]:
    """Everybody who works in the person's department, the person included."""
    if actor.department_id is None:
        return [actor.id]
    return list(session.scalars(select(DbUser.id).where(DbUser.department_id == actor.department_id, DbUser.active)))


def entries(session: Session, actor: Actor, people: Collection[int], first: date, last: date) -> list[Entry]:
    """Everything of ``people`` from ``first`` to ``last``, both included, as far as ``actor`` may see it, by time.

    Tasks that were finished stay on the day when they were due; visits and events that were called off are left out.
    """
    found = [
        *_tasks(session, actor, people, first, last),
        *_visits(session, actor, people, first, last),
        *_events(session, actor, people, first, last),
    ]
    return sorted(found, key=lambda entry: (entry.day, entry.at or time.min, entry.kind, entry.key))


def overdue(session: Session, actor: Actor, people: Collection[int], today: date) -> list[Entry]:
    """Open tasks that were due before ``today``, the oldest first."""
    return [entry for entry in _tasks(session, actor, people, date.min, today - timedelta(days=1)) if not entry.done]


def beginning_of(day: date) -> datetime:
    """Midnight in the company's zone."""
    return datetime.combine(day, time.min, COMPANY_ZONE)


def _tasks(session: Session, actor: Actor, people: Collection[int], first: date, last: date) -> Iterator[Entry]:
    # what is due at midnight belongs to the day that ends
    due = [DbTask.due_at <= beginning_of(last + timedelta(days=1))]
    if first > date.min:
        due.append(DbTask.due_at > beginning_of(first))
    holders = func.array_agg(DbInboxEntry.user_id)
    # what is open is found by whose inbox it is in, what is done by who did it
    opened = (
        select(DbInboxEntry.task_id, holders.label("people"))
        .where(DbInboxEntry.user_id.in_(people), DbInboxEntry.hidden.is_(False))
        .group_by(DbInboxEntry.task_id)
        .subquery()
    )
    rows = session.execute(
        select(DbTask, DbCase, opened.c.people)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .outerjoin(opened, opened.c.task_id == DbTask.id)
        .where(*due, visible_to(actor))
        .where(or_(opened.c.task_id.is_not(None), DbTask.closed_by.in_(people) & (DbTask.state == "done")))
        .order_by(DbTask.due_at, DbTask.id)
        .limit(MAX_ENTRIES)
    ).all()
    names = names_of(session, {person for task, _case, held in rows for person in (*(held or ()), task.closed_by)})
    for task, case, held in rows:
        there = task.due_at.astimezone(COMPANY_ZONE) - timedelta(microseconds=1)
        holders_named = [names[person] for person in (held or [task.closed_by])]
        yield Entry(
            kind=TASK,
            key=f"task-{task.id}",
            day=there.date(),
            at=_clock(task.due_at),
            title=task.name,
            detail=case.title,
            process=case.process_key,
            who=tuple(dict.fromkeys(holders_named)),
            case_id=case.id,
            task_id=task.id,
            done=task.state != "open",
        )


def _clock(due_at: datetime) -> time:
    """To the minute, the last of the day for midnight."""
    there = due_at.astimezone(COMPANY_ZONE).time().replace(second=0, microsecond=0)
    return there if there != time.min else time(23, 59)


def _visits(session: Session, actor: Actor, people: Collection[int], first: date, last: date) -> Iterator[Entry]:
    alone = next(iter(people)) if len(people) == 1 else None
    found = [visit for visit in visits_between(session, alone, first, last) if visit.user_id in people]
    wanted = {visit.case_id for visit in found}
    seen = set(session.scalars(select(DbCase.id).where(DbCase.id.in_(wanted), visible_to(actor)))) if wanted else set()
    for visit in found:
        assert visit.day is not None
        yield Entry(
            kind=VISIT,
            key=f"visit-{visit.id}",
            day=visit.day,
            at=visit.time,
            title=visit.customer_name,
            detail="、".join(text for text in (visit.purpose, visit.place) if text),
            process="visit",
            who=(visit.user_name,),
            case_id=visit.case_id if visit.case_id in seen else None,
            done=visit.state == VISITED,
        )


def day_of(session: Session, case: DbCase) -> date | None:
    """The day that a case is about, where its process names one and it is known."""
    field = get_definition(session, VersionId(case.version_id)).settings.day
    written = case.variables.get(field) if field else None
    return date.fromisoformat(written) if written else None


def _events(session: Session, actor: Actor, people: Collection[int], first: date, last: date) -> Iterator[Entry]:
    """The days that the cases are about, each as the version that it runs on names it (``day`` in ``process.toml``)."""
    shown = DbCase.starter_id.in_(people) & DbCase.status.in_((RUNNING, "completed")) & visible_to(actor)
    fields: dict[str, list[int]] = defaultdict(list)
    for version in session.scalars(select(DbCase.version_id).where(shown).distinct()):
        fields[get_definition(session, VersionId(version)).settings.day].append(version)
    for field, versions in fields.items():
        if field:
            yield from _events_of(session, shown & DbCase.version_id.in_(versions), field, first, last)


def _events_of(session: Session, wanted: ColumnElement[bool], field: str, first: date, last: date) -> Iterator[Entry]:
    day = DbCase.variables[field].astext
    rows: Sequence[DbCase] = session.scalars(
        select(DbCase)
        .where(wanted, day.between(first.isoformat(), last.isoformat()))
        .order_by(DbCase.id)
        .limit(MAX_ENTRIES)
    ).all()
    names = names_of(session, {case.starter_id for case in rows})
    for case in rows:
        yield Entry(
            kind=EVENT,
            key=f"event-{case.id}",
            day=date.fromisoformat(case.variables[field]),
            at=None,
            title=case.title,
            detail=str(case.variables.get("venue") or ""),
            process=case.process_key,
            who=(names[case.starter_id],),
            case_id=case.id,
            done=case.status == "completed",
        )
