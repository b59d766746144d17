from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, timer
from tests.workflows.engine.driving import Case

LOOP = (
    Process()
    .start()
    .user("apply")
    .parallel("split")
    .user("a")
    .user("b")
    .parallel("join")
    .user("check")
    .choice("gate", default="end")
    .end()
    .line("start", "apply", "split", "a", "join", "check", "gate", "end")
    .line("split", "b", "join")
    .flow("gate", "apply", "again")
    .xml()
)
THREE = (
    Process()
    .start()
    .user("apply")
    .parallel("split")
    .user("a")
    .user("b")
    .user("c")
    .parallel("join")
    .user("after")
    .end()
    .line("start", "apply", "split", "a", "join", "after", "end")
    .line("split", "b", "join")
    .line("split", "c", "join")
    .xml()
)


@pytest.mark.parametrize("orders", list(product(("ab", "ba"), repeat=7)), ids="-".join)
def test_every_branch_is_waited_for_in_every_round(orders: tuple[str, ...]) -> None:
    case = Case(LOOP)
    for number, (first, second) in enumerate(orders):
        case.do("apply")
        case.do(first)
        assert case.open() == [second], f"round {number}"
        case.do(second)
        assert case.open() == ["check"]
        case.do("check", again=True)
    assert case.open() == ["apply"]


def test_the_library_joins_too_early_in_the_second_round() -> None:
    workflow = plain.begin(LOOP)
    for name in ("apply", "a", "b"):
        plain.do(workflow, name)
    plain.do(workflow, "check", again=True)
    plain.do(workflow, "apply")
    plain.do(workflow, "b")
    assert "check" in plain.names(workflow)


@pytest.mark.parametrize("order", list(permutations("abc")), ids="".join)
def test_branches_contribute_only_what_they_changed(order: tuple[str, ...]) -> None:
    case = Case(THREE).do("apply", total=1, notes=["x"], gone=1, row={"left": 0, "right": 0})
    changes: dict[str, dict[str, Any]] = {
        "a": {"total": 2},
        "b": {"notes": ["x", "from b"], "row": {"left": 1, "right": 0}},
        "c": {"notes": ["x", "from c"], "row": {"left": 0, "right": 1}},
    }
    for name in order:
        case.do(name, **changes[name])
    variables = case.reload().variables()
    assert (variables["total"], variables["row"]) == (2, {"left": 1, "right": 1})
    assert sorted(variables["notes"]) == ["from b", "from c", "x"]


def test_the_library_lets_the_last_branch_overwrite_the_others() -> None:
    workflow = plain.begin(THREE)
    plain.do(workflow, "apply", total=1, notes=["x"])
    plain.do(workflow, "a", total=2, notes=["x", "from a"])
    plain.do(workflow, "b", notes=["x", "from b"])
    plain.do(workflow, "c")
    data = plain.ready(workflow)[0].data
    assert data["total"] == 1
    assert data["notes"] != ["x", "from a", "from b"]


@pytest.mark.parametrize("order", list(permutations("abc")), ids="".join)
def test_a_return_into_the_last_branch_keeps_the_tokens_of_the_others(order: tuple[str, ...]) -> None:
    case = Case(THREE).walk("apply", *order)
    last = order[-1]
    assert case.instance.returnable_to(case.task("after")) == ["apply", last]
    case.back(last, from_step="after")
    assert case.open() == [last]
    assert case.walk(last, "after").instance.finished


def test_a_return_before_the_split_opens_all_branches_again() -> None:
    case = Case(THREE).walk("apply", "a", "b", "c").back("apply", from_step="after")
    case.walk("apply", "c", "b")
    assert case.open() == ["a"]
    assert case.walk("a", "after").instance.finished


def test_a_return_from_one_open_branch_takes_the_other_one_back_too() -> None:
    case = Case(THREE).walk("apply", "a").back("apply", from_step="b")
    assert case.open() == ["apply"]
    assert case.walk("apply", "a", "b", "c", "after").instance.finished


def test_what_a_side_path_did_not_change_does_not_come_back_at_the_end() -> None:
    xml = (
        Process()
        .start()
        .user("apply")
        .boundary("late", "apply", timer("timeDuration", "PT8H"), interrupting=False)
        .user("chase")
        .end()
        .end("chased")
        .line("start", "apply", "end")
        .line("late", "chase", "chased")
    )
    case = Case(xml.xml(), {"state": "new", "people": ["x", "y", "z"]}).after(hours=9)
    case.do("apply", state="applied", people=["z", "x"]).do("chase", chased=True)
    assert case.reload().variables() == {"state": "applied", "people": ["z", "x"], "chased": True}
