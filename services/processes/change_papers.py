"""Papers of a draft made and taken away."""

from __future__ import annotations

import json
import re
from datetime import datetime

from services.database import transaction
from services.errors import InvalidInput, NotFound
from services.processes.drafts import change_files, get_draft
from services.processes.paper_preview import FOLDER, SUFFIX, steps_in
from services.types import Actor
from workflows.definition.parts import read_parts
from workflows.papers.proposing import propose_paper

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def add_paper(actor: Actor, key: str, *, name: str, title: str, form: str, revision: int, now: datetime) -> str:
    """A further paper of a form's values, made from its fields; its path.

    Raises InvalidInput, Conflict, NotFound, NotPermitted.
    """
    path = f"{FOLDER}{name}{SUFFIX}"
    with transaction() as session:
        files = get_draft(session, actor, key).files
    parts = read_parts(files)
    errors: dict[str, list[str]] = {}
    if not _NAME.fullmatch(name):
        errors["name"] = ["请用小写英文字母、数字和下划线，以字母开头，最多 40 个字"]
    elif path in files or name in parts.forms:
        errors["name"] = ["已经有这个名称的单据或表单，请换一个"]
    if not title:
        errors["title"] = ["请填写单据的标题"]
    if form not in parts.forms:
        errors["form"] = ["请选择一张没有错误的表单"]
    if errors:
        raise InvalidInput(errors)
    layout = propose_paper(parts.forms[form], [(step, label) for step, label, decides in steps_in(parts) if decides])
    if not layout["rows"]:
        layout["rows"] = [[{"text": title}]]
    raw = json.dumps({"title": title, "form": form, **layout}, ensure_ascii=False, indent=2) + "\n"
    change_files(actor, key, {path: raw.encode()}, revision=revision, now=now, note=f"新建单据“{title}”")
    return path


def delete_paper(actor: Actor, key: str, path: str, *, revision: int, now: datetime) -> None:
    """Take a paper of its own away; the timeline keeps it. Raises NotFound, Conflict, NotPermitted."""
    with transaction() as session:
        files = get_draft(session, actor, key).files
    if not path.startswith(FOLDER) or path not in files:
        raise NotFound("没有这份单据，它可能已经删除")
    change_files(actor, key, {path: None}, revision=revision, now=now, note="删除单据")
