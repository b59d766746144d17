"""New processes: from a template, from nothing, as a copy, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.database import read_session, transaction
from services.errors import InvalidInput
from services.processes.contents import keep_contents
from services.processes.drafts import (
    CREATED,
    IMPORTED,
    create_draft,
    get_draft,
    lock_draft,
    put_files,
    refuse_unkeepable,
    require_owner,
)
from services.processes.models import DbProcessDraft
from services.processes.prefixes import find_prefix_owner
from services.processes.templates import template_files
from services.processes.versions import find_current_version
from services.types import Actor
from workflows.drafting.copying import MAX_TITLE, copied, key_refusal, prefix_refusal, smallest
from workflows.drafting.findings import Finding
from workflows.drafting.foreign import understand
from workflows.drafting.hostile import hostile_problems, named_in, read_upload
from workflows.errors import DefinitionError

TEMPLATE, BLANK, COPY = "template", "blank", "copy"


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a new process is called. Nothing where the file says it."""

    key: str = ""
    title: str = ""
    prefix: str = ""


def begin_process(actor: Actor, source: str, of: str, naming: Naming, *, now: datetime) -> None:
    """A new process as a draft: from the template or the process ``of``, or the smallest one that is valid.

    Raises InvalidInput for names that cannot be, Conflict for a key that is taken, NotFound, NotPermitted.
    """
    require_owner(actor)
    session = read_session()
    _refuse_names(session, naming)
    files = _beginning(session, actor, source, of, naming)
    with transaction() as session:
        create_draft(session, actor, naming.key, files, now=now, kind=CREATED, note=of)


def import_process(actor: Actor, filename: str, raw: bytes, naming: Naming, *, now: datetime) -> str:
    """A new process from a zip of a folder or a diagram of any modeler; its key.

    Raises DefinitionError for what is hostile or cannot be read, and as ``begin_process``.
    """
    require_owner(actor)
    files, said = read_upload(filename, raw), named_in(filename, raw)
    chosen = Naming(
        key=naming.key or said.get("key", ""),
        title=naming.title or said.get("title", ""),
        prefix=naming.prefix or said.get("number", ""),
    )
    session = read_session()
    _refuse_names(session, chosen)
    made, detail = _taken_over(filename, raw, files, chosen, said.get("key", ""))
    with transaction() as session:
        detail = _kept(session, detail, raw)
        create_draft(session, actor, chosen.key, made, now=now, kind=IMPORTED, note=filename, detail=detail)
    return chosen.key


def import_over(actor: Actor, key: str, filename: str, raw: bytes, *, now: datetime) -> int:
    """Make the draft what the file says, as a new revision; what was there stays on the timeline.

    A diagram alone replaces the diagram and adds forms that are missing. Raises as ``import_process``.
    """
    require_owner(actor)
    draft = get_draft(read_session(), actor, key)
    files, said = read_upload(filename, raw), named_in(filename, raw)
    whole = "process.toml" in files
    number = _text_of(draft.files).get("number", "") or said.get("number", "") or "X"
    naming = Naming(key=key, title=said.get("title", draft.title) if whole else draft.title, prefix=number)
    made, detail = _taken_over(filename, raw, files, naming, said.get("key", ""))
    if not whole:
        made = {**draft.files, **{path: made[path] for path in made if path not in draft.files or _is_diagram(path)}}
    refuse_unkeepable(made)
    with transaction() as session:
        row = lock_draft(session, actor, key, now=now)
        digests = keep_contents(session, made)
        detail = _kept(session, detail, raw)
        return put_files(session, row, digests, {}, actor=actor, now=now, kind=IMPORTED, note=filename, detail=detail)


def _beginning(session: Session, actor: Actor, source: str, of: str, naming: Naming) -> Mapping[str, bytes]:
    if source == TEMPLATE:
        return copied(template_files(of), of, naming.key, title=naming.title, prefix=naming.prefix)
    if source == COPY:
        files = get_draft(session, actor, of).files
        return copied(files, of, naming.key, title=naming.title, prefix=naming.prefix)
    if source == BLANK:
        return smallest(naming.key, title=naming.title, prefix=naming.prefix)
    raise InvalidInput({"source": ["请选择从哪里开始"]})


def _taken_over(
    filename: str, raw: bytes, files: Mapping[str, bytes] | None, naming: Naming, old: str
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files under their new names, and the report where the file was a diagram."""
    if files:
        problems = hostile_problems(files)
        if problems:
            raise DefinitionError(problems)
        return copied(files, old, naming.key, title=naming.title, prefix=naming.prefix), {}
    found = understand(raw, filename, key=naming.key, title=naming.title, prefix=naming.prefix)
    return found.files, {"report": [asdict(finding) for finding in found.findings]}


def _kept(session: Session, detail: Mapping[str, Any], raw: bytes) -> dict[str, Any]:
    """With the file itself beside its report: what was drawn elsewhere is never lost."""
    if "report" not in detail:
        return dict(detail)
    return {**detail, "original": keep_contents(session, {"original": raw})["original"]}


def findings_of(report: list[dict[str, Any]]) -> list[Finding]:
    """The lines of a report that was kept."""
    return [Finding(**line) for line in report]


def _is_diagram(path: str) -> bool:
    return path.endswith(".bpmn")


def _text_of(files: Mapping[str, bytes]) -> Mapping[str, str]:
    return named_in("process.toml", files.get("process.toml", b""))


def _refuse_names(session: Session, naming: Naming) -> None:
    errors: dict[str, list[str]] = {}
    if refusal := key_refusal(naming.key):
        errors["key"] = [refusal]
    elif _is_taken(session, naming.key):
        errors["key"] = [f"“{naming.key}”已经是一个流程；请换一个标识，或到它的页面用“导入”更新草稿"]
    if not naming.title.strip() or len(naming.title) > MAX_TITLE:
        errors["title"] = [f"请写流程的名称，最多 {MAX_TITLE} 个字"]
    if refusal := prefix_refusal(naming.prefix):
        errors["prefix"] = [refusal]
    elif owner := find_prefix_owner(session, naming.prefix, besides=naming.key):
        errors["prefix"] = [f"编号前缀“{naming.prefix}”已由“{owner}”使用，请换一个"]
    if errors:
        raise InvalidInput(errors)


def _is_taken(session: Session, key: str) -> bool:
    return session.get(DbProcessDraft, key) is not None or find_current_version(session, key) is not None
