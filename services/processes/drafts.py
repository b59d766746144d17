"""Drafts: what process owners work on between two versions. Every change is kept and can be brought back.

A process has one draft, which all its owners share. It begins as the version in force; until something is changed
nothing is stored and its revision is 0. A change says which revision it was made on: a file that somebody else has
changed since is refused, so nothing is ever overwritten unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.organisation import names_of
from services.processes.models import DbDraftFile, DbDraftRevision, DbProcessDraft, DbProcessVersion
from services.processes.versions import find_current_version
from services.types import Actor
from workflows.definition import is_safe_path, read_archive, title_of

EDITED = "edited"
MAX_FILE = 1_000_000
MAX_FILES = 200

Changes = Mapping[str, bytes | None]
"""New contents by path; None where the file is taken away."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft as it stands. ``revision`` is 0 while nothing was changed since the version it begins with."""

    key: str
    title: str
    base_version: int | None
    revision: int
    files: Mapping[str, bytes]
    changed_by: str = ""
    changed_at: datetime | None = None


def get_draft(session: Session, actor: Actor, key: str) -> Draft:
    """The draft, or the version in force where nothing was changed yet. Raises NotFound, NotPermitted."""
    require_owner(actor)
    row = session.get(DbProcessDraft, key)
    if row is None:
        version = _version_in_force(session, key)
        files = read_archive(version.archive)
        return Draft(key=key, title=title_of(files, key), base_version=version.number, revision=0, files=files)
    return Draft(
        key=key,
        title=row.title,
        base_version=row.base_version,
        revision=row.revision,
        files=contents(session, row.files),
        changed_by=names_of(session, [row.changed_by])[row.changed_by],
        changed_at=row.changed_at,
    )


def change_files(
    actor: Actor, key: str, changes: Changes, *, revision: int, now: datetime, kind: str = EDITED, note: str = ""
) -> int:
    """Change files of the draft, as they were at ``revision``; the draft's new revision.

    Changing nothing is no revision. Raises Conflict where somebody else changed one of these files since,
    InvalidInput for what cannot be kept, NotFound, NotPermitted.
    """
    require_owner(actor)
    refuse_unkeepable(changes)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        _refuse_overtaken(session, row, changes, revision)
        files = {**row.files, **{path: digest_of(content) for path, content in changes.items() if content is not None}}
        files = {path: digest for path, digest in files.items() if changes.get(path, b"") is not None}
        return put_files(session, row, files, changes, actor=actor, now=now, kind=kind, note=note)


def lock_draft(session: Session, actor: Actor, key: str, *, now: datetime) -> DbProcessDraft:
    """The draft's row, locked until the transaction ends; made from the version in force where there is none.

    Raises NotFound.
    """
    # two people may begin at the same moment, when there is no row yet that could be locked
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('draft'), hashtext(:key))"), {"key": key})
    row = session.get(DbProcessDraft, key, with_for_update=True, populate_existing=True)
    if row is None:
        version = _version_in_force(session, key)
        files = read_archive(version.archive)
        row = DbProcessDraft(
            process_key=key,
            title=title_of(files, key),
            base_version=version.number,
            revision=0,
            files=keep_contents(session, files),
            changed_by=actor.id,
            changed_at=now,
        )
        session.add(row)
        _note(session, row, list(files), "begun", "", actor, now)
    return row


def put_files(
    session: Session,
    row: DbProcessDraft,
    files: Mapping[str, str],
    changes: Changes,
    *,
    actor: Actor,
    now: datetime,
    kind: str,
    note: str,
) -> int:
    """Make the digests of ``files`` the locked draft's, as a new revision; ``changes`` holds contents that are new."""
    changed = sorted(path for path in {*files, *row.files} if files.get(path) != row.files.get(path))
    if not changed:
        return row.revision
    if len(files) > MAX_FILES:
        raise InvalidInput({"files": [f"一个流程最多 {MAX_FILES} 个文件"]})
    keep_contents(session, {path: content for path, content in changes.items() if content is not None})
    row.files, row.revision = dict(files), row.revision + 1
    row.title = title_of(contents(session, {path: files[path] for path in files if path == "process.toml"}), row.title)
    row.changed_by, row.changed_at = actor.id, now
    _note(session, row, changed, kind, note, actor, now)
    return row.revision


def require_owner(actor: Actor) -> None:
    """Raises NotPermitted for everybody but process owners."""
    if not actor.is_owner:
        raise NotPermitted("只有流程负责人可以修改流程")


def refuse_unkeepable(changes: Changes) -> None:
    """Raises InvalidInput for paths outside the folder and for contents that are too large."""
    errors: dict[str, list[str]] = {}
    for path, content in changes.items():
        if not is_safe_path(path):
            errors[path] = ["文件名只能在流程文件夹内，且为 .toml、.bpmn、.json、.dmn 或 .md"]
        elif content is not None and len(content) > MAX_FILE:
            errors[path] = [f"文件超过 {MAX_FILE // 1_000_000} MB，没有保存"]
    if errors:
        raise InvalidInput(errors)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep_contents(session: Session, files: Mapping[str, bytes]) -> dict[str, str]:
    """Store what is not stored yet; the digests by path."""
    found = {path: digest_of(content) for path, content in files.items()}
    rows = {found[path]: content for path, content in files.items()}
    if rows:
        statement = insert(DbDraftFile).values([{"digest": key, "content": content} for key, content in rows.items()])
        session.execute(statement.on_conflict_do_nothing())
    return found


def contents(session: Session, digests: Mapping[str, str]) -> dict[str, bytes]:
    """The files behind the digests, by path."""
    rows = session.execute(
        select(DbDraftFile.digest, DbDraftFile.content).where(DbDraftFile.digest.in_(set(digests.values())))
    )
    found = {row.digest: row.content for row in rows}
    return {path: found[digest] for path, digest in sorted(digests.items())}


def _version_in_force(session: Session, key: str) -> DbProcessVersion:
    version = find_current_version(session, key)
    if version is None:
        raise NotFound("没有“{key}”这个流程或草稿", key=key)
    return version


def _refuse_overtaken(session: Session, row: DbProcessDraft, changes: Changes, revision: int) -> None:
    if revision == row.revision:
        return
    then = session.get(DbDraftRevision, (row.process_key, revision))
    if then is None:
        raise Conflict("草稿已有新的内容，请重新打开后再改")
    overtaken = [path for path in changes if then.files.get(path) != row.files.get(path)]
    if overtaken:
        by = names_of(session, [row.changed_by])[row.changed_by]
        raise Conflict("{by}刚刚改了同一个文件，您的修改没有覆盖它；请查看对方的修改后再保存", by=by)


def _note(
    session: Session, row: DbProcessDraft, changed: list[str], kind: str, note: str, actor: Actor, now: datetime
) -> None:
    session.add(
        DbDraftRevision(
            process_key=row.process_key,
            number=row.revision,
            files=dict(row.files),
            changed=changed,
            kind=kind,
            note=note,
            by=actor.id,
            at=now,
        )
    )
