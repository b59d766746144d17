"""What a page shows of what people say to each other about a case: comments, copies, urges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.cases.models import DbCase
from services.cases.show_case import CaseView, HistoryLine, Person, show_case
from services.cases.visibility import get_visible_case
from services.discussion.comment import COMMENTED
from services.discussion.copy import may_copy
from services.discussion.models import DbCopy
from services.discussion.place import has_finished_a_step
from services.discussion.urge import URGED, next_urge_at
from services.people.models import DbUser
from services.tasks.models import DbTask
from services.types import Actor, CaseId


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a comment; ``who`` is the name of a person it mentions."""

    text: str
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class CommentLine:
    id: int
    """The comment's place in the history of its case."""
    at: datetime
    who: Person | None
    step: str
    name: str
    text: str
    parts: list[Part]
    mentions: Mapping[str, str]
    """The names of those it mentions, by their user names."""
    attachments: list[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CopyLine:
    """Somebody who was sent a copy. Whether it was read is for the sender, who asked for it, and nobody else."""

    person: Person
    by: Person
    at: datetime
    comment: str
    mine: bool
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class UrgeLine:
    """An open task: how often it was urged and by whom last, and whether this person may urge it, and when."""

    task_id: int
    name: str
    people: list[str]
    count: int
    last_at: datetime | None
    last_by: str
    last_comment: str
    may: bool
    not_before: datetime | None


@dataclass(frozen=True, kw_only=True)
class Discussion:
    comments: list[CommentLine]
    copies: list[CopyLine]
    urges: Mapping[int, UrgeLine]
    may_copy: bool

    @property
    def urgeable(self) -> list[UrgeLine]:
        return [line for line in self.urges.values() if line.may]


def discussion_of(session: Session, actor: Actor, view: CaseView, *, now: datetime) -> Discussion:
    """For a case that the person was found to may see."""
    case = session.get_one(DbCase, view.id)
    return Discussion(
        comments=comments_in(view.history),
        copies=_copies(session, actor, view.id),
        urges=_urges(session, actor, view, now) if view.running else {},
        may_copy=may_copy(session, actor, case),
    )


def list_comments(session: Session, actor: Actor, case_id: CaseId) -> list[CommentLine]:
    """The comments of a case, oldest first. Raises NotFound."""
    return comments_in(show_case(session, actor, case_id).history)


def list_copies(session: Session, actor: Actor, case_id: CaseId) -> list[CopyLine]:
    """Who was sent a copy of the case, in order. Raises NotFound."""
    return _copies(session, actor, get_visible_case(session, actor, case_id).id)


def comments_in(history: Iterable[HistoryLine]) -> list[CommentLine]:
    return [_comment(position, line) for position, line in enumerate(history, 1) if line.action == COMMENTED]


def _comment(position: int, line: HistoryLine) -> CommentLine:
    named = line.detail["mentions"]
    return CommentLine(
        id=position,
        at=line.at,
        who=line.who,
        step=line.step,
        name=line.name,
        text=line.comment,
        parts=_parts(line.comment, named),
        mentions={at["username"]: at["name"] for at in named},
        attachments=line.detail["attachments"],
    )


def _parts(text: str, mentions: Iterable[Mapping[str, Any]]) -> list[Part]:
    """The text cut where it names somebody."""
    parts, done = [], 0
    for at in mentions:
        parts += [Part(text=text[done : at["start"]]), Part(text=text[at["start"] : at["end"]], who=at["name"])]
        done = at["end"]
    return [part for part in (*parts, Part(text=text[done:])) if part.text]


def _copies(session: Session, actor: Actor, case_id: int) -> list[CopyLine]:
    sender = aliased(DbUser)
    rows = session.execute(
        select(DbCopy, DbUser, sender)
        .join(DbUser, DbUser.id == DbCopy.user_id)
        .join(sender, sender.id == DbCopy.sent_by)
        .where(DbCopy.case_id == case_id)
        .order_by(DbCopy.id)
    )
    return [
        CopyLine(
            person=_person(reader),
            by=_person(by),
            at=copy.sent_at,
            comment=copy.comment,
            mine=copy.sent_by == actor.id,
            read_at=copy.read_at if copy.sent_by == actor.id else None,
        )
        for copy, reader, by in rows
    ]


def _person(user: DbUser) -> Person:
    return Person(id=user.id, username=user.username, name=user.name)


def _urges(session: Session, actor: Actor, view: CaseView, now: datetime) -> dict[int, UrgeLine]:
    entitled = view.starter.id == actor.id or has_finished_a_step(session, actor, view.id)
    rows = session.execute(
        select(DbTask.id, DbTask.urges, DbTask.urged_at, DbTask.owner_id).where(
            DbTask.case_id == view.id, DbTask.state == "open"
        )
    )
    counted = {row.id: row for row in rows}
    latest = {line.detail["task"]: line for line in view.history if line.action == URGED}
    found = {}
    # a task that somebody finished while this page was read is left out
    for task in (task for task in view.tasks if task.id in counted):
        row, last = counted[task.id], latest.get(task.id)
        after = next_urge_at(session, row.urged_at)
        found[task.id] = UrgeLine(
            task_id=task.id,
            name=task.name,
            people=[task.assignee.name] if task.assignee else [person.name for person in task.candidates],
            count=row.urges,
            last_at=row.urged_at,
            last_by=last.who.name if last and last.who else "",
            last_comment=last.comment if last else "",
            may=(entitled or row.owner_id == actor.id) and all(person.id != actor.id for person in task.candidates),
            not_before=after if after is not None and now < after else None,
        )
    return found
