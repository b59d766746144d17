"""Rehearsals of drafts: begun, found, gone on with, ended. Each is its owner's alone.

A rehearsal's row is in the real world and says where it stands; everything that is done in it is in its own schema
(``services.play.world``). Row and schema come and go in one transaction, so that no crash leaves half of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NewType

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import current_world, inside_world, read_session, table_of, transaction
from services.errors import Conflict, InvalidInput, NotFound
from services.people.accounts import find_actor_by_id
from services.play.models import DbPlay
from services.play.world import drop_world, list_worlds, make_world
from services.processes.drafts import get_draft, require_owner
from services.processes.models import DbProcess, DbProcessVersion
from services.processes.scenario_files import FOLDER
from services.types import Actor, UserId
from workflows.definition import ProcessDefinition, ProcessFiles, read_archive, read_process, write_archive

PlayId = NewType("PlayId", int)
LIFE = timedelta(hours=8)
"""A rehearsal that nobody has touched for so long is ended by the worker."""
MOST = 5
MOST_ACTIONS = 500
Action = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Play:
    """Where a rehearsal stands."""

    id: PlayId
    owner_id: UserId
    key: str
    title: str
    schema: str
    revision: int
    began_at: datetime
    """Where its clock began."""
    clock: datetime
    person_id: UserId
    actions: Sequence[Action]
    started_at: datetime


def start_play(actor: Actor, key: str, *, person_id: UserId, begins: datetime, now: datetime) -> PlayId:
    """Begin a rehearsal of the draft as it stands, as ``person_id``, its clock at ``begins``.

    A draft with mistakes is played as far as it can be read. Raises DefinitionError where it cannot be, Conflict where
    the person has too many open already, InvalidInput, NotFound, NotPermitted.
    """
    require_owner(actor)
    session = read_session()
    draft = get_draft(session, actor, key)
    files = played_files(draft.files)
    definition = read_process(files, checked=False)
    if find_actor_by_id(session, person_id) is None:
        raise InvalidInput({"person": ["请选择一位在职人员"]})
    session.rollback()
    with transaction() as session:
        _refuse_too_many(session, actor)
        row = DbPlay(
            owner_id=actor.id,
            process_key=key,
            title=definition.settings.title,
            schema_name=_world_of(session, definition, files, now),
            revision=draft.revision,
            began_at=begins,
            clock=begins,
            person_id=person_id,
            actions=[],
            started_at=now,
            touched_at=now,
        )
        session.add(row)
        session.flush()
        return PlayId(row.id)


def played_files(files: ProcessFiles) -> ProcessFiles:
    """What of a draft is played: a scenario that cannot be read keeps nobody from trying the process."""
    return {path: content for path, content in files.items() if not path.startswith(FOLDER)}


def _refuse_too_many(session: Session, actor: Actor) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('plays'), :id)"), {"id": actor.id})
    open_ones = session.scalar(select(func.count()).where(DbPlay.owner_id == actor.id)) or 0
    if open_ones >= MOST:
        raise Conflict("您已有 {count} 个试运行没有结束，请先结束一个", count=open_ones)


def _world_of(session: Session, definition: ProcessDefinition, files: ProcessFiles, now: datetime) -> str:
    """A new world in which the draft is the version in force."""
    schema = make_world(session)
    there = {"schema_translate_map": {None: schema}}
    key, title, archive = definition.key, definition.settings.title, write_archive(files)
    last = select(func.max(table_of(DbProcessVersion).c.number)).where(
        table_of(DbProcessVersion).c.process_key == definition.key
    )
    number = (session.scalar(last) or 0) + 1
    processes = insert(table_of(DbProcess)).values(key=key, title=title, current_version=number)
    changes = {"title": title, "current_version": number}
    session.execute(processes.on_conflict_do_update(index_elements=["key"], set_=changes), execution_options=there)
    version = {"process_key": key, "number": number, "digest": "", "archive": archive, "published_at": now, "note": ""}
    session.execute(insert(table_of(DbProcessVersion)).values(version), execution_options=there)
    return schema


def get_play(session: Session, actor: Actor, play_id: PlayId) -> Play:
    """The person's own rehearsal. Raises NotFound for everybody else, NotPermitted for whoever owns no processes."""
    require_owner(actor)
    row = session.get(DbPlay, play_id)
    if row is None or row.owner_id != actor.id:
        raise NotFound("没有这个试运行，它可能已经结束")
    return _shown(row)


def list_plays(session: Session, actor: Actor, key: str) -> list[Play]:
    """The person's open rehearsals of a process, newest first."""
    require_owner(actor)
    query = select(DbPlay).where(DbPlay.owner_id == actor.id, DbPlay.process_key == key)
    return [_shown(row) for row in session.scalars(query.order_by(DbPlay.id.desc()))]


def go_on(
    actor: Actor,
    play_id: PlayId,
    *,
    now: datetime,
    person_id: UserId | None = None,
    clock: datetime | None = None,
    action: Action | None = None,
) -> None:
    """Keep where the rehearsal stands: who is played, what time it is, and what was just done. Raises NotFound."""
    with inside_world(""), transaction() as session:
        row = _lock(session, actor, play_id)
        row.person_id = row.person_id if person_id is None else person_id
        row.clock = row.clock if clock is None else max(clock, row.clock)
        if action is not None and len(row.actions) < MOST_ACTIONS:
            row.actions = [*row.actions, action]
        row.touched_at = now


def begin_again(actor: Actor, play_id: PlayId, *, on_draft: bool, now: datetime) -> Play:
    """A new world in place of the old one, as it was at the beginning; what had been done is in the answer alone.

    ``on_draft`` takes the draft as it stands now, otherwise what was played so far. Files that were uploaded come
    along. Raises DefinitionError where the draft cannot be read, NotFound.
    """
    with inside_world(""):
        files, revision = _files_of(actor, play_id, on_draft=on_draft)
        definition = read_process(files, checked=False)
        with transaction() as session:
            row = _lock(session, actor, play_id)
            before, old = _shown(row), row.schema_name
            row.schema_name = _world_of(session, definition, files, now)
            _bring_uploads(session, old, row.schema_name)
            row.actions, row.clock, row.revision, row.title = [], row.began_at, revision, definition.settings.title
            row.touched_at = now
            session.flush()
            drop_world(session, old)
            return before


def _files_of(actor: Actor, play_id: PlayId, *, on_draft: bool) -> tuple[Mapping[str, bytes], int]:
    play = get_play(read_session(), actor, play_id)
    if on_draft:
        draft = get_draft(read_session(), actor, play.key)
        return played_files(draft.files), draft.revision
    with inside_world(play.schema):
        query = select(DbProcessVersion.archive).where(DbProcessVersion.process_key == play.key)
        archive = read_session().scalar(query.order_by(DbProcessVersion.number.desc()).limit(1))
    return read_archive(archive or b""), play.revision


def _bring_uploads(session: Session, old: str, new: str) -> None:
    columns = "id, uploaded_by, uploaded_at, filename, media_type, size, content"
    session.execute(
        text(f'INSERT INTO "{new}".attachments ({columns}) SELECT {columns} FROM "{old}".attachments')  # noqa: S608
    )


def end_play(actor: Actor, play_id: PlayId) -> str:
    """The rehearsal is gone without a trace; gives the process it was of. Raises NotFound."""
    with inside_world(""), transaction() as session:
        row = _lock(session, actor, play_id)
        _drop(session, row)
        return row.process_key


def is_gone(schema: str) -> bool:
    """Whether the world was dropped while somebody was still at it."""
    with inside_world(""):
        return schema not in list_worlds(read_session().connection())


def sweep(*, now: datetime) -> int:
    """End what nobody touched for hours, and drop worlds without a rehearsal; how many are gone."""
    with transaction() as session:
        old = session.scalars(select(DbPlay).where(DbPlay.touched_at < now - LIFE).with_for_update(skip_locked=True))
        gone = list(old)
        for row in gone:
            _drop(session, row)
    with transaction() as session:
        known = set(session.scalars(select(DbPlay.schema_name)))
        lost = [schema for schema in list_worlds(session.connection()) if schema not in known]
        for schema in lost:
            drop_world(session, schema)
    return len(gone) + len(lost)


def _drop(session: Session, row: DbPlay) -> None:
    drop_world(session, row.schema_name)
    session.delete(row)


def _lock(session: Session, actor: Actor, play_id: PlayId) -> DbPlay:
    assert not current_world()
    row = session.get(DbPlay, play_id, with_for_update=True, populate_existing=True)
    if row is None or row.owner_id != actor.id:
        raise NotFound("没有这个试运行，它可能已经结束")
    return row


def _shown(row: DbPlay) -> Play:
    return Play(
        id=PlayId(row.id),
        owner_id=UserId(row.owner_id),
        key=row.process_key,
        title=row.title,
        schema=row.schema_name,
        revision=row.revision,
        began_at=row.began_at,
        clock=row.clock,
        person_id=UserId(row.person_id),
        actions=tuple(row.actions),
        started_at=row.started_at,
    )
