"""Comments on a case. They are lines of its history: nobody can change or remove one, its author neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.attachments import take_attachments
from services.cases.history import Entry, append
from services.database import transaction
from services.discussion.mentions import find_mentions, people_in
from services.discussion.place import OnCase, OnTask, bounded_text, lock_place, tell
from services.errors import InvalidInput
from services.notices.message import Message
from services.types import Actor, CaseId

COMMENTED = "commented"
MAX_FILES = 10


@dataclass(frozen=True, kw_only=True)
class Added:
    """A comment by its case and its place in the history of that case."""

    case_id: CaseId
    id: int


def add_comment(
    actor: Actor, place: OnCase | OnTask, text: str, *, attachments: Sequence[str] = (), now: datetime
) -> Added:
    """Say something on a case, running or ended. Whoever is named with @ is told, and may read the case from then on.

    ``attachments`` are ids of files that the person uploaded. Raises NotFound, and InvalidInput for a text that is
    empty, too long or names nobody, and for files that are not the person's own.
    """
    text = bounded_text(text, "text")
    if not text:
        raise InvalidInput({"text": ["请填写评论内容"]})
    if len(attachments) > MAX_FILES:
        raise InvalidInput({"attachments": [f"最多 {MAX_FILES} 项"]})
    with transaction() as session:
        locked = lock_place(session, actor, place)
        detail, told = _detail(session, actor, locked.case.id, text, attachments)
        entry = Entry(
            action=COMMENTED, user_id=actor.id, step=locked.step, name=locked.name, comment=text, detail=detail
        )
        append(session, locked.case, entry, now)
        tell(session, locked.case, [Message(people=told, kind="mentioned", values={"who": actor.name})], now)
        return Added(case_id=CaseId(locked.case.id), id=locked.case.history_length)


def _detail(
    session: Session, actor: Actor, case_id: int, text: str, attachments: Sequence[str]
) -> tuple[dict[str, Any], list[int]]:
    """What the history keeps beside the text, and who is told."""
    mentions = find_mentions(session, text)
    files = take_attachments(session, attachments, user_id=actor.id, case_id=case_id)
    detail = {
        "mentions": [
            {"start": at.start, "end": at.end, "username": at.user.username, "name": at.user.name} for at in mentions
        ],
        "attachments": [{"id": str(file.id), "filename": file.filename, "size": file.size} for file in files],
    }
    return detail, [user.id for user in people_in(mentions) if user.id != actor.id]
