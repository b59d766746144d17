"""Open tasks follow the substitutions: a substitute finds those of the absent person, and loses them afterwards."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, union
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun, lock_case
from services.cases.models import DbCase
from services.database import read_session, table_of, transaction
from services.errors import NotFound
from services.people.stand_ins import find_stand_ins, forget_substitutes, stand_ins_of_today
from services.tasks.models import DbInboxEntry, DbTask
from services.types import CaseId, UserId

_log = logging.getLogger("huiqian.substitutes")


def stand_ins_for(run: CaseRun, people: Sequence[UserId]) -> dict[UserId, UserId]:
    """Who gets a new task of these people beside them: substitute → absent person. Nobody gets it twice."""
    found = find_stand_ins(
        run.session,
        people,
        process_key=run.case.process_key,
        amount=run.case.amount,
        starter_id=run.case.starter_id,
        now=run.now,
    )
    return _by_substitute(found, people)


def _by_substitute(found: dict[UserId, UserId], holders: Iterable[UserId]) -> dict[UserId, UserId]:
    """The other way round. A task of one's own goes before one for somebody else."""
    own = set(holders)
    chosen: dict[UserId, UserId] = {}
    for absent, substitute in sorted(found.items()):
        if substitute not in own:
            chosen.setdefault(substitute, absent)
    return chosen


def is_standing_in(session: Session, entry: DbInboxEntry, case: DbCase, now: datetime) -> bool:
    """Whether the holder of an entry for somebody absent may act for them now; asked under the case's lock."""
    if entry.for_id is None:
        return False
    absent = UserId(entry.for_id)
    found = find_stand_ins(
        session, [absent], process_key=case.process_key, amount=case.amount, starter_id=case.starter_id, now=now
    )
    return found.get(absent) == entry.user_id


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An inbox entry with what of its case decides about substitutes."""

    task_id: int
    case_id: int
    user_id: UserId
    for_id: UserId | None
    claimable: bool
    hidden: bool
    claimed: bool
    process_key: str
    due_at: datetime
    amount: Decimal | None
    starter_id: int


def apply_substitutions(*, now: datetime) -> int:
    """Give open tasks to the substitutes of today and take them from those of yesterday; returns how many changed.

    Each case is a transaction of its own, under its lock; a case that fails keeps nobody else waiting. Nothing to do
    costs two reads.
    """
    session = read_session()
    forget_substitutes()
    absent = {rule.absent_id for rule in stand_ins_of_today(session, now)}
    # two selects, each along an index of its own: the table holds every open task of everybody
    task_id = DbInboxEntry.task_id
    tasks = union(
        select(task_id).where(DbInboxEntry.for_id.is_not(None)), select(task_id).where(DbInboxEntry.user_id.in_(absent))
    )
    entries = _entries(session, DbInboxEntry.task_id.in_(tasks))
    cases = sorted({entry.case_id for entry, _wrong in _differences(session, entries, now)})
    session.rollback()
    return sum(_apply_to(CaseId(case_id), now) for case_id in cases)


def _entries(session: Session, condition: Any) -> list[_Entry]:
    query = (
        select(
            DbInboxEntry.task_id,
            DbTask.case_id,
            DbInboxEntry.user_id,
            DbInboxEntry.for_id,
            DbInboxEntry.claimable,
            DbInboxEntry.hidden,
            DbInboxEntry.claimed,
            DbInboxEntry.process_key,
            DbInboxEntry.due_at,
            DbCase.amount,
            DbCase.starter_id,
        )
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(condition)
    )
    return [_Entry(**row._mapping) for row in session.execute(query)]


def _differences(session: Session, entries: Iterable[_Entry], now: datetime) -> list[tuple[_Entry, UserId | None]]:
    """What is wrong: an entry to take away (with None), or an absent person's entry and the substitute to add."""
    by_task: dict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_task[entry.task_id].append(entry)
    wrong: list[tuple[_Entry, UserId | None]] = []
    for found in by_task.values():
        own = {entry.user_id: entry for entry in found if entry.for_id is None}
        case = found[0]
        rules = find_stand_ins(
            session, own, process_key=case.process_key, amount=case.amount, starter_id=case.starter_id, now=now
        )
        wanted = _by_substitute(rules, own)
        there = {entry.user_id: entry for entry in found if entry.for_id is not None}
        kept = {person for person, entry in there.items() if wanted.get(person) == entry.for_id}
        wrong += [(entry, None) for person, entry in there.items() if person not in kept]
        wrong += [(own[absent], person) for person, absent in wanted.items() if person not in kept]
    return wrong


def _apply_to(case_id: CaseId, now: datetime) -> int:
    try:
        with transaction() as session:
            lock_case(session, case_id)
            entries = _entries(session, DbTask.case_id == case_id)
            wrong = _differences(session, entries, now)
            _take_away(session, [entry for entry, substitute in wrong if substitute is None])
            _add(session, [(entry, substitute) for entry, substitute in wrong if substitute is not None])
            return len(wrong)
    except NotFound:
        return 0
    except Exception:
        _log.exception("the substitutes of case %s could not be brought up to date; it is tried again", case_id)
        return 0


def _take_away(session: Session, entries: Iterable[_Entry]) -> None:
    inbox = table_of(DbInboxEntry)
    for entry in entries:
        session.execute(delete(inbox).where(inbox.c.task_id == entry.task_id, inbox.c.user_id == entry.user_id))


def _add(session: Session, pairs: Sequence[tuple[_Entry, UserId]]) -> None:
    """The substitute's entry is in the state of the absent person's: claimable, or claimed by somebody else."""
    rows = [
        {
            "task_id": entry.task_id,
            "user_id": substitute,
            "for_id": entry.user_id,
            "claimable": entry.claimable,
            "hidden": entry.hidden,
            "claimed": entry.claimed,
            "process_key": entry.process_key,
            "due_at": entry.due_at,
        }
        for entry, substitute in pairs
    ]
    if rows:
        session.execute(insert(table_of(DbInboxEntry)), rows)
