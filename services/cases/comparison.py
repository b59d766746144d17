"""What a rework changed, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from workflows.branches import split_place
from workflows.definition import ProcessDefinition
from workflows.forms import Form, from_stored
from workflows.forms.fields import Field, columns_of

Change = dict[str, Any]
"""``form``, ``field`` and ``titles`` (of the field and its parts) say where; ``before``, ``after`` are plain values.

In a field of rows ``row`` is the number of the row, counted from 1: a changed cell has the column in ``titles``, a row
that came or went is one change, with the whole row as its value.
"""


def changes(
    definition: ProcessDefinition, before: Mapping[str, Any], after: Mapping[str, Any], *, step: str
) -> list[Change]:
    """The fields that differ between two stored states of a case's forms, as far as ``step`` may see them."""
    found = []
    for key, form in definition.forms.items():
        for place in dict.fromkeys((key, *_branches(key, before), *_branches(key, after))):
            found += list(_of_form(form, before.get(place, {}), after.get(place, {}), step))
    return found


def _branches(form: str, places: Mapping[str, Any]) -> Iterator[str]:
    return (place for place in places if split_place(place) == (form, split_place(place)[1]))


def _of_form(form: Form, before: Mapping[str, Any], after: Mapping[str, Any], step: str) -> Iterator[Change]:
    rights = form.rights_at(step)
    before, after = (rights.visible(from_stored(form.properties, values)) for values in (before, after))
    for name, field in form.seen_at(step, after).properties.items():
        if name not in rights.hidden:
            title, old, new = field.get("title", name), before.get(name), after.get(name)
            found = _rows(title, field, old, new) if columns_of(field) else _parts([title], field, old, new)
            for part in found:
                yield {"form": form.key, "field": name, **part}


def _parts(titles: list[str], field: Field, old: Any, new: Any) -> Iterator[Change]:
    inner = field.get("properties")
    if inner and isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
        for name, part in inner.items():
            yield from _parts([*titles, part.get("title", name)], part, (old or {}).get(name), (new or {}).get(name))
    elif _plain(old) != _plain(new):
        yield {"titles": titles, "before": _plain(old), "after": _plain(new)}


def _rows(title: str, field: Field, old: Any, new: Any) -> Iterator[Change]:
    """By row: those that are the same wherever they stand now are no change, those that are alike are compared."""
    before, after = ([_plain(row) for row in rows or () if isinstance(row, Mapping)] for rows in (old, new))
    pairs = _alike(before, after)
    for place, row in enumerate(after):
        was = pairs.get(place)
        if was is None:
            yield {"titles": [title], "row": place + 1, "before": "", "after": row}
            continue
        for name, column in columns_of(field).items():
            for part in _parts([title, column.get("title", name)], column, before[was].get(name), row.get(name)):
                yield {**part, "row": place + 1}
    for place in sorted(set(range(len(before))) - set(pairs.values())):
        yield {"titles": [title], "row": place + 1, "before": before[place], "after": ""}


def _alike(before: list[Any], after: list[Any]) -> dict[int, int]:
    """The place each row had before, the likest and nearest first; rows that share no cell are not the same row."""
    candidates = [
        (old != new, -_shared(old, new), abs(now - was), now, was)
        for now, new in enumerate(after)
        for was, old in enumerate(before)
        if _shared(old, new)
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for *_likeness, now, was in sorted(candidates):
        if now not in pairs and was not in taken:
            pairs[now] = was
            taken.add(was)
    return pairs


def _shared(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    return sum(value != "" and old.get(name) == value for name, value in new.items())


def _plain(value: Any) -> Any:
    """Values as a person would compare them: nothing is nothing, and amounts are what they are, not how typed."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, bool) else str(value)
