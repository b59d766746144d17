"""The processes of the workbench at a glance: what is in force, what is being changed, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.models import RUNNING, DbCase
from services.errors import NotFound
from services.incidents.models import OPEN, DbIncident
from services.people.organisation import names_of
from services.processes.checking import check_files
from services.processes.contents import contents, digests_of
from services.processes.drafts import require_owner
from services.processes.models import DbProcess, DbProcessDraft, DbProcessVersion
from services.processes.presence import Editor, editors_of
from services.processes.publication import due_days
from services.processes.versions import get_definition, list_versions
from services.types import Actor, VersionId
from workflows.definition import ProcessDefinition, ProcessFiles, read_archive
from workflows.errors import Problem

CHECKED_AT_ONCE = 300


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One process as the workbench lists it."""

    key: str
    title: str
    category: str
    definition: ProcessDefinition | None
    """The version in force. None where none was published yet."""
    version: int | None = None
    published_at: datetime | None = None
    published_by: str = ""
    stopped_at: datetime | None = None
    has_draft: bool = False
    changes: int = 0
    """How many files of the draft differ from the version that it began with."""
    base_version: int | None = None
    changed_by: str = ""
    changed_at: datetime | None = None
    editors: Sequence[Editor] = ()
    errors: int = 0
    warnings: int = 0
    due_at: datetime | None = None
    running: Mapping[int, int] = field(default_factory=dict)
    """Running cases by the number of their version, the newest first."""
    incidents: int = 0

    @property
    def is_behind(self) -> bool:
        """Somebody published a version that the draft does not know."""
        return self.has_draft and self.changes > 0 and self.base_version != self.version


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """One version in the history of a process."""

    number: int
    published_at: datetime
    published_by: str
    note: str
    revision: int | None
    running: int
    closed: int
    in_force: bool


def list_processes(session: Session, actor: Actor, *, now: datetime) -> list[Glance]:
    """Every process and every draft, by category and title. Raises NotPermitted."""
    require_owner(actor)
    processes = {row.key: row for row in session.scalars(select(DbProcess))}
    drafts = {row.process_key: row for row in session.scalars(select(DbProcessDraft))}
    keys = sorted({*processes, *drafts})
    return sorted(
        _glances(session, actor, keys, processes, drafts, now), key=lambda each: (each.category, each.title, each.key)
    )


def get_glance(session: Session, actor: Actor, key: str, *, now: datetime) -> Glance:
    """The same of one process. Raises NotFound, NotPermitted."""
    require_owner(actor)
    process, draft = session.get(DbProcess, key), session.get(DbProcessDraft, key)
    if process is None and draft is None:
        raise NotFound("没有“{key}”这个流程或草稿", key=key)
    processes = {key: process} if process is not None else {}
    return _glances(session, actor, [key], processes, {key: draft} if draft is not None else {}, now)[0]


def list_history(session: Session, actor: Actor, key: str) -> list[VersionLine]:
    """Every version of a process, newest first, with the cases that run or ran on it. Raises NotPermitted."""
    require_owner(actor)
    versions = list_versions(session, key)
    people = names_of(session, [version.published_by for version in versions])
    process = session.get(DbProcess, key)
    counted: Counter[tuple[int, bool]] = Counter()
    query = select(DbCase.version_id, DbCase.status, func.count()).where(DbCase.process_key == key)
    for version_id, status, count in session.execute(query.group_by(DbCase.version_id, DbCase.status)):
        counted[version_id, status == RUNNING] += count
    return [
        VersionLine(
            number=version.number,
            published_at=version.published_at,
            published_by=people.get(version.published_by or 0, ""),
            note=version.note,
            revision=version.revision,
            running=counted[version.id, True],
            closed=counted[version.id, False],
            in_force=process is not None and process.current_version == version.number,
        )
        for version in versions
    ]


def problems_of(files: ProcessFiles) -> Sequence[Problem]:
    """What the checks on paper say, remembered by the contents: the same files have the same problems."""
    known = tuple(sorted(digests_of(files).items()))
    if known not in _checked:
        if len(_checked) >= CHECKED_AT_ONCE:
            _checked.clear()
        _checked[known] = tuple(check_files(files))
    return _checked[known]


_checked: dict[tuple[tuple[str, str], ...], tuple[Problem, ...]] = {}


def _glances(
    session: Session,
    actor: Actor,
    keys: Sequence[str],
    processes: Mapping[str, DbProcess],
    drafts: Mapping[str, DbProcessDraft],
    now: datetime,
) -> list[Glance]:
    versions = _in_force(session, processes)
    people = names_of(
        session,
        [*(row.changed_by for row in drafts.values()), *(version.published_by for version in versions.values())],
    )
    editors = editors_of(session, keys, now=now, besides=actor)
    due, running, incidents = due_days(session, keys), _running(session, keys), _incidents(session, keys)
    found = []
    for key in keys:
        version, draft = versions.get(key), drafts.get(key)
        definition = get_definition(session, VersionId(version.id)) if version is not None else None
        files = contents(session, draft.files) if draft is not None else read_archive(_archive(version))
        problems = problems_of(files)
        found.append(
            Glance(
                key=key,
                title=draft.title if draft is not None else processes[key].title,
                category=definition.settings.category if definition is not None else "",
                definition=definition,
                version=version.number if version is not None else None,
                published_at=version.published_at if version is not None else None,
                published_by=people.get((version.published_by if version is not None else None) or 0, ""),
                stopped_at=processes[key].stopped_at if key in processes else None,
                has_draft=draft is not None,
                changes=_changes(session, draft) if draft is not None else 0,
                base_version=draft.base_version if draft is not None else None,
                changed_by=people.get(draft.changed_by or 0, "") if draft is not None else "",
                changed_at=draft.changed_at if draft is not None else None,
                editors=editors.get(key, ()),
                errors=sum(problem.severity == "error" for problem in problems),
                warnings=sum(problem.severity == "warning" for problem in problems),
                due_at=due.get(key),
                running=running.get(key, {}),
                incidents=incidents.get(key, 0),
            )
        )
    return found


def _archive(version: DbProcessVersion | None) -> bytes:
    assert version is not None, "what has neither a draft nor a version is not listed"
    return version.archive


def _in_force(session: Session, processes: Mapping[str, DbProcess]) -> dict[str, DbProcessVersion]:
    join = (DbProcess.key == DbProcessVersion.process_key) & (DbProcess.current_version == DbProcessVersion.number)
    query = select(DbProcessVersion).join(DbProcess, join).where(DbProcess.key.in_(processes))
    return {version.process_key: version for version in session.scalars(query)}


def _changes(session: Session, draft: DbProcessDraft) -> int:
    """A process that was never published is all new: nothing is counted."""
    query = select(DbProcessVersion).where(
        DbProcessVersion.process_key == draft.process_key, DbProcessVersion.number == draft.base_version
    )
    version = session.scalar(query) if draft.base_version is not None else None
    if version is None:
        return 0
    if version.id not in _digests:
        _digests[version.id] = digests_of(read_archive(version.archive))
    before = _digests[version.id]
    return sum(before.get(path) != draft.files.get(path) for path in {*before, *draft.files})


# Versions never change, so an entry never goes stale.
_digests: dict[int, Mapping[str, str]] = {}


def _running(session: Session, keys: Collection[str]) -> dict[str, dict[int, int]]:
    query = (
        select(DbCase.process_key, DbProcessVersion.number, func.count())
        .join(DbProcessVersion, DbProcessVersion.id == DbCase.version_id)
        .where(DbCase.process_key.in_(keys), DbCase.status == RUNNING)
        .group_by(DbCase.process_key, DbProcessVersion.number)
        .order_by(DbProcessVersion.number.desc())
    )
    found: dict[str, dict[int, int]] = {}
    for key, number, count in session.execute(query):
        found.setdefault(key, {})[number] = count
    return found


def _incidents(session: Session, keys: Collection[str]) -> dict[str, int]:
    query = (
        select(DbCase.process_key, func.count(func.distinct(DbCase.id)))
        .join(DbIncident, DbIncident.case_id == DbCase.id)
        .where(DbCase.process_key.in_(keys), DbIncident.state == OPEN)
        .group_by(DbCase.process_key)
    )
    return dict(session.execute(query).all())
