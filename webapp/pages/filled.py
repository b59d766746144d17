"""Forms as they stand on a page: typed text, stored values, and what is said about errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from services.cases.attachments import describe
from services.registers.lookups import lookups
from workflows.definition import ProcessDefinition
from workflows.forms import Form, from_fields
from workflows.forms.validation import validate


def typed_values(form: Form) -> dict[str, Any]:
    """The values of the posted form, led by its schema."""
    return from_fields(form.properties, request.form.getlist, set(request.form))


def field_errors(session: Session, form: Form, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the fields themselves, also when a file was refused before they were looked at."""
    return validate(form.schema, values, lookups(session))


def labels_of(session: Session, form: Form, values: Mapping[str, Any]) -> dict[str, str]:
    """The label behind each looked-up code that is filled in."""
    registers = lookups(session)
    return {
        name: registers[field["x-source"]](str(values[name])) or str(values[name])
        for name, field in form.properties.items()
        if field.get("x-source") and values.get(name)
    }


def files_of(session: Session, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The attachments behind each field of files."""
    return {
        name: describe(session, values[name])
        for name, field in form.properties.items()
        if field.get("x-widget") == "files" and values.get(name)
    }


def context(
    session: Session, definition: ProcessDefinition, form: Form, values: Mapping[str, Any], step: str
) -> dict[str, Any]:
    """Everything the form macros need for one form."""
    return {
        "form": form,
        "english": definition.english,
        "given": values,
        "labels": labels_of(session, form, values),
        "files": files_of(session, form, values),
        "hidden": form.rights_at(step).hidden,
    }
