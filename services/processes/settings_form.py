"""The settings of a draft as a form shows them, what was typed into it, and the draft with that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import DbCounter
from services.database import transaction
from services.errors import InvalidInput
from services.processes.drafts import change_files, get_draft
from services.processes.prefixes import find_prefix_owner
from services.processes.words import KNOWLEDGE_WORDS, KNOWN
from services.types import Actor
from workflows.definition import ProcessFiles
from workflows.definition.parts import MANIFEST, Parts
from workflows.definition.reading import settings_problems
from workflows.drafting.settings import edit_toml, read_toml, unknown_keys

EVERYBODY = "*"
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_FIELD = re.compile(r"\{(\w+)\}")
TEXTS = ("title", "description", "category", "number", "subject", "amount", "day", "nobody", "same_approver")
_REQUIRED = {"title": "请填写流程的名称", "number": "请填写编号前缀", "subject": "请填写事项名称的样式"}
_DEFAULTS = {"nobody": "superior", "same_approver": "again"}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What was typed into the form, as it came."""

    texts: Mapping[str, str]
    starters: tuple[str, ...]
    facts: tuple[str, ...]
    provides: tuple[str, ...]
    compensation: tuple[str, ...]
    cancel_when: str
    cancel_refusal: str
    outcomes: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str, str], ...]
    """Name, what it is about, and the posts that may send it, separated by commas."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A variable that an operation of the diagram brings, or that was entered as if one did."""

    name: str
    title: str
    operations: tuple[str, ...]
    """What the operations that bring it are called; empty where the diagram has none."""
    entered: bool


@dataclass(frozen=True, kw_only=True)
class SettingsView:
    """A draft's settings with everything that their form offers."""

    typed: Typed
    unknown: tuple[str, ...]
    brought: tuple[Brought, ...]
    amounts: tuple[tuple[str, str], ...]
    days: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...] = field(default=())
    """Fields that the subject may name."""


def view_settings(files: ProcessFiles, parts: Parts) -> SettingsView:
    """What the form shows. Raises DefinitionError where ``process.toml`` cannot be read."""
    document = read_toml(files.get(MANIFEST, b""), MANIFEST)
    typed = typed_from(document)
    fields = [(name, about) for form in parts.forms.values() for name, about in form.properties.items()]
    titled = {name: str(about.get("title") or name) for name, about in fields}
    return SettingsView(
        typed=typed,
        unknown=tuple(unknown_keys(document)),
        brought=tuple(_brought(parts, typed.provides)),
        amounts=tuple(_of_kind(fields, titled, ("number", "integer"))),
        days=tuple((name, titled[name]) for name, about in fields if about.get("format") == "date"),
        names=tuple(titled.items()),
    )


def _of_kind(
    fields: list[tuple[str, Mapping[str, Any]]], titled: Mapping[str, str], kinds: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    return ((name, titled[name]) for name, about in fields if about.get("type") in kinds)


def typed_from(document: Mapping[str, Any]) -> Typed:
    """A ``process.toml`` as if it had been typed; what has the wrong shape is shown as text."""
    cancel = _table(document, "cancel")
    return Typed(
        texts={name: str(document.get(name, _DEFAULTS.get(name, ""))) for name in TEXTS},
        starters=_texts(document.get("starters")),
        facts=_texts(document.get("facts")),
        provides=_texts(document.get("provides")),
        compensation=_texts(_table(document, "compensation").get("operations")),
        cancel_when=str(cancel.get("when", "")),
        cancel_refusal=str(cancel.get("refusal", "")),
        outcomes=tuple((name, str(label)) for name, label in _table(document, "outcomes").items()),
        variables=tuple((name, written(value)) for name, value in _table(document, "variables").items()),
        messages=tuple(
            (name, str(rule.get("about", "")), "，".join(_texts(rule.get("senders"))))
            for name, rule in _table(document, "messages").items()
            if isinstance(rule, Mapping)
        ),
    )


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def written(value: Any) -> str:
    """A variable's value as it is typed: texts in quotation marks only where they would be read as something else."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "[]" if not value else str(value)
    text = str(value)
    return f'"{text}"' if isinstance(value, str) and not isinstance(_read(text), str) else text


def _read(text: str) -> Any:
    """The value behind what was typed: 是, 否, a number, ``[]`` for an empty list, and text otherwise."""
    text = text.strip()
    if text in ("是", "否", "true", "false"):
        return text in ("是", "true")
    if text == "[]":
        return []
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number) > 10**15:
        return text
    return int(number) if number == number.to_integral_value() and "." not in text else float(number)


def _brought(parts: Parts, entered: tuple[str, ...]) -> Iterator[Brought]:
    titles: dict[str, str] = {}
    sources: dict[str, list[str]] = {}
    for operation in (KNOWN.operations[name] for name in _operators(parts) if name in KNOWN.operations):
        for gives, title in operation.gives.items():
            titles[gives] = title
            sources.setdefault(gives, []).append(operation.title)
    for name in {name for form in parts.forms.values() for name in form.knows if name in KNOWN.knowledge_names}:
        for gives in KNOWN.knowledge_names[name]:
            sources.setdefault(gives, []).append(KNOWLEDGE_WORDS[name])
    for name in dict.fromkeys((*entered, *sources)):
        found = tuple(dict.fromkeys(sources.get(name, ())))
        yield Brought(name=name, title=titles.get(name, name), operations=found, entered=name in entered)


def _operators(parts: Parts) -> list[str]:
    """The operations of the diagram's service tasks, each once."""
    if parts.root is None:
        return []
    found = (str(each.get("id") or "") for each in parts.root.iter("{*}serviceTaskOperator"))
    return list(dict.fromkeys(found))


def next_number(session: Session, prefix: str, year: int) -> str:
    """What the next case would be numbered; nothing is counted."""
    last = session.scalar(select(DbCounter.last).where(DbCounter.prefix == prefix, DbCounter.year == year)) or 0
    return f"{prefix}-{year}-{last + 1:04d}"


def preview_subject(subject: str, names: tuple[tuple[str, str], ...]) -> str:
    """The subject with the titles of its fields in their places."""
    titles = dict(names)
    return _FIELD.sub(lambda match: f"〈{titles.get(match[1], match[1])}〉", subject)


def save_settings(actor: Actor, key: str, typed: Typed, *, revision: int, now: datetime) -> int:
    """Write the settings into the draft; its new revision.

    Raises InvalidInput by the names of the form's fields, Overtaken where somebody else changed the settings since,
    DefinitionError where ``process.toml`` cannot be read, NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
        owner = find_prefix_owner(session, typed.texts["number"], besides=key)
    errors = _wrong(typed)
    if owner is not None:
        errors.setdefault("number", []).append("这个编号前缀已由另一个流程使用，请换一个")
    before = draft.files.get(MANIFEST, b"")
    raw = edit_toml(before, _changes(typed, read_toml(before, MANIFEST)), MANIFEST)
    if not errors:
        for problem in settings_problems(read_toml(raw, MANIFEST)):
            errors.setdefault(problem.element.replace(".", "-"), []).append(problem.message)
    if errors:
        raise InvalidInput(errors)
    return change_files(actor, key, {MANIFEST: raw}, revision=revision, now=now)


def _wrong(typed: Typed) -> dict[str, list[str]]:
    errors = {name: [text] for name, text in _REQUIRED.items() if not typed.texts[name].strip()}
    if "number" not in errors and not _PREFIX.fullmatch(typed.texts["number"]):
        errors["number"] = ["编号前缀用大写英文字母开头，只含大写字母和数字，最多 8 个，例如 ZD"]
    if not typed.starters:
        errors["starters"] = ["请选择谁可以发起"]
    for table in ("outcomes", "variables", "messages"):
        names = [row[0] for row in getattr(typed, table)]
        if any(not _NAME.fullmatch(name) for name in names):
            errors[table] = ["名称用英文字母开头，只含字母、数字和下划线"]
        elif len(set(names)) < len(names):
            errors[table] = ["名称不能重复"]
    return errors


def _changes(typed: Typed, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says as values of the file; None for what is not written because it is the default.

    What the form cannot show of a value, such as a record among the variables, stays as it was.
    """
    texts = {name: value for name, value in typed.texts.items() if name not in _DEFAULTS}
    cancel = {**_table(before, "cancel"), "when": typed.cancel_when, "refusal": typed.cancel_refusal}
    variables, messages = _table(before, "variables"), _table(before, "messages")
    operations = _table(before, "compensation").get("operations")
    return {
        **{name: value or (None if name not in _REQUIRED else "") for name, value in texts.items()},
        **{
            name: None if typed.texts[name] == default and name not in before else typed.texts[name]
            for name, default in _DEFAULTS.items()
        },
        "starters": [EVERYBODY] if EVERYBODY in typed.starters else _as_before(typed.starters, before.get("starters")),
        "facts": _as_before(typed.facts, before.get("facts")) or None,
        "provides": _as_before(typed.provides, before.get("provides")) or None,
        "variables": {
            name: variables[name] if name in variables and written(variables[name]) == value else _read(value)
            for name, value in typed.variables
        },
        "cancel": {name: value for name, value in cancel.items() if value},
        "compensation": {"operations": _as_before(typed.compensation, operations)} if typed.compensation else None,
        "outcomes": dict(typed.outcomes),
        "messages": {name: _message(_table(messages, name), about, senders) for name, about, senders in typed.messages},
    }


def _as_before(chosen: tuple[str, ...], before: Any) -> list[str]:
    """What was chosen, in the order in which it stood before: boxes to tick have none of their own."""
    stood = [each for each in _texts(before) if each in chosen]
    return [*stood, *(each for each in chosen if each not in stood)]


def _message(before: Mapping[str, Any], about: str, senders: str) -> dict[str, Any]:
    posts = [post.strip() for post in re.split(r"[,，、\n]", senders) if post.strip()]
    changed = {**before, "about": about, "senders": posts}
    return {name: value for name, value in changed.items() if value}
