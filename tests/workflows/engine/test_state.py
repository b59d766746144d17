from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from SpiffWorkflow.bpmn.script_engine import TaskDataEnvironment

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, message_catch, message_head, votes
from tests.workflows.engine.driving import Case, World
from workflows.engine import EngineFailed, Instance, RefusedValue
from workflows.engine.scripts import BoundedEnvironment

CHAIN = Process().start().user("a").user("b").user("c").end().line("start", "a", "b", "c", "end").xml()


def sorted_like_jsonb(value: Any) -> Any:
    """PostgreSQL's jsonb orders keys by length, then by bytes."""
    if isinstance(value, dict):
        return {key: sorted_like_jsonb(value[key]) for key in sorted(value, key=lambda key: (len(key), key.encode()))}
    return [sorted_like_jsonb(item) for item in value] if isinstance(value, list) else value


def test_a_state_survives_any_order_of_keys() -> None:
    for _ in range(50):
        case = Case(CHAIN).do("a", x=1, y={"b": 1, "a": 2}).do("b", z=[1], x=2)
        state = json.dumps(sorted_like_jsonb(json.loads(case.instance.dump()))).encode()
        case.instance = Instance.load(case.diagram, state, case.world.surroundings())
        assert case.instance.variables() == {"x": 2, "y": {"b": 1, "a": 2}, "z": [1]}
        assert case.walk("c").instance.finished


def test_the_library_loses_data_with_the_order_of_keys() -> None:
    lost = 0
    for _ in range(20):
        workflow = plain.begin(CHAIN)
        plain.do(workflow, "a", x=1)
        plain.do(workflow, "b", y=2)
        record = sorted_like_jsonb(plain.dumped(workflow))
        lost += plain.ready(plain.loaded(record, *plain.parse(CHAIN)))[0].data != {"x": 1, "y": 2}
    assert lost > 10


def test_a_state_holds_no_diagram() -> None:
    assert b"task_specs" not in Case(CHAIN).instance.dump()


SHANGHAI = timezone(timedelta(hours=8))


def test_money_and_dates_survive_scripts_and_reloads() -> None:
    xml = Process().start().user("a").script("sum", "total = price * 3").user("b").end()
    case = Case(xml.line("start", "a", "sum", "b", "end").xml())
    variables = {
        "price": Decimal("19.90"),
        "day": date(2026, 1, 5),
        "at": datetime(2026, 1, 5, 9, tzinfo=SHANGHAI),
        "rows": [{"net": Decimal("0.10")}],
    }
    case.do("a", **variables)
    for _ in range(3):
        assert case.reload().variables() == {**variables, "total": Decimal("59.70")}
    assert isinstance(case.instance.variables()["rows"][0]["net"], Decimal)


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, 0.0), (1, Decimal(1)), ([1], [True])])
def test_a_change_of_type_alone_survives(before: Any, after: Any) -> None:
    case = Case(CHAIN).do("a", value=before).do("b", value=after)
    assert repr(case.reload().variables()["value"]) == repr(after)


def test_the_library_loses_a_change_of_type_alone() -> None:
    workflow = plain.begin(CHAIN)
    plain.do(workflow, "a", value=1)
    plain.do(workflow, "b", value=True)
    again = plain.loaded(plain.dumped(workflow), *plain.parse(CHAIN))
    assert repr(plain.ready(again)[0].data["value"]) == "1"


FORGED = {"deep": [{"typename": "UUID", "value": 1}]}


def test_the_library_chokes_on_a_form_with_a_typename() -> None:
    workflow = plain.begin(CHAIN)
    plain.do(workflow, "a", **FORGED)
    with pytest.raises(Exception, match=r"badly formed|replace|hex"):
        plain.loaded(plain.dumped(workflow), *plain.parse(CHAIN))


def test_a_typename_is_refused_at_start_in_forms_and_in_messages() -> None:
    with pytest.raises(RefusedValue):
        Case(CHAIN, FORGED)
    case = Case(CHAIN)
    with pytest.raises(RefusedValue):
        case.do("a", **FORGED)
    with pytest.raises(RefusedValue):
        case.instance.send_message("paid", FORGED)


@pytest.mark.parametrize("kind", ["operation", "decision", "script"])
def test_a_typename_is_refused_from_operations_decisions_and_scripts(kind: str) -> None:
    process = Process().start()
    if kind == "operation":
        process.service("task", "forge")
    elif kind == "decision":
        process.decision("task", "forge")
    else:
        process.script("task", "deep = [{'typename': 'UUID'}]")
    world = World(forge=lambda call: FORGED)
    world.decisions["forge"] = FORGED
    with pytest.raises(EngineFailed, match=r"\[task\].*typename"):
        Case(process.end().line("start", "task", "end").xml(), world=world)


def test_a_case_never_runs_on_the_library_s_own_interpreter() -> None:
    case = Case(CHAIN)
    for instance in (case.instance, case.reload()):
        environment = instance._workflow.script_engine.environment
        assert type(environment) is BoundedEnvironment


def test_the_library_comes_back_with_eval() -> None:
    workflow = plain.begin(CHAIN, script_engine=Case(CHAIN).instance._workflow.script_engine)
    again = plain.loaded(plain.dumped(workflow), *plain.parse(CHAIN))
    assert type(again.script_engine.environment) is TaskDataEnvironment


def test_what_is_read_from_a_case_cannot_change_it() -> None:
    case = Case(CHAIN, {"rows": [{"n": 1}]})
    case.instance.open_tasks()[0].variables["rows"][0]["n"] = 2
    case.instance.variables()["rows"].append(3)
    given = {"more": [1]}
    case.instance.complete(case.task("a"), given)
    given["more"].append(2)
    assert case.reload().variables() == {"rows": [{"n": 1}], "more": [1]}


def test_cases_of_one_diagram_do_not_disturb_each_other() -> None:
    xml = Process(head=message_head()).start().user("a").user("sign", votes())
    xml.node("intermediateCatchEvent", "pay", message_catch()).end().line("start", "a", "sign", "pay", "end")
    diagram = Case(xml.xml()).diagram
    connected = {name: spec.completed_event.n_subscribers() for name, spec in diagram._spec.task_specs.items()}
    cases = [Case(diagram, {"number": number}) for number in range(4)]
    for case in cases:
        case.do("a", approvers=["x", "y"])
    for case in reversed(cases):
        case.do("sign", vote=case.instance.variables()["number"])
    for case in cases:
        case.do("sign", vote="last")
        case.reload().send_message("paid", {})
        assert case.instance.finished
        assert case.instance.variables()["votes"] == [case.instance.variables()["number"], "last"]
    assert connected == {name: spec.completed_event.n_subscribers() for name, spec in diagram._spec.task_specs.items()}
