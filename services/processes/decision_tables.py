"""Decision tables of a draft: where each is used, what is wrong with one while it is edited, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from services.errors import InvalidInput, NotFound
from services.processes.vocabulary import names_of_folder
from workflows.decisions import (
    Decision,
    DecisionModel,
    DecisionTable,
    boundary_values,
    cells_met,
    decide,
    names_read,
    plain,
    read_decisions,
    study_table,
)
from workflows.decisions.checks import Gap, Overlap
from workflows.decisions.drawing import title_of
from workflows.decisions.model import Input
from workflows.definition import ProcessFiles
from workflows.definition.parts import Parts, read_parts
from workflows.errors import DefinitionError, Problem
from workflows.forms.fields import options_of

FOLDER, SUFFIX = "decisions/", ".dmn"
ASKED_BY_PROGRAM = {"benefit_limit": "受益人年度限额的核对"}
"""Decisions that a part of the program asks by name, whatever the diagram does."""
_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
MAX_TYPED = 500


@dataclass(frozen=True, kw_only=True)
class Use:
    """A business rule task that asks the table."""

    element: str
    name: str


@dataclass(frozen=True, kw_only=True)
class TableEntry:
    """One file of ``decisions/`` in the list."""

    name: str
    title: str
    policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: int
    uses: tuple[Use, ...]
    asked_by: str
    """The part of the program that asks it by name, or nothing."""
    problem: str
    """Why it cannot be read, or nothing."""


def path_of(name: str) -> str:
    return f"{FOLDER}{name}{SUFFIX}"


def names_of_tables(files: ProcessFiles) -> list[str]:
    return [
        path.removeprefix(FOLDER).removesuffix(SUFFIX)
        for path in sorted(files)
        if path.startswith(FOLDER) and path.endswith(SUFFIX)
    ]


def list_tables(files: ProcessFiles) -> list[TableEntry]:
    """Every table of the draft, readable or not."""
    parts = read_parts(files)
    return [_entry(name, files[path_of(name)], parts) for name in names_of_tables(files)]


def uses_of(parts: Parts, name: str) -> tuple[Use, ...]:
    """The steps of the diagram that ask the table; none where the diagram cannot be read."""
    if parts.root is None:
        return ()
    return tuple(
        Use(element=str(task.get("id") or ""), name=str(task.get("name") or task.get("id") or ""))
        for task in parts.root.iter(f"{_MODEL}businessRuleTask")
        if any((called.text or "").strip() == name for called in _called(task))
    )


def _called(task: etree._Element) -> Iterator[etree._Element]:
    return (element for element in task.iter() if etree.QName(element).localname == "calledDecisionId")


def _entry(name: str, raw: bytes, parts: Parts) -> TableEntry:
    model = parts.decisions.get(name)
    decision = main_decision(model, name) if model else None
    logic = decision.logic if decision else None
    table = logic if isinstance(logic, DecisionTable) else None
    return TableEntry(
        name=name,
        title=decision.name if decision else title_of(raw, name),
        policy=policy_of(table) if table else "",
        inputs=tuple(column.label for column in table.inputs) if table else (),
        outputs=tuple(output.label or output.name for output in table.outputs) if table else (),
        rules=len(table.rules) if table else 0,
        uses=uses_of(parts, name),
        asked_by=ASKED_BY_PROGRAM.get(name, ""),
        problem="" if model else _first_problem(raw, name),
    )


def policy_of(table: DecisionTable) -> str:
    """Its hit policy with the aggregation, as ``COLLECT SUM``."""
    return f"{table.hit_policy.value} {table.aggregation.value}" if table.aggregation else table.hit_policy.value


def _first_problem(raw: bytes, name: str) -> str:
    try:
        read_decisions(raw, file=path_of(name))
    except DefinitionError as error:
        return str(error.problems[0])
    return ""


def main_decision(model: DecisionModel, name: str) -> Decision | None:
    """The decision that cases ask for: the one of the file's name."""
    return next((each for each in model.decisions if name in (each.id, each.name)), None)


# while it is edited


def study(files: ProcessFiles, name: str, xml: bytes) -> dict[str, Any]:
    """What is wrong with the file as it is being edited, and what may be tried; plain values for JSON. Never raises."""
    try:
        model = read_decisions(xml, file=path_of(name))
    except DefinitionError as error:
        return {"problems": error.problems, "tables": {}}
    found = {decision.id: study_table(decision) for decision in model.decisions}
    words = _Words(read_parts(files))
    return {
        "problems": [problem for each in found.values() for problem in (*each.problems,)] + list(_unnamed(model, name)),
        "tables": {
            decision.id: {
                "gaps": [_gap(gap) for gap in found[decision.id].gaps],
                "overlaps": [_overlap(overlap) for overlap in found[decision.id].overlaps],
                "asks": words.asks(model, decision),
            }
            for decision in model.decisions
        },
    }


def _unnamed(model: DecisionModel, name: str) -> Iterator[Problem]:
    if main_decision(model, name) is None:
        known = "、".join(decision.id for decision in model.decisions)
        text = f"文件名是 {name}，但文件中没有编号为 {name} 的决策（有：{known}），流程会找不到它"
        yield Problem(severity="error", file=path_of(name), element="", message=text)


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "words": gap.case.words,
        "weak": gap.problem.severity == "warning",
        "cells": {str(condition.place): condition.cell for condition in gap.case.conditions},
    }


def _overlap(overlap: Overlap) -> dict[str, Any]:
    return {"first": overlap.first.id, "second": overlap.second.id, "words": overlap.problem.message}


class _Words:
    """What the names that a table asks for are called, and what they may be."""

    def __init__(self, parts: Parts) -> None:
        self._fields: dict[str, Mapping[str, Any]] = {
            name: about for form in parts.forms.values() for name, about in form.properties.items()
        }
        self._named = {each["name"]: each for each in names_of_folder(parts)}

    def asks(self, model: DecisionModel, decision: Decision) -> list[dict[str, Any]]:
        """What has to be known for the decision; where two are called the same, with where each comes from."""
        asks = [self._asked(decision, name) for name in sorted(names_read(model, decision.id))]
        titles = [ask["title"] for ask in asks]
        for ask in asks:
            if titles.count(ask["title"]) > 1:
                ask["title"] += f"（{self._named.get(ask['name'], {}).get('from') or ask['name']}）"
        return asks

    def _asked(self, decision: Decision, name: str) -> dict[str, Any]:
        about = self._fields.get(name, {})
        table = decision.logic if isinstance(decision.logic, DecisionTable) else None
        place = _place_of(table, name)
        column = table.inputs[place] if table and place is not None else None
        values = boundary_values(table, place, step=_step(about)) if table and place is not None else ()
        return {
            "name": name,
            "title": self._named.get(name, {}).get("title") or (column.label if column else name),
            "type": _type(column, about),
            "choices": [{"value": str(value), "label": label} for value, label in options_of(about)],
            "boundaries": [{"value": _typed(value), "label": plain(value)} for value in values],
        }


def _place_of(table: DecisionTable | None, name: str) -> int | None:
    """The input column that asks for exactly this name."""
    columns = table.inputs if table else ()
    return next((place for place, column in enumerate(columns) if column.expression.source == name), None)


def _type(column: Input | None, about: Mapping[str, Any]) -> str:
    if column and column.type.base != "Any":
        return column.type.base
    kinds = {"number": "number", "integer": "number", "boolean": "boolean", "string": "string"}
    return str(about.get("format") or kinds.get(str(about.get("type")), "")) or "Any"


def _step(about: Mapping[str, Any]) -> Decimal | None:
    try:
        return Decimal(str(about["multipleOf"])) if "multipleOf" in about else None
    except InvalidOperation:
        return None


def _typed(value: Any) -> str:
    """A value as it is typed into the form."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else plain(value)


def try_table(xml: bytes, name: str, decision: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the table answers to values as they were typed, which rules fired and which cells were met.

    Raises InvalidInput by name for what is no such value, DefinitionError for a file that cannot be read, NotFound.
    """
    model = read_decisions(xml, file=path_of(name))
    target = next((each for each in model.decisions if each.id == decision), None)
    if target is None:
        raise NotFound("文件中没有决策“{name}”", name=decision)
    data = _data(model, target, typed)
    outputs, trace = decide(model, target.id, data)
    table = target.logic if isinstance(target.logic, DecisionTable) else None
    met = cells_met(model, target.id, data)
    return {
        "outputs": [
            {"name": key, "label": _label(table, key), "value": _shown(value)} for key, value in outputs.items()
        ],
        "fired": [fired.number for fired in trace if fired.decision == target.name and fired.number],
        "notes": [
            note
            for fired in trace
            for note in (fired.description if fired.number is None else "", *fired.notes)
            if note
        ],
        "met": [list(cells) for cells in met],
        "inputs": {label: plain(value) for fired in trace[-1:] for label, value in fired.inputs.items()},
    }


def _label(table: DecisionTable | None, name: str) -> str:
    columns = table.outputs if table else ()
    return next(
        (column.label for column in columns if column.label and (column.name == name or len(columns) == 1)), name
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(plain(each) for each in value) or "空"
    return plain(value)


def _data(model: DecisionModel, decision: Decision, typed: Mapping[str, str]) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    data: dict[str, Any] = {}
    table = decision.logic if isinstance(decision.logic, DecisionTable) else None
    for name in names_read(model, decision.id):
        text = str(typed.get(name, ""))[:MAX_TYPED].strip()
        place = _place_of(table, name)
        base = table.inputs[place].type.base if table and place is not None else "Any"
        try:
            data[name] = _read(text, base)
        except (InvalidOperation, KeyError):
            errors[name] = ["请填写数字" if base == "number" else "请选择是或否"]
    if errors:
        raise InvalidInput(errors)
    return data


def _read(text: str, base: str) -> Any:
    if not text:
        return None
    if base == "boolean":
        return {"true": True, "false": False}[text]
    if base == "number":
        return _number(text)
    if base != "Any":
        return text
    try:  # nobody said what it is: a number where it looks like one, as in amount - limit
        return text == "true" if text in ("true", "false") else _number(text)
    except InvalidOperation:
        return text


def _number(text: str) -> Decimal:
    number = Decimal(text.replace(",", ""))
    if not number.is_finite():
        raise InvalidOperation
    return number
