"""The papers of a draft while they are laid out: which there are, and each with sample values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.papers.case_papers import registers_of
from services.play.samples import sample_values
from services.types import Actor
from workflows.calendar import calendar_functions
from workflows.checks.reading import MODEL
from workflows.checks.tasks import properties_of
from workflows.definition import ProcessFiles
from workflows.definition.parts import Parts, read_parts
from workflows.errors import DefinitionError, Problem, WorkflowError
from workflows.expressions import FUNCTIONS
from workflows.forms import Form, prefill, read_form
from workflows.forms.submission import compute
from workflows.papers import Document, Filled, Paper, Signature, compose, has_paper, paper_of_form, read_paper
from workflows.papers.proposing import propose_paper
from workflows.papers.specification import check_papers
from workflows.signing import APPROVE

FOLDER, SUFFIX = "papers/", ".json"
_SAMPLE_NUMBER = "示例-0001"
_SAMPLE_AMOUNT = Decimal("1280.00")
_SAMPLE_OPINION = "同意"


@dataclass(frozen=True, kw_only=True)
class PaperEntry:
    """A paper of the draft: the ``print`` of a form, or a file of its own. ``form`` is whose values it shows."""

    path: str
    title: str
    form: str
    drawn: bool
    """Whether anything stands on it yet."""


@dataclass(frozen=True, kw_only=True)
class PaperPreview:
    """A paper with sample values, or what keeps it from being shown."""

    document: Document | None
    problems: tuple[Problem, ...] = ()


def list_papers(files: ProcessFiles) -> list[PaperEntry]:
    """The papers of forms, then those with files of their own; what cannot be read bears the name of its file."""
    parts = read_parts(files)
    of_forms = [
        PaperEntry(path=f"forms/{name}.json", title=form.title, form=name, drawn=has_paper(form))
        for name, form in parts.forms.items()
    ]
    own = []
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(SUFFIX):
            try:
                paper = read_paper(files[path], file=path)
            except DefinitionError:
                own.append(PaperEntry(path=path, title=path, form="", drawn=False))
            else:
                own.append(PaperEntry(path=path, title=paper.title, form=paper.form, drawn=True))
    return [*of_forms, *own]


def forms_of(files: ProcessFiles) -> dict[str, dict[str, Any]]:
    """Title and fields of each form that can be read: what a paper may show."""
    parts = read_parts(files)
    return {name: {"title": form.title, "properties": form.properties} for name, form in parts.forms.items()}


def steps_that_may_sign(files: ProcessFiles) -> list[tuple[str, str, bool]]:
    """Every step of the diagram with its id, its name and whether it decides."""
    return steps_in(read_parts(files))


def steps_in(parts: Parts) -> list[tuple[str, str, bool]]:
    """The same of parts that were read already."""
    nodes = parts.root.iter(f"{{{MODEL}}}userTask") if parts.root is not None else ()
    return [
        (node.get("id") or "", node.get("name") or node.get("id") or "", _decides(properties_of(node)))
        for node in nodes
    ]


def _decides(properties: Mapping[str, str]) -> bool:
    return APPROVE in properties.get("outcomes", "").split(",") or "signing" in properties


def propose(files: ProcessFiles, path: str, raw: bytes) -> dict[str, Any]:
    """A layout made from the fields of the paper's form. Raises DefinitionError for what cannot be read."""
    parts = read_parts(files)
    form = read_form(raw, file=path) if path.startswith("forms/") else _form_behind(parts, read_paper(raw, file=path))
    used = [(step, name) for step, name, decides in steps_in(parts) if decides]
    return propose_paper(form, used)


def _form_behind(parts: Parts, paper: Paper) -> Form:
    form = parts.forms.get(paper.form)
    if form is None:
        message = f"单据用到的表单“{paper.form}”不存在或有错误，请先选择表单"
        raise DefinitionError([Problem(severity="error", file=paper.file, element="form", message=message)])
    return form


def preview_paper(
    session: Session, actor: Actor, files: ProcessFiles, path: str, raw: bytes, *, now: datetime
) -> PaperPreview:
    """The paper as it would be printed of a case with sample values, or what keeps it from being shown.

    Never raises for what the file says.
    """
    parts = read_parts({**files, path: raw})
    try:
        paper = _read(parts, path, raw)
        form = _form_behind(parts, paper)
    except DefinitionError as error:
        return PaperPreview(document=None, problems=tuple(error.problems))
    steps = {step: name for step, name, _decides in steps_in(parts)}
    if problems := list(check_papers({paper.key: paper}, {paper.form: form, **parts.forms}, steps)):
        return PaperPreview(document=None, problems=tuple(problems))
    values = _samples(session, actor, form, now)
    branches = {
        block["branches"]: [_samples(session, actor, parts.forms[block["branches"]], now)] * 2
        for row in paper.rows
        for block in row
        if "branches" in block
    }
    filled = Filled(
        number=_SAMPLE_NUMBER,
        status="completed",
        values=values,
        variables={block["variable"]: _SAMPLE_AMOUNT for row in paper.rows for block in row if "variable" in block},
        branches=branches,
        signatures={step: [_signature(actor, now)] for step in steps},
        registers=registers_of(session, parts.forms, paper, values, branches),
    )
    return PaperPreview(document=compose(paper, parts.forms, filled))


def _read(parts: Parts, path: str, raw: bytes) -> Paper:
    if not path.startswith("forms/"):
        return read_paper(raw, file=path)
    form = read_form(raw, file=path)
    name = path.removeprefix("forms/").removesuffix(SUFFIX)
    if not has_paper(form):
        if problems := list(check_papers({}, {name: form}, ())):
            raise DefinitionError(problems)
        message = "这张单据还是空的，请添加一行，或点“按字段生成”"
        raise DefinitionError([Problem(severity="info", file=path, element="print", message=message)])
    return paper_of_form(name, form)


def _signature(actor: Actor, now: datetime) -> Signature:
    return Signature(name=actor.name, at=now, outcome=APPROVE, comment=_SAMPLE_OPINION)


def _samples(session: Session, actor: Actor, form: Form, now: datetime) -> dict[str, Any]:
    """What a case would have that a person filled in everywhere; as much of it as can be reckoned."""
    calendar = current_calendar(session)
    functions = {**FUNCTIONS, **calendar_functions(calendar, now)}
    known = starter_context(
        session, starter_id=actor.id, department=actor.department, started_at=now, calendar=calendar
    )
    try:
        given = sample_values(session, form, "", prefill(form, known, functions), now=now)
        return {**given, **compute(form, {**dict.fromkeys(form.properties), **given}, functions)}
    except (WorkflowError, ArithmeticError, LookupError, TypeError, ValueError):
        return {}  # an expression that cannot be reckoned yet is the check's to name
