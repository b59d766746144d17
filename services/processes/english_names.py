"""The Chinese texts of a draft with their English: what is missing, and ``en.toml`` with what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.database import transaction
from services.processes.drafts import change_files, get_draft
from services.types import Actor
from workflows.decisions import DecisionTable
from workflows.definition import ProcessFiles
from workflows.definition.papers import read_papers
from workflows.definition.parts import Parts
from workflows.drafting.settings import edit_toml, read_toml

FILE = "en.toml"
_LONGEST = 1_000
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@dataclass(frozen=True, kw_only=True)
class Text:
    """One text that people read; ``english`` is empty where nobody has written it yet."""

    chinese: str
    english: str
    where: str
    """``settings``, ``diagram``, ``forms``, ``tables``, ``papers``, or ``unused`` for what no part says any more."""


def list_texts(files: ProcessFiles, parts: Parts, shared: Mapping[str, str]) -> list[Text]:
    """Every Chinese text of the folder, as far as it can be read, in its order; then what is left over in ``en.toml``.

    ``shared`` is the English that the program has itself for words such as 同意, which no process needs to repeat.
    Raises DefinitionError where ``en.toml`` cannot be read.
    """
    english = read_toml(files.get(FILE, b""), FILE)
    found = {text: where for where, text in reversed(list(_texts(files, parts))) if is_chinese(text)}
    used = [
        Text(chinese=text, english=str(english.get(text) or shared.get(text, "")), where=where)
        for text, where in found.items()
    ][::-1]
    unused = [
        Text(chinese=text, english=str(value), where="unused")
        for text, value in english.items()
        if text not in found and isinstance(value, str)
    ]
    return used + unused


def is_chinese(text: str) -> bool:
    return any(0x3400 <= ord(character) <= 0x9FFF for character in text)


def _texts(files: ProcessFiles, parts: Parts) -> Iterator[tuple[str, str]]:
    yield from (("settings", text) for text in _of_settings(parts.settings))
    if parts.root is not None:
        for element in parts.root.iter(f"{_BPMN}*"):
            yield "diagram", str(element.get("name") or "")
        for told in parts.root.iter("{*}property"):
            if told.get("name") == "comment_refusal":
                yield "diagram", str(told.get("value") or "")
    for form in parts.forms.values():
        yield from (("forms", text) for text in form.texts())
    for model in parts.decisions.values():
        for decision in model.decisions:
            if isinstance(decision.logic, DecisionTable):
                yield "tables", decision.name
                yield from (("tables", column.label) for column in decision.logic.inputs)
                yield from (("tables", column.label) for column in decision.logic.outputs)
                yield from (("tables", rule.description) for rule in decision.logic.rules)
    papers, _unreadable = read_papers(files, parts.forms)
    yield from (("papers", paper.title) for paper in papers.values())


def _of_settings(settings: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(settings.get(key, "")) for key in ("title", "description", "category"))
    outcomes, cancel = settings.get("outcomes"), settings.get("cancel")
    yield from (str(label) for label in outcomes.values()) if isinstance(outcomes, Mapping) else ()
    yield str(cancel.get("refusal", "")) if isinstance(cancel, Mapping) else ""


def save_english(actor: Actor, key: str, typed: Mapping[str, str], *, revision: int, now: datetime) -> int:
    """Write the English of the texts in ``typed`` into the draft, empty ones taken away; the draft's new revision.

    Raises Overtaken, DefinitionError where ``en.toml`` cannot be read, NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
    changes = {text: english.strip()[:_LONGEST] or None for text, english in typed.items()}
    raw = edit_toml(draft.files.get(FILE, b""), changes, FILE)
    return change_files(actor, key, {FILE: raw}, revision=revision, now=now)
