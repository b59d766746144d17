"""Decision tables of a draft made, copied, named anew and taken away."""

from __future__ import annotations

import re
from datetime import datetime

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound
from services.processes.decision_tables import (
    ASKED_BY_PROGRAM,
    list_tables,
    main_decision,
    names_of_tables,
    path_of,
    uses_of,
)
from services.processes.drafts import Draft, change_files, get_draft
from services.types import Actor
from workflows.decisions import read_decisions
from workflows.decisions.drawing import NAME, new_table, renamed
from workflows.definition.parts import read_parts
from workflows.errors import DefinitionError

_TITLE = 80


def add_table(actor: Actor, key: str, *, name: str, title: str, revision: int, now: datetime) -> str:
    """A new, empty table; its name. Raises InvalidInput, Conflict, NotFound, NotPermitted."""
    draft = _draft(actor, key)
    _refuse_names(draft, name, title)
    raw = new_table(name, title)
    change_files(actor, key, {path_of(name): raw}, revision=revision, now=now, note=f"新建决策表“{title}”")
    return name


def copy_table(actor: Actor, key: str, source: str, *, name: str, title: str, revision: int, now: datetime) -> str:
    """The table ``source`` once more under another name. Raises InvalidInput, Conflict, NotFound, NotPermitted."""
    draft = _draft(actor, key)
    _refuse_names(draft, name, title)
    raw = _renamed(draft, source, name, title)
    change_files(actor, key, {path_of(name): raw}, revision=revision, now=now, note=f"复制决策表“{title}”")
    return name


def rename_table(actor: Actor, key: str, source: str, *, name: str, title: str, revision: int, now: datetime) -> str:
    """The table under another name, in the diagram as well. Raises InvalidInput, Conflict, NotFound, NotPermitted."""
    draft = _draft(actor, key)
    if name != source:
        _refuse_names(draft, name, title)
        _refuse_asked(source)
    elif not title.strip():
        raise InvalidInput({"title": ["请填写决策表的名称"]})
    changes: dict[str, bytes | None] = {path_of(name): _renamed(draft, source, name, title)}
    if name != source:
        changes |= {path_of(source): None, **_diagram(draft, source, name)}
    change_files(actor, key, changes, revision=revision, now=now, note=f"决策表改名为“{title}”")
    return name


def delete_table(actor: Actor, key: str, name: str, *, revision: int, now: datetime) -> None:
    """Take the table away. Raises Conflict where a step of the diagram still asks it, NotFound, NotPermitted."""
    draft = _draft(actor, key)
    _source(draft, name)
    _refuse_asked(name)
    uses = uses_of(read_parts(draft.files), name)
    if uses:
        steps = "、".join(use.name for use in uses)
        raise Conflict("流程图中的“{steps}”还在使用这张决策表，请先在流程图中改用别的表，再删除", steps=steps)
    change_files(actor, key, {path_of(name): None}, revision=revision, now=now, note=f"删除决策表“{name}”")


def _draft(actor: Actor, key: str) -> Draft:
    with transaction() as session:
        return get_draft(session, actor, key)


def _refuse_asked(name: str) -> None:
    if name in ASKED_BY_PROGRAM:
        raise Conflict("“{part}”按名称使用这张决策表，不能改编号或删除", part=ASKED_BY_PROGRAM[name])


def _refuse_names(draft: Draft, name: str, title: str) -> None:
    errors: dict[str, list[str]] = {}
    if not NAME.fullmatch(name):
        errors["name"] = ["编号用小写英文字母开头，只含小写字母、数字和下划线，最多 60 个字符，例如 approval_level"]
    elif name in names_of_tables(draft.files):
        errors["name"] = ["已有这个编号的决策表，请换一个"]
    if not title.strip() or len(title) > _TITLE:
        errors["title"] = ["请填写决策表的名称"] if not title.strip() else ["名称最多 80 个字"]
    elif any(entry.title == title.strip() for entry in list_tables(draft.files)):
        errors["title"] = ["已有同名的决策表，请换一个名称"]
    if errors:
        raise InvalidInput(errors)


def _source(draft: Draft, name: str) -> bytes:
    raw = draft.files.get(path_of(name))
    if raw is None:
        raise NotFound("没有决策表“{name}”", name=name)
    return raw


def _renamed(draft: Draft, source: str, name: str, title: str) -> bytes:
    raw = _source(draft, source)
    try:
        decision = main_decision(read_decisions(raw, file=path_of(source)), source)
        return renamed(raw, decision.id if decision else source, name, title=title.strip(), file=path_of(source))
    except DefinitionError as error:
        raise InvalidInput({"name": [str(error.problems[0])]}) from error


def _diagram(draft: Draft, old: str, new: str) -> dict[str, bytes]:
    """The diagram with its steps asking for the new name, otherwise as it was drawn."""
    parts = read_parts(draft.files)
    raw = draft.files.get(parts.diagram_file, b"")
    pattern = rf"(<(?:[\w.-]+:)?calledDecisionId[^>]*>\s*){re.escape(old)}(\s*<)".encode()
    changed = re.sub(pattern, rb"\g<1>" + new.encode() + rb"\g<2>", raw)
    return {parts.diagram_file: changed} if changed != raw else {}
