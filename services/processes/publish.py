"""Checking and publishing process folders."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import NotPermitted
from services.people.organisation import find_active
from services.processes.models import DbProcess, DbProcessVersion
from services.processes.parts import read_checked
from services.types import Actor
from workflows.definition import NOBODY_USER, ProcessDefinition, ProcessFiles, write_archive
from workflows.errors import DefinitionError, Problem


def publish(files: ProcessFiles, *, actor: Actor | None, note: str, now: datetime) -> DbProcessVersion:
    """Make the folder the version that new cases run on; running cases stay on theirs.

    ``actor`` is None for the command line. Publishing what is current already changes nothing and returns it.
    Raises DefinitionError with every problem, in which case nothing was changed; NotPermitted for other people.
    """
    if actor is not None and not actor.is_owner:
        raise NotPermitted("只有流程负责人可以发布流程")
    definition = read_checked(files)
    archive = write_archive(files)
    digest = hashlib.sha256(archive).hexdigest()
    with transaction() as session:
        _require_named_person(session, definition)
        statement = insert(DbProcess).values(key=definition.key, title=definition.settings.title, current_version=0)
        session.execute(statement.on_conflict_do_nothing())
        process = session.scalars(select(DbProcess).where(DbProcess.key == definition.key).with_for_update()).one()
        current = _version(session, process.key, process.current_version)
        if current is not None and current.digest == digest:
            return current
        last = session.scalar(
            select(func.max(DbProcessVersion.number)).where(DbProcessVersion.process_key == process.key)
        )
        version = DbProcessVersion(
            process_key=process.key,
            number=(last or 0) + 1,
            digest=digest,
            archive=archive,
            published_by=actor.id if actor else None,
            published_at=now,
            note=note,
        )
        session.add(version)
        process.current_version = version.number
        process.title = definition.settings.title
        session.flush()
        return version


def _version(session: Session, key: str, number: int) -> DbProcessVersion | None:
    return session.scalar(
        select(DbProcessVersion).where(DbProcessVersion.process_key == key, DbProcessVersion.number == number)
    )


def _require_named_person(session: Session, definition: ProcessDefinition) -> None:
    nobody = definition.settings.nobody
    if nobody.startswith(NOBODY_USER) and find_active(session, nobody.removeprefix(NOBODY_USER)) is None:
        message = f"无人在岗时指定的人“{nobody}”不存在或已离职，请改为在职人员的用户名"
        raise DefinitionError([Problem(severity="error", file="process.toml", element="nobody", message=message)])
