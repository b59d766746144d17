"""Files as editors write them, and every problem of a wrong one with its place and what to do."""

from __future__ import annotations

import pytest

from tests.workflows.decisions.drawing import Column, decision, dmn, input_data, literal, read, table
from workflows.decisions import HitPolicy, evaluate, read_decisions
from workflows.decisions.model import DecisionTable
from workflows.decisions.xml_source import NAMESPACES
from workflows.errors import DefinitionError, Problem

EDITOR_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:x="urn:x" id="d" name="Meal" namespace="urn:d">
  <decision id="Meal" name="Meal level" x:width="3">
    <decisionTable id="t">
      <input id="i" label="Guests">
        <inputExpression id="e" typeRef="number"><text>guests</text></inputExpression>
      </input>
      <output id="o" label="Level" name="level" typeRef="string" />
      <annotation name="Why" />
      <rule id="r1">
        <inputEntry id="c1"><text></text></inputEntry>
        <outputEntry id="c2"><text>"plain"</text></outputEntry>
        <annotationEntry><text>everybody</text></annotationEntry>
      </rule>
    </decisionTable>
  </decision>
  <x:DMNDI><x:decision name="not ours" /></x:DMNDI>
</definitions>"""


def problems_of(*parts: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as refused:
        read(*parts)
    return refused.value.problems


def test_a_file_from_an_editor() -> None:
    result = evaluate(read_decisions(EDITOR_FILE.encode(), file="meal.dmn"), "Meal level", {"guests": 3})
    assert result.outputs == "plain"
    assert (result.trace[0].rule, result.trace[0].number, result.trace[0].description) == ("r1", 1, "everybody")


@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_versions_1_1_to_1_5(namespace: str) -> None:
    model = read_decisions(dmn(decision("A", literal("1 + 1")), namespace=namespace), file="a.dmn")
    assert evaluate(model, None, {}).outputs == 2


def test_the_hit_policy_is_unique_unless_another_is_named() -> None:
    logic = read_decisions(EDITOR_FILE.encode(), file="meal.dmn").decisions[0].logic
    assert isinstance(logic, DecisionTable)
    assert logic.hit_policy is HitPolicy.UNIQUE


def test_every_problem_is_found_with_its_cell_and_line() -> None:
    rules = [["> ", '"head"'], ["1..2", "head of"], ["[1..2", '"head']]
    found = problems_of(decision("A", table([Column("amount")], [Column("level")], rules)))
    assert [problem.element for problem in found] == ["cell1_1", "cell2_1", "cell3_1", "cell3_2"]
    assert [problem.line for problem in found] == [5, 6, 7, 7]
    assert {(problem.file, problem.severity) for problem in found} == {("test.dmn", "error")}
    assert "rule 3, amount" in found[2].message
    assert "close the range with ] or )" in found[2].message


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "not well-formed"),
        (b"<definitions>", "not well-formed"),
        (b"<definitions/>", "no DMN 1.1 to 1.5 file"),
        (b'<bpmn xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "no DMN 1.1 to 1.5 file"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "DOCTYPE"),
        (b"<a>" + b" " * 1_000_000 + b"</a>", "larger than"),
        (dmn(), "has no decision"),
        (b"<a>" * 300 + b"</a>" * 300, "not well-formed"),
    ],
)
def test_what_is_no_dmn_file_is_refused(xml: bytes, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read_decisions(xml, file="a.dmn")


ONE, TWO = [Column("a")], [Column("b"), Column("c")]


@pytest.mark.parametrize(
    ("logic", "message"),
    [
        ("", "neither a decision table nor an expression"),
        ("<context/>", "a boxed context is not supported"),
        ('<literalExpression expressionLanguage="javascript"><text>1</text></literalExpression>', "use FEEL"),
        (literal('date("2026-02-30")'), "is not a date"),
        (literal("_hidden"), "do not begin with an underscore"),
        (literal("1 +"), "ends too early"),
        (literal("(1"), r"\) is missing"),
        (literal('"open'), "is not closed"),
        (literal("a $ b"), r"\$ cannot be read"),
        (literal("1 2"), "is not expected here"),
        (table(ONE, ONE, [["1"]]), "has 1 inputs and 0 outputs instead of 1 inputs and 1 outputs"),
        (table(ONE, [], [["1"]]), "no output column"),
        (table([Column("")], ONE, []), "has no expression"),
        (table(ONE, [Column("b"), Column("b")], []), "need a name each"),
        (table(ONE, [Column("b"), Column("")], []), "need a name each"),
        (table(ONE, ONE, [], hit_policy="BEST"), "hitPolicy BEST is not known: choose one of UNIQUE"),
        (table(ONE, ONE, [], hit_policy="COLLECT", aggregation="AVG"), "aggregation AVG is not known"),
        (table(ONE, ONE, [], hit_policy="FIRST", aggregation="SUM"), "goes with COLLECT only"),
        (table(ONE, TWO, [], hit_policy="COLLECT", aggregation="SUM"), "a single output column"),
        (table(ONE, ONE, [], hit_policy="PRIORITY"), "needs a list of output values"),
        (table(ONE, ONE, [["-, 1", "1"]]), "stands alone"),
        (table(ONE, ONE, [['not("A"), "B"', "1"]]), "stands alone"),
        (table([Column("a", "tGone")], ONE, []), "the type tGone is not defined"),
        (table([Column(f"c{n}") for n in range(50)], ONE, []), "has 51 columns"),
        (table([], ONE, [["1"]] * 2001), "has 2001 rules"),
    ],
)
def test_what_a_decision_may_not_hold(logic: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(decision("A", logic))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (['<import namespace="urn:x"/>'], "cannot be imported"),
        (['<decisionService id="s" name="S"/>'], "decision services are not supported"),
        ([decision("A", literal("2"))], "the name A is taken"),
        ([input_data("A")], "the name A is taken"),
        ([decision("", literal("2"))], "has no name"),
        (['<inputData id="A" name="B"/>'], "the id A is taken"),
        ([input_data(f"in{n}") for n in range(500)], "more than 500"),
    ],
)
def test_what_a_file_may_not_hold(parts: list[str], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(decision("A", literal("1")), *parts)


def test_another_expression_language_is_refused() -> None:
    xml = dmn(decision("A", literal("1"))).replace(b'id="file"', b'id="file" expressionLanguage="juel"')
    with pytest.raises(DefinitionError, match="the expression language juel is not supported"):
        read_decisions(xml, file="a.dmn")


def test_extensions_and_comments_are_left_alone() -> None:
    extra = '<extensionElements><x:a xmlns:x="urn:x"/></extensionElements><!-- <decision name="B"/> -->'
    assert evaluate(read(extra, decision("A", literal("1"))), None, {}).outputs == 1
