"""What a rework changed, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from workflows.branches import split_place
from workflows.definition import ProcessDefinition
from workflows.forms import Form, from_stored

Change = dict[str, Any]
"""``form``, ``field`` and ``titles`` (of the field and its parts) say where; ``before``, ``after`` are plain values."""


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
    hidden = form.rights_at(step).hidden
    before, after = from_stored(form.properties, before), from_stored(form.properties, after)
    for name, field in form.properties.items():
        if name not in hidden:
            for titles, old, new in _parts([field.get("title", name)], field, before.get(name), after.get(name)):
                yield {"form": form.key, "field": name, "titles": titles, "before": old, "after": new}


def _parts(titles: list[str], field: Mapping[str, Any], old: Any, new: Any) -> Iterator[tuple[list[str], Any, Any]]:
    inner = field.get("properties")
    if inner and isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
        for name, part in inner.items():
            yield from _parts([*titles, part.get("title", name)], part, (old or {}).get(name), (new or {}).get(name))
    elif _plain(old) != _plain(new):
        yield titles, _plain(old), _plain(new)


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
