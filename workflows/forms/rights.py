"""What a step may do with a form: which fields and columns it sees, and which of them it may change.

A file says ``hide`` and ``edit`` by field, or by column as ``lines/value``. A step that may change only some columns of
a field of rows finds the rows as they are: it neither adds nor removes one, because what it may not change has to come
from somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.forms.fields import Field, columns_of

FIXED = "x-fixed"
"""Of a field of rows as a step sees it: its rows are neither added nor removed."""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a step may do with a form's fields; a hidden one is kept from its pages, tasks, comparisons and drafts."""

    hidden: frozenset[str] = frozenset()
    editable: frozenset[str] | None = None
    """``None``: every field that is not computed."""
    hidden_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By the field of rows that they are in."""
    locked_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The columns that are seen and not changed."""

    def narrows(self, name: str) -> bool:
        """Whether the step may not do everything with the columns of a field of rows."""
        return bool(self.hidden_columns.get(name) or self.locked_columns.get(name))

    def may_edit(self, name: str) -> bool:
        """Whether the step may change the field, or at least some of its columns."""
        return name not in self.hidden and (self.editable is None or name in self.editable)

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values without what is kept from the step."""
        seen = {name: value for name, value in values.items() if name not in self.hidden}
        for name, columns in self.hidden_columns.items():
            if isinstance(seen.get(name), list):
                seen[name] = [_without(row, columns) for row in seen[name]]
        return seen


def read_rights(entry: Mapping[str, Any], properties: Mapping[str, Field]) -> Rights:
    """The rights that ``steps.<step>`` of a form's file gives."""
    hide, edit = entry.get("hide", ()), entry.get("edit")
    hidden_columns = _by_field(hide)
    given = _by_field(edit or ())
    locked = {
        name: frozenset(columns_of(properties[name])) - columns
        for name, columns in given.items()
        if name in properties and name not in (edit or ())
    }
    return Rights(
        hidden=frozenset(name for name in hide if "/" not in name),
        editable=None if edit is None else frozenset(name.partition("/")[0] for name in edit),
        hidden_columns=hidden_columns,
        locked_columns={name: columns - hidden_columns.get(name, frozenset()) for name, columns in locked.items()},
    )


def as_seen(properties: Mapping[str, Field], rights: Rights, values: Mapping[str, Any]) -> Mapping[str, Field]:
    """The fields with the columns that the step sees; those that it may not change are read-only. Rows that are in
    ``values`` already stay as many as they are."""
    return {
        name: _narrowed(each, rights, name, bool(values.get(name))) if rights.narrows(name) else each
        for name, each in properties.items()
    }


def kept_columns(rights: Rights, name: str, typed: Any, before: Any) -> Any:
    """Rows as a step left them that may not change every column: what it may not change is as it was ``before``.

    Where there were none, rows are added without those columns. Raises ValueError where there are more or fewer.
    """
    rows, earlier = typed or [], before or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return typed  # the shape is refused with its own words
    kept = rights.hidden_columns.get(name, frozenset()) | rights.locked_columns.get(name, frozenset())
    if not earlier:
        return [_without(row, kept) for row in rows]
    if len(rows) != len(earlier):
        raise ValueError(name)
    return [
        {**_without(row, kept), **{key: value for key, value in was.items() if key in kept}}
        for row, was in zip(rows, earlier, strict=True)
    ]


def _narrowed(field: Field, rights: Rights, name: str, fixed: bool) -> Field:
    hidden = rights.hidden_columns.get(name, frozenset())
    locked = rights.locked_columns.get(name, frozenset())
    columns = {
        key: {**column, "readOnly": True} if key in locked else column
        for key, column in columns_of(field).items()
        if key not in hidden
    }
    required = [key for key in field["items"].get("required", ()) if key not in hidden | locked]
    return {**field, FIXED: fixed, "items": {**field["items"], "properties": columns, "required": required}}


def _by_field(names: Any) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, slash, column in (name.partition("/") for name in names):
        if slash:
            found[name] = found.get(name, frozenset()) | {column}
    return found


def _without(row: Any, columns: frozenset[str]) -> Any:
    return {key: value for key, value in row.items() if key not in columns} if isinstance(row, Mapping) else row
