"""Forms as they stand on a page: typed text, stored values, and what is said about errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from services.cases.attachments import describe
from services.cases.case_run import current_calendar
from services.registers.lookups import lookups
from webapp.auth import now
from webapp.form_values import most_rows
from workflows.calendar import calendar_functions
from workflows.definition import ProcessDefinition
from workflows.expressions import FUNCTIONS
from workflows.forms import Form, from_fields
from workflows.forms.fields import columns_of
from workflows.forms.lookups import fill_in, labels_by_path
from workflows.forms.rights import FIXED
from workflows.forms.submission import new_row
from workflows.forms.validation import unreadable, validate

ADD_ROW = "add_row"
"""The button that asks for a further row of the field that it names."""


def typed_values(form: Form) -> dict[str, Any]:
    """The values of the posted form, led by its schema."""
    return from_fields(form.properties, request.form.getlist, set(request.form))


def field_errors(session: Session, form: Form, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the fields themselves, also when a file was refused before they were looked at."""
    return validate(form.schema, values, lookups(session))


def files_of(session: Session, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The attachments behind each field of files."""
    return {
        name: describe(session, values[name])
        for name, field in form.properties.items()
        if field.get("x-widget") == "files" and values.get(name)
    }


def context(
    session: Session,
    definition: ProcessDefinition,
    form: Form,
    values: Mapping[str, Any],
    step: str,
    known: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """Everything the form macros need for one form. ``known`` are the names that new rows begin with, beside fields."""
    return context_of(session, definition.english, form, values, step, known)


def context_of(
    session: Session,
    english: Mapping[str, str],
    form: Form,
    values: Mapping[str, Any],
    step: str,
    known: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """The same for a form whose process may not be complete, with its texts in English."""
    rights, registers = form.rights_at(step), lookups(session)
    form, values = form.seen_at(step, values), rights.visible(values)
    locked = frozenset() if rights.editable is None else form.properties.keys() - rights.editable
    if not unreadable(form.properties, values):
        values = fill_in(form.properties, values, registers, locked | _typed_fields(form))
    return {
        "form": form,
        "english": english,
        "given": values,
        "labels": labels_by_path(form.properties, values, registers),
        "label": registers.label,
        "files": files_of(session, form, values),
        "hidden": rights.hidden,
        "locked": locked,
        "fresh": _new_rows(session, form, {**known, **values}),
        "spare": {name: _blank_rows(name, field, values) for name, field in _rows_of(form)},
    }


def _typed_fields(form: Form) -> set[str]:
    """Fields that stand as they were left, also empty, until the form is sent."""
    return {name for name, field in form.properties.items() if not field.get("readOnly") and not columns_of(field)}


def _rows_of(form: Form) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, field) for name, field in form.properties.items() if columns_of(field)]


def _blank_rows(name: str, field: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """How many empty rows are offered: one, or as many as are needed; one more where somebody asked for it."""
    if field.get(FIXED):
        return 0
    filled = len(values.get(name) or ())
    least: int = field.get("minItems", 0)
    offered = 2 if request.form.get(ADD_ROW) == name else 1
    return min(max(offered, least - filled), max(most_rows(field) - filled, 0))


def _new_rows(session: Session, form: Form, names: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a new row of each field of rows begins with."""
    fields = {
        name: field
        for name, field in _rows_of(form)
        if any("x-default" in column for column in columns_of(field).values())
    }
    functions = {**FUNCTIONS, **calendar_functions(current_calendar(session), now())} if fields else FUNCTIONS
    return {name: new_row(field, names, functions) for name, field in fields.items()}


def wants_row() -> bool:
    """Whether the form was sent only to get a further row, as it is where no script runs."""
    return ADD_ROW in request.form


def as_left(form: Form, opened: Mapping[str, Any], typed: Mapping[str, Any], step: str) -> dict[str, Any]:
    """What the page shows of what somebody typed: what they emptied is empty, what they cannot type is as it opened."""
    return {**opened, **emptied(form, step), **typed}


def emptied(form: Form, step: str) -> dict[str, None]:
    """Nothing for each field that the step could fill in, to be laid under what was typed."""
    rights = form.rights_at(step)
    offered = (form.properties.keys() if rights.editable is None else rights.editable) - rights.hidden
    return {name: None for name in offered if not form.properties[name].get("readOnly")}
