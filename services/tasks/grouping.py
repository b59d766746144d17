"""Open tasks of one person put together by what is alike, with what is unusual set apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.cases.fact import Subject
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import visible_to
from services.people.models import DbDepartment, DbUser
from services.processes.versions import get_definition
from services.tasks.inbox_filters import OPEN_VIEWS, InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.unusual import Candidate, Findings, Place, Reason, find_unusual
from services.tasks.work_items import OPEN
from services.types import Actor, VersionId
from workflows.definition import ProcessDefinition

MAX_BATCH = 200
MAX_ID = 2**31 - 1
SUBMIT = "submit"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One task of a group. ``reasons`` say why it is set apart; nothing in them: it is like the others."""

    task_id: int
    case_id: int
    number: str
    title: str
    amount: Decimal | None
    starter: str
    department: str
    absent: str
    """Whom the person stands in for."""
    due_at: datetime | None
    opened: bool
    """Whether the person has opened the task's page."""
    mine: bool
    """Whether the task is this person's alone already."""
    urges: int
    reasons: Sequence[Reason] = ()

    @property
    def must_be_opened(self) -> bool:
        return bool(self.reasons) and not self.opened


@dataclass(frozen=True, kw_only=True)
class Group:
    """Tasks of one process, step and set of outcomes, of versions in which the step and its form are the same."""

    definition: ProcessDefinition
    step: str
    name: str
    outcomes: Sequence[str]
    alike: Sequence[Item]
    apart: Sequence[Item]
    is_compared: bool
    """Whether the person has signed enough amounts here for a comparison."""
    over_together: Mapping[str, Decimal]
    """By month, by how much what is alike exceeds a budget that each alone keeps to."""

    @property
    def fills(self) -> bool:
        """A form is filled in one by one."""
        return SUBMIT in self.outcomes

    @property
    def items(self) -> list[Item]:
        return [*self.alike, *self.apart]

    def without_mine(self) -> Group:
        """What of the group may still be claimed."""
        return replace(
            self,
            alike=[item for item in self.alike if not item.mine],
            apart=[item for item in self.apart if not item.mine],
        )

    @property
    def total(self) -> Decimal | None:
        """The sum of the amounts of what is alike; None where nothing has an amount."""
        amounts = [item.amount for item in self.alike if item.amount is not None]
        return sum(amounts, Decimal(0)) if amounts else None


@dataclass(frozen=True, kw_only=True)
class Grouping:
    groups: Sequence[Group]
    missing: Sequence[int]
    """Of the ids that were asked for: what is not, or no longer, in the person's inbox."""


def group_tasks(session: Session, actor: Actor, wanted: Collection[int] | InboxFilter, *, now: datetime) -> Grouping:
    """Open tasks of the actor by process, step and outcomes, the largest group first; at most ``MAX_BATCH`` of them.

    ``wanted`` are their ids, or a filter of an open view, whose first tasks are taken. A dozen queries at most,
    however many tasks. Raises InvalidInput for a filter that makes no sense.
    """
    ids = _ids_of(session, actor, wanted) if isinstance(wanted, InboxFilter) else wanted
    asked = [each for each in dict.fromkeys(ids) if 0 < each <= MAX_ID][:MAX_BATCH]
    rows = {row.task_id: row for row in _rows(session, actor, asked)} if asked else {}
    found = {task_id: rows[task_id] for task_id in asked if task_id in rows}
    definitions = {row.version_id: get_definition(session, VersionId(row.version_id)) for row in found.values()}
    candidates = [_candidate(row, definitions[row.version_id]) for row in found.values()]
    findings = find_unusual(session, actor.id, candidates, now)
    groups = _groups(list(found.values()), definitions, findings, actor)
    return Grouping(groups=groups, missing=[task_id for task_id in ids if task_id not in found])


def _ids_of(session: Session, actor: Actor, wanted: InboxFilter) -> list[int]:
    view = wanted.view if wanted.view in OPEN_VIEWS else OPEN_VIEWS[0]
    page = list_tasks(session, actor.id, replace(wanted, view=view, limit=MAX_BATCH, cursor=""))
    return [line.task_id for line in page.lines if line.task_id is not None]


def _rows(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Any]:
    starter, absent = aliased(DbUser), aliased(DbUser)
    query = (
        select(
            DbTask.id.label("task_id"),
            DbTask.step,
            DbTask.name,
            DbTask.outcomes,
            DbTask.assignee_id,
            DbTask.due_at,
            DbTask.urges,
            DbTask.why,
            DbInboxEntry.opened_at,
            DbCase.id.label("case_id"),
            DbCase.number,
            DbCase.title,
            DbCase.amount,
            DbCase.process_key,
            DbCase.version_id,
            DbCase.department_id,
            DbCase.starter_id,
            DbCase.forms,
            starter.name.label("starter"),
            absent.name.label("absent"),
            DbDepartment.name.label("department"),
        )
        .select_from(DbInboxEntry)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .join(starter, starter.id == DbCase.starter_id)
        .outerjoin(absent, absent.id == DbInboxEntry.for_id)
        .outerjoin(DbDepartment, DbDepartment.id == DbCase.department_id)
        .where(DbInboxEntry.user_id == actor.id, DbInboxEntry.hidden.is_(False), DbInboxEntry.task_id.in_(ids))
        .where(DbTask.state == OPEN, DbCase.status == RUNNING)
    )
    return session.execute(query).all()


def _candidate(row: Any, definition: ProcessDefinition) -> Candidate:
    return Candidate(
        task_id=row.task_id,
        step=row.step,
        starter_id=row.starter_id,
        starter=row.starter,
        why=row.why,
        case=Subject(
            id=row.case_id,
            process=row.process_key,
            running=True,
            department_id=row.department_id,
            amount=row.amount,
            forms=row.forms,
            wanted=definition.settings.facts,
        ),
    )


def _groups(
    rows: Sequence[Any], definitions: Mapping[int, ProcessDefinition], findings: Findings, actor: Actor
) -> list[Group]:
    together: dict[tuple[Place, tuple[str, ...], int], list[Any]] = {}
    for row in rows:
        look = _first_alike(definitions, row.process_key, row.version_id, row.step)
        together.setdefault(((row.process_key, row.step), tuple(row.outcomes), look), []).append(row)
    groups = []
    for (place, outcomes, _look), found in together.items():
        items = [_item(row, findings, actor) for row in found]
        groups.append(
            Group(
                definition=definitions[max(row.version_id for row in found)],
                step=place[1],
                name=found[0].name,
                outcomes=outcomes,
                alike=[item for item in items if not item.reasons],
                apart=[item for item in items if item.reasons],
                is_compared=findings.usual[place].is_comparable,
                over_together=_over_together([item for item in items if not item.reasons], findings),
            )
        )
    return sorted(groups, key=lambda group: (group.fills, -len(group.alike), -len(group.apart)))


def _first_alike(definitions: Mapping[int, ProcessDefinition], process: str, version: int, step: str) -> int:
    """The first version in which whoever does the step sees and decides the same as in this one."""
    own = definitions[version]
    return next(
        each
        for each, other in sorted(definitions.items())
        if other.key == process
        and step in other.tasks
        and (other.tasks[step], other.form_of(step)) == (own.tasks[step], own.form_of(step))
    )


def _over_together(alike: Sequence[Item], findings: Findings) -> dict[str, Decimal]:
    needed: dict[tuple[int | None, str], Decimal] = defaultdict(Decimal)
    left: dict[tuple[int | None, str], Decimal] = {}
    for share in (findings.shares[item.task_id] for item in alike if item.task_id in findings.shares):
        budget = share.department_id, share.month
        needed[budget] += share.needed
        left[budget] = share.left
    return {budget[1]: needed[budget] - left[budget] for budget in needed if needed[budget] > left[budget]}


def _item(row: Any, findings: Findings, actor: Actor) -> Item:
    return Item(
        task_id=row.task_id,
        case_id=row.case_id,
        number=row.number,
        title=row.title,
        amount=row.amount,
        starter=row.starter,
        department=row.department or "",
        absent=row.absent or "",
        due_at=row.due_at,
        opened=row.opened_at is not None,
        mine=row.assignee_id == actor.id,
        urges=row.urges,
        reasons=findings.reasons.get(row.task_id, ()),
    )


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """What a list calls a task, whatever has become of it."""

    case_id: int
    number: str
    title: str
    name: str
    definition: ProcessDefinition


def describe_tasks(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, TaskLine]:
    """The tasks of these ids whose case the person may see."""
    known = [task_id for task_id in ids if 0 < task_id <= MAX_ID]
    query = (
        select(DbTask.id, DbTask.name, DbCase.id.label("case_id"), DbCase.number, DbCase.title, DbCase.version_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(DbTask.id.in_(known), visible_to(actor))
    )
    return {
        row.id: TaskLine(
            case_id=row.case_id,
            number=row.number,
            title=row.title,
            name=row.name,
            definition=get_definition(session, VersionId(row.version_id)),
        )
        for row in session.execute(query)
    }
