"""Who gives a name where: the forms of a folder, and the branches of its diagram in which each is filled in.

Forms outside all branches share the names of the case: two fields that are called the same are one variable. A form
within a multi-instance sub-process has names of its own, which hide the outer ones there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from workflows.checks.reading import MODEL, local_name
from workflows.checks.tasks import properties_of
from workflows.definition import ProcessFiles
from workflows.definition.parts import Parts, read_parts
from workflows.forms.fields import columns_of
from workflows.json import read_json

Chain = tuple[str, ...]
"""The branches around something, the outermost first, by the ids of their sub-processes."""
_BRANCHES = f"{{{MODEL}}}multiInstanceLoopCharacteristics"


class Folder:
    """The files as text, the forms as they are written, and the branches around each, as far as they can be read."""

    def __init__(self, files: ProcessFiles) -> None:
        self.texts = {path: text for path, raw in sorted(files.items()) if (text := _text(raw)) is not None}
        self.unreadable = [path for path in files if path not in self.texts]
        self.parts: Parts = read_parts(files)
        self.root = self.parts.root
        self.forms = {path[6:-5]: form for path, form in self._forms()}
        self._chains = self._chains_of_forms()
        self._items = {name: chain for chain, name in self._loop_items()}

    def _forms(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, text in self.texts.items():
            if path.startswith("forms/") and path.endswith(".json"):
                form = document_of(text)
                if fields_of(form) is None:
                    self.unreadable.append(path)
                else:
                    yield path, form

    def fields(self, form: str) -> Mapping[str, Any]:
        return fields_of(self.forms.get(form, {})) or {}

    def title(self, form: str) -> str:
        return str(self.forms.get(form, {}).get("title") or form)

    def steps(self) -> Iterator[etree._Element]:
        return self.root.iter(f"{{{MODEL}}}userTask") if self.root is not None else iter(())

    def _chains_of_forms(self) -> dict[str, Chain]:
        found: dict[str, Chain] = {}
        for step in self.steps():
            form, chain = properties_of(step).get("form", ""), chain_of(step)
            found[form] = _common(found[form], chain) if form in found else chain
        return found

    def _loop_items(self) -> Iterator[tuple[Chain, str]]:
        for loop in self.root.iter(_BRANCHES) if self.root is not None else ():
            holder = loop.getparent()
            if holder is None:
                continue
            for item in loop:
                if isinstance(item.tag, str) and local_name(item) == "inputDataItem":
                    chain = (*chain_of(holder), holder.get("id") or "")
                    yield from ((chain, name) for name in (item.get("id"), item.get("name")) if name)

    def chain_of_form(self, form: str) -> Chain:
        return self._chains.get(form, ())

    def giver(self, name: str, chain: Chain) -> Chain | None:
        """The innermost place around ``chain`` where a form or a branch gives the name; None where nothing does."""
        for length in range(len(chain), -1, -1):
            place = chain[:length]
            if self._items.get(name) == place or any(self.forms_giving(name, place)):
                return place
        return None

    def forms_giving(self, name: str, chain: Chain) -> list[str]:
        """The forms of exactly this place that have the field."""
        return [form for form in self.forms if self.chain_of_form(form) == chain and name in self.fields(form)]

    def loop_items(self) -> Mapping[str, Chain]:
        return self._items


def chain_of(element: etree._Element) -> Chain:
    """The branches around an element of the diagram."""
    around = [
        each.get("id") or ""
        for each in element.iterancestors(f"{{{MODEL}}}subProcess")
        if each.find(_BRANCHES) is not None
    ]
    return tuple(reversed(around))


def columns_in(field: Any) -> Mapping[str, Any]:
    """The columns of a field of rows, or the parts of a record; nothing for what is no such field."""
    if not isinstance(field, Mapping):
        return {}
    inner = columns_of(field) or field.get("properties", {})
    return inner if isinstance(inner, Mapping) else {}


def document_of(text: str) -> dict[str, Any]:
    """A JSON file as an object; empty where it is none."""
    try:
        document = read_json(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def fields_of(form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The fields of a form as it is written; None where it has none that can be read."""
    schema = form.get("schema")
    fields = schema.get("properties") if isinstance(schema, Mapping) else None
    return fields if isinstance(fields, Mapping) else None


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _common(one: Chain, other: Chain) -> Chain:
    length = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[:length] if length is not None else min(one, other, key=len)
