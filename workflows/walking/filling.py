"""Forms filled as somebody might, each time so that the way may go on differently."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, islice
from typing import Any

from workflows.calendar import CompanyCalendar
from workflows.decisions import decide
from workflows.definition import ProcessDefinition
from workflows.errors import WorkflowError
from workflows.expressions import ExpressionError
from workflows.expressions.interpreter import Functions, evaluate_tree
from workflows.forms import AnyCode, Form, from_json, prefill, submit
from workflows.forms.fields import Field, columns_of, options_of
from workflows.walking.deciding import Deciding, Target

MAX_FILLED = 24
MAX_TRIED = 120


@dataclass(frozen=True, kw_only=True)
class Filled:
    """One way to fill a form. ``changed`` are the fields in which it departs from the usual one."""

    values: Mapping[str, Any]
    changed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What whoever fills a form has before them."""

    form: Form
    step: str
    known: Mapping[str, Any]
    kept: Mapping[str, Any]
    """What the form holds from before."""
    functions: Functions
    today: date


class Filler:
    """Fills the forms of one process."""

    def __init__(self, definition: ProcessDefinition, deciding: Deciding) -> None:
        self.definition = definition
        self.deciding = deciding
        self._examples = _examples_of(definition)
        self._outputs: dict[tuple[str, str], Mapping[str, Any]] = {}

    def fill(self, desk: Desk) -> tuple[list[Filled], str]:
        """The usual filling and those after which the way may differ; else why the form could not be filled."""
        usual, refusal = self._usual(desk)
        if usual is None:
            return [], refusal
        found, seen = [Filled(values=usual[1])], {self._signature(desk, usual[1])}
        for typed in islice(self._others(desk, usual[0]), MAX_TRIED):
            values, errors = _submitted(desk, typed)
            if values is None:
                values, _errors = _submitted(desk, {**typed, **_mended(desk, errors, typed)})
            if values is None:
                continue
            signature = self._signature(desk, values)
            if signature not in seen and len(found) < MAX_FILLED:
                seen.add(signature)
                changed = {name: value for name, value in values.items() if value != usual[1].get(name)}
                found.append(Filled(values=values, changed=changed))
        return found, ""

    def _usual(self, desk: Desk) -> tuple[tuple[dict[str, Any], dict[str, Any]] | None, str]:
        """As the first scenario types it, else as its fields ask for; and what the form makes of that."""
        errors: Mapping[str, Any] = {}
        for example in [*self._examples.get(desk.step, ()), ({}, desk.today)]:
            typed = _opened(desk) | _moved(desk, example)
            for _round in range(3):
                values, errors = _submitted(desk, typed)
                if values is not None:
                    return (typed, values), ""
                typed = {**typed, **_mended(desk, errors, typed)}
        wrong = "；".join(f"{name}：{'、'.join(map(str, texts))}" for name, texts in list(errors.items())[:3])
        return None, wrong

    def _others(self, desk: Desk, usual: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        singles = [*self._single_changes(desk, usual)]
        for change in singles:
            yield {**usual, **change}
        for example in self._examples.get(desk.step, ())[1:]:
            yield {**_opened(desk), **_moved(desk, example)}
        for one, other in combinations(singles, 2):
            if not one.keys() & other.keys():
                yield {**usual, **one, **other}

    def _single_changes(self, desk: Desk, usual: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for name, about in desk.form.properties.items():
            if name in self.deciding.names and not about.get("readOnly") and _may_edit(desk, name):
                for value in self._values(name, about, usual.get(name)):
                    if value != usual.get(name):
                        yield {name: value}
        for target in self.deciding.targets:
            if target.names & desk.form.properties.keys() and not isinstance(target.tree, ast.Name):
                yield from _solved_all(desk, usual, target)
        for name, about in desk.form.properties.items():
            if "x-compute" in about and name in self.deciding.values:
                tree = ast.Name(id=name, ctx=ast.Load())
                yield from _solved_all(desk, usual, Target(tree=tree, values=self.deciding.values[name]))

    def _values(self, name: str, about: Field, usual: Any) -> list[Any]:
        if about.get("type") == "boolean":
            return [True, False]
        options = [value for value, _label in options_of(about)]
        if options and about.get("type") != "array":
            return [*options, None]
        if about.get("type") in ("number", "integer", "string") and "format" not in about:
            return [*self.deciding.values.get(name, ()), None, usual or "说明"]
        return [None]

    def _signature(self, desk: Desk, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return self.judged({**desk.known, **dict.fromkeys(desk.form.properties), **values}, desk.functions)

    def judged(self, known: Mapping[str, Any], functions: Functions) -> tuple[Any, ...]:
        """What the conditions and tables make of what is known, as far as that can be said already. Where two cases at
        the same place are judged alike, they go the same way."""
        found: list[Any] = [str(known.get(name))[:80] for name in sorted(self.deciding.scripted)]
        reckoned = dict(known)
        for name in self.deciding.decisions:
            outputs = self._decided(name, reckoned)
            reckoned |= outputs
            if self.deciding.inputs[name] - reckoned.keys():
                found.append(tuple(map(str, outputs.values())))
        return (*found, *(_value(tree, reckoned, functions) for tree in self.deciding.conditions))

    def _decided(self, name: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
        key = (name, str([known.get(read) for read in sorted(self.deciding.inputs[name])]))
        if key not in self._outputs:
            try:
                self._outputs[key] = dict(decide(self.definition.decisions[name], name, known)[0])
            except WorkflowError:
                self._outputs[key] = {}
        return self._outputs[key]


def _value(tree: ast.expr, known: Mapping[str, Any], functions: Functions) -> Any:
    try:
        return bool(evaluate_tree(tree, known, functions))
    except ExpressionError:
        return None


# examples


def _examples_of(definition: ProcessDefinition) -> dict[str, list[tuple[Mapping[str, Any], date]]]:
    """What scenarios type at each step, with the day on which they do."""
    found: dict[str, list[tuple[Mapping[str, Any], date]]] = {}
    for scenario in definition.scenarios.values():
        begins, steps = scenario.get("begins"), scenario.get("steps")
        if not isinstance(begins, datetime) or not isinstance(steps, list):
            continue
        clock: datetime = begins
        for step in (step for step in steps if isinstance(step, dict)):
            clock = step["at"] if isinstance(step.get("at"), datetime) else clock
            if isinstance(step.get("values"), dict) and "refused" not in step:
                found.setdefault(str(step.get("step")), []).append((step["values"], clock.date()))
    return {step: _plainest_first(examples) for step, examples in found.items()}


def _plainest_first(examples: list[tuple[Mapping[str, Any], date]]) -> list[tuple[Mapping[str, Any], date]]:
    """What most scenarios type goes first."""
    counted = Counter(str(values) for values, _day in examples)
    return sorted(examples, key=lambda example: -counted[str(example[0])])


def _moved(desk: Desk, example: tuple[Mapping[str, Any], date]) -> dict[str, Any]:
    """The example with its days as far ahead of today as they were of its own."""
    values, day = example
    return {name: _shifted(value, desk.today - day) for name, value in values.items() if name in desk.form.properties}


def _shifted(value: Any, by: timedelta) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return (value + by).isoformat()
    if isinstance(value, str) and len(value) == len("2026-01-01"):
        try:
            return (date.fromisoformat(value) + by).isoformat()
        except ValueError:
            return value
    if isinstance(value, dict):
        return {name: _shifted(item, by) for name, item in value.items()}
    return [_shifted(item, by) for item in value] if isinstance(value, list) else value


def _opened(desk: Desk) -> dict[str, Any]:
    return {**prefill(desk.form, desk.known, desk.functions), **desk.kept}


def _may_edit(desk: Desk, name: str) -> bool:
    rights = desk.form.rights_at(desk.step)
    return rights.may_edit(name)


def _submitted(desk: Desk, typed: Mapping[str, Any]) -> tuple[dict[str, Any] | None, Mapping[str, Any]]:
    given = {name: value for name, value in typed.items() if value is not None}
    try:
        found = submit(
            desk.form,
            from_json(desk.form.properties, given),
            context=desk.known,
            functions=desk.functions,
            lookups=AnyCode(),
        )
    except WorkflowError as error:
        return None, {"": [str(error)]}
    return (None, found.errors) if found.errors else (found.values, {})


def _mended(desk: Desk, errors: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Something acceptable for the fields that were refused."""
    found = {}
    for path in errors:
        name = path.partition("-")[0]
        if name in desk.form.properties:
            found[name] = sample(desk.form.properties[name], desk.today, filled=typed.get(name) is not None)
    return found


def sample(about: Field, today: date, *, filled: bool = False) -> Any:
    """A value that a field accepts, as far as its schema tells; ``filled``: the usual one was refused already."""
    options = [value for value, _label in options_of(about)]
    kind = about.get("type")
    if options:
        return [options[0]] if kind == "array" else options[0]
    if kind in ("number", "integer"):
        return _number(about, filled=filled)
    if kind == "boolean":
        return True
    if kind == "array":
        return _rows(about, today)
    if kind == "object":
        inner = about.get("properties", {})
        wanted = about.get("required") or list(inner)[:1]
        return {name: sample(inner[name], today) for name in wanted if name in inner}
    return _text(about, today, filled=filled)


def _number(about: Field, *, filled: bool) -> int:
    low = about.get("minimum", about.get("exclusiveMinimum", 0))
    least = int(low) + (1 if "exclusiveMinimum" in about or low == 0 else 0)
    most = int(about.get("maximum", least + 100))
    return min(max(least, 1) + (1 if filled else 0), max(most, 0))


def _text(about: Field, today: date, *, filled: bool) -> str:
    if about.get("format") == "date":
        return (
            CompanyCalendar().local_day(CompanyCalendar().end_of_workday_after(today, 10 if filled else 3)).isoformat()
        )
    if about.get("format") == "time":
        return "10:00"
    if about.get("x-source"):
        return "C001"
    return ("示例" * max(int(about.get("minLength", 1)), 1))[: int(about.get("maxLength", 200))]


def _rows(about: Field, today: date) -> list[Any]:
    columns = columns_of(about)
    count = max(int(about.get("minItems", 1)), 1)
    if not columns:
        return [sample(about.get("items", {}), today)] * count
    wanted = about["items"].get("required") or list(columns)
    return [{name: sample(columns[name], today) for name in wanted if name in columns} for _row in range(count)]


# what several fields make together


def _solved_all(desk: Desk, usual: Mapping[str, Any], target: Target) -> Iterator[dict[str, Any]]:
    for value in target.values:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            change = _solved(desk, usual, target.tree, Decimal(value))
            if change is not None:
                yield change


def _solved(desk: Desk, usual: Mapping[str, Any], tree: ast.expr, wanted: Decimal) -> dict[str, Any] | None:
    """A change of one number in the form that makes the expression what is wanted, if it grows evenly with it."""
    for path in _numbers_in(desk, usual):
        at = [_reckoned(desk, _put(usual, path, Decimal(number)), tree) for number in (1, 2)]
        if at[0] is None or at[1] is None or at[0] == at[1]:
            continue
        found = Decimal(1) + (wanted - at[0]) / (at[1] - at[0])
        found = found.quantize(Decimal("0.01")).normalize()
        changed = _put(usual, path, found if found == found.to_integral_value() else round(found, 2))
        if _reckoned(desk, changed, tree) == wanted:
            return {path[0]: changed[path[0]]}
    return None


def _reckoned(desk: Desk, typed: Mapping[str, Any], tree: ast.expr) -> Decimal | None:
    values, _errors = _submitted(desk, typed)
    if values is None:
        return None
    try:
        value = evaluate_tree(tree, {**desk.known, **dict.fromkeys(desk.form.properties), **values}, desk.functions)
    except ExpressionError:
        return None
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _numbers_in(desk: Desk, usual: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The places of numbers that somebody types: fields, parts of a record, columns of the first row."""
    for name, about in desk.form.properties.items():
        if about.get("readOnly") or not _may_edit(desk, name):
            continue
        if about.get("type") in ("number", "integer"):
            yield (name,)
        for inner, part in about.get("properties", {}).items():
            if part.get("type") in ("number", "integer"):
                yield name, inner
        rows = usual.get(name)
        for column, part in columns_of(about).items():
            if (
                part.get("type") in ("number", "integer")
                and not part.get("readOnly")
                and isinstance(rows, list)
                and rows
            ):
                yield name, 0, column


def _put(values: Mapping[str, Any], path: tuple[Any, ...], number: Decimal) -> dict[str, Any]:
    """The values with a number at one place; the other parts of a record go, so that it decides alone."""
    plain = int(number) if number == number.to_integral_value() else number
    if len(path) == 1:
        return {**values, path[0]: plain}
    if len(path) == 2:
        return {**values, path[0]: {path[1]: plain}}
    rows = [dict(row) for row in values[path[0]]]
    rows[0][path[2]] = plain
    return {**values, path[0]: rows}
