"""How the fields of a form and their values are written on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask import Flask

from webapp.i18n import translate_text
from webapp.rendering import long_day
from workflows.forms import shown
from workflows.forms.fields import MAX_ROWS, Field, columns_of, options_of
from workflows.forms.printing import plain_number, written_amount

_WIDTHS: Mapping[str, int] = {"lookup": 4, "textarea": 4, "check": 2, "number": 2, "integer": 2, "boolean": 2}
_SHOWN_ELSEWHERE = frozenset({"amounts", "files"})


def kind_of(field: Field) -> str:
    """How a field is laid out: ``amounts``, ``files``, ``rows``, ``group`` of controls, ``box`` to tick, ``single``."""
    widget = field.get("x-widget", "")
    if widget in _SHOWN_ELSEWHERE:
        return str(widget)
    if columns_of(field):
        return "rows"
    if field.get("readOnly"):
        return "single"
    if widget == "choice" or (field.get("type") == "array" and widget != "lines"):
        return "group"
    return "box" if field.get("type") == "boolean" else "single"


def choices_of(field: Field) -> list[tuple[str, str]]:
    """What there is to choose from, as a control sends it and as people call it."""
    if field.get("type") == "boolean":
        return [("true", "是"), ("false", "否")]
    return [(as_option(value), label) for value, label in options_of(field)]


def as_option(value: Any) -> str:
    """A value as a control sends it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def width_of(column: Field) -> int:
    """A column's share of twelve."""
    kind = column.get("x-widget") or column.get("type")
    width: int = column.get("x-width") or _WIDTHS.get(str(kind), 3)
    return width


def said_columns(field: Field, rows: Iterable[Mapping[str, Any]]) -> dict[str, Field]:
    """The columns in which some row says something; all of them where none does."""
    rows = [row for row in rows if isinstance(row, Mapping)]
    columns = columns_of(field)
    said = {key: column for key, column in columns.items() if any(row.get(key) not in (None, "") for row in rows)}
    return said or dict(columns)


def most_rows(field: Field) -> int:
    most: int = field.get("maxItems", MAX_ROWS)
    return min(most, MAX_ROWS)


def value_text(filling: Mapping[str, Any], field: Field, value: Any) -> str:
    """A value in the reader's words, with its unit."""
    if field.get("type") == "number" and field.get("multipleOf") == 0.01 and plain_number(value) is not None:
        text = written_amount(value)
    else:
        english = filling["english"]
        text = shown(field, value, label=filling["label"], say=lambda word: translate_text(english, word), day=long_day)
    unit = field.get("x-unit")
    return f"{text} {translate_text(filling['english'], unit)}" if text and unit else text


def total_of(column: Field, name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The sum of a column as far as it is filled with numbers."""
    total = sum((plain_number(row.get(name, "")) or Decimal(0) for row in rows), Decimal(0))
    return f"{total:,f}" if column.get("type") == "integer" else written_amount(total)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["as_option"] = as_option
    app.jinja_env.globals.update(
        choices_of=choices_of,
        columns_of=columns_of,
        kind_of=kind_of,
        most_rows=most_rows,
        said_columns=said_columns,
        total_of=total_of,
        value_text=value_text,
        width_of=width_of,
    )
