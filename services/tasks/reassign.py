"""When somebody leaves, or nobody is left: no task stays behind in an inbox that nobody opens."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases.case_run import far_future, lock_case
from services.cases.history import Entry, append
from services.cases.models import RUNNING, DbCase
from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotPermitted, ServiceError
from services.notices.message import Message
from services.notices.notify import notify
from services.people.administration import Places, hand_over_places
from services.people.models import DbPost, DbPostHolder, DbSignIn, DbUser
from services.people.organisation import assign, get_user, names_of, where_nobody_is
from services.people.substitutes import end_all_of
from services.processes.versions import get_definition
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.sheets import find_sheet, put_sheet
from services.types import ADMIN_POST, Actor, CaseId, VersionId
from workflows.signing import from_json, replace_people

MAX_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One open task, and where it went; ``refusal`` says why it stayed where it was."""

    case_id: int
    number: str
    title: str
    name: str
    to: str = ""
    refusal: ServiceError | None = None


@dataclass(frozen=True, kw_only=True)
class _Move:
    """One move of everything that ``leaver`` holds: to ``successor``, or to whoever the lanes name."""

    leaver: DbUser
    successor: DbUser | None
    actor: Actor | None
    reason: str
    now: datetime


def deactivate(username: str, *, now: datetime) -> int:
    """Let nobody act as this person any more, and hand their open tasks to whoever their lanes name now.

    Their substitutions end. Returns how many tasks were handed on; what the person did stays in the histories. Raises
    NotFound, and Conflict for the last administrator, to whom tasks go that have nobody else.
    """
    with transaction() as session:
        user = get_user(session, username)
        if is_last_administrator(session, user.id):
            raise Conflict("{name}是最后一名系统管理员，不能停用", name=user.name)
        user.active = False
        end_all_of(session, user.id, now)
        session.execute(delete(DbSignIn).where(DbSignIn.user_id == user.id))
    move = _Move(leaver=user, successor=None, actor=None, reason="", now=now)
    return sum(len(_move_case(case_id, move)) for case_id in _cases_of(user.id))


def transfer_everything(
    actor: Actor, leaver: str, successor: str, *, reason: str, places: Places | None = None, now: datetime
) -> list[Moved]:
    """Give a named successor every open task of a person, and what ``places`` says; for administrators.

    Each case is a transaction of its own with its own results: one that is refused holds up no other. Raises
    NotPermitted, NotFound, InvalidInput for a successor who cannot be one; then nothing was changed.
    """
    if not actor.is_admin:
        raise NotPermitted("只有系统管理员可以移交别人的任务")
    if len(reason.strip()) > MAX_REASON:
        raise InvalidInput({"reason": [f"最多 {MAX_REASON} 个字"]})
    with transaction() as session:
        source = get_user(session, leaver)
        target = session.scalar(select(DbUser).where(DbUser.username == successor))
        wrong = _unfit(source, target)
        if wrong or target is None:
            raise InvalidInput({"to": [wrong]})
        hand_over_places(session, source, target, places or Places())
    move = _Move(leaver=source, successor=target, actor=actor, reason=reason.strip(), now=now)
    return [moved for case_id in _cases_of(source.id) for moved in _move_case(case_id, move)]


def _unfit(source: DbUser, target: DbUser | None) -> str:
    if target is None:
        return "没有这个人，请从名单中选择"
    if target.id == source.id:
        return "不能移交给本人，请选择另一位同事"
    return "" if target.active else "此人已离职，请选择在职的同事"


def is_last_administrator(session: Session, user_id: int) -> bool:
    """Whether nobody else could take what nobody holds."""
    holders = (
        select(DbUser.id)
        .join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
        .join(DbPost, DbPost.id == DbPostHolder.post_id)
        .where(DbPost.name == ADMIN_POST, DbUser.active)
    )
    return list(session.scalars(holders)) == [user_id]


def _cases_of(user_id: int) -> list[CaseId]:
    """Cases with a task of this person: in the inbox, lent to somebody, or waiting for their turn to sign."""
    session = read_session()
    held = select(DbInboxEntry.task_id).where(DbInboxEntry.user_id == user_id)
    query = select(DbTask.case_id).where(DbTask.state == "open", or_(DbTask.id.in_(held), DbTask.owner_id == user_id))
    found = set(session.scalars(query))
    signing = select(DbCase.id, DbCase.sheets).where(DbCase.status == RUNNING, DbCase.sheets != {})
    found |= {row.id for row in session.execute(signing) if _unsigned(row.sheets, user_id)}
    session.rollback()
    return [CaseId(case_id) for case_id in sorted(found)]


def _unsigned(sheets: dict[str, dict[str, object]], user_id: int) -> list[tuple[str, str]]:
    """The seats (engine's task, seat) where this person is still to sign."""
    return [
        (engine_task, seat.id)
        for engine_task, sheet in sheets.items()
        for seat in from_json(sheet).seats()
        if seat.signature is None and user_id in seat.people
    ]


def _move_case(case_id: CaseId, move: _Move) -> list[Moved]:
    """One transaction a case. What is refused for one task is refused for this case's other tasks by itself."""
    with transaction() as session:
        case = lock_case(session, case_id)
        if case.status != RUNNING:
            return []
        session.execute(
            delete(DbInboxEntry).where(
                DbInboxEntry.user_id == move.leaver.id,
                DbInboxEntry.for_id.is_not(None),
                DbInboxEntry.task_id.in_(select(DbTask.id).where(DbTask.case_id == case_id)),
            )
        )
        held = session.scalars(
            select(DbTask)
            .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
            .where(DbTask.case_id == case_id, DbTask.state == "open", DbInboxEntry.user_id == move.leaver.id)
            .order_by(DbTask.id)
        ).all()
        results = [_move_task(session, case, task, move) for task in held]
        _move_lent(session, case, move)
        _move_later_seats(session, case, move)
        return results


def _move_task(session: Session, case: DbCase, task: DbTask, move: _Move) -> Moved:
    shown = Moved(case_id=case.id, number=case.number, title=case.title, name=task.name)
    if move.successor is not None:
        refusal = _refusal(session, case, task, move.successor)
        if refusal is not None:
            return Moved(case_id=case.id, number=case.number, title=case.title, name=task.name, refusal=refusal)
        people = _to_successor(session, task, move.leaver.id, move.successor.id)
    else:
        people = _to_the_others(session, case, task, move.leaver.id)
    seat_people(case, task, people)
    names = "、".join(names_of(session, people).values())
    _record(session, case, task, move, names)
    told = Message(people=people, kind="task", task_id=task.id, values={"step": task.name})
    jobs.enqueue(session, case_id=case.id, next_due=None, notice_ids=notify(session, case, [told], move.now))
    return Moved(case_id=shown.case_id, number=shown.number, title=shown.title, name=shown.name, to=names)


def _refusal(session: Session, case: DbCase, task: DbTask, successor: DbUser) -> ServiceError | None:
    signs = get_definition(session, VersionId(case.version_id)).tasks[task.step].signs
    if signs and successor.id == case.starter_id:
        return Conflict("{name}是申请人，不能批准自己的申请；请另选接任人", name=successor.name)
    sheet = find_sheet(case, task.engine_task)
    if sheet is not None and any(successor.id in seat.people for seat in sheet.seats() if seat.id != task.seat):
        return Conflict("{name}已是这一步的会签人，不能签两次；请另选接任人", name=successor.name)
    return None


def _record(session: Session, case: DbCase, task: DbTask, move: _Move, to_name: str) -> None:
    entry = Entry(
        action="reassigned",
        user_id=move.actor.id if move.actor else None,
        step=task.step,
        name=task.name,
        comment=move.reason,
        detail={"from": move.leaver.id, "from_name": move.leaver.name, "to_name": to_name},
    )
    append(session, case, entry, move.now)


def _to_successor(session: Session, task: DbTask, leaver_id: int, successor_id: int) -> list[int]:
    """The leaver's entry becomes the successor's; with their own, or as a substitute, they had one before."""
    entries = {entry.user_id: entry for entry in session.scalars(_entries_of(task))}
    leaving, known = entries[leaver_id], entries.get(successor_id)
    state = {"claimable": leaving.claimable, "hidden": leaving.hidden, "claimed": leaving.claimed}
    gone = [entry.user_id for entry in entries.values() if entry.for_id == leaver_id]
    if known is not None and known.for_id is None:
        known.claimed, known.hidden = known.claimed or leaving.claimed, known.hidden and leaving.hidden
    else:
        gone.append(successor_id)
    _drop_entries(session, task, [leaver_id, *gone])
    if known is None or known.for_id is not None:
        session.add(_entry(task, successor_id, process_key=leaving.process_key, **state))
    if task.assignee_id == leaver_id:
        task.assignee_id = successor_id
    session.flush()
    return [successor_id]


def _to_the_others(session: Session, case: DbCase, task: DbTask, leaver_id: int) -> list[int]:
    """Those who hold the task beside the leaver, else whoever the lane names now."""
    entries = session.scalars(_entries_of(task)).all()
    _drop_entries(session, task, [entry.user_id for entry in entries if leaver_id in (entry.user_id, entry.for_id)])
    if task.assignee_id == leaver_id:
        task.assignee_id = None
    others = [entry.user_id for entry in entries if entry.user_id != leaver_id and entry.for_id is None]
    if not others:
        return assign_anew(session, case, task, without=[leaver_id])
    if task.assignee_id is None:
        session.execute(update(DbInboxEntry).where(DbInboxEntry.task_id == task.id).values(hidden=False, claimed=False))
    return others


def assign_anew(session: Session, case: DbCase, task: DbTask, *, without: Collection[int] = ()) -> list[int]:
    """Put a task that nobody holds into the inboxes of whoever its lane names now; the case is locked.

    A seat on a sheet never goes to somebody who has another seat there.
    """
    definition = get_definition(session, VersionId(case.version_id))
    signs, nobody = definition.tasks[task.step].signs, definition.settings.nobody
    found = assign(
        session,
        task.lane,
        starter_id=case.starter_id,
        department_id=case.department_id,
        signs=signs,
        nobody=nobody,
        without=without,
    )
    people: list[int] = list(found.people)
    reason = found.reason
    sheet = find_sheet(case, task.engine_task)
    seated = {person for seat in sheet.seats() if seat.id != task.seat for person in seat.people} if sheet else set()
    if seated & set(people):
        people = [person for person in people if person not in seated]
        if not people:
            elsewhere = {*without, *seated}
            people, reason = where_nobody_is(session, nobody, case.starter_id, signs=signs, without=elsewhere)
    task.assignee_id = people[0] if len(people) == 1 else None
    task.why = {**task.why, "lane": task.lane, "reason": reason}
    process_key = case.process_key
    session.add_all(_entry(task, person, process_key=process_key, claimable=len(people) > 1) for person in people)
    session.flush()
    return people


def _entry(
    task: DbTask, user_id: int, *, process_key: str, claimable: bool, hidden: bool = False, claimed: bool = False
) -> DbInboxEntry:
    return DbInboxEntry(
        task_id=task.id,
        user_id=user_id,
        claimable=claimable,
        hidden=hidden,
        claimed=claimed,
        process_key=process_key,
        due_at=task.due_at or far_future(task.created_at),
    )


def _entries_of(task: DbTask) -> Select[DbInboxEntry]:
    query = select(DbInboxEntry).where(DbInboxEntry.task_id == task.id)
    return query.execution_options(populate_existing=True)


def _drop_entries(session: Session, task: DbTask, people: Iterable[int]) -> None:
    for person in set(people):
        entry = session.get(DbInboxEntry, (task.id, person))
        if entry is not None:
            session.delete(entry)
    session.flush()


def seat_people(case: DbCase, task: DbTask, people: list[int]) -> None:
    sheet = find_sheet(case, task.engine_task) if task.seat else None
    if sheet is not None and people:
        put_sheet(case, task.engine_task, replace_people(sheet, task.seat, people))


def _move_lent(session: Session, case: DbCase, move: _Move) -> None:
    """Tasks that the leaver asked somebody's opinion on come back to the successor, or with the answer to the lane."""
    if move.successor is None:
        return
    lent = (DbTask.case_id == case.id) & (DbTask.state == "open") & (DbTask.owner_id == move.leaver.id)
    for task in session.scalars(select(DbTask).where(lent)).all():
        if _refusal(session, case, task, move.successor) is None:
            # whoever was asked and is now the successor has nobody to give it back to
            task.owner_id = None if task.assignee_id == move.successor.id else move.successor.id
    session.flush()


def _move_later_seats(session: Session, case: DbCase, move: _Move) -> None:
    """Seats whose turn has not come: their work items are made from the sheet when it does."""
    nobody = get_definition(session, VersionId(case.version_id)).settings.nobody
    for engine_task, seat_id in _unsigned(case.sheets, move.leaver.id):
        sheet = find_sheet(case, engine_task)
        assert sheet is not None
        elsewhere = {person for seat in sheet.seats() for person in seat.people}
        people = [person for person in sheet.seat(seat_id).people if person != move.leaver.id]
        if move.successor is not None and move.successor.id not in (case.starter_id, *elsewhere):
            people.append(move.successor.id)
        elif not people and not move.leaver.active:
            people, _reason = where_nobody_is(session, nobody, case.starter_id, signs=True, without=elsewhere)
        if people:
            put_sheet(case, engine_task, replace_people(sheet, seat_id, people))
