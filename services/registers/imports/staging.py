"""A file in three steps: read and compared, shown to whoever brought it, then taken over exactly as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, cast, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.database import table_of, transaction
from services.errors import Conflict, InvalidInput, NotFound
from services.people.models import DbUser
from services.registers.imports import applying, checks, comparing
from services.registers.imports.bounds import FileRefused
from services.registers.imports.by import By, Moved
from services.registers.imports.comparing import COMPARED, REFUSED
from services.registers.imports.files import read_file
from services.registers.imports.layouts import Layout, get_layout_for, said
from services.registers.imports.models import APPLIED, STAGED, DbImport, DbImportRow
from services.registers.imports.rows import ReadFile, RefusedRow, read_rows
from services.types import Actor

KEPT = timedelta(hours=1)
"""So long a file that nobody confirms is kept."""
_BATCH = 5_000
_UNKNOWN = "不认识的列：{names}；请删去或改名"
_GONE = "这次导入已经过期或已被放弃，请重新选择文件"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a file would do, or did. ``refused`` are all rows that cannot be taken; then nothing is changed."""

    read_as: str
    new: int
    changed: int
    unchanged: int
    unknown: list[str]
    refused: list[RefusedRow]
    applied: bool


def read(layout: Layout, filename: str, content: bytes) -> ReadFile:
    """The rows of a file. Raises InvalidInput for ``file`` when it cannot be read."""
    try:
        sheet = read_file(filename, content, sheets=(layout.title, layout.register))
        return read_rows(layout, sheet)
    except FileRefused as refusal:
        raise InvalidInput({"file": [str(refusal)]}, "{reason}", reason=str(refusal)) from refusal


def stage(actor: Actor, register: str, filename: str, content: bytes, *, now: datetime) -> int:
    """Read a file and keep for an hour what it would change; gives the import's number.

    Raises NotFound, NotPermitted, InvalidInput for ``file``.
    """
    layout = get_layout_for(actor, register)
    found = read(layout, filename, content)
    with transaction() as session:
        comparing.allow_time(session)
        forget_expired(session, now=now)
        mine = (DbImport.user_id == actor.id) & (DbImport.register == register) & (DbImport.state == STAGED)
        session.execute(delete(DbImport).where(mine))
        staged = _head(layout, found, actor.id, now)
        session.add(staged)
        session.flush()
        _compare_file(session, layout, found, lock=False)
        refused = _all_refused(session, layout, found, now)
        _keep_rows(session, staged, refused)
        return staged.id


def import_file(
    layout: Layout, filename: str, content: bytes, *, now: datetime, preview: bool = False, ignore_unknown: bool = False
) -> Outcome:
    """Read a file and take it over at once, all or nothing; with ``preview`` nothing is changed.

    For the command line: no person is asked for. Raises InvalidInput for ``file``, also for columns that mean nothing
    unless they are to be ignored.
    """
    found = read(layout, filename, content)
    if found.unknown and not ignore_unknown:
        names = "、".join(found.unknown)
        raise InvalidInput({"file": [_UNKNOWN.format(names=names)]}, _UNKNOWN, names=names)
    with transaction() as session:
        comparing.allow_time(session)
        _compare_file(session, layout, found, lock=not preview)
        refused = _all_refused(session, layout, found, now)
        counts = comparing.count_kinds(session)
        done = not refused and not preview
        if done:
            by = By(user_id=None, filename=found.name, now=now)
            session.add(_applied(_head(layout, found, None, now), counts, now))
            _apply(session, layout, [column.key for column in found.columns], by)
    return Outcome(
        read_as=found.read_as,
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        unknown=found.unknown,
        refused=refused,
        applied=done,
    )


def confirm(actor: Actor, register: str, import_id: int, *, ignore_unknown: bool, now: datetime) -> DbImport | None:
    """Take over what was shown. None when the register was changed meanwhile: then what it would do now is kept to be
    shown again, and nothing else is changed.

    Raises NotFound, NotPermitted, Conflict when rows are refused or it was done already, InvalidInput for ``unknown``.
    """
    layout = get_layout_for(actor, register)
    try:
        with transaction() as session:
            comparing.allow_time(session)
            staged = _lock_staged(session, actor, register, import_id, now=now)
            _require_ready(staged, ignore_unknown=ignore_unknown)
            rows, theirs = _rows_of(staged)
            comparing.bring_from(session, rows, theirs)
            applying.lock_entries(session, register)
            comparing.compare(session, layout)
            if comparing.differs_from(session, rows, theirs) or checks.problems(session, layout, now=now):
                _show_again(session, layout, staged, now)
                return None
            by = By(user_id=actor.id, filename=staged.filename, now=now)
            applying.apply(session, register, staged.columns, by)
            session.execute(delete(rows).where(theirs))
            staged.state, staged.applied_at = APPLIED, now
            return staged
    except Moved:
        _look_again(actor, layout, import_id, now)
        return None


def discard(actor: Actor, register: str, import_id: int, *, now: datetime) -> None:
    """Forget a file that was not taken over. Raises NotFound."""
    with transaction() as session:
        session.delete(_lock_staged(session, actor, register, import_id, now=now))


def forget_expired(session: Session, *, now: datetime) -> None:
    """Remove files that nobody confirmed in time, with their rows."""
    session.execute(delete(DbImport).where(DbImport.state == STAGED, DbImport.at < now - KEPT))


def sweep(*, now: datetime) -> None:
    """The same in a transaction of its own, for the worker."""
    with transaction() as session:
        forget_expired(session, now=now)


def get_staged(session: Session, actor: Actor, register: str, import_id: int, *, now: datetime) -> DbImport:
    """The person's own import that waits to be confirmed. Raises NotFound."""
    found = session.get(DbImport, import_id)
    if found is None or not _is_waiting(found, actor, register, now):
        raise NotFound(_GONE)
    return found


def list_imports(session: Session, register: str, *, limit: int = 20) -> list[tuple[DbImport, str | None]]:
    """The files that were taken over, the newest first, with who brought them."""
    query = select(DbImport, DbUser.name).outerjoin(DbUser, DbUser.id == DbImport.user_id)
    query = query.where(DbImport.register == register, DbImport.state == APPLIED)
    return [(row, who) for row, who in session.execute(query.order_by(DbImport.id.desc()).limit(limit))]


def _is_waiting(found: DbImport, actor: Actor, register: str, now: datetime) -> bool:
    mine = found.user_id == actor.id and found.register == register
    return mine and found.state == STAGED and found.at >= now - KEPT


def _lock_staged(session: Session, actor: Actor, register: str, import_id: int, *, now: datetime) -> DbImport:
    query = select(DbImport).where(DbImport.id == import_id).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is not None and found.user_id == actor.id and found.state == APPLIED:
        raise Conflict("这个文件已经导入过了")
    if found is None or not _is_waiting(found, actor, register, now):
        raise NotFound(_GONE)
    return found


def _require_ready(staged: DbImport, *, ignore_unknown: bool) -> None:
    if staged.refused:
        raise Conflict("有 {count} 行不能导入，没有更改任何内容；请改正后重新上传", count=staged.refused)
    if staged.unknown and not ignore_unknown:
        raise InvalidInput({"unknown": ["请确认忽略这些列，或改正标题后重新上传"]})


def _head(layout: Layout, found: ReadFile, user_id: int | None, now: datetime) -> DbImport:
    return DbImport(
        register=layout.register,
        state=STAGED,
        user_id=user_id,
        filename=found.name,
        read_as=found.read_as[:80],
        at=now,
        columns=[column.key for column in found.columns],
        unknown=found.unknown,
        told=found.told,
    )


def _applied(head: DbImport, counts: dict[str, int], now: datetime) -> DbImport:
    head.state, head.applied_at = APPLIED, now
    head.new, head.changed, head.unchanged = counts["new"], counts["changed"], counts["unchanged"]
    return head


def _apply(session: Session, layout: Layout, columns: Sequence[str], by: By) -> None:
    try:
        applying.apply(session, layout.register, columns, by)
    except Moved as moved:
        raise Conflict("导入期间有人更改了“{title}”，没有更改任何内容；请再试一次", title=layout.title) from moved


def _compare_file(session: Session, layout: Layout, found: ReadFile, *, lock: bool) -> None:
    comparing.bring(session, ((row.number, row.key, row.values) for row in found.rows))
    if lock:
        applying.lock_entries(session, layout.register)
    comparing.compare(session, layout)


def _all_refused(session: Session, layout: Layout, found: ReadFile, now: datetime) -> list[RefusedRow]:
    """What the file itself shows to be wrong, and what the register says; the latter leave ``COMPARED``."""
    wrong = checks.problems(session, layout, now=now)
    keys = _take_out(session, list(wrong))
    refused = [
        RefusedRow(number=number, key=keys[number], problems=problems, typed=found.typed(number))
        for number, problems in wrong.items()
    ]
    return sorted([*found.refused, *refused], key=lambda row: row.number)


def _take_out(session: Session, numbers: list[int]) -> dict[int, str]:
    keys: dict[int, str] = {}
    for first in range(0, len(numbers), _BATCH):
        batch = COMPARED.c.number.in_(numbers[first : first + _BATCH])
        gone = session.execute(delete(COMPARED).where(batch).returning(COMPARED.c.number, COMPARED.c.key))
        keys |= {row.number: row.key for row in gone}
    return keys


def _rows_of(staged: DbImport) -> tuple[Table, Any]:
    rows = table_of(DbImportRow)
    return rows, rows.c.import_id == staged.id


def _keep_rows(session: Session, staged: DbImport, refused: Sequence[RefusedRow]) -> None:
    """Keep what ``COMPARED`` says and the refused rows, to be shown and confirmed."""
    rows = table_of(DbImportRow)
    nothing = cast(literal("[]"), JSONB)
    kept = ["number", "kind", "key", "fields", "changes"]
    meant = select(literal(staged.id), *(COMPARED.c[name] for name in kept), nothing, nothing)
    session.execute(insert(rows).from_select(["import_id", *kept, "typed", "problems"], meant, include_defaults=False))
    for first in range(0, len(refused), _BATCH):
        session.execute(insert(rows), [_refused_row(staged.id, row) for row in refused[first : first + _BATCH]])
    counts = comparing.count_kinds(session)
    staged.new, staged.changed, staged.unchanged = counts["new"], counts["changed"], counts["unchanged"]
    staged.refused = len(refused)


def _refused_row(import_id: int, row: RefusedRow) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": row.number,
        "kind": REFUSED,
        "key": row.key[:120],
        "fields": {},
        "changes": {},
        "typed": row.typed,
        "problems": [{"column": problem.column, "reason": problem.reason} for problem in row.problems],
    }


def _show_again(session: Session, layout: Layout, staged: DbImport, now: datetime) -> None:
    """Keep what the rows mean by now in place of what they meant."""
    rows, theirs = _rows_of(staged)
    wrong = checks.problems(session, layout, now=now)
    asked = select(rows.c.number, rows.c.fields).where(theirs, rows.c.number.in_(wrong))
    fields = {row.number: row.fields for row in session.execute(asked)}
    keys = _take_out(session, list(wrong))
    refused = [
        RefusedRow(
            number=number,
            key=keys[number],
            problems=problems,
            typed=[said(layout, name, fields[number].get(name)) for name in staged.columns],
        )
        for number, problems in wrong.items()
    ]
    session.execute(delete(rows).where(and_(theirs, rows.c.kind != REFUSED)))
    _keep_rows(session, staged, refused)


def _look_again(actor: Actor, layout: Layout, import_id: int, now: datetime) -> None:
    with transaction() as session:
        comparing.allow_time(session)
        staged = _lock_staged(session, actor, layout.register, import_id, now=now)
        comparing.bring_from(session, *_rows_of(staged))
        comparing.compare(session, layout)
        _show_again(session, layout, staged, now)
