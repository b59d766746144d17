from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, timer, votes
from tests.workflows.engine.driving import Case, World
from workflows.engine import CannotReturn, OperationUndone, TaskNotOpen

CHAIN = (
    Process()
    .start()
    .user("apply")
    .service("reserve", "reserve", amount="amount")
    .user("review")
    .boundary("late", "review", timer("timeDuration", "PT8H"))
    .user("escalated")
    .service("book", "book")
    .user("check")
    .end()
    .end("late_end")
    .line("start", "apply", "reserve", "review", "book", "check", "end")
    .line("late", "escalated", "late_end")
    .xml()
)


def chain() -> Case:
    world = World(reserve=lambda call: {"reservation": 7}, book=lambda call: {"booking": 8})
    return Case(CHAIN, world=world).do("apply", amount=5, rows=[{"price": 1}])


def test_the_steps_before_can_be_returned_to() -> None:
    case = chain().walk("review")
    assert case.reload().returnable_to(case.task("check")) == ["apply", "review"]


def test_a_return_keeps_the_form_and_forgets_what_came_later() -> None:
    case = chain().do("review", comment="fine", amount=6).back("apply", from_step="check")
    (task,) = case.reload().open_tasks()
    assert (task.step, task.variables) == ("apply", {"amount": 5, "rows": [{"price": 1}]})
    assert case.instance.variables() == task.variables
    case.do("apply", amount=9).walk("review", "check")
    assert case.instance.finished
    assert case.instance.variables()["amount"] == 9


def test_the_library_loses_the_form() -> None:
    xml = Process().start().user("first").user("apply").user("review").end()
    workflow = plain.begin(xml.line("start", "first", "apply", "review", "end").xml())
    plain.do(workflow, "first", amount=0)
    apply = plain.ready(workflow)[0]
    plain.do(workflow, "apply", amount=5)
    workflow.reset_from_task_id(apply.id, dict(apply.data))
    assert plain.ready(workflow)[0].data["amount"] == 0


def test_operations_that_ran_after_the_step_are_undone_newest_first() -> None:
    case = chain().walk("review").back("apply", from_step="check")
    assert [call.operation for call in case.world.undone] == ["book", "reserve"]
    assert case.world.undone[1].parameters == {"amount": 5}
    assert case.world.undone[1].variables["reservation"] == 7
    undone = [event.call for event in case.instance.events if isinstance(event, OperationUndone)]
    assert undone == case.world.undone


def test_operations_before_the_step_stay() -> None:
    case = chain().walk("review").back("review", from_step="check")
    assert [call.operation for call in case.world.undone] == ["book"]


def test_what_undoing_raises_passes_unchanged() -> None:
    case = chain()
    error = ValueError("already paid out")

    def refuse(call: Any) -> None:
        raise error

    case.world.undone = type("Refuses", (list,), {"append": staticmethod(refuse)})()
    with pytest.raises(ValueError, match="already paid out") as raised:
        case.back("apply", from_step="review")
    assert raised.value is error


def test_a_return_while_a_timer_waits_starts_it_anew() -> None:
    case = chain().back("apply", from_step="review").after(hours=9).do("apply", amount=1)
    assert case.open() == ["review"]
    case.after(hours=9)
    assert case.open() == ["escalated"]


def test_the_library_crashes_on_a_return_while_a_timer_waits() -> None:
    xml = (
        Process()
        .start()
        .user("apply")
        .user("review")
        .boundary("late", "review", timer("timeDuration", '"PT8H"'))
        .end()
        .end("late_end")
        .line("start", "apply", "review", "end")
        .line("late", "late_end")
    )
    workflow = plain.begin(xml.xml())
    (apply,) = plain.ready(workflow)
    plain.do(workflow, "apply")
    workflow.reset_from_task_id(apply.id)
    with pytest.raises(AttributeError):
        workflow.do_engine_steps()


def test_a_return_needs_an_open_task_and_a_completed_step() -> None:
    case = chain()
    done = case.task("review")
    for step in ("check", "review", "no_such_step"):
        with pytest.raises(CannotReturn):
            case.back(step, from_step="review")
    case = chain()
    done = case.task("review")
    case.walk("review")
    with pytest.raises(TaskNotOpen):
        case.reload().returnable_to(done)


def test_the_newest_visit_counts() -> None:
    xml = (
        Process()
        .start()
        .user("apply")
        .user("review")
        .choice("gate", default="check")
        .user("check")
        .end()
        .line("start", "apply", "review", "gate", "check", "end")
        .flow("gate", "apply", "again")
    )
    case = Case(xml.xml())
    for number in range(3):
        case.do("apply", text=number).do("review", again=number < 2)
    assert case.reload().returnable_to(case.task("check")) == ["apply", "review"]
    case.back("apply", from_step="check")
    assert case.instance.variables()["text"] == 2


def test_a_vote_is_returned_to_as_a_whole() -> None:
    xml = Process().start().user("apply").user("sign", votes()).user("check").end()
    case = Case(xml.line("start", "apply", "sign", "check", "end").xml())
    case.do("apply", approvers=["x", "y"]).do("sign", item="y", vote="no").do("sign", item="x", vote="yes")
    assert case.instance.variables()["votes"] == ["no", "yes"]
    assert case.reload().returnable_to(case.task("check")) == ["apply", "sign"]
    case.back("sign", from_step="check")
    assert [task.item for task in case.instance.open_tasks()] == ["x", "y"]
    assert "votes" not in case.instance.variables() or case.instance.variables()["votes"] == []
    case.do("sign", item="x", vote="yes").do("sign", item="y", vote="yes")
    assert case.instance.variables()["votes"] == ["yes", "yes"]


INNER = (
    Process()
    .start()
    .user("apply")
    .inner(
        "part",
        Process("inner")
        .start("inner_start")
        .user("first")
        .service("mark", "mark")
        .user("second")
        .end("inner_end")
        .line("inner_start", "first", "mark", "second", "inner_end"),
    )
    .user("check")
    .end()
    .line("start", "apply", "part", "check", "end")
    .xml()
)


@pytest.mark.parametrize("target", ["apply", "first", "second"])
def test_steps_inside_a_finished_sub_process_can_be_returned_to(target: str) -> None:
    steps = ["apply", "first", "second", "check"]
    case = Case(INNER, world=World(mark=lambda call: {})).walk("apply").do("first", note="n").walk("second")
    assert case.reload().returnable_to(case.task("check")) == ["apply", "first", "second"]
    case.back(target, from_step="check")
    assert case.open() == [target]
    assert len(case.world.undone) == (target != "second")
    case.walk(*steps[steps.index(target) :])
    assert case.instance.finished


@pytest.mark.parametrize("target", ["apply", "first"])
def test_a_return_out_of_and_inside_a_running_sub_process(target: str) -> None:
    steps = ["apply", "first", "second", "check"]
    case = Case(INNER, world=World(mark=lambda call: {})).walk("apply", "first")
    assert case.reload().returnable_to(case.task("second")) == ["apply", "first"]
    case.back(target, from_step="second").walk(*steps[steps.index(target) :])
    assert case.instance.finished


def test_the_form_survives_what_later_steps_do_to_nested_values() -> None:
    xml = Process().start().user("apply").script("raise", "rows[0].price = 99").user("check").end()
    case = Case(xml.line("start", "apply", "raise", "check", "end").xml()).do("apply", rows=[{"price": 1}])
    assert case.instance.variables() == {"rows": [{"price": 99}]}
    case.back("apply", from_step="check")
    assert case.instance.variables() == {"rows": [{"price": 1}]}


def test_the_library_lets_later_steps_rewrite_nested_values_of_earlier_ones() -> None:
    xml = Process().start().user("apply").script("raise", "rows[0]['price'] = 99").user("check").end()
    workflow = plain.begin(xml.line("start", "apply", "raise", "check", "end").xml())
    (apply,) = plain.ready(workflow)
    plain.do(workflow, "apply", rows=[{"price": 1}])
    assert apply.data == {"rows": [{"price": 99}]}


def test_a_return_prefers_the_form_to_the_step_before() -> None:
    xml = Process().start().user("first").user("apply").user("review").end()
    case = Case(xml.line("start", "first", "apply", "review", "end").xml())
    case.do("first", amount=0, rows=["z", "x"]).do("apply", amount=5, rows=["x", "y", "z"])
    case.back("apply", from_step="review")
    assert case.instance.variables() == {"amount": 5, "rows": ["x", "y", "z"]}


def test_removed_timers_do_not_wait_any_longer() -> None:
    case = chain().back("apply", from_step="review")
    assert case.instance._workflow.event_manager.tasks == {}
    case.after(days=2)
    assert case.open() == ["apply"]
