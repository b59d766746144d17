"""A draft whose version in force was replaced meanwhile, an older version opened as a draft, a process out of use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, NotFound
from services.processes.contents import keep_contents
from services.processes.drafts import REBASED, RESTORED, lock_draft, note_revision, put_files, require_owner
from services.processes.models import DbProcess
from services.processes.versions import get_archive, get_current_version
from services.types import Actor
from workflows.definition import read_archive


def take_in(actor: Actor, key: str, *, now: datetime) -> list[str]:
    """Bring the version in force into a draft that was begun on an older one.

    A file that only the version changed becomes the version's; one that both changed stays as the draft has it, and
    is named in what is returned. Raises Conflict where there is nothing to take in, NotFound, NotPermitted.
    """
    require_owner(actor)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        current = get_current_version(session, key)
        if row.base_version is None or row.base_version == current.number:
            raise Conflict("草稿已经以在用的版本为基础")
        before = keep_contents(session, read_archive(get_archive(session, key, row.base_version)))
        after = keep_contents(session, read_archive(current.archive))
        mine: dict[str, str] = row.files
        theirs = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        both = sorted(path for path in theirs if mine.get(path) not in (before.get(path), after.get(path)))
        taken = {path: after.get(path) for path in theirs if path not in both}
        files = {path: digest for path, digest in {**mine, **taken}.items() if digest is not None}
        row.base_version = current.number
        detail = {"version": current.number, "kept": both}
        number = row.revision
        if put_files(session, row, files, {}, actor=actor, now=now, kind=REBASED, detail=detail) == number:
            row.revision += 1
            note_revision(session, row, [], kind=REBASED, by=actor.id, now=now, detail=detail)
        return both


def open_version(actor: Actor, key: str, number: int, *, now: datetime) -> int:
    """Make the draft what an older version was, to mend it before it is published again. Returns the new revision.

    Raises NotFound, NotPermitted.
    """
    require_owner(actor)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        files = read_archive(get_archive(session, key, number))
        row.base_version = get_current_version(session, key).number
        detail = {"from_version": number}
        return put_files(
            session, row, keep_contents(session, files), {}, actor=actor, now=now, kind=RESTORED, detail=detail
        )


def set_in_use(actor: Actor, key: str, in_use: bool, *, now: datetime) -> None:
    """Take a process out of use, or back: nobody starts a case of it, running cases go on.

    Raises NotFound, NotPermitted.
    """
    require_owner(actor)
    with transaction() as session:
        row = _get_process(session, key)
        row.stopped_at = None if in_use else now
        row.stopped_by = None if in_use else actor.id


def _get_process(session: Session, key: str) -> DbProcess:
    row = session.get(DbProcess, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("没有“{key}”这个流程", key=key)
    return row
