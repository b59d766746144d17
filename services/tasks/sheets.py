"""The signature sheets of a case: steps that several people sign, from the diagram or because signers were added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun
from services.cases.models import DbCase
from services.errors import Conflict
from services.people.models import DbPost, DbPostHolder, DbUser
from services.people.organisation import Assignment, people_called
from services.tasks.deciding import refused
from services.tasks.models import DbTask
from services.types import UserId
from workflows.definition import Task
from workflows.engine import OpenTask
from workflows.expressions import evaluate
from workflows.signing import (
    NotPossible,
    Policy,
    Seat,
    Sheet,
    Tally,
    from_json,
    new_sheet,
    open_seats,
    result,
    tally,
    to_json,
)


def find_sheet(case: DbCase, engine_task: str) -> Sheet | None:
    data = case.sheets.get(engine_task)
    return None if data is None else from_json(data)


def put_sheet(case: DbCase, engine_task: str, sheet: Sheet) -> None:
    # a new mapping, because the session notices a changed column by identity
    case.sheets = {**case.sheets, engine_task: to_json(sheet)}


def anybody_signed(case: DbCase) -> bool:
    """Whether a step that several people sign has a signature."""
    return any(from_json(data).signed() for data in case.sheets.values())


def drop_sheet(case: DbCase, engine_task: str) -> None:
    """The step is asked for anew: a task that is opened again keeps its id, not its signatures."""
    case.sheets = {task: sheet for task, sheet in case.sheets.items() if task != engine_task}


def begin_sheet(run: CaseRun, task: OpenTask, step: Task, lane: Assignment) -> Sheet:
    """The sheet of a step that its diagram lets several people sign: a seat for each of the lane or of ``signers``."""
    assert step.policy is not None
    people = _named_signers(run, task, step) if step.signers else [[person] for person in lane.people]
    try:
        sheet = new_sheet(people or [list(lane.people)], step.policy, _weights(run.session, step.policy, people))
    except NotPossible as error:
        raise refused(error) from error
    put_sheet(run.case, task.id, sheet)
    return sheet


def _named_signers(run: CaseRun, task: OpenTask, step: Task) -> list[list[int]]:
    """The holders of each post, and each person by user name; the applicant never signs their own request."""
    names = evaluate(step.signers, task.variables, run.functions)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Conflict("“{name}”的会签人应为用户名或岗位的列表，请联系流程负责人", name=step.name)
    seats = []
    for name in dict.fromkeys(names):
        found = people_called(run.session, name)
        if not found:
            raise Conflict("“{name}”的会签人“{who}”不存在或已停用，请联系流程负责人", name=step.name, who=name)
        people = [person for person in found if person != run.case.starter_id]
        if people and people not in seats:
            seats.append(people)
    return seats


def _weights(session: Session, policy: Policy, seats: Sequence[Sequence[int]]) -> list[int]:
    """The weight of each seat: by user name first, then by post."""
    if not policy.weights:
        return [1] * len(seats)
    called: dict[int, set[str]] = {}
    people = {person for seat in seats for person in seat}
    rows = session.execute(
        select(DbUser.id, DbUser.username, DbPost.name)
        .outerjoin(DbPostHolder, DbPostHolder.user_id == DbUser.id)
        .outerjoin(DbPost, DbPost.id == DbPostHolder.post_id)
        .where(DbUser.id.in_(people))
    )
    for person, username, post in rows:
        called.setdefault(person, {username}).add(post)
    weights = [max(_weight(policy, called[person]) for person in seat) for seat in seats]
    # a vote in which nobody's voice weighs anything would be over before anybody is asked
    return weights if any(weights) else [1] * len(seats)


def _weight(policy: Policy, names: Iterable[str]) -> int:
    known = [policy.weights[name] for name in names if name in policy.weights]
    return max(known, default=1)


@dataclass(frozen=True, kw_only=True)
class SignerLine:
    """One signer of a step, as people see it."""

    seat: str
    who: str
    username: str
    """Empty where any one of several people may sign."""
    outcome: str
    """Empty while nothing was answered."""
    at: datetime | None
    comment: str
    absent: str
    """Whom the signer stood in for."""
    asked: bool
    """Whether it is this signer's turn."""
    place: str
    added_by: str
    added_by_id: int | None
    weight: int
    owner: str
    """Who signs after ``who`` has given the opinion that was asked for; empty where nobody was asked for one."""


@dataclass(frozen=True, kw_only=True)
class SheetView:
    """The signers of an open step, in order; of one that was decided, only those who answered."""

    policy: Policy | None
    result: str | None
    tally: Tally | None
    """How a vote stands."""
    signers: list[SignerLine]


def view_sheet(session: Session, sheet: Sheet, owners: Mapping[str, int]) -> SheetView:
    """``owners``: by seat who asked its present holder for an opinion."""
    decided = result(sheet)
    seats = sheet.listed() if decided is None else sheet.signed()
    asked = {seat.id for seat in open_seats(sheet)}
    people = _people_of(session, seats, owners)
    lines = [_signer_line(seat, people, asked=seat.id in asked, owner=owners.get(seat.id)) for seat in seats]
    return SheetView(policy=sheet.policy, result=decided, tally=tally(sheet), signers=lines)


def _people_of(session: Session, seats: Sequence[Seat], owners: Mapping[str, int]) -> Mapping[int | None, DbUser]:
    absent = [seat.signature.on_behalf_of for seat in seats if seat.signature is not None]
    wanted = {*absent, *owners.values(), *(person for seat in seats for person in (*seat.people, seat.added_by))} - {
        None
    }
    return {user.id: user for user in session.scalars(select(DbUser).where(DbUser.id.in_(wanted)))}


def _signer_line(seat: Seat, people: Mapping[int | None, DbUser], *, asked: bool, owner: int | None) -> SignerLine:
    signature = seat.signature
    adder, absent = people.get(seat.added_by), people.get(signature.on_behalf_of if signature else None)
    return SignerLine(
        seat=seat.id,
        who="、".join(people[person].name for person in seat.people),
        username=people[seat.people[0]].username if len(seat.people) == 1 else "",
        outcome=signature.outcome if signature else "",
        at=datetime.fromisoformat(signature.at) if signature else None,
        comment=signature.comment if signature else "",
        absent=absent.name if absent else "",
        asked=asked,
        place=seat.place,
        added_by=adder.name if adder else "",
        added_by_id=seat.added_by,
        weight=seat.weight,
        owner=people[owner].name if owner is not None and signature is None else "",
    )


@dataclass(frozen=True, kw_only=True)
class StepSheet:
    """The sheet of an open step; ``task_id`` is any of its tasks."""

    task_id: int
    engine_task: str
    step: str
    name: str
    view: SheetView


def open_sheets(session: Session, case: DbCase) -> list[StepSheet]:
    """The signers of each step that is open now and that several people sign."""
    if not case.sheets:
        return []
    query = select(DbTask).where(DbTask.case_id == case.id, DbTask.state == "open").order_by(DbTask.id.desc())
    items = [item for item in session.scalars(query) if item.engine_task in case.sheets]
    steps = {item.engine_task: item for item in items}
    owners = {(item.engine_task, item.seat): item.owner_id for item in items if item.owner_id is not None}
    found = []
    for engine_task, item in reversed(steps.items()):
        sheet = find_sheet(case, engine_task)
        if sheet is not None:
            asked = {seat: owner for (task, seat), owner in owners.items() if task == engine_task}
            view = view_sheet(session, sheet, asked)
            found.append(StepSheet(task_id=item.id, engine_task=engine_task, step=item.step, name=item.name, view=view))
    return found


def signer_ids(sheet: Sheet, *, without: str = "") -> set[UserId]:
    """Everybody who was or is asked, those of one seat left out."""
    return {UserId(person) for seat in sheet.seats() if seat.id != without for person in seat.people}
