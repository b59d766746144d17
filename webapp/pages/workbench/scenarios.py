"""The scenarios of a draft: whether each comes out as it says, and its steps as a table that can be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from services.database import read_session
from services.errors import InvalidInput, ServiceError
from services.processes.closed_cases import list_closed_cases
from services.processes.deriving import keep_scenario, scenario_from_closed_case
from services.processes.drafts import Draft, get_draft
from services.processes.scenario_editing import (
    Scenarios,
    accept_result,
    copy_scenario,
    create_scenario,
    delete_scenario,
    leaves,
    read_scenarios,
    rename_scenario,
    save_source,
    save_steps,
    shown_moment,
    shown_value,
)
from services.processes.scenario_files import path_of
from services.processes.scenario_runs import ScenarioRun, uncovered_steps
from services.types import CaseId
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import page
from workflows.definition import ProcessDefinition
from workflows.errors import DefinitionError
from workflows.scenario_words import EXPECTED, difference, shown

blueprint = Blueprint("workbench_scenarios", __name__, url_prefix="/workbench")

MAX_STEPS = 200


@blueprint.get("/<key>/scenarios")
@access(OWNER)
def show(key: str) -> Any:
    """All of them, or the one that ``name`` says."""
    name = request.args.get("name", "")
    return _one(key, name) if name else _list(key)


def _list(key: str, *, status: int = 200, refusal: str = "") -> Any:
    draft = get_draft(read_session(), actor(), key)
    found, problems = _read(draft)
    return page(
        "workbench/scenarios.html",
        key,
        "scenarios",
        status=status,
        draft=draft,
        found=found,
        problems=problems,
        uncovered=uncovered_steps(found.definition, list(found.runs)) if found else [],
        covered=[sorted({*run.played.path}) if run.played else [] for run in found.runs] if found else [],
        moment_of=_moment_of,
        refusal=refusal,
    )


def _read(draft: Draft) -> tuple[Scenarios | None, list[Any]]:
    try:
        return read_scenarios(draft), []
    except DefinitionError as error:
        return None, error.problems


def _moment_of(run: ScenarioRun) -> datetime:
    return datetime.fromtimestamp(run.at, UTC)


def _one(
    key: str,
    name: str,
    *,
    status: int = 200,
    refusal: str = "",
    errors: dict[str, list[str]] | None = None,
    source: str = "",
) -> Any:
    draft = get_draft(read_session(), actor(), key)
    if path_of(name) not in draft.files:
        abort(404)
    found, problems = _read(draft)
    run = next((run for run in found.runs if run.name == name), None) if found else None
    scenario = found.definition.scenarios.get(name, {}) if found else {}
    return page(
        "workbench/scenario.html",
        key,
        "scenarios",
        status=status,
        draft=draft,
        name=name,
        problems=problems,
        unreadable=found.unreadable.get(name, "") if found else "",
        run=run,
        scenario=scenario,
        definition=found.definition if found else None,
        steps=_steps(found.definition, scenario, run) if found and run else [],
        compared=_compared(found.definition, scenario, run) if found and run else [],
        source=source or draft.files[path_of(name)].decode("utf-8-sig", "replace"),
        errors=errors or {},
        refusal=refusal,
        moment_of=_moment_of,
    )


def _steps(definition: ProcessDefinition, scenario: Any, run: ScenarioRun) -> list[dict[str, Any]]:
    """Each step as the table shows it, with who is asked after it."""
    moments = run.played.moments if run.played else []
    found = []
    steps = scenario.get("steps", [])
    for place, step in enumerate(steps if isinstance(steps, list) else []):
        if not isinstance(step, dict):
            continue
        task = definition.tasks.get(str(step.get("step", "")))
        properties = definition.form_of(task.id).properties if task else {}
        values = step.get("values", {}) if isinstance(step.get("values", {}), dict) else {}
        at = step.get("at")
        found.append(
            {
                "place": place,
                "step": str(step.get("step", "")),
                "task": task,
                "outcome": str(step.get("outcome", "")),
                "comment": str(step.get("comment", "")),
                "return_to": str(step.get("return_to", "")),
                "message": str(step.get("message", "")),
                "branch": str(step.get("branch", "")),
                "at": shown_moment(at) if isinstance(at, datetime) and at.tzinfo else "",
                "values": [
                    (path, _label(properties, path), value, shown_value(value)) for path, value in leaves(values)
                ],
                "filled": set(values),
                "operations": step.get("operations", {}) if isinstance(step.get("operations", {}), dict) else {},
                "then": [definition.tasks[each].name for each in moments[place].open] if place < len(moments) else None,
            }
        )
    return found


def _label(properties: Any, path: str) -> str:
    """What people call the part of a form behind a path, as ``lines.0.quantity``."""
    said = []
    for part in path.split("."):
        if part.isdecimal():
            said.append(translate("第 {row} 行", row=int(part) + 1))
            continue
        field = properties.get(part, {})
        said.append(str(field.get("title", part)))
        properties = field.get("properties") or field.get("items", {}).get("properties") or {}
    return " · ".join(said)


def _compared(definition: ProcessDefinition, scenario: Any, run: ScenarioRun) -> list[dict[str, Any]]:
    """Expected and came, part by part."""
    expected = scenario.get("expect", {})
    if run.played is None or not isinstance(expected, dict):
        return []
    rows = []
    for part in EXPECTED:
        came = getattr(run.played, part)
        differs = part in expected and difference(definition, part, expected[part], came) in run.differences
        before = shown(definition, part, expected[part]) if part in expected else ""
        rows.append({"part": part, "expected": before, "came": shown(definition, part, came), "differs": differs})
    return rows


@blueprint.post("/<key>/scenarios")
@access(OWNER)
def create(key: str) -> Any:
    return _do(key, "", lambda: create_scenario(actor(), key, title=request.form.get("title", ""), now=now()))


@blueprint.post("/<key>/scenarios/<name>/copy")
@access(OWNER)
def copy(key: str, name: str) -> Any:
    return _do(key, name, lambda: copy_scenario(actor(), key, name, now=now()))


@blueprint.post("/<key>/scenarios/<name>/rename")
@access(OWNER)
def rename(key: str, name: str) -> Any:
    to = request.form.get("name", "").strip()
    return _do(key, name, lambda: rename_scenario(actor(), key, name, to=to, now=now()))


@blueprint.post("/<key>/scenarios/<name>/delete")
@access(OWNER)
def delete(key: str, name: str) -> Any:
    return _do(key, "", lambda: delete_scenario(actor(), key, name, now=now()))


@blueprint.post("/<key>/scenarios/<name>/accept")
@access(OWNER)
def accept(key: str, name: str) -> Any:
    """What came out is what is expected from now on."""
    return _do(key, name, lambda: accept_result(actor(), key, name, revision=_revision(), now=now()))


@blueprint.post("/<key>/scenarios/<name>/source")
@access(OWNER)
def source(key: str, name: str) -> Any:
    typed = request.form.get("source", "")
    return _do(key, name, lambda: save_source(actor(), key, name, typed, revision=_revision(), now=now()), source=typed)


@blueprint.post("/<key>/scenarios/<name>")
@access(OWNER)
def save(key: str, name: str) -> Any:
    """The table: its steps in the order in which they were sent; a button may move, drop or add one."""
    title = request.form.get("title", "")
    steps = _arranged(_typed_steps(), request.form.get("arrange", ""))
    return _do(
        key,
        name,
        lambda: save_steps(actor(), key, name, title=title, steps=steps, revision=_revision(), now=now()),
    )


def _typed_steps() -> list[tuple[int, dict[str, str]]]:
    found = []
    for number in range(min(request.form.get("count", 0, type=int), MAX_STEPS)):
        prefix = f"{number}-"
        typed = {name.removeprefix(prefix): text for name, text in request.form.items() if name.startswith(prefix)}
        field, value = typed.pop("add-field", ""), typed.pop("add-value", "")
        if field and value:
            typed[f"value-{field}"] = value
        found.append((_number(typed.pop("place", "")), typed))
    return found


def _arranged(steps: list[tuple[int, dict[str, str]]], wanted: str) -> list[tuple[int, dict[str, str]]]:
    verb, _, number = wanted.partition("-")
    at = _number(number)
    if verb == "add":
        return [*steps, (-1, {"step": request.form.get("add-step", "")})]
    if not 0 <= at < len(steps):
        return steps
    if verb == "drop":
        return [*steps[:at], *steps[at + 1 :]]
    other = at - 1 if verb == "up" else at + 1
    if verb in ("up", "down") and 0 <= other < len(steps):
        steps[at], steps[other] = steps[other], steps[at]
    return steps


def _number(text: str) -> int:
    """-1 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 5 else -1


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _do(key: str, name: str, change: Callable[[], str | None], *, source: str = "") -> Any:
    """Change something, then show the scenario that it leads to; a refusal shows where it was typed."""
    try:
        leads_to = change() or name
    except InvalidInput as error:
        said = "；".join(translate(text) for texts in error.errors.values() for text in texts)
        return _again(key, name, status_of(error), said, error.errors, source)
    except DefinitionError as error:
        return _again(key, name, 422, error.problems[0].message, {}, source)
    except ServiceError as error:
        return _again(key, name, status_of(error), sentence(error), {}, source)
    return redirect(url_for("workbench_scenarios.show", key=key, name=leads_to or None), 303)


def _again(key: str, name: str, status: int, refusal: str, errors: dict[str, list[str]], source: str) -> Any:
    if not name:
        return _list(key, status=status, refusal=refusal)
    return _one(key, name, status=status, refusal=refusal, errors=errors, source=source)


@blueprint.get("/<key>/scenarios/cases")
@access(OWNER)
def cases(key: str) -> Any:
    """The ended cases that a scenario could be made from."""
    asked = request.args.get("q", "").strip()[:100]
    found = list_closed_cases(read_session(), actor(), key, asked)
    return page("workbench/scenario_cases.html", key, "scenarios", found=found, asked=asked)


@blueprint.post("/<key>/scenarios/cases")
@access(OWNER)
def from_case(key: str) -> Any:
    """Make a scenario of an ended case of this process."""
    case_id, masked = CaseId(request.form.get("case_id", 0, type=int)), request.form.get("masked") == "yes"
    derived = scenario_from_closed_case(read_session(), actor(), key, case_id, masked=masked)
    name = keep_scenario(actor(), key, derived, now=now())
    return redirect(url_for("workbench_scenarios.show", key=key, name=name), 303)
