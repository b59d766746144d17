"""Published versions: the immutable definitions that cases run on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import current_world
from services.errors import Conflict, NotFound
from services.people.organisation import STARTER
from services.processes.models import DbProcess, DbProcessVersion
from services.types import Actor, VersionId
from workflows.definition import ProcessDefinition, read_archive, read_process

_EVERYBODY = "*"


def get_definition(session: Session, version_id: VersionId) -> ProcessDefinition:
    """The definition of a version, parsed once per process. Raises NotFound."""
    definition = None if current_world() else _cached.get(version_id)
    if definition is None:
        archive = session.scalar(select(DbProcessVersion.archive).where(DbProcessVersion.id == version_id))
        if archive is None:
            raise NotFound("没有这个流程版本")
        definition = _parse(archive)
        if not current_world():
            _cached[version_id] = definition
    return definition


# Versions never change once published, so an entry never goes stale.
_cached: dict[VersionId, ProcessDefinition] = {}


@lru_cache(maxsize=64)
def _parse(archive: bytes) -> ProcessDefinition:
    return read_process(read_archive(archive), checked=False)


def find_current_version(session: Session, key: str) -> DbProcessVersion | None:
    """The version that new cases run on."""
    return session.scalar(
        select(DbProcessVersion)
        .join(
            DbProcess,
            (DbProcess.key == DbProcessVersion.process_key) & (DbProcess.current_version == DbProcessVersion.number),
        )
        .where(DbProcess.key == key)
    )


def get_current_version(session: Session, key: str) -> DbProcessVersion:
    """The version that new cases run on. Raises NotFound."""
    version = find_current_version(session, key)
    if version is None:
        raise NotFound("没有“{key}”这个流程", key=key)
    return version


def get_archive(session: Session, key: str, number: int | None = None) -> bytes:
    """The files of a published version as a zip; without a number the current one. Raises NotFound."""
    if number is None:
        return get_current_version(session, key).archive
    archive = session.scalar(
        select(DbProcessVersion.archive).where(DbProcessVersion.process_key == key, DbProcessVersion.number == number)
    )
    if archive is None:
        raise NotFound("没有这个流程版本")
    return archive


def list_versions(session: Session, key: str) -> list[DbProcessVersion]:
    """Every published version of a process, newest first."""
    query = select(DbProcessVersion).where(DbProcessVersion.process_key == key)
    return list(session.scalars(query.order_by(DbProcessVersion.number.desc())))


def list_current(session: Session) -> list[tuple[DbProcessVersion, ProcessDefinition]]:
    """Every process with the version that new cases run on, by category and title.

    Nobody is among the starters of one that is out of use.
    """
    rows = session.execute(
        select(DbProcessVersion, DbProcess.stopped_at).join(
            DbProcess,
            (DbProcess.key == DbProcessVersion.process_key) & (DbProcess.current_version == DbProcessVersion.number),
        )
    )
    found = [
        (version, _without_starters(definition) if stopped_at else definition)
        for version, stopped_at in rows
        for definition in [get_definition(session, VersionId(version.id))]
    ]
    return sorted(found, key=lambda pair: (pair[1].settings.category, pair[1].settings.title))


def get_version(session: Session, key: str, number: int) -> DbProcessVersion:
    """A published version, in force or not. Raises NotFound."""
    query = select(DbProcessVersion).where(DbProcessVersion.process_key == key, DbProcessVersion.number == number)
    version = session.scalar(query)
    if version is None:
        raise NotFound("没有这个流程版本")
    return version


def is_stopped(session: Session, key: str) -> bool:
    """Whether the process was taken out of use: nobody may start a case of it."""
    return session.scalar(select(DbProcess.stopped_at).where(DbProcess.key == key)) is not None


def refuse_stopped(session: Session, key: str) -> None:
    """Raises Conflict where the process was taken out of use."""
    if is_stopped(session, key):
        raise Conflict("这个流程已停用，不能再发起；有疑问请联系流程负责人")


def _without_starters(definition: ProcessDefinition) -> ProcessDefinition:
    return replace(definition, settings=replace(definition.settings, starters=()))


def may_start(definition: ProcessDefinition, actor: Actor) -> bool:
    """Whether the person's department or one of their posts is among the process's starters."""
    return may_be_started_by(definition, actor.department, actor.posts)


def may_be_started_by(definition: ProcessDefinition, department: str, posts: Collection[str]) -> bool:
    """The same for anybody of a department with these posts."""
    return bool(set(definition.settings.starters) & {_EVERYBODY, STARTER, department, *posts})
