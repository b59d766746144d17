"""Decisions that rest on decisions, functions they share, and which decision is meant."""

from __future__ import annotations

import pytest

from tests.workflows.decisions.drawing import Column, answer, decision, function, input_data, literal, read, table
from workflows.decisions import UnknownDecision, decide, evaluate, names_read
from workflows.errors import DefinitionError

RISK = decision("Risk", table([Column("age")], [Column("risk")], [["< 25", '"high"'], [">= 25", '"low"']]))
PRICE = decision(
    "Price", table([Column("Risk")], [Column("price")], [['"high"', "200"], ['"low"', "100"]]), requires=["Risk"]
)


def test_a_decision_uses_the_result_of_another() -> None:
    model = read(PRICE, RISK)
    assert evaluate(model, "Price", {"age": 20}).outputs == 200
    assert [fired.decision for fired in evaluate(model, "Price", {"age": 20}).trace] == ["Risk", "Price"]


def test_without_a_name_the_decision_nobody_else_uses_is_taken() -> None:
    assert decide(read(PRICE, RISK), None, {"age": 30})[0] == {"price": 100}


def test_only_what_is_needed_is_decided() -> None:
    assert [fired.decision for fired in evaluate(read(PRICE, RISK), "Risk", {"age": 30}).trace] == ["Risk"]


def test_records_of_another_decision_are_read_by_path() -> None:
    both = table([], [Column("level"), Column("days")], [['"head"', "3"]])
    model = read(decision("Approval", both), decision("Deadline", literal("Approval.days * 24"), requires=["Approval"]))
    assert evaluate(model, "Deadline", {}).outputs == 72


@pytest.mark.parametrize("wanted", ["Nothing", None])
def test_an_unclear_decision_is_refused_with_the_choices(wanted: str | None) -> None:
    model = read(RISK, decision("Other", literal("1")))
    with pytest.raises(UnknownDecision, match="文件中有："):
        evaluate(model, wanted, {})


def test_a_decision_is_found_by_id_too() -> None:
    assert evaluate(read(decision("A b", literal("1"))), "A_b", {}).outputs == 1


def test_decisions_in_a_circle_are_refused() -> None:
    with pytest.raises(DefinitionError, match="循环依赖"):
        read(decision("A", literal("B"), requires=["B"]), decision("B", literal("A"), requires=["A"]))


def test_a_decision_that_requires_itself_is_refused() -> None:
    with pytest.raises(DefinitionError, match="循环依赖"):
        read(decision("A", literal("A + 1"), requires=["A"]))


def test_a_decision_used_without_an_arrow_is_refused() -> None:
    with pytest.raises(DefinitionError, match="用到决策“Risk”，请从它画一条线"):
        read(RISK, decision("Price", literal('if Risk = "high" then 2 else 1')))


def test_a_missing_requirement_is_refused() -> None:
    with pytest.raises(DefinitionError, match="需要决策“Gone”"):
        read(decision("A", literal("1"), requires=["Gone"]))


def test_long_chains_are_decided() -> None:
    links = [
        decision(f"D{n}", literal(f"D{n - 1} + 1" if n else "1"), requires=[f"D{n - 1}"] if n else [])
        for n in range(400)
    ]
    assert evaluate(read(*reversed(links)), "D399", {}).outputs == 400


def test_functions_are_called_with_their_own_values() -> None:
    rate = function("Monthly Rate", ["amount", "years"], literal("amount / (years * 12)"))
    data = {"loan": {"amount": 2400}, "amount": 1}
    assert answer(literal("Monthly Rate(loan.amount, 2) + amount"), data, rate).outputs == 101


def test_functions_may_be_tables() -> None:
    level = function("Level", ["n"], table([Column("n")], [Column("level")], [["> 5", '"high"'], ["<= 5", '"low"']]))
    assert answer(literal("Level(6) + Level(5)"), {}, level).outputs == "highlow"


@pytest.mark.parametrize(
    ("expression", "message"), [("Nope(1)", "这个函数"), ("Twice(1, 2)", "需要 1 个值，现在写了 2 个")]
)
def test_wrong_calls_are_refused(expression: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        answer(literal(expression), {}, function("Twice", ["n"], literal("n * 2")))


def test_functions_that_call_each_other_are_refused() -> None:
    with pytest.raises(DefinitionError, match="互相循环调用"):
        answer(literal("F(1)"), {}, function("F", ["n"], literal("G(n)")), function("G", ["n"], literal("F(n)")))


def test_names_read_are_the_data_a_decision_asks_for() -> None:
    twice = function("Twice", ["n"], literal("n * 2 + base"))
    extra = decision("Extra", literal("Twice(bonus) + order.total"), requires=["Risk"])
    assert names_read(read(RISK, extra, twice), "Extra") == {"age", "bonus", "order", "base"}
    assert names_read(read(input_data("age"), RISK), None) == {"age"}
