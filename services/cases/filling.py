"""Filling the form of a step: what is prefilled, what may be typed, and what the case keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.attachments import check_attachments
from services.cases.fact import Asking
from services.cases.knowing import known_names, known_problems
from services.errors import InvalidInput
from services.people.organisation import names_of
from services.registers.lookups import lookups
from services.types import UserId
from workflows.branches import place_of
from workflows.calendar import CompanyCalendar
from workflows.definition import ProcessDefinition, Task
from workflows.expressions.interpreter import Functions
from workflows.forms import Form, from_stored, prefill, shown, submit
from workflows.forms.rights import Rights, kept_columns
from workflows.forms.submission import names_in_rules


def starter_context(
    session: Session, *, starter_id: int, department: str, started_at: datetime, calendar: CompanyCalendar
) -> dict[str, Any]:
    """The names about the applicant that every form's expressions may use."""
    return {
        "starter_name": names_of(session, [starter_id])[starter_id],
        "starter_department": department,
        "started_on": calendar.local_day(started_at).isoformat(),
    }


def opening_values(
    form: Form, stored: Mapping[str, Any] | None, context: Mapping[str, Any], functions: Functions
) -> dict[str, Any]:
    """What a form shows when it is opened: what was submitted before, else its defaults."""
    values = prefill(form, context, functions)
    anew = {name: value for name, value in values.items() if form.properties[name].get("readOnly")}
    return {**values, **from_stored(form.properties, stored or {}), **anew}


def submitted_values(
    session: Session,
    form: Form,
    typed: Mapping[str, Any],
    *,
    step: str,
    before: Mapping[str, Any],
    context: Mapping[str, Any],
    functions: Functions,
    user_id: UserId,
    case_id: int | None,
    department_id: int | None,
    now: datetime,
) -> dict[str, Any]:
    """The checked values of a submission. Fields that the step may not edit keep what they had ``before``.

    Raises InvalidInput naming every field and row.
    """
    rights = form.rights_at(step)
    locked = {name: before[name] for name in form.properties if name in before and not rights.may_edit(name)}
    allowed = {name: value for name, value in typed.items() if rights.may_edit(name)}
    allowed |= _kept_columns(form, rights, allowed, before)
    asking = Asking(session=session, form=form, values={}, department_id=department_id, case_id=case_id, now=now)
    submission = submit(
        form,
        {**allowed, **locked},
        context=context,
        functions=functions,
        lookups=lookups(session),
        locked=locked,
        knowing=lambda values: known_names(replace(asking, values=values), names_in_rules(form)) if form.knows else {},
    )
    errors = {**submission.errors}
    if not errors and form.knows:
        errors = known_problems(replace(asking, values=submission.values))
    if not errors:
        errors = check_attachments(session, form, submission.values, user_id=user_id, case_id=case_id)
    if errors:
        raise InvalidInput(errors)
    return submission.values


def _kept_columns(form: Form, rights: Rights, allowed: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of rows of which the step may change only some columns."""
    kept = {}
    for name in form.properties:
        if rights.narrows(name) and rights.may_edit(name):
            try:
                kept[name] = kept_columns(rights, name, allowed.get(name), before.get(name))
            except ValueError as error:
                raise InvalidInput({name: ["这个环节只能改其中几列，不能增加或删除行；请每行至少填一格"]}) from error
    return {name: value for name, value in kept.items() if value}


def variables_of(definition: ProcessDefinition, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the diagram's expressions see of a submission: every field, the empty ones as None.

    A name that an earlier form has belongs to that form: what was approved there is not changed by a later report.
    """
    seen: dict[str, Any] = {**dict.fromkeys(form.properties), **values}
    for task in definition.tasks.values():
        if task.form == form.key:
            break
        for name in definition.forms[task.form].properties:
            seen.pop(name, None)
    return seen


def subject_of(session: Session, definition: ProcessDefinition, values: Mapping[str, Any]) -> str:
    """The case's name in lists: the process's pattern with values in place, codes replaced by their labels."""
    form = definition.forms[definition.first_task.form]
    label = lookups(session).label
    subject = definition.settings.subject
    for name, field in form.properties.items():
        if f"{{{name}}}" in subject:
            subject = subject.replace(f"{{{name}}}", shown(field, values.get(name), label=label))
    return subject[:200]


def stored_variables(
    definition: ProcessDefinition, task: Task, forms: Mapping[str, Any], branch: str = ""
) -> dict[str, Any]:
    """What the diagram sees of the step's form as the case keeps it; nothing where the step changes no field."""
    form = definition.form_of(task.id)
    if not task.fills and not form.rights_at(task.id).editable:
        return {}
    return variables_of(definition, form, from_stored(form.properties, forms.get(place_of(form.key, branch), {})))
