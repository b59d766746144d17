"""What is known beside the fields of a form that somebody fills in, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.cases.fact import Fact
from services.cases.knowing import facts_of_case, facts_of_new
from services.tasks.show_task import TaskView
from webapp.auth import actor, now
from workflows.calendar import calendar_functions
from workflows.definition import ProcessDefinition
from workflows.expressions import FUNCTIONS


def of_start(session: Session, definition: ProcessDefinition, values: Mapping[str, Any]) -> list[Fact]:
    """Of the first form of a process."""
    form = definition.form_of(definition.first_task.id)
    return facts_of_new(session, actor(), form, values, functions=_functions(session), now=now())


def of_task(session: Session, view: TaskView, values: Mapping[str, Any]) -> list[Fact]:
    """Of the form that a task fills in."""
    form = view.case.definition.form_of(view.task.id)
    return facts_of_case(session, view.case.id, form, values, functions=_functions(session), now=now())


def _functions(session: Session) -> dict[str, Any]:
    return {**FUNCTIONS, **calendar_functions(current_calendar(session), now())}
