"""From what a browser or an integrator sends to typed values, led by the schema."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Getlist = Callable[[str], list[str]]
MAX_ROWS = 200

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
    # a look-up has two controls of one name, one with script and one without: the filled one counts
    return _scalar(field, next((text for text in texts if text.strip()), ""))


def _list(field: Mapping[str, Any], path: str, getlist: Getlist, names: set[str]) -> list[Any] | None:
    items = field.get("items", {})
    if "properties" in items:
        pattern = re.compile(rf"{re.escape(path)}-(\d{{1,4}})-")
        numbers = sorted({int(match.group(1)) for name in names if (match := pattern.match(name))})[:MAX_ROWS]
        rows = [_field(items, f"{path}-{number}", getlist, names) for number in numbers]
        return [row for row in rows if row] or None
    if field.get("x-widget") == "lines":
        lines = re.split(r"[\n、；;]", "\n".join(getlist(path)))
        return [line.strip() for line in lines if line.strip()] or None
    return [text for text in getlist(path) if text] or None


def _scalar(field: Mapping[str, Any], text: str) -> Any:
    text = text.strip()
    if text == "":
        return None
    kind = field.get("type")
    if kind in ("number", "integer"):
        return _number(kind, text)
    if kind == "boolean":
        return text in ("on", "true", "1")
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
    return {
        name: _typed(properties.get(name, {}), value)
        for name, value in data.items()
        if value is not None and not properties.get(name, {}).get("readOnly")
    }


def from_stored(properties: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a case keeps them, those included that the form computed when it was submitted."""
    computed = {name: {**field, "readOnly": False} for name, field in properties.items()}
    return from_json(computed, data)


def _typed(field: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_json(field.get("properties", {}), value)
    if isinstance(value, list):
        return [_typed(field.get("items", {}), item) for item in value]
    kind = field.get("type")
    if kind in ("number", "integer"):
        if isinstance(value, str):
            return _number(kind, value.strip())
        # not a number, or infinite: stays as it is, and the type check names it
        if isinstance(value, float) and math.isfinite(value):
            return _fitting(kind, Decimal(str(value)))
    return value
