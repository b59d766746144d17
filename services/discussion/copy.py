"""Sending somebody a case to read (抄送), and the receipt of their having read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.cases.history import Entry, append
from services.cases.models import DbCase
from services.database import read_session, transaction
from services.discussion.models import DbCopy
from services.discussion.place import (
    OnCase,
    OnTask,
    at_local,
    bounded_text,
    has_finished_a_step,
    holds_a_task,
    lock_place,
    tell,
)
from services.errors import Conflict, InvalidInput, NotPermitted
from services.notices.message import Message
from services.people.directory import known_as, the_one
from services.people.models import DbUser
from services.people.organisation import names_of
from services.types import Actor, CaseId

MAX_PEOPLE = 20
_TOO_MANY = "一次最多抄送 {limit} 人"


def send_copy(actor: Actor, place: OnCase | OnTask, to: Sequence[str], *, comment: str = "", now: datetime) -> CaseId:
    """Let people, named by user name or name, read the case, running or ended; they are told.

    Raises NotFound, NotPermitted for anybody but the applicant and those who hold or have finished a task, InvalidInput
    naming who is nobody, left or is the sender, Conflict when somebody has a copy already. One wrong name and nobody
    gets a copy.
    """
    comment = bounded_text(comment, "comment")
    with transaction() as session:
        locked = lock_place(session, actor, place)
        if not may_copy(session, actor, locked.case):
            raise NotPermitted("只有申请人和办理这件事的人可以抄送；您可以写评论，用 @ 提到同事")
        people = _people(session, actor, to)
        _refuse_second_copy(session, locked.case.id, people)
        for person in people:
            session.add(
                DbCopy(case_id=locked.case.id, user_id=person.id, sent_by=actor.id, sent_at=now, comment=comment)
            )
        detail = {"people": [{"username": person.username, "name": person.name} for person in people]}
        entry = Entry(
            action="copied", user_id=actor.id, step=locked.step, name=locked.name, comment=comment, detail=detail
        )
        append(session, locked.case, entry, now)
        told = [person.id for person in people]
        tell(session, locked.case, [Message(people=told, kind="copied", values={"who": actor.name})], now)
        return CaseId(locked.case.id)


def may_copy(session: Session, actor: Actor, case: DbCase) -> bool:
    """Whether this person may send copies of a case that they may see."""
    return (
        case.starter_id == actor.id
        or holds_a_task(session, actor, case.id)
        or has_finished_a_step(session, actor, case.id)
    )


def _people(session: Session, actor: Actor, to: Sequence[str]) -> list[DbUser]:
    names = list(dict.fromkeys(name for name in (text.strip().lstrip("@＠") for text in to) if name))
    if not names:
        raise InvalidInput({"to": ["请填写抄送给谁，可以用姓名或用户名"]})
    if len(names) > MAX_PEOPLE:
        raise InvalidInput({"to": [_TOO_MANY.format(limit=MAX_PEOPLE)]})
    known = known_as(session, names)
    people = {user.id: user for user in (the_one(session, name, known.get(name, ()), field="to") for name in names)}
    if actor.id in people:
        raise InvalidInput({"to": ["不用抄送给自己"]})
    return list(people.values())


def _refuse_second_copy(session: Session, case_id: int, people: Sequence[DbUser]) -> None:
    query = select(DbCopy).where(DbCopy.case_id == case_id, DbCopy.user_id.in_([person.id for person in people]))
    earlier = session.scalar(query.order_by(DbCopy.id).limit(1))
    if earlier is None:
        return
    names = names_of(session, [earlier.user_id, earlier.sent_by])
    raise Conflict(
        "{name}已抄送过（{who}，{at}）；要提醒请写评论，用 @ 提到",
        name=names[earlier.user_id],
        who=names[earlier.sent_by],
        at=at_local(earlier.sent_at),
    )


def mark_copy_read(actor: Actor, case_id: CaseId, *, now: datetime) -> None:
    """Note when the person first opened a case that was copied to them."""
    unread = (DbCopy.case_id == case_id) & (DbCopy.user_id == actor.id) & DbCopy.read_at.is_(None)
    if read_session().scalar(select(DbCopy.id).where(unread)) is None:
        return
    with transaction() as session:
        session.execute(update(DbCopy).where(unread).values(read_at=now))
