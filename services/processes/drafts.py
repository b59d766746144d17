"""Drafts: what process owners work on between two versions. Every change is kept and can be brought back.

A process has one draft, which all its owners share. It begins as the version in force; until something is changed
nothing is stored. A change says which revision it was made on: a file that somebody else has changed since is
refused, so nothing is ever overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.organisation import names_of
from services.processes.contents import contents, digest_of, keep_contents
from services.processes.models import DbDraftRevision, DbProcessDraft, DbProcessVersion
from services.processes.versions import find_current_version
from services.types import Actor
from workflows.calendar import COMPANY_ZONE
from workflows.definition import is_safe_path, read_archive, title_of

BEGUN, CREATED, EDITED, RESTORED, DISCARDED = "begun", "created", "edited", "restored", "discarded"
IMPORTED, ASIDE, PUBLISHED, REBASED = "imported", "aside", "published", "rebased"
MAX_FILE = 1_000_000
MAX_FILES = 200

Changes = Mapping[str, bytes | None]
"""New contents by path; None where the file is taken away."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft as it stands; nobody changed it yet where there is no ``changed_at``."""

    key: str
    title: str
    base_version: int | None
    revision: int
    files: Mapping[str, bytes]
    changed_by: str = ""
    changed_at: datetime | None = None


class Overtaken(Conflict):
    """Somebody else changed the same file first: who, when, and in which revision."""

    def __init__(self, *, by: str, at: datetime, revision: int) -> None:
        self.by, self.at, self.revision = by, at, revision
        sentence = "{by}在 {at} 改了同一个文件，您的修改没有覆盖它；请查看对方的修改，或把您的另存一份"
        super().__init__(sentence, by=by, at=at.astimezone(COMPANY_ZONE).strftime("%H:%M"))


def get_draft(session: Session, actor: Actor, key: str) -> Draft:
    """The draft, or the version in force where nothing was changed yet. Raises NotFound, NotPermitted."""
    require_owner(actor)
    row = session.get(DbProcessDraft, key)
    if row is None:
        version = _version_in_force(session, key)
        files = read_archive(version.archive)
        revision = _last_revision(session, key) or 0
        return Draft(key=key, title=title_of(files, key), base_version=version.number, revision=revision, files=files)
    return Draft(
        key=key,
        title=row.title,
        base_version=row.base_version,
        revision=row.revision,
        files=contents(session, row.files),
        changed_by=names_of(session, [row.changed_by]).get(row.changed_by or 0, ""),
        changed_at=row.changed_at,
    )


def require_known(session: Session, key: str) -> None:
    """Raises NotFound where there is neither a draft nor a version of this key."""
    if session.get(DbProcessDraft, key) is None:
        _version_in_force(session, key)


def change_files(
    actor: Actor, key: str, changes: Changes, *, revision: int, now: datetime, kind: str = EDITED, note: str = ""
) -> int:
    """Change files of the draft, as they were at ``revision``; the draft's new revision.

    Changing nothing is no revision. Raises Overtaken where somebody else changed one of these files since,
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


def keep_aside(actor: Actor, key: str, path: str, content: bytes, *, now: datetime) -> int:
    """Keep one person's text of a file on the timeline without touching the draft; the revision it is found under.

    For whoever was overtaken: what they typed is not lost. Raises InvalidInput, NotFound, NotPermitted.
    """
    require_owner(actor)
    refuse_unkeepable({path: content})
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        aside = keep_contents(session, {path: content})
        row.revision += 1
        note_revision(session, row, [path], kind=ASIDE, by=actor.id, now=now, detail={"aside": aside})
        return row.revision


def create_draft(
    session: Session,
    actor: Actor,
    key: str,
    files: Mapping[str, bytes],
    *,
    now: datetime,
    kind: str,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> DbProcessDraft:
    """The draft of a process that does not exist yet, in a transaction that is open. Raises Conflict, InvalidInput."""
    refuse_unkeepable(files)
    _hold(session, key)
    if session.get(DbProcessDraft, key) is not None or find_current_version(session, key) is not None:
        raise Conflict("“{key}”已经是一个流程，请换一个标识", key=key)
    row = DbProcessDraft(
        process_key=key,
        title=title_of(files, key),
        base_version=None,
        revision=(_last_revision(session, key) or 0) + 1,
        files=keep_contents(session, files),
        changed_by=actor.id,
        changed_at=now,
    )
    session.add(row)
    note_revision(session, row, sorted(files), kind=kind, by=actor.id, now=now, note=note, detail=detail or {})
    return row


def find_locked(session: Session, key: str) -> DbProcessDraft | None:
    """The draft's row, locked until the transaction ends. None where the process has no draft; it gets none then."""
    _hold(session, key)
    return session.get(DbProcessDraft, key, with_for_update=True, populate_existing=True)


def lock_draft(session: Session, actor: Actor, key: str, *, now: datetime) -> DbProcessDraft:
    """The draft's row, locked until the transaction ends; made from the version in force where there is none.

    Raises NotFound.
    """
    row = find_locked(session, key)
    if row is None:
        version = _version_in_force(session, key)
        files = read_archive(version.archive)
        last = _last_revision(session, key)
        row = DbProcessDraft(
            process_key=key,
            title=title_of(files, key),
            base_version=version.number,
            revision=last or 0,
            files=keep_contents(session, files),
            changed_by=actor.id,
            changed_at=now,
        )
        session.add(row)
        if last is None:
            note_revision(session, row, sorted(files), kind=BEGUN, by=actor.id, now=now)
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
    note: str = "",
    detail: Mapping[str, Any] | None = None,
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
    note_revision(session, row, changed, kind=kind, by=actor.id, now=now, note=note, detail=detail or {})
    return row.revision


def note_revision(
    session: Session,
    row: DbProcessDraft,
    changed: list[str],
    *,
    kind: str,
    by: int | None,
    now: datetime,
    note: str = "",
    detail: Mapping[str, Any] = {},
) -> None:
    """A line of the timeline: the draft as it now is."""
    session.add(
        DbDraftRevision(
            process_key=row.process_key,
            number=row.revision,
            files=dict(row.files),
            changed=changed,
            kind=kind,
            note=note,
            detail=dict(detail),
            by=by,
            at=now,
        )
    )


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
    if len(changes) > MAX_FILES:
        errors["files"] = [f"一个流程最多 {MAX_FILES} 个文件"]
    if errors:
        raise InvalidInput(errors)


def find_overtaking(session: Session, key: str, path: str, revision: int) -> tuple[DbDraftRevision, str] | None:
    """The newest change of a file after ``revision`` and the name of who made it. None where there is none."""
    query = select(DbDraftRevision).where(
        DbDraftRevision.process_key == key,
        DbDraftRevision.number > revision,
        DbDraftRevision.kind != ASIDE,
        DbDraftRevision.changed.contains([path]),
    )
    found = session.scalar(query.order_by(DbDraftRevision.number.desc()).limit(1))
    return None if found is None else (found, names_of(session, [found.by]).get(found.by or 0, "命令行"))


def _hold(session: Session, key: str) -> None:
    # two people may begin at the same moment, when there is no row yet that could be locked
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('draft'), hashtext(:key))"), {"key": key})


def _last_revision(session: Session, key: str) -> int | None:
    return session.scalar(select(func.max(DbDraftRevision.number)).where(DbDraftRevision.process_key == key))


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
    for path in changes:
        if then.files.get(path) == row.files.get(path):
            continue
        found = find_overtaking(session, row.process_key, path, revision)
        if found is None:
            raise Conflict("草稿已有新的内容，请重新打开后再改")
        raise Overtaken(by=found[1], at=found[0].at, revision=found[0].number)
