"""Publishing: from a checked folder, or from the draft, to the version that new cases run on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.people.organisation import find_active, names_of
from services.processes.checking import check_draft
from services.processes.contents import digests_of, keep_contents
from services.processes.drafts import (
    PUBLISHED,
    find_locked,
    get_draft,
    note_revision,
    require_owner,
)
from services.processes.models import DbDraftRevision, DbProcess, DbProcessDraft, DbProcessVersion
from services.processes.parts import read_checked
from services.processes.prefixes import prefix_problems
from services.processes.telling import tell_owners
from services.processes.versions import find_current_version, get_archive
from services.types import Actor
from workflows.definition import NOBODY_USER, ProcessDefinition, ProcessFiles, read_archive, write_archive
from workflows.errors import DefinitionError, Problem

MAX_NOTE = 400
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Who publishes what: the words of it and where it comes from."""

    by: int | None
    note: str
    revision: int | None = None
    """The revision of the draft that is published."""
    base_version: int | None = None
    """The version in force that it was made from."""


def publish(files: ProcessFiles, *, actor: Actor | None, note: str, now: datetime) -> DbProcessVersion:
    """Make the folder the version that new cases run on; running cases stay on theirs.

    ``actor`` is None for the command line. Publishing what is current already changes nothing and returns it.
    Raises DefinitionError with every problem, in which case nothing was changed; NotPermitted for other people.
    """
    if actor is not None and not actor.is_owner:
        raise NotPermitted("只有流程负责人可以发布流程")
    definition = read_checked(files)
    with transaction() as session:
        current = find_current_version(session, definition.key)
        if current is not None and current.digest == _digest_of(files):
            return current
        refuse_errors(session, files, now=now)
        return enter_version(session, files, Source(by=actor.id if actor else None, note=note), now=now)


def publish_draft(
    actor: Actor, key: str, *, revision: int, note: str, despite_warnings: bool, now: datetime
) -> DbProcessVersion:
    """Publish the draft as it was at ``revision``, which must still be its newest.

    Raises DefinitionError for errors of the checks, InvalidInput for a missing note or warnings that nobody confirmed,
    Conflict where the draft or the version in force has changed since, NotFound, NotPermitted.
    """
    files = publishable(actor, key, revision=revision, note=note, despite_warnings=despite_warnings, now=now)
    with transaction() as session:
        row = lock_at(session, key, revision)
        source = Source(by=actor.id, note=note.strip(), revision=revision, base_version=row.base_version)
        return enter_version(session, files, source, now=now)


def publishable(
    actor: Actor, key: str, *, revision: int, note: str, despite_warnings: bool, now: datetime
) -> ProcessFiles:
    """The draft's files, if they may be published now or later. Raises as ``publish_draft``; locks nothing."""
    require_owner(actor)
    _require_note(note)
    session = read_session()
    draft = get_draft(session, actor, key)
    if draft.revision != revision:
        raise Conflict("您看过之后草稿又有了修改，请再看一遍再发布")
    refuse_unchanged(session, key, draft.files)
    problems = refuse_errors(session, draft.files, now=now, key=key)
    if not despite_warnings and any(problem.severity == WARNING for problem in problems):
        raise InvalidInput({"warnings": ["还有提醒没有确认：请逐条看过，勾选“我已看过这些提醒”后再发布"]})
    session.rollback()
    return draft.files


def roll_back(actor: Actor, key: str, number: int, *, in_force: int, reason: str, now: datetime) -> DbProcessVersion:
    """Publish the contents of an older version once more, as a new one.

    Raises DefinitionError where it no longer passes today's checks, Conflict where ``in_force`` no longer is,
    NotFound, NotPermitted.
    """
    require_owner(actor)
    files = read_archive(get_archive(read_session(), key, number))
    refuse_errors(read_session(), files, now=now, key=key)
    note = f"回到第 {number} 版" + (f"：{reason.strip()}" if reason.strip() else "")
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": [f"最多 {MAX_NOTE} 个字"]})
    with transaction() as session:
        find_locked(session, key)
        refuse_overtaken(session, key, in_force)
        refuse_unchanged(session, key, files)
        return enter_version(session, files, Source(by=actor.id, note=note), now=now)


def lock_at(session: Session, key: str, revision: int) -> DbProcessDraft:
    """The draft, locked, if it is still at the revision and made from the version in force. Raises Conflict."""
    row = find_locked(session, key)
    if row is None or row.revision != revision:
        raise Conflict("您看过之后草稿又有了修改，请再看一遍再发布")
    refuse_overtaken(session, key, row.base_version)
    return row


def refuse_overtaken(session: Session, key: str, base_version: int | None) -> None:
    """Raises Conflict where another version has been published meanwhile."""
    current = find_current_version(session, key)
    number = None if current is None else current.number
    if current is not None and number != base_version:
        by = names_of(session, [current.published_by]).get(current.published_by or 0, "命令行")
        raise Conflict("{by}已经发布了第 {number} 版；请先把它并入草稿，再发布", by=by, number=number)


def refuse_unchanged(session: Session, key: str, files: ProcessFiles) -> None:
    """Raises Conflict where the files are those of the version in force."""
    current = find_current_version(session, key)
    if current is not None and current.digest == _digest_of(files):
        raise Conflict("内容与在用的第 {number} 版完全相同，没有可发布的修改", number=current.number)


def refuse_errors(session: Session, files: ProcessFiles, *, now: datetime, key: str | None = None) -> list[Problem]:
    """What else the checks say of files that may be published. Raises DefinitionError for those that may not."""
    problems = check_draft(session, files, now=now)
    if not any(problem.severity == ERROR for problem in problems):
        definition = read_checked(files)
        problems = [*problems, *_of_settings(session, definition, key)]
    errors = [problem for problem in problems if problem.severity == ERROR]
    if errors:
        raise DefinitionError(errors)
    return problems


def enter_version(session: Session, files: ProcessFiles, source: Source, *, now: datetime) -> DbProcessVersion:
    """The next version of files that were checked, in a transaction that is open; the draft follows it.

    The draft's lock is taken first, then the process's row. What is current already is returned as it is.
    """
    definition = read_checked(files)
    draft = find_locked(session, definition.key)
    statement = insert(DbProcess).values(key=definition.key, title=definition.settings.title, current_version=0)
    session.execute(statement.on_conflict_do_nothing())
    query = select(DbProcess).where(DbProcess.key == definition.key).with_for_update()
    process = session.scalars(query.execution_options(populate_existing=True)).one()
    current = find_current_version(session, process.key)
    if current is not None and current.digest == _digest_of(files):
        return current
    version = _add_version(session, process.key, files, source, now)
    process.current_version = version.number
    process.title = definition.settings.title
    _follow(session, draft, version, current, files, source, now)
    tell_owners(session, process.key, process.title, version, besides=source.by, now=now)
    session.flush()
    return version


def _add_version(session: Session, key: str, files: ProcessFiles, source: Source, now: datetime) -> DbProcessVersion:
    query = select(func.max(DbProcessVersion.number)).where(DbProcessVersion.process_key == key)
    version = DbProcessVersion(
        process_key=key,
        number=(session.scalar(query) or 0) + 1,
        digest=_digest_of(files),
        archive=write_archive(files),
        published_by=source.by,
        published_at=now,
        note=source.note,
        revision=source.revision,
    )
    session.add(version)
    return version


def _follow(
    session: Session,
    draft: DbProcessDraft | None,
    version: DbProcessVersion,
    before: DbProcessVersion | None,
    files: ProcessFiles,
    source: Source,
    now: datetime,
) -> None:
    """A draft that was published, or in which nothing was changed, goes on from the new version; others stay."""
    if draft is None:
        _note_published(session, version, files, source, now)
        return
    untouched = before is not None and draft.files == digests_of(read_archive(before.archive))
    changed: list[str] = []
    if untouched:
        digests = keep_contents(session, files)
        changed = sorted(path for path in {*digests, *draft.files} if digests.get(path) != draft.files.get(path))
        draft.files, draft.title = digests, read_checked(files).settings.title
    if untouched or (source.revision is not None and draft.base_version == source.base_version):
        draft.base_version = version.number
    draft.revision += 1
    detail = {"version": version.number}
    note_revision(session, draft, changed, kind=PUBLISHED, by=source.by, now=now, note=source.note, detail=detail)


def _note_published(
    session: Session, version: DbProcessVersion, files: ProcessFiles, source: Source, now: datetime
) -> None:
    """The line of the timeline where there is no draft: a later one goes on from here."""
    last = session.scalar(
        select(func.max(DbDraftRevision.number)).where(DbDraftRevision.process_key == version.process_key)
    )
    session.add(
        DbDraftRevision(
            process_key=version.process_key,
            number=(last or 0) + 1,
            files=keep_contents(session, files),
            changed=[],
            kind=PUBLISHED,
            note=source.note,
            detail={"version": version.number},
            by=source.by,
            at=now,
        )
    )


def _digest_of(files: ProcessFiles) -> str:
    return hashlib.sha256(write_archive(files)).hexdigest()


def _require_note(note: str) -> None:
    if not note.strip():
        raise InvalidInput({"note": ["请写一句说明：这一版改了什么、为什么"]})
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": [f"最多 {MAX_NOTE} 个字"]})


def _of_settings(session: Session, definition: ProcessDefinition, key: str | None) -> Sequence[Problem]:
    found = list(prefix_problems(session, definition))
    if key is not None and definition.key != key:
        message = f"流程的标识（key）应为“{key}”：它是流程的固定名称，不能改"
        found.append(Problem(severity=ERROR, file="process.toml", element="key", message=message))
    nobody = definition.settings.nobody
    if nobody.startswith(NOBODY_USER) and find_active(session, nobody.removeprefix(NOBODY_USER)) is None:
        message = f"无人在岗时指定的人“{nobody}”不存在或已离职，请改为在职人员的用户名"
        found.append(Problem(severity=ERROR, file="process.toml", element="nobody", message=message))
    return found
