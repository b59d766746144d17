"""Who will be asked, in which order and by when: before submitting, and at any moment after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.filling import starter_context
from services.cases.models import RUNNING, DbCase
from services.cases.preview import Preview
from services.cases.visibility import get_visible_case
from services.errors import NotPermitted
from services.processes.versions import get_current_version, get_definition, may_start
from services.types import Actor, CaseId, VersionId
from workflows.definition import Task
from workflows.errors import WorkflowError
from workflows.forecast import ExpectedStep, Forecast, find_consequence, forecast_new, forecast_running
from workflows.forms import AnyCode, Form, prefill
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
    preview = Preview(session, definition, actor.id, actor.department_id, now=now)
    context = starter_context(
        session, starter_id=actor.id, department=actor.department, started_at=now, calendar=preview.calendar
    )
    form = definition.form_of(definition.first_task.id)
    functions = preview.functions_at(now)
    values = {**prefill(form, context, functions), **typed}
    # codes are not looked up: who is asked does not depend on whether the customer exists
    wrong = {path.partition("-")[0] for path in validate(form.schema, values, AnyCode())}
    values = {name: value for name, value in values.items() if name not in wrong}
    try:
        values |= compute(form, values, functions)
    except WorkflowError:
        return CaseForecast()  # too little is filled in to say anything
    today = preview.calendar.local_day(now).isoformat()
    variables = {**definition.settings.variables, **context, **dict.fromkeys(form.properties), **values}
    return _named(preview, forecast_new(definition, _usable(form, variables, today), preview.outlook, now))


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
    preview = Preview(session, definition, case.starter_id, case.department_id, now=now, case=case)
    return _named(preview, forecast_running(definition, case.state, preview.outlook, now))


def _named(preview: Preview, found: Forecast) -> CaseForecast:
    """The same steps with the people they go to."""
    # one query for all of them
    preview.names([person for step in found.steps for person in preview.remembered(step.id)[0]])
    steps = [_expected(preview, step) for step in found.steps]
    return CaseForecast(steps=steps, ends_at=found.ends_at, latest_end=found.latest_end)


def _expected(preview: Preview, step: ExpectedStep) -> ExpectedTask:
    people, reason = preview.remembered(step.id)
    who, usual = preview.names(people), preview.usual.get(step.id)
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
        is_open=preview.is_open(step.id),
    )


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What a button leads to: the next steps with their people, or the end of the case, or a wait."""

    outcome: str
    steps: list[tuple[str, list[str]]]
    end: str
    waits_until: datetime | None


def look_ahead(session: Session, case: DbCase, engine_task: str, task: Task, *, now: datetime) -> list[Ahead]:
    """What comes of each outcome of an open task, if a dry run can tell."""
    definition = get_definition(session, VersionId(case.version_id))
    preview = Preview(session, definition, case.starter_id, case.department_id, now=now, case=case)
    found = []
    for outcome in task.outcomes:
        came = find_consequence(definition, case.state, engine_task, outcome, preview.surroundings_at(now))
        if came is not None:
            steps = [(step.name, preview.names(preview.asked(step, now)[0])) for step in came.opens]
            found.append(Ahead(outcome=outcome, steps=steps, end=came.end, waits_until=came.waits_until))
    return found
