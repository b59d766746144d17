"""The yardstick of an approval: a transaction that only writes the rows which the approval writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from services.cases.models import DbCase, DbHistory
from services.notices.models import DbNotice
from services.tasks.models import DbInboxEntry, DbTask

Row = Mapping[str, Any]

_CASES, _TASKS, _INBOX = DbCase.__table__, DbTask.__table__, DbInboxEntry.__table__
_HISTORY, _NOTICES = DbHistory.__table__, DbNotice.__table__


@dataclass(frozen=True, kw_only=True)
class Written:
    """What one approval of a model case wrote, to be written again for other cases."""

    case: Row
    closed: Row
    opened: Row
    inbox: list[Row]
    history: list[Row]
    notices: list[Row]


@dataclass(frozen=True, kw_only=True)
class Before:
    case: Row
    task: Row


def look(engine: Engine, case_id: int) -> Before:
    """The case and its open task, before the approval."""
    with engine.connect() as connection:
        [task] = _rows(connection, _TASKS, (_TASKS.c.case_id == case_id) & (_TASKS.c.state == "open"))
        [case] = _rows(connection, _CASES, _CASES.c.id == case_id)
        return Before(case=case, task=task)


def written_since(engine: Engine, before: Before) -> Written:
    """The rows that the approval since ``before`` has changed and added."""
    after = look(engine, before.case["id"])
    task_id = after.task["id"]
    with engine.connect() as connection:
        [closed] = _rows(connection, _TASKS, _TASKS.c.id == before.task["id"])
        newer = (_HISTORY.c.case_id == before.case["id"]) & (_HISTORY.c.position > before.case["history_length"])
        return Written(
            case=_changes(before.case, after.case),
            closed=_changes(before.task, closed),
            opened=_without(after.task, "id", "case_id"),
            inbox=[_without(row, "task_id") for row in _rows(connection, _INBOX, _INBOX.c.task_id == task_id)],
            history=[_without(row, "id", "case_id", "event_number") for row in _rows(connection, _HISTORY, newer)],
            notices=[
                _without(row, "id", "case_id", "task_id")
                for row in _rows(connection, _NOTICES, _NOTICES.c.task_id == task_id)
            ],
        )


def write(engine: Engine, case_id: int, task_id: int, rows: Written) -> int:
    """Write the rows for another case, and commit; returns its new open task."""
    with engine.begin() as connection:
        connection.execute(update(_CASES).where(_CASES.c.id == case_id).values(rows.case))
        connection.execute(update(_TASKS).where(_TASKS.c.id == task_id).values(rows.closed))
        connection.execute(delete(_INBOX).where(_INBOX.c.task_id == task_id))
        opened = insert(_TASKS).values({**rows.opened, "case_id": case_id}).returning(_TASKS.c.id)
        new_id: int = connection.execute(opened).scalar_one()
        connection.execute(insert(_INBOX), [{**row, "task_id": new_id} for row in rows.inbox])
        connection.execute(insert(_HISTORY), [{**row, "case_id": case_id} for row in rows.history])
        both = {"case_id": case_id, "task_id": new_id}
        connection.execute(insert(_NOTICES), [{**row, **both} for row in rows.notices])
    return new_id


def _rows(connection: Connection, table: Table, condition: Any) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(select(table).where(condition))]


def _changes(before: Row, after: Row) -> Row:
    return {name: value for name, value in after.items() if value != before[name]}


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
