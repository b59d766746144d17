"""Who will be asked, in which order and by when: before submitting, and at any moment after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases import operations
from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import get_visible_case
from services.errors import NotPermitted
from services.people.organisation import Assignment, assign, names_of
from services.processes.versions import get_current_version, get_definition, may_start
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.working_times import UsualTime, find_usual_time
from services.types import Actor, CaseId, UserId, VersionId
from workflows import forecast
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.definition import ProcessDefinition
from workflows.engine import OpenTask, Surroundings
from workflows.errors import WorkflowError
from workflows.expressions import FUNCTIONS
from workflows.forecast import ExpectedStep, Outlook, Pace, forecast_new, forecast_running
from workflows.forms import Form, prefill
from workflows.forms.submission import compute
from workflows.forms.validation import validate

BASIS_TEXTS: Mapping[str, str] = {
    "person_step": "按{who}最近 {count} 次办理这一环节的用时",
    "person_process": "按{who}在这个流程最近 {count} 次的用时",
    "step": "按这一环节最近 {count} 次的用时",
    "due": "尚无记录，按期限",
    "day": "尚无记录，按一个工作日",
}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What an expected time rests on; ``text`` takes ``who`` and ``count``."""

    kind: str
    count: int = 0
    who: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return BASIS_TEXTS[self.kind]

    @property
    def values(self) -> dict[str, Any]:
        return {"who": "、".join(self.who[:3]), "count": self.count}


@dataclass(frozen=True, kw_only=True)
class ExpectedTask:
    """One step of the way. ``expected_at`` is when it is usually done, ``opens_at`` when it reaches its people."""

    step: str
    name: str
    people: tuple[int, ...]
    who: list[str]
    lane: str
    reason: str
    opens_at: datetime
    opens_latest: datetime
    expected_at: datetime
    latest_at: datetime
    basis: Basis
    after: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class CaseForecast:
    """The steps in the order in which they should be finished; ``ends_at`` is None where the end is not in sight."""

    steps: list[ExpectedTask] = field(default_factory=list)
    ends_at: datetime | None = None
    latest_end: datetime | None = None

    def __iter__(self) -> Iterator[ExpectedTask]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def forecast_start(
    session: Session, actor: Actor, process_key: str, typed: Mapping[str, Any], *, now: datetime
) -> CaseForecast:
    """What would follow if the form were submitted as it stands; half-filled forms give what can be said already.

    Raises NotFound, NotPermitted.
    """
    version = get_current_version(session, process_key)
    definition = get_definition(session, VersionId(version.id))
    if not may_start(definition, actor):
        raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)
    preview = Preview(session, definition, Applicant(id=actor.id, department_id=actor.department_id))
    context = starter_context(
        session, starter_id=actor.id, department=actor.department, started_at=now, calendar=preview.calendar
    )
    form = definition.form_of(definition.first_task.id)
    functions = preview.functions_at(now)
    values = {**prefill(form, context, functions), **typed}
    # codes are not looked up: who is asked does not depend on whether the customer exists
    wrong = {path.partition("-")[0] for path in validate(form.schema, values, defaultdict(lambda: str))}
    values = {name: value for name, value in values.items() if name not in wrong}
    try:
        values |= compute(form, values, functions)
    except WorkflowError:
        return CaseForecast()  # too little is filled in to say anything
    today = preview.calendar.local_day(now).isoformat()
    variables = {**definition.settings.variables, **context, **dict.fromkeys(form.properties), **values}
    return preview.named(forecast_new(definition, _usable(form, variables, today), preview.outlook, now))


def _usable(form: Form, variables: dict[str, Any], today: str) -> dict[str, Any]:
    """A date that is not filled in yet counts as today, so that the order can be shown from the first moment."""
    dates = (name for name, about in form.properties.items() if about.get("format") == "date")
    return {**variables, **{name: variables.get(name) or today for name in dates}}


def forecast_case(session: Session, actor: Actor, case_id: CaseId, *, now: datetime) -> CaseForecast:
    """The steps from where the case stands. Raises NotFound."""
    return forecast_from(session, get_visible_case(session, actor, case_id), now=now)


def forecast_from(session: Session, case: DbCase, *, now: datetime) -> CaseForecast:
    """The steps from where the case stands, for whoever has the right to it. Nothing is changed."""
    if case.status != RUNNING:
        return CaseForecast()
    definition = get_definition(session, VersionId(case.version_id))
    applicant = Applicant(id=case.starter_id, department_id=case.department_id)
    preview = Preview(session, definition, applicant, case_id=case.id)
    return preview.named(forecast_running(definition, case.state, preview.outlook, now))


@dataclass(frozen=True, kw_only=True)
class Applicant:
    id: int
    department_id: int | None


@dataclass(frozen=True, kw_only=True)
class _Holders:
    """Who holds an open task, and since when."""

    opened_at: datetime
    people: tuple[UserId, ...]
    reason: str


class Preview:
    """A world in which operations only look, with the people of each step and the pace they keep."""

    def __init__(
        self,
        session: Session,
        definition: ProcessDefinition,
        applicant: Applicant,
        *,
        case_id: int | None = None,
    ) -> None:
        self.session = session
        self.definition = definition
        self.applicant = applicant
        self.calendar: CompanyCalendar = current_calendar(session)
        self._sight = operations.Sight(session=session, department_id=applicant.department_id, case_id=case_id)
        self._open = _open_holders(session, case_id) if case_id is not None else {}
        self._assigned: dict[tuple[str, bool], Assignment] = {}
        self._usual: dict[str, UsualTime | None] = {}

    @property
    def outlook(self) -> Outlook:
        return Outlook(
            surroundings_at=self.surroundings_at,
            calendar=self.calendar,
            pace_of=self._pace,
            opened_at={task_id: held.opened_at for task_id, held in self._open.items()},
        )

    def functions_at(self, now: datetime) -> dict[str, Any]:
        return {**FUNCTIONS, **calendar_functions(self.calendar, now)}

    def surroundings_at(self, now: datetime) -> Surroundings:
        return Surroundings(
            now=now,
            operations=operations.looking(self._sight),
            undo=lambda _call: None,
            functions=self.functions_at(now),
            decide=operations.decider(self.definition),
        )

    def people_of(self, task_id: str, step: str, lane: str) -> tuple[tuple[UserId, ...], str]:
        """Who is asked, and why: the holders of an open task, else whom the lane leads to."""
        if held := self._open.get(task_id):
            return held.people, held.reason
        signs = self.definition.tasks[step].signs
        if (lane, signs) not in self._assigned:
            self._assigned[lane, signs] = assign(
                self.session,
                lane,
                starter_id=self.applicant.id,
                department_id=self.applicant.department_id,
                signs=signs,
                nobody=self.definition.settings.nobody,
            )
        found = self._assigned[lane, signs]
        return found.people, found.reason

    def _pace(self, waiting: OpenTask) -> Pace | None:
        people, _reason = self.people_of(waiting.id, waiting.step, waiting.lane)
        usual = find_usual_time(self.session, people, self.definition.key, waiting.step, self.calendar)
        self._usual[waiting.id] = usual
        return usual.pace if usual else None

    def named(self, found: forecast.Forecast) -> CaseForecast:
        """The same steps with the people they would go to."""
        asked = {step.id: self.people_of(step.id, step.task.id, step.lane) for step in found.steps}
        names = names_of(self.session, [person for people, _reason in asked.values() for person in people])
        steps = [self._named(step, *asked[step.id], names) for step in found.steps]
        return CaseForecast(steps=steps, ends_at=found.ends_at, latest_end=found.latest_end)

    def _named(
        self, step: ExpectedStep, people: tuple[UserId, ...], reason: str, names: Mapping[int, str]
    ) -> ExpectedTask:
        who = [names[person] for person in people]
        usual = self._usual.get(step.id)
        basis = Basis(kind=usual.rests_on, count=usual.count, who=tuple(who)) if usual else Basis(kind=step.rests_on)
        return ExpectedTask(
            step=step.task.id,
            name=step.task.name,
            people=people,
            who=who,
            lane=step.lane,
            reason=reason,
            opens_at=step.opens_at,
            opens_latest=step.opens_latest,
            expected_at=step.expected_at,
            latest_at=step.latest_at,
            basis=basis,
            after=step.after,
            is_open=step.id in self._open,
        )


def _open_holders(session: Session, case_id: int) -> dict[str, _Holders]:
    """By the engine's task: whoever has it in the inbox, over all its signatures."""
    rows = session.execute(
        select(DbTask.engine_task, DbTask.created_at, DbTask.why, DbInboxEntry.user_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(DbTask.case_id == case_id, DbTask.state == "open", DbInboxEntry.hidden.is_(False))
        .order_by(DbTask.id, DbInboxEntry.user_id)
    )
    found: dict[str, _Holders] = {}
    for engine_task, created_at, why, person in rows:
        known = found.get(engine_task)
        people = dict.fromkeys((*known.people, UserId(person)) if known else (UserId(person),))
        opened_at = min(known.opened_at, created_at) if known else created_at
        found[engine_task] = _Holders(opened_at=opened_at, people=tuple(people), reason=why.get("reason", "post"))
    return found
