"""Values to try a form with: what a person might have typed, with codes that the registers really have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.registers.lookups import SOURCES, lookups
from workflows.calendar import COMPANY_ZONE
from workflows.forms import Form
from workflows.forms.fields import Field, columns_of, options_of
from workflows.forms.lookups import fill_in

_SOME_DAYS = timedelta(days=7)


def sample_values(
    session: Session, form: Form, step: str, known: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """``known`` and, for every empty field that the step may fill, something that fits it."""
    rights = form.rights_at(step)
    values = dict(known)
    for name, field in form.properties.items():
        editable = rights.may_edit(name)
        needed = name in form.schema.get("required", ()) or field.get("minItems", 0) > 0
        # rows and codes that nobody has to give may be bound to others that a sample knows nothing of
        fitting = needed or not (columns_of(field) or field.get("x-source"))
        if editable and fitting and not field.get("readOnly") and values.get(name) in (None, "", [], {}):
            values[name] = _sample(session, field, now)
    return fill_in(form.properties, values, lookups(session), ())


def _sample(session: Session, field: Field, now: datetime) -> Any:
    columns = columns_of(field)
    if columns:
        row = {name: _sample(session, column, now) for name, column in columns.items() if not column.get("readOnly")}
        return [row]
    if field.get("x-widget") == "files":
        return []
    if options := [value for value, _label in options_of(field)]:
        return [options[0]] if field.get("type") == "array" else options[0]
    if source := SOURCES.get(field.get("x-source", "")):
        found = source.search(session, "")
        return found[0].value if found else ""
    return _of_type(session, field, now)


def _of_type(session: Session, field: Field, now: datetime) -> Any:
    kind = field.get("type")
    if kind == "object":
        parts = field.get("properties", {})
        return {name: _sample(session, part, now) for name, part in parts.items() if not part.get("readOnly")}
    if kind in ("number", "integer"):
        return max(field.get("minimum", 0), min(field.get("maximum", 100), 100))
    if kind == "boolean":
        return False
    if kind == "array":
        return ["示例"]
    return _text(field, now)


def _text(field: Field, now: datetime) -> str:
    day = (now.astimezone(COMPANY_ZONE) + _SOME_DAYS).date()
    match field.get("format"):
        case "date":
            return day.isoformat()
        case "time":
            return "10:00"
        case "date-time":
            return f"{day.isoformat()}T10:00"
    if "pattern" in field:
        return "13800000000"
    text = f"示例{field.get('title', '')}"
    return str((text * (field.get("minLength", 1) // len(text) + 1))[: field.get("maxLength", 200)])
