"""A first form that an address fills in beforehand: ``/start/hospitality?customer=C001``.

Only what the form lets a person type is taken, and a code only where its register knows it: the rest is passed over,
for an address is not an answer. Nothing is submitted by it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.registers.lookups import SOURCES, lookups
from services.types import Actor
from workflows.definition import ProcessDefinition
from workflows.forms.fields import Field, columns_of, options_of
from workflows.forms.lookups import fill_in, unknown_codes

MAX_TEXT = 200


def takes(definition: ProcessDefinition, name: str) -> bool:
    """Whether the first form can be told this beforehand, as a field or as a column of its rows."""
    return bool(_place(definition, name))


def values_of(
    session: Session, actor: Actor, definition: ProcessDefinition, asked: Mapping[str, str]
) -> dict[str, Any]:
    """What the address says that the form takes, with what its codes bring along: of registers that the person may
    look things up in."""
    properties = definition.form_of(definition.first_task.id).properties
    values: dict[str, Any] = {}
    rows: dict[str, dict[str, Any]] = {}
    for name, text in asked.items():
        for field, table in _place(definition, name):
            if not _fits(field, text) or not _may_look_up(field, actor):
                continue
            if table:
                rows.setdefault(table, {})[name] = text
            else:
                values[name] = text
    # a row has all of its columns, filled or not
    values |= {table: [{**dict.fromkeys(columns_of(properties[table])), **row}] for table, row in rows.items()}
    unknown = unknown_codes(properties, values, lookups(session))
    for path in unknown:
        values.pop(path.partition("-")[0], None)
    return fill_in(properties, values, lookups(session), ()) if values else {}


def differs(draft: Mapping[str, Any], asked: Mapping[str, Any], names: Collection[str]) -> bool:
    """Whether a draft says something else than the address where the address names a field or a column of rows."""
    for name, wanted in asked.items():
        kept = draft.get(name)
        if isinstance(wanted, list):
            row = kept[0] if isinstance(kept, list) and kept and isinstance(kept[0], Mapping) else {}
            if differs(row, wanted[0], names):
                return True
        elif name in names and kept not in (None, "") and kept != wanted:
            return True
    return False


def _place(definition: ProcessDefinition, name: str) -> list[tuple[Field, str]]:
    """The field of that name and the table it is a column of; nothing where the form has none that may be typed."""
    task = definition.first_task
    form = definition.form_of(task.id)
    rights = form.rights_at(task.id)
    may_type = {name for name, field in form.properties.items() if not field.get("readOnly")} - rights.hidden
    if rights.editable is not None:
        may_type &= rights.editable
    if name in may_type:
        return [(form.properties[name], "")]
    tables = [table for table in form.properties if table in may_type and name in columns_of(form.properties[table])]
    return [(columns_of(form.properties[tables[0]])[name], tables[0])] if len(tables) == 1 else []


def _may_look_up(field: Field, actor: Actor) -> bool:
    source = SOURCES.get(field.get("x-source", ""))
    return source is None or source.may_search(actor)


def _fits(field: Field, text: str) -> bool:
    if field.get("type") != "string" or field.get("readOnly") or field.get("x-widget") == "files":
        return False
    options = [value for value, _label in options_of(field)]
    return 0 < len(text) <= field.get("maxLength", MAX_TEXT) and (not options or text in options)
