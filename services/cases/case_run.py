"""A case in the hands of one action: its locked row, its definition, the moment and the person."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases import history
from services.cases.history import Entry
from services.cases.mailbox import key_of
from services.cases.models import DbCase
from services.database import current_world
from services.errors import NotFound
from services.notices.message import Message
from services.people.company_calendar import load_calendar
from services.people.organisation import Assignment
from services.tasks.models import DbTask
from services.types import Actor, CaseId, TaskId, UserId
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.definition import ProcessDefinition
from workflows.engine import Instance, OpenTask
from workflows.expressions import FUNCTIONS, ExpressionError, evaluate

CALENDAR_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Something about a work item that could not be reckoned out; the case goes on without it."""

    kind: str
    engine_task: str
    element: str
    name: str
    branch: str
    expression: str
    detail: str


@dataclass(kw_only=True)
class CaseRun:
    """A case in the hands of one action. Thrown away afterwards, whatever happened."""

    session: Session
    case: DbCase
    definition: ProcessDefinition
    now: datetime
    actor: Actor | None
    instance: Instance = field(init=False)
    messages: list[Message] = field(default_factory=list)
    open_items: list[DbTask] | None = None
    """The case's open work items, where the action has read them already."""
    signed: DbTask | None = None
    """The task that the person of this action has just approved in their own name."""
    assignments: dict[tuple[str, bool], Assignment] = field(default_factory=dict)
    """Whose the steps of a lane are, by whether they sign: the same for every branch that opens."""
    recorded: int = 0
    """How many of the engine's events are in the history."""
    begins: bool = False
    """Whether the case is started by this action."""
    attended: bool = True
    """Whether a refusal by an operation is for the person of this action to read."""
    noted: list[Noted] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What failures call the case: one that begins has another number when the action is repeated."""
        return f"new:{self.case.process_key}" if self.begins else str(self.case.id)

    @cached_property
    def functions(self) -> Mapping[str, Any]:
        calendar = current_calendar(self.session)
        return {**FUNCTIONS, **calendar_functions(calendar, self.now)}

    @property
    def user_id(self) -> UserId | None:
        return self.actor.id if self.actor else None

    def record(self, entry: Entry) -> None:
        history.append(self.session, self.case, entry, self.now)

    def awaited(self) -> list[str] | None:
        """The messages from registers that the case waits for as it stands, each with what it is about."""
        rules = self.definition.settings.messages
        waiting = [name for name in self.instance.waiting_messages() if name in rules]
        names = self.instance.variables() if waiting else {}
        keys = []
        for name in waiting:
            try:
                about = evaluate(rules[name].about, names, self.functions) if rules[name].about else ""
            except ExpressionError as error:
                self.note("awaited", error, rules[name].about, name=name)
            else:
                keys.append(key_of(name, str(about)))
        return keys or None

    def note(
        self, kind: str, error: Exception, expression: str, *, task: OpenTask | None = None, name: str = ""
    ) -> None:
        """Remember for the owners of the process what could not be reckoned out."""
        found = Noted(
            kind=kind,
            engine_task=task.id if task else "",
            element=task.step if task else "",
            name=task.name if task else name,
            branch=task.branch if task else "",
            expression=expression,
            detail=str(error),
        )
        if found not in self.noted:
            self.noted.append(found)

    def tell(self, message: Message) -> None:
        self.messages.append(message)


_calendar: tuple[float, CompanyCalendar] | None = None


def current_calendar(session: Session) -> CompanyCalendar:
    """The company's calendar; a change of its days is seen by every process within half a minute."""
    global _calendar
    if current_world():
        return load_calendar(session)
    if _calendar is None or time.monotonic() - _calendar[0] > CALENDAR_SECONDS:
        _calendar = (time.monotonic(), load_calendar(session))
    return _calendar[1]


def forget_calendar() -> None:
    """Read the company's days again at the next action of this process."""
    global _calendar
    _calendar = None


def lock_case(session: Session, case_id: CaseId) -> DbCase:
    """The case's row, locked until the transaction ends. Raises NotFound."""
    return _locked(session, DbCase.id == case_id)


def lock_case_of_task(session: Session, task_id: TaskId) -> DbCase:
    """The row of the case that the task belongs to, locked until the transaction ends. Raises NotFound."""
    return _locked(session, DbCase.id == select(DbTask.case_id).where(DbTask.id == task_id).scalar_subquery())


def _locked(session: Session, condition: Any) -> DbCase:
    query = select(DbCase).where(condition).with_for_update().execution_options(populate_existing=True)
    case = session.scalar(query)
    if case is None:
        raise NotFound("没有这件事，或您无权查看")
    return case


def far_future(now: datetime) -> datetime:
    """Where tasks without a due time sort: behind everything else."""
    return now + timedelta(days=36_500)
