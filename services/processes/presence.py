"""Who has a draft open right now, and whether what somebody has open was changed by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.people.models import DbUser
from services.processes.drafts import find_overtaking, require_owner
from services.processes.models import DbDraftEditor, DbDraftRevision, DbProcessDraft
from services.types import Actor

AWAY_AFTER = timedelta(seconds=40)
"""Pages say every few seconds that they are open; a laptop that was closed says nothing."""
MAX_PLACE = 120


@dataclass(frozen=True, kw_only=True)
class Editor:
    name: str
    place: str
    """The tab that is open: a word of the workbench's addresses, as ``diagram``."""


@dataclass(frozen=True, kw_only=True)
class Overtaking:
    """A newer state of the file that somebody has open."""

    by: str
    at: datetime
    revision: int


def note_presence(actor: Actor, key: str, place: str, *, now: datetime) -> None:
    """Say that the person has this part of the draft open. Raises NotPermitted."""
    require_owner(actor)
    with transaction() as session:
        row = {"process_key": key, "user_id": actor.id, "place": place[:MAX_PLACE], "seen_at": now}
        statement = insert(DbDraftEditor).values(row)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["process_key", "user_id"], set_={"place": row["place"], "seen_at": now}
            )
        )
        session.execute(delete(DbDraftEditor).where(DbDraftEditor.seen_at < now - timedelta(days=1)))


def editors_of(session: Session, keys: Sequence[str], *, now: datetime, besides: Actor) -> Mapping[str, list[Editor]]:
    """Who else has these drafts open."""
    rows = session.execute(
        select(DbDraftEditor.process_key, DbDraftEditor.place, DbUser.name)
        .join(DbUser, DbUser.id == DbDraftEditor.user_id)
        .where(
            DbDraftEditor.process_key.in_(keys),
            DbDraftEditor.user_id != besides.id,
            DbDraftEditor.seen_at > now - AWAY_AFTER,
        )
        .order_by(DbUser.name)
    )
    found: dict[str, list[Editor]] = {}
    for key, place, name in rows:
        found.setdefault(key, []).append(Editor(name=name, place=place))
    return found


def find_change(session: Session, key: str, path: str, revision: int) -> Overtaking | None:
    """Who changed a file since the revision at which somebody opened it. None where it is still the same."""
    digests = session.scalar(select(DbProcessDraft.files).where(DbProcessDraft.process_key == key))
    then = session.get(DbDraftRevision, (key, revision))
    if digests is None or then is None or then.files.get(path) == digests.get(path):
        return None
    found = find_overtaking(session, key, path, revision)
    return None if found is None else Overtaking(by=found[1], at=found[0].at, revision=found[0].number)
