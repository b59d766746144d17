"""Declared types and allowed values."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.workflows.decisions.drawing import Column, answer, decision, input_data, literal, read, table
from workflows.decisions import DecisionResult, evaluate
from workflows.errors import DefinitionError

STATUS = (
    '<itemDefinition name="tStatus"><typeRef>string</typeRef>'
    '<allowedValues><text>"NEW", "OLD"</text></allowedValues></itemDefinition>'
)
LOAN = (
    '<itemDefinition name="tLoan"><itemComponent name="amount"><typeRef>number</typeRef></itemComponent>'
    '<itemComponent name="due date"><typeRef>date</typeRef></itemComponent></itemDefinition>'
)


def given(type_name: str, value: Any, expression: str = "subject") -> DecisionResult:
    parts = [STATUS, LOAN, input_data("subject", type_name), decision("Answer", literal(expression))]
    return evaluate(read(*parts), None, {"subject": value})


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("number", "x"),
        ("string", 5),
        ("boolean", 1),
        ("date", "2026-02-30"),
        ("tStatus", "GONE"),
        ("dayTimeDuration", "P1X"),
    ],
)
def test_what_is_not_of_the_declared_type_is_null_and_noted(type_name: str, value: Any) -> None:
    result = given(type_name, value)
    assert result.outputs is None
    assert result.trace[-1].notes[0].startswith("subject 的值 ")


@pytest.mark.parametrize(
    ("type_name", "value", "expected"),
    [
        ("number", 5, 5),
        ("feel:number", 5, 5),
        ("integer", 5, 5),
        ("tStatus", "NEW", "NEW"),
        ("date", "2026-03-01", date(2026, 3, 1)),
        ("dayTimeDuration", "P1D", timedelta(days=1)),
        ("Any", "x", "x"),
        ("string", ["x"], "x"),
    ],
)
def test_values_of_the_declared_type_are_taken(type_name: str, value: Any, expected: Any) -> None:
    assert given(type_name, value).outputs == expected


def test_fields_of_records_have_types_too() -> None:
    loan = {"amount": 5, "due date": "2026-03-01"}
    assert given("tLoan", loan, 'subject.due date + duration("P1D")').outputs == date(2026, 3, 2)
    result = given("tLoan", {"amount": "5"}, "subject.amount")
    assert result.outputs is None
    assert result.trace[-1].notes[0].startswith("subject.amount 的值 ")


def test_an_input_that_is_not_allowed_gives_no_output_not_the_default() -> None:
    outputs = [Column("rate", default="0")]
    drawn = table([Column("level", "string", '"A", "B"')], outputs, [['"A"', "1"], ['"B"', "2"]])
    assert answer(drawn, {"level": "B"}).outputs == 2
    refused = answer(drawn, {"level": "C"})
    assert refused.outputs is None
    assert "有输入不在可选值中" in refused.trace[0].description
    assert '不在可选值 "A", "B" 中' in refused.trace[0].notes[0]


def test_outputs_are_checked_against_the_column() -> None:
    drawn = table([], [Column("days", "number"), Column("who", "string")], [['"three"', '"head"']])
    result = answer(drawn)
    assert result.outputs == {"days": None, "who": "head"}
    assert 'days 的值 "three" 不是数字' in result.trace[-1].notes


def test_dates_in_outputs_may_be_written_as_text() -> None:
    assert answer(table([], [Column("day", "date")], [['"2026-03-01"']])).outputs == date(2026, 3, 1)


def test_the_result_of_a_decision_has_a_type() -> None:
    assert evaluate(read(decision("A", literal('"x"'), type_name="number")), None, {}).outputs is None


def test_a_list_type_takes_lists_and_single_values() -> None:
    many = '<itemDefinition name="tMany" isCollection="true"><typeRef>string</typeRef></itemDefinition>'
    drawn = table([], [Column("who", "string")], [['"a"'], ['"b"']], hit_policy="COLLECT")
    assert evaluate(read(many, decision("A", drawn, type_name="tMany")), None, {}).outputs == ["a", "b"]
    assert evaluate(read(many, decision("A", literal('"a"'), type_name="tMany")), None, {}).outputs == ["a"]


@pytest.mark.parametrize(
    "definition",
    [
        """<itemDefinition name="t1"><typeRef>t2</typeRef></itemDefinition>
        <itemDefinition name="t2"><typeRef>t1</typeRef></itemDefinition>""",
        '<itemDefinition name="t1"><itemComponent name="again"><typeRef>t1</typeRef></itemComponent></itemDefinition>',
    ],
)
def test_types_in_a_circle_are_refused(definition: str) -> None:
    with pytest.raises(DefinitionError, match="绕回了自己"):
        read(definition, decision("A", literal("1")))


def test_undefined_types_are_refused() -> None:
    with pytest.raises(DefinitionError, match="没有定义类型“tGone”"):
        read(input_data("a", "tGone"), decision("A", literal("1")))
