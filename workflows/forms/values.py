"""From what a browser or an integrator sends to typed values, led by the schema."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from workflows.forms.fields import MAX_ROWS, Field, columns_of

Getlist = Callable[[str], list[str]]
PROPOSED = "~default"
"""Ends the name of the control that says what a new row came with, so that a row left alone counts as empty."""
KEPT_ROW = "~row"
"""Names the control that says that a row stands although nobody may type into all of it."""

_YES = frozenset({"on", "true", "1"})
# no powers of ten: 1E+999999999 would be reckoned with for minutes
_WRITTEN_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)


def from_fields(properties: Mapping[str, Mapping[str, Any]], getlist: Getlist, names: set[str]) -> dict[str, Any]:
    """Values of an HTML form. ``getlist(name)`` gives the texts of a control, ``names`` the controls there are.

    Nested names are joined with a hyphen: ``budget-meal``, ``lines-0-gift``. Keys outside the schema never get in.
    """
    values: dict[str, Any] = {}
    for name, field in properties.items():
        value = _field(field, name, getlist, names)
        if value is not None:
            values[name] = value
    return values


def _field(field: Mapping[str, Any], path: str, getlist: Getlist, names: set[str]) -> Any:
    if field.get("readOnly"):
        return None
    if "properties" in field:
        inner = {key: _field(sub, f"{path}-{key}", getlist, names) for key, sub in field["properties"].items()}
        return {key: value for key, value in inner.items() if value is not None}
    if field.get("type") == "array":
        return _list(field, path, getlist, names)
    texts = getlist(path)
    if field.get("type") == "boolean":
        # a box sends nothing while it is not ticked, so a hidden control says that it was there
        return any(text in _YES for text in texts) if any(texts) else None
    if field.get("x-widget") == "lookup":
        # without script there is a second control, for the code: what the first one holds is from before
        texts = texts[-1:]
    return _scalar(field, next((text for text in texts if text.strip()), ""))


def _list(field: Mapping[str, Any], path: str, getlist: Getlist, names: set[str]) -> list[Any] | None:
    if columns_of(field):
        pattern = re.compile(rf"{re.escape(path)}-(\d{{1,4}})-")
        numbers = sorted({int(match.group(1)) for name in names if (match := pattern.match(name))})
        rows = (_row(columns_of(field), f"{path}-{number}", getlist, names) for number in numbers)
        standing = (
            row or ({} if f"{path}-{number}-{KEPT_ROW}" in names else None)
            for number, row in zip(numbers, rows, strict=True)
        )
        # one more than there may be, so that too many are refused and not cut off
        return list(islice((row for row in standing if row is not None), MAX_ROWS + 1)) or None
    if field.get("x-widget") == "lines":
        lines = re.split(r"[\n、；;]", "\n".join(getlist(path)))
        return [line.strip() for line in lines if line.strip()] or None
    return [_scalar(field.get("items", {}), text) for text in getlist(path) if text.strip()] or None


def _row(columns: Mapping[str, Field], path: str, getlist: Getlist, names: set[str]) -> dict[str, Any] | None:
    """The row, or None where nobody typed anything into it."""
    found = {name: _field(column, f"{path}-{name}", getlist, names) for name, column in columns.items()}
    row = {name: value for name, value in found.items() if value is not None}
    if any(value is not False and not _is_proposed(f"{path}-{name}", getlist) for name, value in row.items()):
        return row
    return None


def _is_proposed(path: str, getlist: Getlist) -> bool:
    proposed = getlist(path + PROPOSED)
    return bool(proposed) and proposed == getlist(path)[-1:]


def _scalar(field: Mapping[str, Any], text: str) -> Any:
    text = text.strip()
    if text == "":
        return None
    kind = field.get("type")
    if kind in ("number", "integer"):
        return _number(kind, text)
    return text.replace("\r\n", "\n")


def _number(kind: str, text: str) -> Any:
    """A number as people type it, also ``１，２００．５０``; what is none stays text and the type check names it."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("¥", "").strip()
    if not _WRITTEN_NUMBER.fullmatch(plain):
        return text
    return _fitting(kind, Decimal(plain))


def _fitting(kind: str, number: Decimal) -> Decimal | int:
    return int(number) if kind == "integer" and number == number.to_integral_value() else number


def from_json(properties: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a JSON body: numbers (also as text) become Decimal, computed fields are left out, unknown keys stay in
    and are refused by the schema. ``null`` is an absent value.
    """
    return _of_record(properties, data, computed=False)


def from_stored(properties: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a case keeps them, those included that the form computed when it was submitted."""
    return _of_record(properties, data, computed=True)


def _of_record(properties: Mapping[str, Field], data: Mapping[str, Any], *, computed: bool) -> dict[str, Any]:
    return {
        name: _typed(properties.get(name, {}), value, computed=computed)
        for name, value in data.items()
        if value is not None and (computed or not properties.get(name, {}).get("readOnly"))
    }


def _typed(field: Field, value: Any, *, computed: bool) -> Any:
    """Goes only as deep as the schema does: what else is in there is refused as it is."""
    if isinstance(value, Mapping):
        return _of_record(field["properties"], value, computed=computed) if "properties" in field else value
    if isinstance(value, list):
        return [_typed(field["items"], item, computed=computed) for item in value] if "items" in field else value
    kind = field.get("type")
    if kind in ("number", "integer"):
        if isinstance(value, str):
            return _number(kind, value.strip())
        # not a number, or infinite: stays as it is, and the type check names it
        if isinstance(value, float) and math.isfinite(value):
            return _fitting(kind, Decimal(str(value)))
    return value
