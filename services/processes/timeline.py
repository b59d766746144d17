"""The timeline of a draft: who changed which part when, grouped into sittings; any state can be brought back.

It is bounded: of a sitting that is over for a week only the last state stays, of days older than a quarter of a year
one state a day. What was named, published, imported, restored or kept beside the draft always stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.errors import InvalidInput, NotFound
from services.people.organisation import names_of
from services.processes.contents import contents, keep_contents
from services.processes.drafts import (
    DISCARDED,
    EDITED,
    PUBLISHED,
    RESTORED,
    lock_draft,
    put_files,
    require_owner,
)
from services.processes.models import DbDraftFile, DbDraftRevision, DbProcessDraft
from services.processes.versions import get_current_version
from services.types import Actor
from workflows.calendar import COMPANY_ZONE
from workflows.definition import read_archive

PAUSE = timedelta(minutes=10)
"""Whoever changes nothing for so long has got up."""
SITTINGS_AFTER = timedelta(days=7)
DAYS_AFTER = timedelta(days=90)
MAX_NAME = 80
SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Changes of one person to the same part within some minutes; newest first in ``numbers``."""

    kind: str
    by: str
    began: datetime
    ended: datetime
    paths: Sequence[str]
    numbers: Sequence[int]
    before: int | None
    """The revision before the sitting, to compare with."""
    names: Mapping[int, str]
    """What somebody called states of it."""
    note: str = ""
    version: int | None = None
    """The version that was published here."""
    has_report: bool = False

    @property
    def number(self) -> int:
        return self.numbers[0]


def list_sittings(
    session: Session, actor: Actor, key: str, *, before: int | None = None
) -> tuple[list[Sitting], int | None]:
    """The newest sittings, newest first, and the revision that older ones lie before. Raises NotPermitted."""
    require_owner(actor)
    query = select(DbDraftRevision).where(DbDraftRevision.process_key == key)
    if before is not None:
        query = query.where(DbDraftRevision.number < before)
    # enough for the sittings that are shown: a sitting has seldom more than ten changes
    rows = list(session.scalars(query.order_by(DbDraftRevision.number.desc()).limit(SHOWN * 10)))
    people = names_of(session, [row.by for row in rows])
    groups = list(_sittings(rows))
    whole = len(rows) < SHOWN * 10
    shown = groups[:SHOWN] if whole or len(groups) == 1 else groups[:-1][:SHOWN]
    found = [_sitting(group, people, _number_before(rows, group)) for group in shown]
    more = shown[-1][-1].number if shown and (not whole or len(groups) > len(shown)) else None
    return found, more


def get_report(session: Session, actor: Actor, key: str, number: int) -> DbDraftRevision:
    """The revision that an import made, with what was understood in ``detail``. Raises NotFound, NotPermitted."""
    require_owner(actor)
    row = session.get(DbDraftRevision, (key, number))
    if row is None or "report" not in row.detail:
        raise NotFound("这条修改记录没有导入报告")
    return row


def has_report(session: Session, key: str, number: int) -> bool:
    """Whether the revision came from a diagram of another modeler."""
    row = session.get(DbDraftRevision, (key, number))
    return row is not None and "report" in row.detail


def original_of(session: Session, actor: Actor, key: str, number: int) -> tuple[DbDraftRevision, bytes]:
    """The file that an import was made from, as it came. Raises NotFound, NotPermitted."""
    row = get_report(session, actor, key, number)
    return row, contents(session, {"original": row.detail["original"]})["original"]


def restore(actor: Actor, key: str, number: int, *, now: datetime) -> int:
    """Make the draft what it was at a revision, as a new one: nothing after it is lost. Returns the new revision.

    Raises NotFound, NotPermitted.
    """
    require_owner(actor)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        then = _get_revision(session, key, number)
        files = {**then.files, **then.detail.get("aside", {})}
        detail = {"from": number}
        return put_files(session, row, files, {}, actor=actor, now=now, kind=RESTORED, detail=detail)


def name_state(actor: Actor, key: str, number: int, name: str) -> None:
    """Give a state a name by which it is found again; an empty one takes the name away. Raises InvalidInput."""
    require_owner(actor)
    name = name.strip()
    if len(name) > MAX_NAME:
        raise InvalidInput({"name": [f"最多 {MAX_NAME} 个字"]})
    with transaction() as session:
        _get_revision(session, key, number).name = name


def discard(actor: Actor, key: str, *, now: datetime) -> int:
    """Go back to the version in force; what was drawn stays on the timeline. Returns the new revision.

    Raises NotFound where the process was never published, NotPermitted.
    """
    require_owner(actor)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        version = get_current_version(session, key)
        files = read_archive(version.archive)
        row.base_version = version.number
        return put_files(session, row, keep_contents(session, files), {}, actor=actor, now=now, kind=DISCARDED)


def remove_draft(actor: Actor, key: str) -> None:
    """Throw away the draft of a process that was never published, with its timeline. Raises InvalidInput, NotFound."""
    require_owner(actor)
    with transaction() as session:
        row = session.get(DbProcessDraft, key, with_for_update=True)
        if row is None:
            raise NotFound("没有“{key}”这个流程或草稿", key=key)
        if row.base_version is not None:
            raise InvalidInput({"key": ["已经发布过的流程不能删除，可以停用"]})
        session.delete(row)
        session.execute(delete(DbDraftRevision).where(DbDraftRevision.process_key == key))


def clear_away(*, now: datetime) -> int:
    """Thin out old sittings and forget contents that nothing points at any more; how many revisions went."""
    keys = list(read_session().scalars(select(DbDraftRevision.process_key).distinct()))
    read_session().rollback()
    gone = 0
    for key in keys:
        with transaction() as session:
            gone += _thin(session, key, now)
    with transaction() as session:
        # alone: whoever is keeping a text right now may point at a content that looks forgotten
        if session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('draft_files'), 0)")):
            session.execute(delete(DbDraftFile).where(text(_FORGOTTEN)))
    return gone


_FORGOTTEN = """digest NOT IN (
  SELECT value FROM draft_revisions, jsonb_each_text(files)
  UNION SELECT value FROM draft_revisions, jsonb_each_text(COALESCE(detail -> 'aside', '{}'))
  UNION SELECT detail ->> 'original' FROM draft_revisions WHERE detail ? 'original'
  UNION SELECT value FROM process_drafts, jsonb_each_text(files)
)"""


def _thin(session: Session, key: str, now: datetime) -> int:
    query = select(DbDraftRevision).where(DbDraftRevision.process_key == key, DbDraftRevision.at < now - SITTINGS_AFTER)
    rows = list(session.scalars(query.order_by(DbDraftRevision.number.desc())))
    current = session.scalar(select(DbProcessDraft.revision).where(DbProcessDraft.process_key == key))
    keep: set[int] = set()
    days: set[date] = set()
    for group in _sittings(rows):
        day = group[0].at.astimezone(COMPANY_ZONE).date()
        if group[0].at > now - DAYS_AFTER or day not in days:
            keep.add(group[0].number)
        days.add(day)
    gone = [row.number for row in rows if row.number not in keep and row.number != current and _may_go(row)]
    session.execute(delete(DbDraftRevision).where(DbDraftRevision.process_key == key, DbDraftRevision.number.in_(gone)))
    return len(gone)


def _may_go(row: DbDraftRevision) -> bool:
    return row.kind == EDITED and not row.name


def _get_revision(session: Session, key: str, number: int) -> DbDraftRevision:
    row = session.get(DbDraftRevision, (key, number))
    if row is None:
        raise NotFound("这条修改记录已经不在时间线上")
    return row


def _sittings(rows: Sequence[DbDraftRevision]) -> Iterator[list[DbDraftRevision]]:
    """Newest first, as the rows are."""
    group: list[DbDraftRevision] = []
    for row in rows:
        if group and not _belongs(row, group[-1]):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _belongs(row: DbDraftRevision, newer: DbDraftRevision) -> bool:
    same = row.by == newer.by and row.kind == newer.kind == EDITED and _parts(row) == _parts(newer)
    return same and newer.at - row.at <= PAUSE


def _parts(row: DbDraftRevision) -> set[str]:
    """Files of the same folder are one part, and so are those beside the diagram."""
    return {path.partition("/")[0] for path in row.changed}


def _number_before(rows: Sequence[DbDraftRevision], group: Sequence[DbDraftRevision]) -> int | None:
    place = rows.index(group[-1]) + 1
    return rows[place].number if place < len(rows) else None


def _sitting(group: Sequence[DbDraftRevision], people: Mapping[int, str], before: int | None) -> Sitting:
    newest = group[0]
    return Sitting(
        kind=newest.kind,
        by=people.get(newest.by or 0, ""),
        began=group[-1].at,
        ended=newest.at,
        paths=sorted({path for row in group for path in row.changed}),
        numbers=[row.number for row in group],
        before=before,
        names={row.number: row.name for row in group if row.name},
        note=newest.note,
        version=newest.detail.get("version") if newest.kind == PUBLISHED else None,
        has_report="report" in newest.detail,
    )
