"""What forms ask of registers: whether a code is there, what it is called, and what it brings along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from workflows.forms.fields import Field, columns_of, leaves


class Lookups(Protocol):
    """The registers. Whoever implements it asks for all codes of a register at once."""

    def labels(self, source: str, codes: Collection[str]) -> Mapping[str, str]:
        """The labels of those codes that there are."""

    def entries(self, source: str, codes: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """What the register knows of those codes that there are."""


class AnyCode:
    """Registers in which every code is there and nothing is known about it: for forecasts and rehearsed scenarios."""

    def labels(self, source: str, codes: Collection[str]) -> Mapping[str, str]:
        return {code: code for code in codes}

    def entries(self, source: str, codes: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        return {}


def labels_by_path(properties: Mapping[str, Field], values: Mapping[str, Any], lookups: Lookups) -> dict[str, str]:
    """The label behind each looked-up code, by the path of its field; a code that is not there is its own label."""
    codes = {path: (field["x-source"], value) for path, field, value in _coded(properties, values)}
    known = _by_source(codes.values(), lookups.labels)
    return {path: known[source].get(code, code) for path, (source, code) in codes.items()}


def unknown_codes(properties: Mapping[str, Field], values: Mapping[str, Any], lookups: Lookups) -> dict[str, Field]:
    """The fields whose code is not in its register, by their paths. What nobody typed is nobody's mistake."""
    typed = [found for found in _coded(properties, values) if not found[1].get("readOnly")]
    known = _by_source([(field["x-source"], code) for _path, field, code in typed], lookups.labels)
    return {path: field for path, field, code in typed if code not in known[field["x-source"]]}


def fill_in(
    properties: Mapping[str, Field], values: Mapping[str, Any], lookups: Lookups, locked: Collection[str]
) -> dict[str, Any]:
    """The values with what looked-up entries bring along (``x-fills``).

    A field that may be typed is filled where it is empty; a read-only one is what the entry says, or nothing.
    ``locked`` fields keep what they have: the register may say something else by now.
    """
    asked = [(field["x-source"], code) for _path, field, code in _coded(properties, values) if field.get("x-fills")]
    known = _by_source(asked, lookups.entries)
    found = _filled(properties, values, known, locked)
    for name, field in properties.items():
        columns, rows = columns_of(field), found.get(name)
        if name not in locked and isinstance(rows, list) and any("x-fills" in column for column in columns.values()):
            found[name] = [_filled(columns, row, known) if isinstance(row, Mapping) else row for row in rows]
    return found


def _coded(properties: Mapping[str, Field], values: Mapping[str, Any]) -> list[tuple[str, Field, str]]:
    found = []
    for path, field, value in leaves(properties, values):
        part = field.get("items", {})
        if field.get("x-source") and isinstance(value, str):
            found.append((path, field, value))
        elif isinstance(value, list) and part.get("x-source"):
            about = {**part, "readOnly": field.get("readOnly", False)}
            found += [(f"{path}-{index}", about, code) for index, code in enumerate(value) if isinstance(code, str)]
    return found


def _by_source(asked: Collection[tuple[str, str]], ask: Any) -> dict[str, Mapping[str, Any]]:
    codes: dict[str, set[str]] = defaultdict(set)
    for source, code in asked:
        codes[source].add(code)
    return {source: ask(source, found) for source, found in codes.items()}


def _filled(
    properties: Mapping[str, Field],
    record: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    locked: Collection[str] = (),
) -> dict[str, Any]:
    found = dict(record)
    for name, field in properties.items():
        code = record.get(name)
        entry = known.get(field.get("x-source", ""), {}).get(code, {}) if isinstance(code, str) else {}
        for target, part in field.get("x-fills", {}).items():
            if target in locked:
                continue
            if properties[target].get("readOnly"):
                found.pop(target, None)
            value = as_typed(properties[target], entry.get(part))
            if value not in (None, "") and found.get(target) in (None, ""):
                found[target] = value
    return found


def as_typed(field: Field, value: Any) -> Any:
    """A register's value as the field would have it typed."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if field.get("type") in ("number", "integer") or value is None:
        return value
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
