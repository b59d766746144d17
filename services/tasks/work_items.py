"""Work items follow the engine: what it waits for is in somebody's inbox, and nothing else is.

A step that several people sign has a work item for each seat of its sheet that is asked now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun, far_future
from services.cases.comparison import changes
from services.cases.history import Entry
from services.cases.models import RUNNING
from services.database import table_of
from services.errors import Conflict
from services.notices.message import Message
from services.people.models import DbUser
from services.people.organisation import Assignment
from services.tasks import keeping
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.performers import people_for, performer_trouble
from services.tasks.sheets import begin_sheet, find_sheet, put_sheet
from services.tasks.standing_in import stand_ins_for
from services.types import UserId
from workflows.calendar import COMPANY_ZONE
from workflows.definition import Task
from workflows.engine import OpenTask
from workflows.expressions import ExpressionError, evaluate
from workflows.signing import APPROVE, REJECT, Seat, open_seats

OPEN, DONE, RETURNED, CANCELLED, WAITING = "open", "done", "returned", "cancelled", "waiting"
"""``waiting``: the signer's turn comes once those who were added before them have signed."""

MAX_NAME = 120

Key = tuple[str, str]
"""The engine's task and the seat on its sheet; the seat is empty where the step has one signature."""


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One signature that is to be in inboxes now."""

    task: OpenTask
    seat: Seat | None = None
    assignment: Assignment | None = None


def synchronise(run: CaseRun) -> None:
    """Open a work item for each signature that is asked now, and close those that no longer are."""
    known = {(item.engine_task, item.seat): item for item in _open_items(run)}
    asked = _asked(run, known) if run.case.status == RUNNING else {}
    pending = {engine_task for engine_task, _seat in asked}
    for key, item in known.items():
        if key not in asked:
            close(run, item, WAITING if item.engine_task in pending else CANCELLED)
    missing = {key: each for key, each in asked.items() if key not in known}
    waiting = _waiting_items(run, missing)
    opened = [_reopen(run, waiting[key], each) if key in waiting else _open(run, each) for key, each in missing.items()]
    if opened:
        run.session.add_all(item for item, _assignment in opened)
        run.session.flush()
        deliver(run, opened)
    if run.case.sheets:
        _tidy_sheets(run, pending)


def _tidy_sheets(run: CaseRun, pending: set[str]) -> None:
    """Nobody waits for a turn at a step that is over, and sheets of rounds long past are forgotten."""
    over = (DbTask.case_id == run.case.id) & (DbTask.state == WAITING) & DbTask.engine_task.not_in(pending)
    run.session.execute(update(DbTask).where(over).values(state=CANCELLED, closed_at=run.now))
    sheets = {task: sheet for task, sheet in run.case.sheets.items() if run.instance.remembers(task)}
    if len(sheets) < len(run.case.sheets):
        run.case.sheets = sheets


def forget_waiting(run: CaseRun, engine_task: str) -> None:
    """The step begins anew: nobody waits for a turn on its earlier sheet."""
    waiting = (DbTask.case_id == run.case.id) & (DbTask.engine_task == engine_task) & (DbTask.state == WAITING)
    run.session.execute(update(DbTask).where(waiting).values(state=CANCELLED, closed_at=run.now))


def _open_items(run: CaseRun) -> list[DbTask]:
    """The open items as the action found them; they are asked for only where the action did not begin with one."""
    if run.open_items is not None:
        return [item for item in run.open_items if item.state == OPEN]
    return list(run.session.scalars(select(DbTask).where(DbTask.case_id == run.case.id, DbTask.state == OPEN)))


def _asked(run: CaseRun, known: dict[Key, DbTask]) -> dict[Key, _Asked]:
    asked: dict[Key, _Asked] = {}
    for task in run.instance.open_tasks():
        sheet, assignment = find_sheet(run.case, task.id), None
        if sheet is None and (task.id, "") not in known:
            step = run.definition.tasks[task.step]
            sheet = keeping.find_kept_sheet(run, task)
            if sheet is not None:
                put_sheet(run.case, task.id, sheet)
                keeping.use(run, task.place, task.id)
            elif step.policy is not None:
                assignment = people_for(run, task)
                try:
                    sheet = begin_sheet(run, task, step, assignment)
                except (Conflict, ExpressionError) as error:
                    run.note("signers", error, step.signers, task=task)
                    continue  # nobody can be asked until somebody has said who signs
        if sheet is None:
            asked[task.id, ""] = _Asked(task=task)
            continue
        for seat in open_seats(sheet):
            asked[task.id, seat.id] = _Asked(task=task, seat=seat, assignment=assignment)
    return asked


def _waiting_items(run: CaseRun, missing: dict[Key, _Asked]) -> dict[Key, DbTask]:
    """Items of signers whose turn has come again; only a sheet has such."""
    tasks = {engine_task for engine_task, seat in missing if seat}
    if not tasks:
        return {}
    query = select(DbTask).where(DbTask.case_id == run.case.id, DbTask.engine_task.in_(tasks), DbTask.state == WAITING)
    return {(item.engine_task, item.seat): item for item in run.session.scalars(query)}


def close(run: CaseRun, item: DbTask, state: str, outcome: str = "", by: UserId | None = None) -> None:
    """Take a work item out of every inbox."""
    item.state = state
    if state != WAITING:
        item.outcome = outcome
        item.closed_at = run.now
        item.closed_by = by
    inbox = table_of(DbInboxEntry)
    run.session.execute(delete(inbox).where(inbox.c.task_id == item.id))


def reopen(run: CaseRun, item: DbTask, people: Sequence[int]) -> None:
    """Put a closed or waiting work item back into the inboxes of ``people``."""
    item.state, item.outcome, item.closed_at, item.closed_by = OPEN, "", None, None
    item.assignee_id = people[0] if len(people) == 1 else None


def _reopen(run: CaseRun, item: DbTask, asked: _Asked) -> tuple[DbTask, Assignment]:
    assert asked.seat is not None
    assignment = _seated(run, asked.seat, asked.task, "signer")
    reopen(run, item, assignment.people)
    return item, assignment


def _seated(run: CaseRun, seat: Seat, task: OpenTask, reason: str) -> Assignment:
    """Whose a seat is: whoever of its people still works here when its turn comes, else whoever the lane names."""
    active = set(run.session.scalars(select(DbUser.id).where(DbUser.id.in_(seat.people), DbUser.active)))
    people = tuple(UserId(person) for person in seat.people if person in active)
    return Assignment(people=people, reason=reason, lane=task.lane) if people else people_for(run, task)


def _open(run: CaseRun, asked: _Asked) -> tuple[DbTask, Assignment]:
    task, seat = asked.task, asked.seat
    definition = run.definition.tasks[task.step]
    if seat is None:
        assignment = people_for(run, task)
        if definition.performer and (trouble := performer_trouble(run, task)) is not None:
            run.note("performer", trouble, definition.performer, task=task)
    else:
        assignment = _seated(run, seat, task, asked.assignment.reason if asked.assignment else "signer")
    added = seat is not None and bool(seat.place)
    item = DbTask(
        case_id=run.case.id,
        engine_task=task.id,
        seat=seat.id if seat else "",
        branch=task.branch,
        step=task.step,
        name=name_of(run, task, definition),
        lane=assignment.lane,
        outcomes=[APPROVE, REJECT] if added else list(definition.outcomes),
        state=OPEN,
        assignee_id=assignment.assignee,
        created_at=run.now,
        due_at=due_of(run, task, definition.due),
        outcome="",
        why=_why(run, task, assignment, seat),
    )
    return item, assignment


def name_of(run: CaseRun, task: OpenTask, step: Task) -> str:
    """The step's name, and what tells this branch's from the others'."""
    if not step.about:
        return task.name
    try:
        about = str(evaluate(step.about, task.variables, run.functions) or "")
    except ExpressionError as error:
        run.note("about", error, step.about, task=task)
        return task.name  # a work item without its addition is better than a case that stands still
    return f"{task.name} · {about}"[:MAX_NAME] if about else task.name


def _why(run: CaseRun, task: OpenTask, assignment: Assignment, seat: Seat | None) -> dict[str, Any]:
    why: dict[str, Any] = {"lane": assignment.lane, "reason": assignment.reason}
    if seat is not None and seat.place:
        why |= {"added_by": seat.added_by, "place": seat.place}
    kept = keeping.use(run, task.place, task.id) if run.case.kept else None
    if kept is not None and kept["forms"]:
        before = run.case.kept["forms"][kept["forms"]]
        why["changed"] = changes(run.definition, before, run.case.forms, step=task.step)
    return why


def due_of(run: CaseRun, task: OpenTask, source: str) -> datetime | None:
    if not source:
        return None
    try:
        due = datetime.fromisoformat(evaluate(source, task.variables, run.functions))
    except (ExpressionError, TypeError, ValueError) as error:
        run.note("due", error, source, task=task)
        return None
    return due if due.tzinfo else due.replace(tzinfo=COMPANY_ZONE)


def deliver(run: CaseRun, opened: Sequence[tuple[DbTask, Assignment]], kind: str = "task") -> None:
    """Put open work items into inboxes, those of substitutes too, and tell their people."""
    entries = []
    for item, assignment in opened:
        if assignment.is_detour:
            detail = {"reason": assignment.reason, "lane": assignment.lane}
            run.record(Entry(action="rerouted", step=item.step, name=item.name, detail=detail))
        stand_ins = stand_ins_for(run, assignment.people)
        entries += [
            {
                "task_id": item.id,
                "user_id": person,
                "for_id": stand_ins.get(person),
                "claimable": assignment.assignee is None,
                "hidden": False,
                "process_key": run.case.process_key,
                "due_at": item.due_at or far_future(item.created_at),
            }
            for person in (*assignment.people, *stand_ins)
        ]
        told = [person for person in assignment.people if person != run.user_id]
        run.tell(Message(people=told, kind=kind, task_id=item.id, values={"step": item.name}))
        told = [person for person in stand_ins if person != run.user_id]
        run.tell(Message(people=told, kind="stand_in", task_id=item.id, values={"step": item.name}))
    if entries:
        run.session.execute(insert(table_of(DbInboxEntry)), entries)


def open_tasks_of_step(
    session: Session, case_id: int, step: str, branch: str | None = None
) -> list[tuple[DbTask, list[int]]]:
    """The open work items of a step, in one branch or in all, with the people who hold them."""
    where = [DbTask.case_id == case_id, DbTask.step == step, DbTask.state == OPEN, DbInboxEntry.hidden.is_(False)]
    if branch is not None:
        where.append(DbTask.branch == branch)
    rows = session.execute(
        select(DbTask, DbInboxEntry.user_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(*where)
        .order_by(DbTask.id, DbInboxEntry.user_id)
    )
    found: dict[int, tuple[DbTask, list[int]]] = {}
    for item, person in rows:
        found.setdefault(item.id, (item, []))[1].append(person)
    return list(found.values())
