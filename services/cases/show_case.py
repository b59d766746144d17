"""Everything one page about a case shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased

from services.cases.history import WAS
from services.cases.models import RUNNING, DbCase, DbHistory
from services.cases.visibility import get_visible_case
from services.incidents.lines import IncidentLine, open_in_case
from services.people.models import DbDepartment, DbUser
from services.processes.models import DbProcess, DbProcessVersion
from services.processes.versions import get_definition
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.sheets import StepSheet, open_sheets
from services.types import Actor, CaseId, VersionId
from workflows.branches import branch_order, split_place
from workflows.definition import ProcessDefinition
from workflows.forms import Form


@dataclass(frozen=True, kw_only=True)
class Person:
    id: int
    username: str
    name: str


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    at: datetime
    who: Person | None
    step: str
    name: str
    action: str
    outcome: str
    comment: str
    detail: Mapping[str, Any]
    on_behalf_of: Person | None
    """Whom the person stood in for."""


@dataclass(frozen=True, kw_only=True)
class OpenTaskLine:
    id: int
    step: str
    name: str
    lane: str
    branch: str
    outcomes: list[str]
    assignee: Person | None
    candidates: list[Person]
    created_at: datetime
    due_at: datetime | None
    why: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CaseView:
    id: int
    number: str
    process: str
    version: int
    newer_version: int | None
    """The version that new cases run on, where it is another one."""
    newer_since: datetime | None
    definition: ProcessDefinition
    title: str
    status: str
    starter: Person
    department: str
    amount: Any
    created_at: datetime
    ended_at: datetime | None
    forms: Mapping[str, Mapping[str, Any]]
    """By the place where they were filled: the form, and its branch."""
    variables: Mapping[str, Any]
    passed: list[str]
    timers: list[Mapping[str, Any]]
    tasks: list[OpenTaskLine]
    sheets: list[StepSheet]
    """The signers of each open step that has several."""
    history: list[HistoryLine]
    held_up: bool
    """Whether it stands still because something of its process failed."""
    incidents: list[IncidentLine]
    """What failed in it and is open, for those who mend it."""

    @property
    def running(self) -> bool:
        return self.status == RUNNING

    @property
    def data(self) -> dict[str, Any]:
        """The fields of all submitted forms outside of branches, later forms over earlier ones."""
        merged: dict[str, Any] = {}
        for place, values in self.forms.items():
            if not split_place(place)[1]:
                merged |= values
        return merged

    def form_at(self, place: str) -> Form:
        """The form that was filled at this place."""
        return self.definition.forms[split_place(place)[0]]

    def visible_at(self, step: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of fields without what the forms keep from this step."""
        for form in self.definition.forms.values():
            values = form.rights_at(step).visible(values)
        return dict(values)


def show_case(session: Session, actor: Actor, case_id: CaseId) -> CaseView:
    """Raises NotFound for a case that is not there or not visible to the person."""
    return view_of(session, get_visible_case(session, actor, case_id))


def view_of(session: Session, case: DbCase) -> CaseView:
    """The same for somebody whose right to see the case was just proven, by acting on it."""
    definition = get_definition(session, VersionId(case.version_id))
    newest = aliased(DbProcessVersion)
    around = session.execute(
        select(
            DbProcessVersion.number,
            newest.number.label("newer_version"),
            newest.published_at.label("newer_since"),
            DbDepartment.name,
            DbUser.id,
            DbUser.username,
            DbUser.name.label("starter"),
        )
        .select_from(DbProcessVersion)
        .join(DbProcess, DbProcess.key == DbProcessVersion.process_key)
        .outerjoin(
            newest,
            (newest.process_key == DbProcess.key)
            & (newest.number == DbProcess.current_version)
            & (newest.id != DbProcessVersion.id),
        )
        .join(DbUser, DbUser.id == case.starter_id)
        .outerjoin(DbDepartment, DbDepartment.id == case.department_id)
        .where(DbProcessVersion.id == case.version_id)
    ).one()
    return CaseView(
        id=case.id,
        number=case.number,
        process=case.process_key,
        version=around.number,
        newer_version=around.newer_version,
        newer_since=around.newer_since,
        definition=definition,
        title=case.title,
        status=case.status,
        starter=Person(id=around.id, username=around.username, name=around.starter),
        department=around.name or "",
        amount=case.amount,
        created_at=case.created_at,
        ended_at=case.ended_at,
        forms=_in_order(definition, case),
        variables=case.variables,
        passed=case.passed,
        timers=list(case.timers),
        tasks=open_tasks(session, case.id),
        sheets=open_sheets(session, case),
        history=_history(session, case.id),
        held_up=case.held_up and case.status == RUNNING,
        incidents=open_in_case(session, case.id) if case.open_incidents else [],
    )


def _in_order(definition: ProcessDefinition, case: DbCase) -> dict[str, dict[str, Any]]:
    """Each place's stored values in the order of the definition, so that later forms come later."""
    ordered = list(dict.fromkeys(task.form for task in definition.tasks.values()))
    places = [(*split_place(place), place) for place in case.forms if split_place(place)[0] in ordered]
    places.sort(key=lambda found: (ordered.index(found[0]), branch_order(found[1])))
    return {place: case.forms[place] for _form, _branch, place in places}


def _person(user: DbUser) -> Person:
    return Person(id=user.id, username=user.username, name=user.name)


def open_tasks(session: Session, case_id: int) -> list[OpenTaskLine]:
    """The tasks a case waits for, with the people who hold them."""
    rows = session.execute(
        select(DbTask, DbUser)
        .outerjoin(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .outerjoin(DbUser, DbUser.id == DbInboxEntry.user_id)
        .where(DbTask.case_id == case_id, DbTask.state == "open")
        .order_by(DbTask.id, DbUser.id)
    )
    found: dict[int, tuple[DbTask, list[Person]]] = {}
    for task, user in rows:
        people = found.setdefault(task.id, (task, []))[1]
        if user is not None:
            people.append(_person(user))
    return [_task_line(task, people) for task, people in found.values()]


def _task_line(task: DbTask, people: list[Person]) -> OpenTaskLine:
    assignee = next((person for person in people if person.id == task.assignee_id), None)
    return OpenTaskLine(
        id=task.id,
        step=task.step,
        name=task.name,
        lane=task.lane,
        branch=task.branch,
        outcomes=task.outcomes,
        assignee=assignee,
        candidates=people,
        created_at=task.created_at,
        due_at=task.due_at,
        why=task.why,
    )


def _history(session: Session, case_id: int) -> list[HistoryLine]:
    absent = aliased(DbUser)
    stood_in_for = case((DbHistory.detail.has_key("for_name"), DbHistory.detail["for"].as_integer()))
    rows = session.execute(
        select(DbHistory, DbUser, absent)
        .outerjoin(DbUser, DbUser.id == DbHistory.user_id)
        .outerjoin(absent, absent.id == stood_in_for)
        .where(DbHistory.case_id == case_id)
        .order_by(DbHistory.position)
    )
    return [
        HistoryLine(
            at=entry.at,
            who=_person(user) if user else None,
            step=entry.step,
            name=entry.name,
            action=entry.action,
            outcome=entry.outcome,
            comment=entry.comment,
            detail={name: value for name, value in entry.detail.items() if name != WAS},
            on_behalf_of=_person(away) if away else None,
        )
        for entry, user, away in rows
    ]
