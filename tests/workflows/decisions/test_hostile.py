"""What somebody may type or upload to hang the server or fill its memory: refused, or answered in seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.workflows.decisions.drawing import Column, answer, decision, function, literal, meets, read, table, value_of
from workflows.decisions import check_table, evaluate
from workflows.errors import DefinitionError


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "expression",
    ["9 ** 9 ** 9", "9 ** (9 ** 9)", "(9 ** 9) ** (9 ** 9)", "1.0000001 ** (10 ** 29)", "10 ** 30 * 10", "10 ** 1000"],
)
def test_huge_numbers_are_null(expression: str) -> None:
    result = answer(literal(expression))
    assert result.outputs is None
    assert result.trace[-1].notes


def test_tiny_numbers_stay_short() -> None:
    assert len(str(value_of("0.5 ** (10 ** 29)"))) < 40


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 1_900 + "1" + ")" * 1_900,
        "-" * 3_900 + "1",
        "not(" * 900 + "true" + ")" * 900,
        "1 in " * 700 + "1",
        "if 1 then " * 300 + "1",
        "+".join(["1"] * 1_900),
        ".".join(["a"] * 1_900),
        "1e9999",
        "9" * 3_900,
        '"' + "x" * 5_000 + '"',
        "(" * 30 + "x" + " in (1, 2, 3, 4, 5, 6, 7, 8, 9))" * 30,
    ],
)
def test_what_is_too_deep_or_too_long_is_refused_when_read(expression: str) -> None:
    with pytest.raises(DefinitionError):
        value_of(expression, x=1)


def test_what_is_just_within_the_limits_works() -> None:
    assert value_of("(" * 35 + "1" + ")" * 35) == 1
    assert value_of("+".join(["1"] * 80)) == 80
    assert value_of("if x then 1 else " * 15 + "2", x=False) == 2


def test_a_cell_with_very_many_values_works() -> None:
    cell = ", ".join(str(number) for number in range(700))
    assert meets(cell, 699)
    assert not meets(cell, 700)


def test_texts_do_not_grow_without_bound() -> None:
    grow = [decision("D0", literal('"' + "x" * 3_000 + '"'))]
    grow += [decision(f"D{n}", literal(f"D{n - 1} + D{n - 1}"), requires=[f"D{n - 1}"]) for n in range(1, 40)]
    result = evaluate(read(*grow), "D39", {})
    assert result.outputs is None
    assert any("太长" in note for fired in result.trace for note in fired.notes)


def test_functions_do_not_multiply() -> None:
    doubling = [function("F0", ["n"], literal("n + 1"))]
    doubling += [function(f"F{n}", ["n"], literal(f"F{n - 1}(n) + F{n - 1}(n)")) for n in range(1, 60)]
    result = answer(literal("F59(1)"), {}, *doubling)
    assert result.outputs is None
    assert result.trace[-1].notes


def test_long_lists_are_not_gone_through_for_every_rule() -> None:
    rules = [["order.price", "1"] for _ in range(2_000)]
    data = {"subject": 1, "order": [{"price": 2}] * 9_000}
    assert answer(table([Column("subject")], [Column("o")], rules), data).outputs is None


def test_a_table_of_two_thousand_rules_is_read_decided_and_checked() -> None:
    rules = [[f"[{n}..{n + 1})", "-", "-", f'"{n}"'] for n in range(2_000)]
    model = read(decision("A", table([Column("a", "number"), Column("b"), Column("c")], [Column("o")], rules)))
    assert evaluate(model, None, {"a": 1999}).outputs == "1999"
    assert [problem.message for problem in check_table(model.decisions[0])] == [
        "A：a < 0 或 a ≥ 2000：没有规则，请补一条规则或设默认结果"
    ]


def test_a_table_too_tangled_to_check_to_the_end_says_so() -> None:
    cells = ["< 5", "> 3", "[2..7]", "-", "not(5)", "> 8"]
    rules = [[*(cells[(n * 7 + place * place + n * place) % 6] for place in range(12)), "1"] for n in range(400)]
    columns = [Column(f"c{place}", "number") for place in range(12)]
    found = check_table(read(decision("A", table(columns, [Column("o")], rules))).decisions[0])
    assert any("遗漏的情况太多" in problem.message for problem in found)
    assert any("重叠的规则太多" in problem.message for problem in found)
    assert len(found) < 60
