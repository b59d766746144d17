"""Who will be asked, in which order and by when: before submitting, and at any moment after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases import operations
from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.cases.models import RUNNING
from services.cases.visibility import get_visible_case
from services.errors import NotPermitted
from services.people.organisation import assign, names_of
from services.processes.versions import get_current_version, get_definition, may_start
from services.registers import budgets
from services.types import Actor, CaseId, VersionId
from workflows.calendar import calendar_functions
from workflows.definition import ProcessDefinition
from workflows.engine import EngineFailed, OperationCall, Surroundings
from workflows.errors import WorkflowError
from workflows.expressions import FUNCTIONS
from workflows.forecast import ExpectedStep, SurroundingsAt, forecast_new, forecast_running
from workflows.forms import prefill
from workflows.forms.submission import compute
from workflows.forms.validation import validate


@dataclass(frozen=True, kw_only=True)
class ExpectedTask:
    step: str
    name: str
    who: list[str]
    lane: str
    reason: str
    expected_at: datetime


def forecast_start(
    session: Session, actor: Actor, process_key: str, typed: Mapping[str, Any], *, now: datetime
) -> list[ExpectedTask]:
    """What would follow if the form were submitted as it stands; half-filled forms give what can be said already.

    Raises NotFound, NotPermitted.
    """
    version = get_current_version(session, process_key)
    definition = get_definition(session, VersionId(version.id))
    if not may_start(definition, actor):
        raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)
    preview = _Preview(session, definition, starter_id=actor.id, department_id=actor.department_id, case_id=None)
    context = starter_context(
        session,
        starter_id=actor.id,
        department=actor.department,
        started_at=now,
        calendar=current_calendar(session),
    )
    form = definition.form_of(definition.first_task.id)
    functions = preview.functions_at(now)
    values = {**prefill(form, context, functions), **typed}
    # codes are not looked up: who is asked does not depend on whether the customer exists
    wrong = {path.partition("-")[0] for path in validate(form.schema, values, defaultdict(lambda: str))}
    values = {name: value for name, value in values.items() if name not in wrong}
    try:
        values |= compute(form, values, functions)
        variables = {**definition.settings.variables, **context, **dict.fromkeys(form.properties), **values}
        steps = forecast_new(definition, _usable(variables, now), preview.surroundings_at, now)
    except WorkflowError:
        return []  # too little is filled in to say anything
    return preview.named(steps)


def _usable(variables: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A date that is not filled in yet counts as today, so that the order can be shown from the first moment."""
    return {**variables, "date": variables.get("date") or now.date().isoformat()}


def forecast_case(session: Session, actor: Actor, case_id: CaseId, *, now: datetime) -> list[ExpectedTask]:
    """The steps from where the case stands, the open ones first. Raises NotFound."""
    case = get_visible_case(session, actor, case_id)
    if case.status != RUNNING:
        return []
    definition = get_definition(session, VersionId(case.version_id))
    preview = _Preview(
        session, definition, starter_id=case.starter_id, department_id=case.department_id, case_id=case.id
    )
    try:
        return preview.named(forecast_running(definition, case.state, preview.surroundings_at, now))
    except EngineFailed:
        return []


class _Preview:
    """Surroundings in which operations only look, and the people of the steps found."""

    def __init__(
        self,
        session: Session,
        definition: ProcessDefinition,
        *,
        starter_id: int,
        department_id: int | None,
        case_id: int | None,
    ) -> None:
        self.session = session
        self.definition = definition
        self.starter_id = starter_id
        self.department_id = department_id
        self.case_id = case_id

    @property
    def surroundings_at(self) -> SurroundingsAt:
        return self._at

    def functions_at(self, now: datetime) -> dict[str, Any]:
        return {**FUNCTIONS, **calendar_functions(current_calendar(self.session), now)}

    def _at(self, now: datetime) -> Surroundings:
        return Surroundings(
            now=now,
            operations=dict.fromkeys(operations.OPERATIONS, self._look),
            undo=lambda _call: None,
            functions=self.functions_at(now),
            decide=operations.decider(self.definition),
        )

    def _look(self, call: OperationCall) -> dict[str, Any]:
        """Only the check of the budget says something that the way depends on; it looks without a lock."""
        if call.operation != "check_budget" or not call.parameters["amount"] or not call.parameters["date"]:
            return {"budget_exceeded": budgets.ZERO}
        found = budgets.position(
            self.session,
            department_id=self.department_id,
            month=call.parameters["date"][:7],
            case_id=self.case_id,
        )
        return {"budget_exceeded": max(call.parameters["amount"] - found.available, budgets.ZERO)}

    def named(self, steps: list[ExpectedStep]) -> list[ExpectedTask]:
        """The same steps with the people they would go to."""
        found = []
        for step in steps:
            assignment = assign(
                self.session,
                step.lane,
                starter_id=self.starter_id,
                department_id=self.department_id,
                signs=step.task.signs,
            )
            names = names_of(self.session, assignment.people)
            found.append(
                ExpectedTask(
                    step=step.task.id,
                    name=step.task.name,
                    who=[names[person] for person in assignment.people],
                    lane=step.lane,
                    reason=assignment.reason,
                    expected_at=step.expected_at,
                )
            )
        return found
