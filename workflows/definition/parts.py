"""The parts of a process folder as far as they can be read, for checks and editors that must not stop at a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from lxml import etree

from workflows.checks.reading import read_diagram
from workflows.decisions import DecisionModel, read_decisions
from workflows.errors import DefinitionError
from workflows.forms import Form, read_form
from workflows.toml import TomlError, read_toml

MANIFEST = "process.toml"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What could be read. ``settings`` is ``process.toml`` as it stands and may hold anything."""

    settings: Mapping[str, Any]
    diagram_file: str
    root: etree._Element | None
    """``definitions`` of the diagram; None where it is missing, hostile or no BPMN."""
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionModel]


def read_parts(files: Mapping[str, bytes]) -> Parts:
    """Everything in the folder that can be read, whatever its bytes are. Never raises."""
    settings = _settings(files.get(MANIFEST, b""))
    file = diagram_file(files, settings)
    return Parts(
        settings=settings,
        diagram_file=file,
        root=_or_none(lambda: read_diagram(files[file], file)) if file in files else None,
        forms=_each(files, "forms/", ".json", _form),
        decisions=_each(files, "decisions/", ".dmn", _decisions),
    )


def diagram_file(files: Mapping[str, bytes], settings: Mapping[str, Any]) -> str:
    """The diagram that belongs to the folder's key, else the only one there is."""
    named = f"{settings.get('key', '')}.bpmn"
    drawn = [path for path in files if path.endswith(".bpmn")]
    return drawn[0] if named not in files and len(drawn) == 1 else named


def _settings(raw: bytes) -> dict[str, Any]:
    try:
        return read_toml(raw)
    except TomlError:
        return {}


def _each(files: Mapping[str, bytes], folder: str, suffix: str, read: Callable[[bytes, str], T | None]) -> dict[str, T]:
    found = {
        path.removeprefix(folder).removesuffix(suffix): read(raw, path)
        for path, raw in sorted(files.items())
        if path.startswith(folder) and path.endswith(suffix)
    }
    return {name: part for name, part in found.items() if part is not None}


# an editor checks at every stroke, and all files but one are what they were
@lru_cache(maxsize=256)
def _form(raw: bytes, file: str) -> Form | None:
    return _or_none(lambda: read_form(raw, file=file))


@lru_cache(maxsize=256)
def _decisions(raw: bytes, file: str) -> DecisionModel | None:
    return _or_none(lambda: read_decisions(raw, file=file))


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DefinitionError:
        return None
