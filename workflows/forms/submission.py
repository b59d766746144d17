"""What becomes of a filled form: prefilled, computed, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.expressions import ExpressionError, UnknownName, evaluate, free_names, parse_expression
from workflows.expressions.interpreter import Functions
from workflows.forms.form import Form
from workflows.forms.validation import Errors, Lookup, validate

Knowing = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Gives further names for the rules, for the values of a form."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The values with everything computed, and what is wrong with them."""

    values: dict[str, Any]
    errors: Errors


def prefill(form: Form, context: Mapping[str, Any], functions: Functions) -> dict[str, Any]:
    """The values a form opens with: each ``x-default`` over the case's variables and the people in ``context``."""
    values: dict[str, Any] = {}
    for name, field in form.properties.items():
        if "x-default" in field:
            try:
                value = evaluate(field["x-default"], context, functions)
            except UnknownName:
                continue
            if value is not None:
                values[name] = value
    return values


def submit(
    form: Form,
    typed: Mapping[str, Any],
    *,
    context: Mapping[str, Any],
    functions: Functions,
    lookups: Mapping[str, Lookup],
    knowing: Knowing = lambda _values: {},
) -> Submission:
    """Compute what is computed, then check the whole. ``typed`` comes from ``from_fields`` or ``from_json``.

    ``knowing`` is asked for what rules read beside fields and variables, once the fields themselves are right.
    """
    fixed = {
        name: value
        for name, value in prefill(form, context, functions).items()
        if form.properties[name].get("readOnly")
    }
    values = {**typed, **fixed}
    errors = validate(form.schema, values, lookups)
    if not errors:
        values.update(compute(form, values, functions))
        empty = dict.fromkeys(form.properties)
        errors = _broken_rules(form, {**context, **knowing(values), **empty, **values}, functions)
    return Submission(values=values, errors=errors)


def names_in_rules(form: Form) -> set[str]:
    """Every name that the form's rules read."""
    return {name for rule in form.rules for name in free_names(parse_expression(rule["when"]))}


def compute(form: Form, values: Mapping[str, Any], functions: Functions) -> dict[str, Any]:
    """The fields that nobody types: totals and the like."""
    empty = dict.fromkeys(form.properties)
    computed: dict[str, Any] = {}
    for name, field in form.properties.items():
        if "x-compute" in field:
            computed[name] = _computed(field["x-compute"], {**empty, **values, **computed}, functions)
    return computed


def _computed(source: str, names: Mapping[str, Any], functions: Functions) -> Any:
    try:
        return evaluate(source, names, functions)
    except ExpressionError:
        if _reads_nothing_yet(source, names):
            return None
        raise


def _reads_nothing_yet(source: str, names: Mapping[str, Any]) -> bool:
    """Whether the expression asks for a field that was left empty, and therefore could not be reckoned out."""
    return any(name in names and names[name] is None for name in free_names(parse_expression(source)))


def _broken_rules(form: Form, names: Mapping[str, Any], functions: Functions) -> Errors:
    errors: Errors = {}
    for rule in form.rules:
        try:
            broken = evaluate(rule["when"], names, functions)
        except UnknownName:
            continue  # a rule about something that the case does not know yet
        except ExpressionError as error:
            if _reads_nothing_yet(rule["when"], names):
                continue  # whether the field may be empty is said by "required"
            raise ExpressionError(f"form {form.key}, rule on {rule['field']}: {error}") from error
        if broken:
            errors.setdefault(rule["field"], []).append(rule["message"])
    return errors
