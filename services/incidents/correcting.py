"""Other data for what failed: typed by the field of the form that it comes from, and changed there as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.cases.case_run import CaseRun
from services.cases.filling import variables_of
from services.errors import Conflict, InvalidInput
from services.incidents.models import DbIncident
from services.registers.lookups import lookups
from workflows.branches import innermost
from workflows.definition import ProcessDefinition
from workflows.engine import RefusedValue, TaskNotOpen
from workflows.expressions import ExpressionError
from workflows.forms import Form, from_stored
from workflows.forms.fields import Field
from workflows.forms.submission import compute
from workflows.forms.validation import validate

MAX_NAMES, MAX_NAME, MAX_TEXT = 50, 80, 2_000


def find_field(definition: ProcessDefinition, name: str) -> tuple[Form, Field] | None:
    """The first form that has a field of this name: the variable is that field's."""
    for task in definition.tasks.values():
        form = definition.forms[task.form]
        if name in form.properties:
            return form, form.properties[name]
    return None


def checked(run: CaseRun, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the case keeps them. Raises InvalidInput by ``variables-<name>``."""
    if len(given) > MAX_NAMES:
        raise InvalidInput({"variables": [f"最多 {MAX_NAMES} 项"]})
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in given.items():
        found = find_field(run.definition, name)
        if len(name) > MAX_NAME or not name.isidentifier() or name.startswith("_"):
            errors[f"variables-{name[:MAX_NAME]}"] = ["名称应为英文字母、数字和下划线"]
        elif isinstance(value, str) and len(value) > MAX_TEXT:
            errors[f"variables-{name}"] = [f"最多 {MAX_TEXT} 个字"]
        elif found is None or value is None:
            values[name] = value
        else:
            properties = {name: found[1]}
            typed = from_stored(properties, {name: value})
            said = validate({"type": "object", "properties": properties}, typed, lookups(run.session))
            errors |= {f"variables-{path}": sentences for path, sentences in said.items()}
            values |= typed
    if errors:
        raise InvalidInput(errors)
    return values


def correct(run: CaseRun, incident: DbIncident, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change them where the element sees them and in the form that they come from.

    Gives what changed, each with what it was and what it is. Raises Conflict where nothing could be corrected.
    """
    seen = _seen_by(run, incident)
    values = {**values, **_keep_in_forms(run, incident.branch, values)}
    changed = {name: {"old": seen.get(name), "new": value} for name, value in values.items() if seen.get(name) != value}
    try:
        run.instance.correct(incident.engine_task, {name: values[name] for name in changed})
    except TaskNotOpen as error:
        raise Conflict("这里没有可以更正的数据") from error
    except RefusedValue as error:
        raise InvalidInput({"variables": ["这样的数据不能保存"]}) from error
    return changed


def _seen_by(run: CaseRun, incident: DbIncident) -> dict[str, Any]:
    for place in run.instance.held():
        if place.task_id == incident.engine_task:
            return place.variables
    try:
        return run.instance.variables_at(incident.engine_task)
    except TaskNotOpen:
        return {}


def _keep_in_forms(run: CaseRun, branch: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write corrected fields into the forms that were filled, and reckon again what those compute from them."""
    also: dict[str, Any] = {}
    owners = {name: found[0] for name in values if (found := find_field(run.definition, name)) is not None}
    for form in {form.key: form for form in owners.values()}.values():
        place = innermost(run.case.forms, form.key, branch)
        if place is None:
            continue
        stored = from_stored(form.properties, run.case.forms[place])
        # what a form computes can be set for the process, and stays in the form what its fields come to
        new = {name: value for name, value in values.items() if owners.get(name) is form}
        filled = {name: value for name, value in {**stored, **new}.items() if value is not None}
        try:
            computed = {**filled, **compute(form, filled, run.functions)}
        except ExpressionError as error:
            raise InvalidInput({"variables": ["按这些数据，表单的合计算不出来"]}) from error
        run.case.forms = {**run.case.forms, place: computed}
        before = variables_of(run.definition, form, stored)
        after = variables_of(run.definition, form, computed)
        also |= {name: value for name, value in after.items() if value != before.get(name) and name not in values}
    return also
