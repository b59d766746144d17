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
    assert "第 3 条规则“amount”" in found[2].message
    assert "请用 ] 或 ) 结束这个范围" in found[2].message


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "不是有效的 XML 文件"),
        (b"<definitions>", "不是有效的 XML 文件"),
        (b"<definitions/>", "不是 DMN 1.1 至 1.5 的文件"),
        (b'<bpmn xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "不是 DMN 1.1 至 1.5 的文件"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "DOCTYPE"),
        (b"<a>" + b" " * 1_000_000 + b"</a>", "文件超过"),
        (dmn(), "没有决策"),
        (b"<a>" * 300 + b"</a>" * 300, "不是有效的 XML 文件"),
    ],
)
def test_what_is_no_dmn_file_is_refused(xml: bytes, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read_decisions(xml, file="a.dmn")


ONE, TWO = [Column("a")], [Column("b"), Column("c")]


@pytest.mark.parametrize(
    ("logic", "message"),
    [
        ("", "既没有决策表也没有表达式"),
        ("<context/>", "不支持 context 这种表达式"),
        ('<literalExpression expressionLanguage="javascript"><text>1</text></literalExpression>', "请用 FEEL"),
        (literal('date("2026-02-30")'), "不是日期"),
        (literal("_hidden"), "不能以下划线开头"),
        (literal("1 +"), "没有写完"),
        (literal("(1"), r"缺少 \)"),
        (literal('"open'), "文字没有结束"),
        (literal("a $ b"), r"“\$”无法读懂"),
        (literal("1 2"), "不能出现在这里"),
        (table(ONE, ONE, [["1"]]), "应有 1 个输入和 1 个输出，现在是 1 个输入和 0 个输出"),
        (table(ONE, [], [["1"]]), "没有输出列"),
        (table([Column("")], ONE, []), "没有表达式"),
        (table(ONE, [Column("b"), Column("b")], []), "都要有输出名称"),
        (table(ONE, [Column("b"), Column("")], []), "都要有输出名称"),
        (table(ONE, ONE, [], hit_policy="BEST"), "没有“BEST”这种命中策略，请从 UNIQUE"),
        (table(ONE, ONE, [], hit_policy="COLLECT", aggregation="AVG"), "没有“AVG”这种汇总方式"),
        (table(ONE, ONE, [], hit_policy="FIRST", aggregation="SUM"), "只能与“收集”"),
        (table(ONE, TWO, [], hit_policy="COLLECT", aggregation="SUM"), "只能有一个输出列"),
        (table(ONE, ONE, [], hit_policy="PRIORITY"), "列出可选结果"),
        (table(ONE, ONE, [["-, 1", "1"]]), "须独占一格"),
        (table(ONE, ONE, [['not("A"), "B"', "1"]]), "须独占一格"),
        (table([Column("a", "tGone")], ONE, []), "没有定义类型“tGone”"),
        (table([Column(f"c{n}") for n in range(50)], ONE, []), "有 51 列"),
        (table([], ONE, [["1"]] * 2001), "有 2001 条规则"),
    ],
)
def test_what_a_decision_may_not_hold(logic: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(decision("A", logic))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (['<import namespace="urn:x"/>'], "不能引用别的文件"),
        (['<decisionService id="s" name="S"/>'], "不支持决策服务"),
        ([decision("A", literal("2"))], "名称“A”与另一个元素重复"),
        ([input_data("A")], "名称“A”与另一个元素重复"),
        ([decision("", literal("2"))], "没有名称"),
        (['<inputData id="A" name="B"/>'], "编号“A”与另一个元素重复"),
        ([input_data(f"in{n}") for n in range(500)], "超过 500 个"),
    ],
)
def test_what_a_file_may_not_hold(parts: list[str], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(decision("A", literal("1")), *parts)


def test_another_expression_language_is_refused() -> None:
    xml = dmn(decision("A", literal("1"))).replace(b'id="file"', b'id="file" expressionLanguage="juel"')
    with pytest.raises(DefinitionError, match="不支持表达式语言“juel”"):
        read_decisions(xml, file="a.dmn")


def test_extensions_and_comments_are_left_alone() -> None:
    extra = '<extensionElements><x:a xmlns:x="urn:x"/></extensionElements><!-- <decision name="B"/> -->'
    assert evaluate(read(extra, decision("A", literal("1"))), None, {}).outputs == 1
