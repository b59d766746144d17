"""A form under another key, wherever its process speaks of it; and where that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from workflows.checks.reading import MODEL, SPIFF
from workflows.definition import ProcessFiles
from workflows.drafting.field_drawn import literal_parameters
from workflows.drafting.field_scopes import Folder, document_of
from workflows.drafting.spots import Text, json_spots, toml_spots, xml_tags
from workflows.toml import TomlError, read_toml

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What a form, and with it its file, may be called: steps, papers and scenarios know it by this key."""


@dataclass(frozen=True, kw_only=True)
class FormUse:
    """A place that needs the form: a step that fills or shows it, a paper."""

    file: str
    element: str
    name: str
    shows_only: bool = False


@dataclass(frozen=True, kw_only=True)
class _Place:
    file: str
    element: str
    name: str
    start: int
    end: int
    kind: str


def uses_of_form(files: ProcessFiles, form: str) -> list[FormUse]:
    """The steps that fill, sign or show the form, then papers that print it; what cannot be read has none."""
    found = [
        FormUse(file=each.file, element=each.element, name=each.name, shows_only=each.kind == "shows")
        for each in _places(Folder(files), form)
        if each.kind in ("form", "shows", "paper", "parameter")
    ]
    return sorted(dict.fromkeys(found), key=lambda use: (not use.file.endswith(".bpmn"), use.shows_only))


def rename_form(files: ProcessFiles, old: str, new: str) -> Mapping[str, bytes | None]:
    """What changes where the form ``old`` is called ``new``, which is taken by nothing; everything else stays."""
    folder = Folder(files)
    places: dict[str, dict[int, int]] = {}
    for place in _places(folder, old):
        places.setdefault(place.file, {})[place.start] = place.end
    changes: dict[str, bytes | None] = {
        file: _changed(folder.texts[file], found, new) for file, found in places.items()
    }
    own = f"forms/{old}.json"
    changes[f"forms/{new}.json"] = changes.get(own) or files[own]
    return {**changes, own: None}


def _changed(text: str, places: Mapping[int, int], new: str) -> bytes:
    for start in sorted(places, reverse=True):
        text = text[:start] + new + text[places[start] :]
    return text.encode()


def _places(folder: Folder, form: str) -> Iterator[_Place]:
    yield from _in_diagram(folder, form)
    yield from _in_files(folder, form)


def _in_diagram(folder: Folder, form: str) -> Iterator[_Place]:
    file = folder.parts.diagram_file
    elements = list(folder.root.iter("*")) if folder.root is not None else []
    tags = xml_tags(folder.texts[file]) if elements else []
    for element, tag in zip(elements, tags, strict=True):
        if "value" not in tag.attributes:
            continue
        text, holders = tag.attributes["value"], list(element.iterancestors(f"{{{MODEL}}}*"))
        owner = next((each for each in holders if each.get("id")), None)
        kind = _kind_in_diagram(element)
        if owner is not None and kind:
            for start, end in _said(text.text, form, kind):
                at = text.place(start, end)
                identity = owner.get("id") or ""
                yield _Place(
                    file=file,
                    element=identity,
                    name=owner.get("name") or identity,
                    start=at[0],
                    end=at[1],
                    kind=kind,
                )


def _kind_in_diagram(element: etree._Element) -> str:
    tag, name = element.tag, element.get("name")
    if tag == f"{{{SPIFF}}}property" and name in ("form", "shows"):
        return str(name)
    if tag == f"{{{SPIFF}}}parameter" and element.get("id") == "form":
        return "parameter" if literal_parameters(element.getparent()).get("do") == "start_case" else ""
    return ""


def _said(text: str, form: str, kind: str) -> Iterator[tuple[int, int]]:
    pattern = rf"(?<![^,\s]){re.escape(form)}(?![^,\s])"
    if kind == "parameter":
        pattern = rf"(?<=^['\"]){re.escape(form)}(?=['\"]$)"
    return (match.span() for match in re.finditer(pattern, text))


def _in_files(folder: Folder, form: str) -> Iterator[_Place]:
    for file, text in folder.texts.items():
        if file == f"forms/{form}.json" and form in folder.forms:
            found = [spot.text for spot in json_spots(text) if spot.path == ("key",) and not spot.is_key]
            yield from (_place(file, "key", form, each, "own") for each in found if each.text == form)
        if file.startswith(("papers/", "forms/")) and file.endswith(".json"):
            yield from _in_paper(file, text, form)
        elif file.startswith("scenarios/") and file.endswith(".toml"):
            yield from (_place(file, "expect", form, each, "scenario") for each in _in_scenario(text, form))


def _in_paper(file: str, text: str, form: str) -> Iterator[_Place]:
    """Whose values a paper prints, and of which form it has a line for each branch."""
    paper = document_of(text)
    title = str(paper.get("title") or file)
    for spot in json_spots(text) if paper else ():
        path = spot.path[1:] if spot.path[:1] == ("print",) else spot.path if file.startswith("papers/") else ()
        is_block = len(path) == 4 and path[0] == "rows" and path[3] == "branches"
        if (path == ("form",) or is_block) and not spot.is_key and spot.text.text == form:
            yield _place(file, "", title, spot.text, "paper")


def _in_scenario(text: str, form: str) -> Iterator[Text]:
    try:
        read_toml(text.encode())
    except TomlError:
        return
    for spot in toml_spots(text):
        is_call = len(spot.path) == 4 and spot.path[:2] == ("expect", "operations") and spot.path[3] == "form"
        if is_call and not spot.is_key and spot.text.text == form:
            yield spot.text


def _place(file: str, element: str, name: str, text: Text, kind: str) -> _Place:
    start, end = text.place(0, len(text.text))
    return _Place(file=file, element=element, name=name, start=start, end=end, kind=kind)
