"""What an editor may offer at the places of a process: posts, operations, functions, fields, names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.operations import OPERATIONS, UNDO
from services.people.models import DbDepartment, DbPost, DbUser
from services.people.organisation import DEPARTMENT_HEAD, STARTER
from services.processes.words import ENGINE_WORDS, ENTRY_WORDS, FACT_WORDS, KNOWLEDGE_WORDS, KNOWN, SOURCE_WORDS
from workflows.checks.reading import MODEL
from workflows.decisions import DecisionModel, DecisionTable, names_read
from workflows.definition import ENGINE_NAMES, ProcessFiles
from workflows.definition.names import assigned_names
from workflows.definition.parts import Parts, read_parts
from workflows.expressions.words import FUNCTION_WORDS
from workflows.forms import Form
from workflows.forms.fields import columns_of, options_of

MAX_PEOPLE = 2_000


def vocabulary(session: Session, files: ProcessFiles) -> dict[str, Any]:
    """Everything of the company, the program and the folder that the process may name; plain values for JSON.

    What cannot be read in the folder is left out. Never raises for what the files say.
    """
    parts = read_parts(files)
    return {
        **_company(session),
        **program_words(),
        "forms": [_form(name, form) for name, form in parts.forms.items()],
        "decisions": [_decision(name, model) for name, model in parts.decisions.items()],
        "names": list(names_of_folder(parts)),
        "messages": _messages(parts),
    }


def program_words() -> dict[str, Any]:
    """What the program itself offers, whatever the process."""
    return {
        "operations": [_operation(name) for name in sorted(OPERATIONS)],
        "functions": [
            {"name": name, "signature": words.signature, "title": words.title, "example": words.example}
            for name, words in FUNCTION_WORDS.items()
        ],
        "facts": _titled(FACT_WORDS),
        "knowledge": [
            {"name": name, "title": title, "gives": sorted(KNOWN.knowledge_names[name])}
            for name, title in KNOWLEDGE_WORDS.items()
        ],
        "sources": [
            {"name": name, "title": title, "entries": _titled(ENTRY_WORDS[name])}
            for name, title in SOURCE_WORDS.items()
        ],
    }


def _company(session: Session) -> dict[str, Any]:
    people = session.execute(
        select(DbUser.username, DbUser.name).where(DbUser.active).order_by(DbUser.id).limit(MAX_PEOPLE)
    )
    return {
        "posts": [STARTER, DEPARTMENT_HEAD, *session.scalars(select(DbPost.name).order_by(DbPost.name))],
        "departments": list(session.scalars(select(DbDepartment.name).order_by(DbDepartment.name))),
        "people": [{"username": row.username, "name": row.name} for row in people],
    }


def _titled(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "title": title} for name, title in words.items()]


def _operation(name: str) -> dict[str, Any]:
    words = KNOWN.operations[name]
    return {
        "name": name,
        "title": words.title,
        "parameters": [
            {"name": each.name, "title": each.title, "required": each.required} for each in words.parameters
        ],
        "gives": list(words.gives),
        "undo": name in UNDO,
    }


def _form(name: str, form: Form) -> dict[str, Any]:
    return {
        "name": name,
        "title": form.title,
        "fields": [_field(key, about) for key, about in form.properties.items()],
    }


def _field(name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "name": name,
        "title": about.get("title") or name,
        "type": about.get("format") or about.get("type", ""),
        "widget": about.get("x-widget", ""),
        "choices": [{"value": value, "label": label} for value, label in options_of(about)],
    }
    columns = columns_of(about)
    return {**found, "columns": [_field(key, column) for key, column in columns.items()]} if columns else found


def _decision(name: str, model: DecisionModel) -> dict[str, Any]:
    named = {decision.name: decision for decision in model.decisions}
    main = named.get(name) or (model.decisions[-1] if model.decisions else None)
    outputs = [output for decision in model.decisions for output in decision.output_names]
    return {
        "name": name,
        "title": main.name if main and main.name != name else model.name or name,
        "inputs": sorted(_inputs(model)),
        "outputs": list(dict.fromkeys(outputs)),
    }


def _inputs(model: DecisionModel) -> set[str]:
    return {name for decision in model.decisions for name in names_read(model, decision.name)}


def names_of_folder(parts: Parts) -> Iterator[dict[str, str]]:
    """Every name that an expression of the process may read, what it is called and where it comes from, each once."""
    seen: set[str] = set()
    for name, title, source in _named(parts):
        if name not in seen:
            seen.add(name)
            yield {"name": name, "title": title, "from": source}


def _named(parts: Parts) -> Iterator[tuple[str, str, str]]:
    for form in parts.forms.values():
        for name, about in form.properties.items():
            yield name, str(about.get("title") or name), form.title
    for model in parts.decisions.values():
        for decision in model.decisions:
            if isinstance(decision.logic, DecisionTable):
                for output in decision.logic.outputs:
                    yield output.name or decision.name, str(output.label or decision.name), decision.name
            else:
                yield decision.name, decision.name, decision.name
    brought = {name: title for words in KNOWN.operations.values() for name, title in words.gives.items()}
    provides = parts.settings.get("provides")
    for name in provides if isinstance(provides, list) else ():
        yield str(name), brought.get(str(name), str(name)), "provides"
    variables = parts.settings.get("variables")
    for name in variables if isinstance(variables, dict) else ():
        yield str(name), str(brought.get(name, name)), "variables"
    for name in sorted(assigned_names(parts.root)) if parts.root is not None else ():
        yield name, name, "script"
    for name in sorted(ENGINE_NAMES):
        yield name, ENGINE_WORDS[name], "engine"


def _messages(parts: Parts) -> list[str]:
    if parts.root is None:
        return []
    names = (message.get("name") for message in parts.root.iter(f"{{{MODEL}}}message"))
    return sorted({name for name in names if name})
