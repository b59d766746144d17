"""A form of a draft while it is being designed: what is wrong with it, and values to show it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.play.samples import sample_values
from services.types import Actor
from workflows.calendar import calendar_functions
from workflows.checks.reading import MODEL
from workflows.checks.tasks import properties_of
from workflows.definition import SUBMIT, ProcessFiles
from workflows.definition.parts import read_parts
from workflows.drafting.settings import read_toml
from workflows.errors import DefinitionError, Problem, WorkflowError
from workflows.expressions import FUNCTIONS
from workflows.forms import Form, prefill, read_form
from workflows.forms.submission import compute
from workflows.signing import APPROVE


@dataclass(frozen=True, kw_only=True)
class StepOfForm:
    """A step that fills, signs or shows a form. Only one that ``fills`` it can change a field."""

    id: str
    name: str
    fills: bool


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A form that can be shown with its values, or what keeps it from being shown."""

    form: Form | None
    values: Mapping[str, Any] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def steps_of_form(files: ProcessFiles, name: str) -> list[StepOfForm]:
    """The steps that use a form, in the order of the diagram; those that fill it come first."""
    root = read_parts(files).root
    found = []
    for node in root.iter(f"{{{MODEL}}}userTask") if root is not None else ():
        properties = properties_of(node)
        shown = [each.strip() for each in properties.get("shows", "").split(",")]
        if properties.get("form") == name or name in shown:
            step = node.get("id") or ""
            outcomes = properties.get("outcomes", SUBMIT).split(",")
            fills = properties.get("form") == name and APPROVE not in map(str.strip, outcomes)
            found.append(StepOfForm(id=step, name=node.get("name") or step, fills=fills))
    return sorted(found, key=lambda step: not step.fills)


def preview(
    session: Session, actor: Actor, files: ProcessFiles, name: str, raw: bytes, *, filled: bool, now: datetime
) -> Preview:
    """The unsaved form as it opens, or ``filled`` with values that a person might have typed.

    Never raises for what the file says.
    """
    file = f"forms/{name}.json"
    try:
        form = read_form(raw, file=file)
    except DefinitionError as error:
        return Preview(form=None, problems=tuple(error.problems))
    except RecursionError:
        message = "表单文件套得太深，请减少嵌套"
        problem = Problem(severity="error", file=file, element="", message=message)
        return Preview(form=None, problems=(problem,))
    calendar = current_calendar(session)
    functions = {**FUNCTIONS, **calendar_functions(calendar, now)}
    known = starter_context(
        session, starter_id=actor.id, department=actor.department, started_at=now, calendar=calendar
    )
    try:
        given = prefill(form, known, functions)
        if filled:
            given = sample_values(session, form, "", given, now=now)
            given |= compute(form, {**dict.fromkeys(form.properties), **given}, functions)
    except (WorkflowError, ArithmeticError, LookupError, TypeError, ValueError):
        given = {}  # an expression that cannot be reckoned yet is the check's to name
    return Preview(form=form, values=given, english=_english(files))


def _english(files: ProcessFiles) -> Mapping[str, str]:
    try:
        return {text: str(said) for text, said in read_toml(files.get("en.toml", b""), "en.toml").items()}
    except DefinitionError:
        return {}
