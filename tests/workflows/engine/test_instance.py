from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.engine.diagrams import Process, extensions, message_catch, message_head, properties, timer
from tests.workflows.engine.driving import BEGIN, Case, World
from workflows.engine import (
    DecisionMade,
    ElementPassed,
    EndReached,
    EngineFailed,
    Instance,
    MessageSent,
    OperationCall,
    OperationRan,
    RunawayProcess,
    StepCompleted,
    TaskNotOpen,
)

LEAVE = (
    Process("leave")
    .start()
    .user("apply", lane="申请人")
    .user("approve", lane="部门主管")
    .choice("approved", default="end")
    .end(body=properties(status="approved"))
    .end("refused", properties(status="rejected"))
    .line("start", "apply", "approve", "approved", "end")
    .flow("approved", "refused", "outcome == 'reject'")
    .xml()
)


def test_a_case_runs_from_step_to_step_to_its_end() -> None:
    case = Case(LEAVE, {"number": "L-1"})
    assert case.open() == ["apply"]
    case.do("apply", days=3)
    (task,) = case.instance.open_tasks()
    assert (task.step, task.name, task.lane) == ("approve", "Approve", "部门主管")
    assert task.variables == {"number": "L-1", "days": 3}
    assert case.instance.finished is None
    case.do("approve", outcome="approve")
    assert case.instance.finished == EndReached(element="end", name="End", properties={"status": "approved"})
    assert case.instance.variables() == {"number": "L-1", "days": 3, "outcome": "approve"}


def test_events_tell_what_happened_in_order() -> None:
    case = Case(LEAVE).walk("apply")
    case.do("approve", outcome="reject")
    assert case.instance.events == [
        StepCompleted(step="approve"),
        ElementPassed(element="approve"),
        ElementPassed(element="approved"),
        ElementPassed(element="refused"),
        EndReached(element="refused", name="Refused", properties={"status": "rejected"}),
    ]


def test_a_task_is_completed_once_only() -> None:
    case = Case(LEAVE)
    done = case.task("apply")
    case.do("apply")
    for task_id in (done, "no-such-id", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(TaskNotOpen):
            case.reload().complete(task_id, {})


def test_a_task_of_the_future_cannot_be_completed() -> None:
    case = Case(LEAVE)
    future = [task for task in case.instance._workflow.tasks.values() if task.task_spec.name == "approve"]
    with pytest.raises(TaskNotOpen):
        case.instance.complete(str(future[0].id), {})


def test_operations_get_parameters_and_their_result_becomes_variables() -> None:
    def reserve(call: OperationCall) -> dict[str, Any]:
        return {"reservation": f"R-{call.parameters['amount']}", "forced": call.parameters["force"]}

    xml = (
        Process()
        .start()
        .user("apply")
        .service("reserve", "reserve_budget", amount="price * 2", force="True")
        .user("check")
        .end()
        .line("start", "apply", "reserve", "check", "end")
        .xml()
    )
    case = Case(xml, world=World(reserve_budget=reserve)).do("apply", price=Decimal("1.50"))
    assert case.instance.variables() == {"price": Decimal("1.50"), "reservation": "R-3.00", "forced": True}
    (ran,) = [event for event in case.instance.events if isinstance(event, OperationRan)]
    assert (ran.call.element, ran.call.name, ran.call.operation) == ("reserve", "Reserve", "reserve_budget")
    assert ran.call.parameters == {"amount": Decimal("3.00"), "force": True}
    assert ran.call.variables == {"price": Decimal("1.50")}


def test_decisions_are_made_outside_and_their_outputs_become_variables() -> None:
    xml = (
        Process().start().decision("limits", "over_budget").user("check").end().line("start", "limits", "check", "end")
    )
    world = World()
    world.decisions["over_budget"] = {"approver": "总经理"}
    case = Case(xml.xml(), {"amount": 5}, world)
    assert case.instance.variables() == {"amount": 5, "approver": "总经理"}
    assert case.instance.events[1] == DecisionMade(
        element="limits", decision="over_budget", outputs={"approver": "总经理"}, trace="rule 1 of over_budget"
    )


def test_failing_expressions_name_file_element_and_source() -> None:
    xml = Process().start().user("apply").script("sum", "total = amount * 2").end().line("start", "apply", "sum", "end")
    case = Case(xml.xml())
    with pytest.raises(EngineFailed) as failed:
        case.do("apply")
    assert (failed.value.file, failed.value.element) == ("test.bpmn", "sum")
    assert failed.value.expression == "total = amount * 2"
    assert "没有“amount”这一项数据" in str(failed.value)


@pytest.mark.parametrize("error", [LookupError("no stock"), TypeError("a bug"), EngineFailed("nested")])
def test_what_an_operation_raises_passes_unchanged(error: Exception) -> None:
    def fail(call: OperationCall) -> None:
        raise error

    xml = Process().start().user("apply").service("take", "take").end().line("start", "apply", "take", "end").xml()
    with pytest.raises(type(error)) as raised:
        Case(xml, world=World(take=fail)).do("apply")
    assert raised.value is error


def test_an_unknown_operation_is_named() -> None:
    xml = Process().start().service("take", "take").end().line("start", "take", "end").xml()
    with pytest.raises(EngineFailed, match=r"\[take\] there is no operation take"):
        Case(xml)


def test_a_loop_without_a_person_is_stopped() -> None:
    xml = (
        Process()
        .start()
        .script("count", "n = n + 1")
        .choice("again", default="count")
        .end()
        .line("start", "count", "again", "count")
        .flow("again", "end", "n < 0")
    )
    with pytest.raises(RunawayProcess):
        Case(xml.xml(), {"n": 0})


def test_a_cancelled_case_has_nothing_open_and_no_end() -> None:
    xml = (
        Process()
        .start()
        .user("apply")
        .boundary("late", "apply", timer("timeDuration", "PT8H"))
        .end()
        .end("late_end")
        .line("start", "apply", "end")
        .line("late", "late_end")
    )
    case = Case(xml.xml())
    case.reload().cancel()
    case.reload()
    assert (case.open(), case.instance.timers(), case.instance.finished) == ([], [], None)


def test_messages_reach_what_waits_for_them() -> None:
    xml = (
        Process(head=message_head())
        .start()
        .node("intermediateCatchEvent", "payment", message_catch())
        .user("thank")
        .end()
        .line("start", "payment", "thank", "end")
        .xml()
    )
    case = Case(xml)
    assert case.instance.waiting_messages() == ["paid"]
    assert not case.reload().send_message("shipped", {})
    assert case.reload().send_message("paid", {"amount": Decimal("9.90")})
    assert case.reload().variables() == {"amount": Decimal("9.90")}
    assert (case.open(), case.instance.waiting_messages()) == (["thank"], [])
    assert not case.reload().send_message("paid", {})


def test_the_end_with_a_status_on_the_main_path_counts() -> None:
    xml = (
        Process()
        .start()
        .parallel("split")
        .user("a")
        .user("b")
        .boundary("remind", "b", timer("timeCycle", "R3/P1D"), interrupting=False)
        .end("main", properties(status="done"))
        .end("other")
        .end("reminded", properties(status="reminded"))
        .line("start", "split", "a", "main")
        .line("split", "b", "other")
        .line("remind", "reminded")
    )
    case = Case(xml.xml()).after(days=1).do("a").do("b")
    assert case.reload().finished == EndReached(element="main", name="Main", properties={"status": "done"})


def test_a_state_belongs_to_its_diagram() -> None:
    case = Case(LEAVE)
    other = Case(Process().start().user("else").end().line("start", "else", "end").xml())
    with pytest.raises(EngineFailed):
        Instance.load(other.diagram, case.instance.dump(), case.world.surroundings())
    with pytest.raises(EngineFailed):
        Instance.load(case.diagram, b"\xff", case.world.surroundings())


def test_now_must_be_aware() -> None:
    world = World()
    world.now = BEGIN.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        world.surroundings()


def test_a_terminating_end_ends_everything_else() -> None:
    terminate = properties(status="stopped") + "<bpmn:terminateEventDefinition/>"
    xml = (
        Process()
        .start()
        .parallel("split")
        .user("a")
        .user("b")
        .boundary("late", "b", timer("timeDuration", "PT8H"))
        .end("stopped", terminate)
        .end()
        .end("late_end")
        .line("start", "split", "a", "stopped")
        .line("split", "b", "end")
        .line("late", "late_end")
    )
    case = Case(xml.xml()).do("a", reason="duplicate")
    finished = case.reload().finished
    assert finished is not None
    assert finished.properties == {"status": "stopped"}
    assert (case.open(), case.instance.timers(), case.instance.variables()) == ([], [], {"reason": "duplicate"})


def test_messages_interrupt_and_messages_are_sent() -> None:
    payload = "<spiffworkflow:messagePayload>{'number': number}</spiffworkflow:messagePayload>"
    throw = message_catch("shipped").replace("/>", f">{extensions(payload)}</bpmn:messageEventDefinition>")
    xml = (
        Process(head=message_head() + message_head("shipped"))
        .start()
        .user("pack")
        .boundary("stop", "pack", message_catch())
        .user("ask")
        .end("stopped")
        .node("intermediateThrowEvent", "tell", throw)
        .user("thank")
        .end()
        .line("start", "pack", "tell", "thank", "end")
        .line("stop", "ask", "stopped")
        .xml()
    )
    case = Case(xml, {"number": 7})
    assert case.reload().send_message("paid", {"amount": 1})
    assert (case.open(), case.instance.variables()) == (["ask"], {"number": 7, "amount": 1})
    case = Case(xml, {"number": 7}).do("pack")
    assert MessageSent(name="shipped", payload={"number": 7}) in case.instance.events
    assert (case.open(), case.instance._workflow.bpmn_events) == (["thank"], [])


def test_errors_of_expression_functions_pass_unchanged() -> None:
    class NoSuperior(Exception):
        """Nobody stands above this person."""

    def superior() -> str:
        raise NoSuperior

    world = World()
    world.functions["superior"] = superior
    xml = Process().start().script("find", "approver = superior()").end().line("start", "find", "end").xml()
    with pytest.raises(NoSuperior):
        Case(xml, world=world)
