"""撤回 in the engine: a completed task opens again as it was typed, as long as nobody built on it."""

from __future__ import annotations

import pytest

from tests.workflows.engine.diagrams import Process, message_catch, message_head, properties, timer, votes
from tests.workflows.engine.driving import Case, World
from workflows.engine import CannotReturn, OperationUndone, TaskNotOpen

CHAIN = (
    Process()
    .start()
    .user("apply")
    .user("review")
    .boundary("late", "review", timer("timeCycle", "R3/PT8H"), interrupting=False)
    .service("remind", "remind")
    .end("reminded")
    .service("book", "book")
    .user("check")
    .end()
    .line("start", "apply", "review", "book", "check", "end")
    .line("late", "remind", "reminded")
    .xml()
)


def chain() -> Case:
    return Case(CHAIN, world=World(book=lambda call: {"booking": 8}, remind=lambda call: {})).do("apply", amount=5)


def reopened(case: Case, task_id: str) -> Case:
    case.reload().reopen(task_id)
    return case


def test_the_last_step_opens_again_as_it_was_typed_and_its_operations_are_undone() -> None:
    case = chain()
    review = case.task("review")
    case.do("review", comment="fine")
    reopened(case, review)
    (task,) = case.reload().open_tasks()
    assert (task.id, task.step, task.variables["comment"]) == (review, "review", "fine")
    assert [call.operation for call in case.world.undone] == ["book"]
    case.walk("review", "check")
    assert case.instance.finished


def test_what_was_built_on_it_is_named_before_it_is_taken_back() -> None:
    case = chain()
    review = case.task("review")
    case.walk("review")
    check = case.task("check")
    assert case.reload().later_visits(review) == []
    case.walk("check")
    assert [(visit.step, visit.task_id) for visit in case.reload().later_visits(review)] == [("check", check)]
    removed = case.instance.reopen(review)
    assert [visit.step for visit in removed] == ["check"]
    assert case.open() == ["review"]


def test_a_finished_case_opens_again_and_can_finish_again() -> None:
    case = chain().walk("review")
    check = case.task("check")
    case.walk("check")
    assert case.instance.finished
    reopened(case, check)
    assert case.reload().finished is None
    assert case.open() == ["check"]
    assert case.world.undone == []
    assert case.walk("check").instance.finished


def test_a_reminder_that_went_out_meanwhile_does_not_bind() -> None:
    case = chain()
    review = case.task("review")
    case.walk("review").after(hours=9)
    reopened(case, review)
    assert case.open() == ["review"]
    undone = [event.call.operation for event in case.instance.events if isinstance(event, OperationUndone)]
    assert undone == ["book"]


def test_only_a_completed_user_task_can_be_taken_back() -> None:
    case = chain()
    with pytest.raises(TaskNotOpen):
        reopened(case, case.task("review"))
    with pytest.raises(TaskNotOpen):
        reopened(case, "nonsense")


def test_a_message_that_came_in_binds() -> None:
    process = Process(head=message_head()).start().user("order").node("intermediateCatchEvent", "paid", message_catch())
    case = Case(process.user("ship").end().line("start", "order", "paid", "ship", "end").xml())
    order = case.task("order")
    case.do("order")
    case.reload().send_message("paid", {})
    with pytest.raises(CannotReturn, match="message"):
        reopened(case, order)


BRANCHES = (
    Process()
    .start()
    .user("apply")
    .parallel("split")
    .user("left")
    .user("right")
    .parallel("join")
    .user("check")
    .end()
    .line("start", "apply", "split", "left", "join", "check", "end")
    .line("split", "right", "join")
    .xml()
)


LONGER = (
    Process()
    .start()
    .user("apply")
    .parallel("split")
    .user("left")
    .user("right")
    .user("more")
    .parallel("join")
    .user("check")
    .user("last")
    .end()
    .line("start", "apply", "split", "left", "join", "check", "last", "end")
    .line("split", "right", "more", "join")
    .xml()
)


def test_one_branch_is_taken_back_while_the_other_waits_or_is_done() -> None:
    for order in (("left", "right"), ("right", "left")):
        case = Case(BRANCHES).do("apply")
        ids = {step: case.task(step) for step in order}
        case.do(order[0])
        reopened(case, ids[order[0]])
        assert sorted(case.open()) == ["left", "right"]
        case.walk(*order)
        assert case.open() == ["check"]
        reopened(case, ids[order[1]])  # the one that fired the join
        assert case.open() == [order[1]]
        assert case.walk(order[1], "check").instance.finished
        case = Case(BRANCHES).do("apply")
        first = case.task(order[0])
        case.walk(*order)
        with pytest.raises(CannotReturn, match="joined"):
            reopened(case, first)


def test_a_joined_branch_opens_again_by_way_of_the_step_before_the_split() -> None:
    case = Case(BRANCHES).do("apply", amount=1).walk("right", "left")
    check = case.task("check")
    assert case.reload().returnable_to(check) == ["apply", "left"]
    (joined,) = case.instance.joined_steps(check).values()
    assert (joined.step, joined.before, joined.later) == ("right", "apply", frozenset())


def test_what_came_after_the_join_came_after_each_of_its_branches() -> None:
    case = Case(LONGER).do("apply").walk("right", "more", "left", "check")
    joined = case.reload().joined_steps(case.task("last"))
    assert {step: sorted(found.later) for step, found in joined.items()} == {
        "right": ["check", "more"],
        "more": ["check"],
    }


def test_steps_in_a_sub_process_are_taken_back_too() -> None:
    inner = Process("inside").start("s").user("one").user("two").end("e").line("s", "one", "two", "e")
    case = Case(Process().start().inner("part", inner).user("after").end().line("start", "part", "after", "end").xml())
    one = case.task("one")
    case.walk("one")
    two = case.task("two")
    reopened(case, one)
    assert case.open() == ["one"]
    case.walk("one")
    two = case.task("two")
    case.walk("two")
    assert case.open() == ["after"]
    reopened(case, two)
    assert case.open() == ["two"]
    case.walk("two", "after")
    assert case.instance.finished


def test_one_of_several_instances_is_not_taken_back() -> None:
    case = Case(
        Process().start().user("sign", votes()).user("after").end().line("start", "sign", "after", "end").xml(),
        {"approvers": ["a", "b"]},
    )
    first = case.task("sign", "a")
    case.do("sign", item="a", vote="yes")
    with pytest.raises(CannotReturn, match="instances"):
        reopened(case, first)


def test_a_step_that_several_sign_is_one_task() -> None:
    marked = properties(signing="all") + votes(output=False)
    case = Case(Process().start().user("sign", marked).end().line("start", "sign", "end").xml())
    assert case.open() == ["sign"]
    assert b"multiInstanceLoopCharacteristics" in case.diagram.xml
    assert case.diagram.steps["sign"].properties["signing"] == "all"
    assert case.walk("sign").instance.finished
