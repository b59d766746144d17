"""A paper made from the fields of a form: what an owner begins with who has not drawn one yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.forms import Form
from workflows.forms.fields import Field, columns_of

_MOST_CELLS, _MOST_COLUMNS, _MOST_SIGNATURES = 3, 8, 8
_TWELVE = 12
_LISTED = ("textarea", "lines")


def propose_paper(form: Form, signing: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Rows for every field that can be printed, in the order of the form, and a place for each step that signs.

    ``signing`` has the id and the name of each of them.
    """
    elsewhere = {each[key] for each in form.properties.values() for key in ("x-total", "x-notes") if key in each}
    rows: list[list[dict[str, Any]]] = []
    for section in form.layout:
        names = [entry for entry in section.get("fields", ()) if entry[0] in form.properties]
        rows += _rows(form, [entry for entry in names if entry[0] not in elsewhere])
    signatures = [{"label": name, "step": step} for step, name in signing[:_MOST_SIGNATURES]]
    return {"rows": rows, **({"signatures": signatures} if signatures else {})}


def _rows(form: Form, entries: Sequence[Sequence[Any]]) -> Iterator[list[dict[str, Any]]]:
    """Narrow fields share a row as they do on the form; what needs room has one of its own."""
    row: list[dict[str, Any]] = []
    used = 0
    for name, width in entries:
        field = form.properties[name]
        if field.get("x-widget") == "files":
            continue
        own = _own_row(name, field)
        if row and (own or used + width > _TWELVE or len(row) == _MOST_CELLS):
            yield row
            row, used = [], 0
        if own:
            yield [own]
        else:
            row.append({"label": field["title"], "field": name})
            used += width
    if row:
        yield row


def _own_row(name: str, field: Field) -> dict[str, Any] | None:
    title = field["title"]
    if columns_of(field):
        return {"table": name, "columns": list(_columns(columns_of(field)))}
    if "properties" in field:
        block: dict[str, Any] = {"label": title, "amounts": name}
        return {
            **block,
            **({"total": field["x-total"]} if isinstance(field.get("x-total"), str) else {}),
            **({"notes": field["x-notes"]} if "x-notes" in field else {}),
        }
    wide = field.get("x-widget") in _LISTED or field.get("type") == "array"
    return {"label": title, "field": name, "wide": True} if wide else None


def _columns(columns: Mapping[str, Field]) -> Iterator[dict[str, Any]]:
    yield {"label": "序号", "number": True}
    for name, column in list(columns.items())[:_MOST_COLUMNS]:
        counts = column.get("type") in ("number", "integer")
        money = {"money": True} if counts and column.get("multipleOf") == 0.01 else {}
        total = {"total": True} if counts and column.get("x-total") else {}
        yield {"label": column["title"], "field": name, **money, **total}
