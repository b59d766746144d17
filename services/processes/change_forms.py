"""Forms of a draft listed, made, copied, given another key and taken away."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound
from services.processes.checking import ERROR, check_files
from services.processes.drafts import Draft, change_files, get_draft
from services.processes.form_uses import READ_BY_FACTS
from services.processes.paper_preview import PaperEntry, list_papers
from services.processes.versions import find_current_version, get_archive, list_current
from services.processes.words import KNOWN
from services.types import Actor
from workflows.definition import ProcessFiles, read_archive
from workflows.definition.parts import read_parts
from workflows.drafting.field_scopes import document_of, fields_of
from workflows.drafting.form_keys import KEY, FormUse, rename_form, uses_of_form

FOLDER, SUFFIX = "forms/", ".json"
RESERVED = frozenset({"typename", "new", "form", "forms"})
MAX_TITLE = 60


@dataclass(frozen=True, kw_only=True)
class FormEntry:
    """One file of ``forms/`` in the list."""

    name: str
    title: str
    fields: int
    uses: tuple[FormUse, ...]
    papers: tuple[PaperEntry, ...]
    problems: int
    """How many errors its file has."""
    first_problem: str


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A form that can be copied: ``process`` and ``name`` joined by ``/``, as ``address``."""

    address: str
    title: str
    process: str


class InUse(Conflict):
    """The form is still used; ``uses`` says where."""

    def __init__(self, uses: Collection[FormUse]) -> None:
        self.uses = tuple(uses)
        super().__init__("这张表单还在使用，请先在下面这些地方改用别的表单，再删除")


def list_forms(files: ProcessFiles) -> list[FormEntry]:
    """Every form of the draft, readable or not, with where it is used and what is wrong with its file."""
    wrong: dict[str, list[str]] = {}
    for problem in check_files(files):
        if problem.severity == ERROR:
            wrong.setdefault(problem.file, []).append(problem.message)
    papers = list_papers(files)
    return [_entry(files, name, wrong.get(path_of(name), []), papers) for name in names_of_forms(files)]


def path_of(name: str) -> str:
    return f"{FOLDER}{name}{SUFFIX}"


def names_of_forms(files: ProcessFiles) -> list[str]:
    return [path[len(FOLDER) : -len(SUFFIX)] for path in sorted(files) if path.startswith(FOLDER) and SUFFIX in path]


def _entry(files: ProcessFiles, name: str, wrong: list[str], papers: Collection[PaperEntry]) -> FormEntry:
    form = document_of(files[path_of(name)].decode("utf-8-sig", "replace"))
    return FormEntry(
        name=name,
        title=str(form.get("title") or name),
        fields=len(fields_of(form) or ()),
        uses=tuple(uses_of_form(files, name)),
        papers=tuple(paper for paper in papers if paper.form == name and paper.drawn),
        problems=len(wrong),
        first_problem=wrong[0] if wrong else "",
    )


def list_patterns(session: Session, draft: Draft) -> list[Pattern]:
    """The forms that a new one can be copied from: those of the draft, then those of other processes in force."""
    own = [
        Pattern(address=f"{draft.key}/{name}", title=form.title, process=draft.title)
        for name, form in read_parts(draft.files).forms.items()
    ]
    others = [
        Pattern(address=f"{definition.key}/{name}", title=form.title, process=definition.settings.title)
        for _version, definition in list_current(session)
        if definition.key != draft.key
        for name, form in definition.forms.items()
    ]
    return [*own, *others]


def add_form(actor: Actor, key: str, *, name: str, title: str, pattern: str = "", revision: int, now: datetime) -> str:
    """A new form with one section and one field, or a copy of the form at ``pattern``; its key.

    Raises InvalidInput, Conflict, NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
        errors = _name_errors(draft, name) | _title_errors(title)
        source = _pattern(session, draft, pattern) if pattern else _empty()
    if source is None:
        errors["pattern"] = ["没有这张可以复制的表单，请重新选择"]
    if errors or source is None:
        raise InvalidInput(errors)
    raw = json.dumps({**source, "key": name, "title": title.strip()}, ensure_ascii=False, indent=2) + "\n"
    change_files(actor, key, {path_of(name): raw.encode()}, revision=revision, now=now, note=f"新建表单“{title}”")
    return name


def rename_form_key(actor: Actor, key: str, source: str, *, name: str, revision: int, now: datetime) -> str:
    """The form under another key, in the diagram, papers and scenarios as well; the key.

    Raises InvalidInput, Conflict, NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
    _refuse_missing(draft, source)
    if name == source:
        return name
    if reader := _reader(draft.files, source):
        raise Conflict("系统的“{part}”按名称读取这张表单，不能改编号；标题可以在表单里改", part=reader)
    if errors := _name_errors(draft, name):
        raise InvalidInput(errors)
    changes = rename_form(draft.files, source, name)
    change_files(actor, key, changes, revision=revision, now=now, note=f"表单 {source} 改名为 {name}")
    return name


def delete_form(actor: Actor, key: str, name: str, *, revision: int, now: datetime) -> None:
    """Take a form away that nothing uses; the timeline keeps it.

    Raises InUse where something does, Conflict, NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
    _refuse_missing(draft, name)
    uses = uses_of_form(draft.files, name)
    if uses:
        raise InUse(uses)
    change_files(actor, key, {path_of(name): None}, revision=revision, now=now, note=f"删除表单“{name}”")


def _refuse_missing(draft: Draft, name: str) -> None:
    if path_of(name) not in draft.files:
        raise NotFound("没有“{name}”这张表单，它可能已经改名或删除", name=name)


def _name_errors(draft: Draft, name: str) -> dict[str, list[str]]:
    if not KEY.fullmatch(name):
        return {"name": ["编号用小写英文字母开头，只含小写字母、数字和下划线，最多 40 个字符，例如 request"]}
    if name in RESERVED:
        return {"name": ["这个编号是系统保留的，请换一个"]}
    if path_of(name) in draft.files or f"papers/{name}.json" in draft.files:
        return {"name": ["已有这个编号的表单或单据，请换一个"]}
    return {}


def _title_errors(title: str) -> dict[str, list[str]]:
    if title.strip() and len(title) <= MAX_TITLE:
        return {}
    return {"title": ["请填写表单的名称" if not title.strip() else "名称最多 60 个字"]}


def _reader(files: ProcessFiles, form: str) -> str:
    """What of the program reads the form by its key."""
    facts = read_parts(files).settings.get("facts")
    for fact in facts if isinstance(facts, list) else ():
        if any(form == name for name, _field in READ_BY_FACTS.get(str(fact), ())):
            return KNOWN.facts.get(str(fact), str(fact))
    return ""


def _pattern(session: Session, draft: Draft, address: str) -> Mapping[str, Any] | None:
    """The document of the form to be copied; of another process without what only makes sense there."""
    process, _slash, name = address.partition("/")
    if process == draft.key:
        return document_of(draft.files.get(path_of(name), b"").decode("utf-8-sig", "replace")) or None
    if find_current_version(session, process) is None:
        return None
    files = read_archive(get_archive(session, process))
    form = document_of(files.get(path_of(name), b"").decode("utf-8-sig", "replace"))
    kept = {part: said for part, said in form.items() if part not in ("steps", "takes", "knows", "benefits")}
    if isinstance(kept.get("print"), dict):
        kept["print"] = {part: said for part, said in kept["print"].items() if part != "signatures"}
    return kept or None


def _empty() -> dict[str, Any]:
    return {
        "key": "",
        "title": "",
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": [],
            "properties": {"text": {"type": "string", "title": "文字", "maxLength": 200}},
        },
        "layout": [{"title": "基本信息", "fields": [["text", 12]]}],
    }
