"""Values as people read them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workflows.forms.fields import Field, columns_of, labels_of

Say = Callable[[str], str]
YES, NO = "是", "否"


def shown(
    field: Field, value: Any, *, label: Callable[[str, str], str | None] | None = None, say: Say = str, day: Say = str
) -> str:
    """A value in words: options and looked-up codes by their labels, yes and no, lists with 、 between.

    ``label`` knows registers (``lookups(session).label``), ``say`` translates labels, ``day`` writes dates. Rows become
    one line each. Nothing for nothing; what is not of the field's kind is shown as it is.
    """
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, list | tuple):
        columns = columns_of(field)
        if columns:
            return "\n".join(_row(columns, row, label, say, day) for row in value if isinstance(row, dict))
        part = field.get("items", field)
        return "、".join(shown(part, each, label=label, say=say, day=day) for each in value)
    return _one(field, value, label, say, day)


def _row(columns: Any, row: dict[str, Any], label: Any, say: Say, day: Say) -> str:
    cells = ((column, row.get(name)) for name, column in columns.items())
    texts = (shown(column, value, label=label, say=say, day=day) for column, value in cells)
    return " · ".join(filter(None, texts))


def _one(field: Field, value: Any, label: Any, say: Say, day: Say) -> str:
    if isinstance(value, bool):
        return say(YES if value else NO)
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    options = labels_of(field)
    if text in options:
        return say(options[text])
    if field.get("x-source") and label is not None:
        return label(field["x-source"], text) or text
    return day(text) if field.get("format") == "date" else text
