"""Versions that wait for their day: set, changed, cancelled, and published once by the worker when it has come."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotFound, ServiceError
from services.people.organisation import names_of
from services.processes.drafts import find_locked, require_owner
from services.processes.models import DbPublication
from services.processes.publish import (
    Source,
    enter_version,
    lock_at,
    publishable,
    refuse_errors,
    refuse_overtaken,
)
from services.processes.telling import tell_of_due
from services.types import Actor
from workflows.definition import read_archive, title_of, write_archive
from workflows.errors import DefinitionError

WAITING, DONE, FAILED, CANCELLED = "waiting", "done", "failed", "cancelled"
_log = logging.getLogger("huiqian.publications")


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One that waits, or that came to nothing and was not looked at since."""

    id: int
    note: str
    due_at: datetime
    by: str
    made_at: datetime
    state: str
    error: str
    base_version: int | None
    revision: int


def schedule(
    actor: Actor, key: str, *, revision: int, note: str, due_at: datetime, despite_warnings: bool, now: datetime
) -> None:
    """Publish the draft as it is now, at a later moment; what is changed in the draft afterwards is not in it.

    Raises as ``publish_draft``, and Conflict where one waits already.
    """
    _require_later(due_at, now)
    files = publishable(actor, key, revision=revision, note=note, despite_warnings=despite_warnings, now=now)
    with transaction() as session:
        row = lock_at(session, key, revision)
        if _waiting(session, key) is not None:
            raise Conflict("这个流程已经有一次发布在等待，请先更改或取消它")
        session.add(
            DbPublication(
                process_key=key,
                title=title_of(files, key),
                archive=write_archive(files),
                note=note.strip(),
                base_version=row.base_version,
                revision=revision,
                due_at=due_at,
                by=actor.id,
                made_at=now,
                state=WAITING,
            )
        )


def reschedule(actor: Actor, key: str, publication: int, *, note: str, due_at: datetime, now: datetime) -> None:
    """Another day or note for what waits. Raises Conflict where it no longer does, InvalidInput, NotFound."""
    require_owner(actor)
    _require_later(due_at, now)
    if not note.strip():
        raise InvalidInput({"note": ["请写一句说明：这一版改了什么、为什么"]})
    with transaction() as session:
        row = _lock_waiting(session, key, publication)
        row.due_at, row.note, row.by = due_at, note.strip(), actor.id


def cancel(actor: Actor, key: str, publication: int) -> None:
    """Do not publish it after all; also takes a failed one off the page. Raises Conflict, NotFound."""
    require_owner(actor)
    with transaction() as session:
        row = _lock_waiting(session, key, publication, also=FAILED)
        row.state = CANCELLED


def find_publication(session: Session, key: str) -> Publication | None:
    """What waits for its day, or else what failed last and was not taken off the page. None where there is neither."""
    query = select(DbPublication).where(DbPublication.process_key == key, DbPublication.state.in_((WAITING, FAILED)))
    found = list(session.scalars(query.order_by(DbPublication.id.desc())))
    row = next((each for each in found if each.state == WAITING), next(iter(found), None))
    if row is None:
        return None
    return Publication(
        id=row.id,
        note=row.note,
        due_at=row.due_at,
        by=names_of(session, [row.by])[row.by],
        made_at=row.made_at,
        state=row.state,
        error=row.error,
        base_version=row.base_version,
        revision=row.revision,
    )


def due_days(session: Session, keys: Sequence[str]) -> dict[str, datetime]:
    """When a publication of these processes is due, where one waits."""
    query = select(DbPublication.process_key, DbPublication.due_at).where(
        DbPublication.process_key.in_(keys), DbPublication.state == WAITING
    )
    return dict(session.execute(query).all())


def sweep(*, now: datetime) -> int:
    """Publish what is due, each in a transaction of its own and once, however many workers there are."""
    session = read_session()
    query = select(DbPublication.id).where(DbPublication.state == WAITING, DbPublication.due_at <= now)
    due = list(session.scalars(query.order_by(DbPublication.due_at)))
    session.rollback()
    return sum(publish_due(publication, now=now) for publication in due)


def publish_due(publication: int, *, now: datetime) -> bool:
    """Publish it if it still waits and still may be; what forbids it is told to whoever set the day."""
    try:
        return _publish_due(publication, now)
    except (ServiceError, DefinitionError) as error:
        return _give_up(publication, error, now)
    except Exception as error:
        _log.exception("publication %s failed", publication)
        return _give_up(publication, error, now)


def _publish_due(publication: int, now: datetime) -> bool:
    waiting = read_session().get(DbPublication, publication, populate_existing=True)
    if waiting is None or waiting.state != WAITING:
        return False
    files, key = read_archive(waiting.archive), waiting.process_key
    refuse_errors(read_session(), files, now=now, key=key)
    read_session().rollback()
    with transaction() as session:
        find_locked(session, key)
        row = _find_waiting_locked(session, publication, now)
        if row is None:
            return False
        refuse_overtaken(session, key, row.base_version)
        source = Source(by=row.by, note=row.note, revision=row.revision, base_version=row.base_version)
        version = enter_version(session, files, source, now=now)
        row.state, row.version = DONE, version.number
        tell_of_due(session, row.by, key, row.title, version=version.number, now=now)
        return True


def _give_up(publication: int, error: Exception, now: datetime) -> bool:
    with transaction() as session:
        row = _find_waiting_locked(session, publication, now)
        if row is not None:
            row.state, row.error = FAILED, _sentence(error)
            tell_of_due(session, row.by, row.process_key, row.title, error=row.error, now=now)
    return False


def _sentence(error: Exception) -> str:
    if isinstance(error, DefinitionError):
        messages = [problem.message for problem in error.problems if problem.severity == "error"]
        return "检查没有通过：" + "；".join(messages[:3]) + ("……" if len(messages) > 3 else "")
    if isinstance(error, ServiceError):
        return str(error)
    return "系统出错了，请再发布一次；如果仍不成功，请联系系统管理员"


def _find_waiting_locked(session: Session, publication: int, now: datetime) -> DbPublication | None:
    """None where somebody else is at it, it was put off, or it is over."""
    query = select(DbPublication).where(
        DbPublication.id == publication, DbPublication.state == WAITING, DbPublication.due_at <= now
    )
    return session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _lock_waiting(session: Session, key: str, publication: int, also: str = WAITING) -> DbPublication:
    row = session.get(DbPublication, publication, with_for_update=True, populate_existing=True)
    if row is None or row.process_key != key:
        raise NotFound("没有这次安排的发布")
    if row.state not in (WAITING, also):
        raise Conflict("这次发布已经不在等待：它已完成、失败或被取消")
    return row


def _waiting(session: Session, key: str) -> int | None:
    query = select(DbPublication.id).where(DbPublication.process_key == key, DbPublication.state == WAITING)
    return session.scalar(query)


def _require_later(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise InvalidInput({"due_at": ["发布时间应在现在之后"]})
