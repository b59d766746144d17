"""What came of a rehearsal so far: who must act, whom it would have told, what it changed in the registers.

Everything is read in the world this context is in, whose ledgers began empty: whatever stands in them is its effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.complaints.models import DbComplaint
from services.notices.models import DbNotice
from services.notices.wording import notice_text
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.processes.versions import get_definition
from services.registers.models import (
    DbBudget,
    DbCustomer,
    DbGift,
    DbGiftHold,
    DbOrder,
    DbOrderEvent,
    DbRegisterChange,
    DbReservation,
)
from services.tasks.models import DbInboxEntry, DbTask
from services.types import VersionId
from services.visits.models import DbVisit

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Person:
    id: int
    name: str
    posts: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open task, and who may do it."""

    task_id: int
    name: str
    number: str
    due_at: datetime | None
    people: tuple[Person, ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A notice that would have gone out."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One change of a ledger: what of, and a sentence with its values."""

    about: str
    sentence: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PlayedCase:
    id: int
    number: str
    title: str
    process: str
    status: str


def list_people(session: Session) -> list[Person]:
    """Everybody who works in the company of the rehearsal, by name."""
    posts: dict[int, list[str]] = {}
    for user_id, post in session.execute(
        select(DbPostHolder.user_id, DbPost.name).join(DbPost, DbPost.id == DbPostHolder.post_id).order_by(DbPost.id)
    ):
        posts.setdefault(user_id, []).append(post)
    people = session.execute(select(DbUser.id, DbUser.name).where(DbUser.active).order_by(DbUser.id).limit(2_000))
    return [Person(id=row.id, name=row.name, posts="、".join(posts.get(row.id, ()))) for row in people]


def list_waiting(session: Session) -> list[Waiting]:
    """Every open task, the oldest first."""
    people = {person.id: person for person in list_people(session)}
    rows = session.execute(
        select(DbTask.id, DbTask.name, DbTask.due_at, DbCase.number, DbInboxEntry.user_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(DbTask.state == "open", DbInboxEntry.hidden.is_(False))
        .order_by(DbTask.id, DbInboxEntry.user_id)
        .limit(MOST)
    )
    found: dict[int, Waiting] = {}
    for row in rows:
        known = found.get(row.id)
        here = (people[row.user_id],) if row.user_id in people else ()
        earlier = known.people if known else ()
        found[row.id] = Waiting(
            task_id=row.id, name=row.name, number=row.number, due_at=row.due_at, people=(*earlier, *here)
        )
    return list(found.values())


def list_cases(session: Session) -> list[PlayedCase]:
    """The cases of the rehearsal, in the order in which they began."""
    columns = (DbCase.id, DbCase.number, DbCase.title, DbCase.process_key.label("process"), DbCase.status)
    rows = session.execute(select(*columns).order_by(DbCase.id).limit(MOST))
    return [PlayedCase(**row._mapping) for row in rows]


def list_told(session: Session, language: str) -> list[Told]:
    """What would have been told to whom, oldest first."""
    query = select(DbNotice, DbUser.name).join(DbUser, DbUser.id == DbNotice.user_id).order_by(DbNotice.id).limit(MOST)
    return [
        Told(at=notice.created_at, who=name, text=notice_text(session, notice, language))
        for notice, name in session.execute(query)
    ]


def list_effects(session: Session) -> list[Effect]:
    """What changed in the registers and their ledgers."""
    return [
        *_of_budgets(session),
        *_of_gifts(session),
        *_of_orders(session),
        *_of_visits(session),
        *_of_complaints(session),
        *_of_hands(session),
    ]


_MONEY_STATES = {"reserved": "已预留", "settled": "已结算", "released": "已释放"}
_GIFT_STATES = {
    "reserved": "已预留",
    "handed_out": "已领用",
    "given": "已送出",
    "returned": "已退回",
    "released": "已释放",
}


def _of_budgets(session: Session) -> Iterator[Effect]:
    query = select(DbReservation, DbBudget.month, DbDepartment.name).join(
        DbBudget, DbBudget.id == DbReservation.budget_id
    )
    query = query.join(DbDepartment, DbDepartment.id == DbBudget.department_id).order_by(DbReservation.case_id)
    for row, month, department in session.execute(query.limit(MOST)):
        values = {"about": f"{department} {month}", "amount": row.amount, "spent": row.spent}
        sentence = "{about}：{state} {amount} 元" if row.state != "settled" else "{about}：{state}，实际 {spent} 元"
        yield Effect(
            about="预算", sentence=sentence, values={**values, "state": _MONEY_STATES.get(row.state, row.state)}
        )


def _of_gifts(session: Session) -> Iterator[Effect]:
    query = select(DbGiftHold, DbGift.name).join(DbGift, DbGift.id == DbGiftHold.gift_id)
    for row, name in session.execute(query.order_by(DbGiftHold.case_id, DbGift.id).limit(MOST)):
        values = {"about": name, "state": _GIFT_STATES.get(row.state, row.state), "quantity": row.quantity}
        yield Effect(about="礼品", sentence="{about}：{state} {quantity} 件", values=values)


def _of_orders(session: Session) -> Iterator[Effect]:
    query = select(DbOrderEvent, DbOrder.number).join(DbOrder, DbOrder.id == DbOrderEvent.order_id)
    for row, number in session.execute(query.order_by(DbOrderEvent.id).limit(MOST)):
        values = {"about": number, "note": row.note or row.state}
        yield Effect(about="订单", sentence="{about}：{note}", values=values)


def _of_visits(session: Session) -> Iterator[Effect]:
    query = select(DbVisit, DbCustomer.name).join(DbCustomer, DbCustomer.id == DbVisit.customer_id)
    for row, name in session.execute(query.order_by(DbVisit.id).limit(MOST)):
        yield Effect(about="拜访", sentence="{about}：{day}", values={"about": name, "day": row.day or "待安排"})


def _of_complaints(session: Session) -> Iterator[Effect]:
    query = select(DbCase.number).join(DbComplaint, DbComplaint.case_id == DbCase.id).order_by(DbCase.id)
    for number in session.scalars(query.limit(MOST)):
        yield Effect(about="投诉", sentence="{about}：已登记", values={"about": number})


def _of_hands(session: Session) -> Iterator[Effect]:
    for row in session.scalars(select(DbRegisterChange).order_by(DbRegisterChange.id).limit(MOST)):
        values = {"about": row.key, "fields": "、".join(row.changes)}
        yield Effect(about="台账", sentence="{about}：修改了 {fields}", values=values)


def about_task(session: Session, task_id: int) -> dict[str, Any] | None:
    """What a task is about, in words that a changed draft understands too; None where there is none."""
    task = session.get(DbTask, task_id)
    if task is None:
        return None
    return {"case": task.case_id, "step": task.step, "branch": task.branch, "name": task.name}


def find_task(session: Session, about: Mapping[str, Any], person_id: int) -> int | None:
    """The task that this is about now: the person's own before others', the open before those that are done."""
    query = (
        select(DbTask.id)
        .outerjoin(DbInboxEntry, (DbInboxEntry.task_id == DbTask.id) & (DbInboxEntry.user_id == person_id))
        .where(DbTask.case_id == about["case"], DbTask.step == about["step"], DbTask.branch == about["branch"])
        .order_by(DbTask.state != "open", DbInboxEntry.user_id.is_(None), DbTask.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def fills_form(session: Session, task_id: int) -> bool:
    """Whether the task is open and has fields to fill in."""
    task = session.get(DbTask, task_id)
    if task is None or task.state != "open":
        return False
    version = session.scalar(select(DbCase.version_id).where(DbCase.id == task.case_id))
    return get_definition(session, VersionId(version or 0)).fills_fields(task.step)
