"""What becomes of a filled form: prefilled, computed, checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.expressions import ExpressionError, UnknownName, evaluate, free_names, parse_expression
from workflows.expressions.interpreter import Functions
from workflows.forms.fields import Field, columns_of
from workflows.forms.form import Form
from workflows.forms.lookups import Lookups, fill_in
from workflows.forms.validation import Errors, unreadable, validate

Knowing = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Gives further names for the rules, for the values of a form."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The values with everything computed, and what is wrong with them."""

    values: dict[str, Any]
    errors: Errors


def prefill(form: Form, context: Mapping[str, Any], functions: Functions) -> dict[str, Any]:
    """The values a form opens with: each ``x-default`` over the case's variables and the people in ``context``."""
    return _defaults(form.properties, context, functions)


def new_row(field: Field, names: Mapping[str, Any], functions: Functions) -> dict[str, Any]:
    """What a new row of a field of rows begins with: each column's ``x-default``."""
    return _defaults(columns_of(field), names, functions)


def _defaults(properties: Mapping[str, Field], context: Mapping[str, Any], functions: Functions) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in properties.items():
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
    lookups: Lookups,
    knowing: Knowing = lambda _values: {},
    locked: Collection[str] = (),
) -> Submission:
    """Fill in what registers bring along, compute what is computed, check the whole. ``typed`` comes from
    ``from_fields`` or ``from_json``; of the ``locked`` fields nothing is asked anew.

    ``knowing`` is asked for what rules read beside fields and variables, once the fields themselves are right.
    """
    fixed = {
        name: value
        for name, value in prefill(form, context, functions).items()
        if form.properties[name].get("readOnly")
    }
    values = {**typed, **fixed}
    if not unreadable(form.properties, values):
        values = fill_in(form.properties, values, lookups, locked)
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
    """The fields that nobody types, totals and the like, in the order of the form; columns come with their rows."""
    empty = dict.fromkeys(form.properties)
    computed: dict[str, Any] = {}
    for name, field in form.properties.items():
        columns = columns_of(field)
        if "x-compute" in field:
            computed[name] = _computed(field["x-compute"], {**empty, **values, **computed}, functions)
        elif values.get(name) and any("x-compute" in column for column in columns.values()):
            known = {**empty, **values, **computed}
            computed[name] = [_computed_row(columns, row, known, functions) for row in values[name]]
    return computed


def _computed_row(
    columns: Mapping[str, Field], row: Mapping[str, Any], known: Mapping[str, Any], functions: Functions
) -> dict[str, Any]:
    names = {**known, **dict.fromkeys(columns), **row}
    computed = dict(row)
    for name, column in columns.items():
        if "x-compute" in column:
            names[name] = computed[name] = _computed(column["x-compute"], names, functions)
    return {name: value for name, value in computed.items() if value is not None}


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
        for path, known in _places(form, rule["field"], names):
            if _is_broken(form, rule, known, functions):
                errors.setdefault(path, []).append(rule["message"])
    return errors


def _places(form: Form, field: str, names: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where a rule is looked at: once, or for ``lines/quantity`` in each row, whose columns are names then."""
    rows, _slash, column = field.partition("/")
    if not column:
        yield field, names
        return
    columns = dict.fromkeys(columns_of(form.properties[rows]))
    for index, row in enumerate(names[rows] or ()):
        yield f"{rows}-{index}-{column}", {**names, **columns, **row}


def _is_broken(form: Form, rule: Mapping[str, str], names: Mapping[str, Any], functions: Functions) -> bool:
    try:
        return bool(evaluate(rule["when"], names, functions))
    except UnknownName:
        return False  # a rule about something that the case does not know yet
    except ExpressionError as error:
        if _reads_nothing_yet(rule["when"], names):
            return False  # whether the field may be empty is said by "required"
        raise ExpressionError(f"表单“{form.key}”关于“{rule['field']}”的规则算不出来：{error}") from error
