"""What a field of a form is made of, and the way through its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Field = Mapping[str, Any]
MAX_ROWS = 200
"""More rows than that nobody reads; a form's ``maxItems`` may say less."""


def columns_of(field: Field) -> Mapping[str, Field]:
    """The columns of a field of rows; nothing for any other field."""
    items = field.get("items")
    columns: Mapping[str, Field] = items.get("properties", {}) if isinstance(items, Mapping) else {}
    return columns


def labels_of(field: Field) -> Mapping[str, str]:
    """What people call the values of a field that is chosen from a list, or of each value of a field of several."""
    items = field.get("items")
    labels: Mapping[str, str] = field.get("x-labels") or (items or {}).get("x-labels") or {}
    return labels


def options_of(field: Field) -> list[tuple[Any, str]]:
    """The values to choose from, each with what people call it."""
    labels = labels_of(field)
    values = field.get("enum") or field.get("items", {}).get("enum") or ()
    return [(value, labels.get(str(value), str(value))) for value in values]


def leaves(properties: Mapping[str, Field], values: Mapping[str, Any]) -> Iterator[tuple[str, Field, Any]]:
    """Each filled field with its path (``lines-0-gift``), those in records and rows included. Values may be anything:
    what is not of the shape that the schema gives is a leaf itself.
    """
    for name, field in properties.items():
        value = values.get(name)
        if value in (None, "", [], {}):
            continue
        columns = columns_of(field)
        if "properties" in field and isinstance(value, Mapping):
            yield from _below(name, field["properties"], value)
        elif columns and isinstance(value, list):
            for index, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _below(f"{name}-{index}", columns, row)
        else:
            yield name, field, value


def _below(path: str, properties: Mapping[str, Field], values: Mapping[str, Any]) -> Iterator[tuple[str, Field, Any]]:
    for inner, field, value in leaves(properties, values):
        yield f"{path}-{inner}", field, value


def sources_of(properties: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """The register behind each field that is looked up, in lists and rows too, by the place of the field."""
    for name, field in properties.items():
        for part in (field, field.get("items", {})):
            if part.get("x-source"):
                yield name, part["x-source"]
        for inner, source in sources_of(field.get("properties") or columns_of(field)):
            yield f"{name}/{inner}", source
