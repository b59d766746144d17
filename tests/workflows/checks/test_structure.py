"""Ids, flows, starts, ends, gateways, boundary events, automatic loops."""

from __future__ import annotations

import pytest

from tests.workflows.checks.diagrams import Diagram, forked, service, straight, timer
from tests.workflows.checks.findings import errors_of, the_error, the_warning, warnings_of


def test_a_diagram_in_order() -> None:
    assert errors_of(straight()) == []
    assert warnings_of(straight()) == []


@pytest.mark.parametrize("bad", ["Start", "End", "Root", "typename", "1a", "a b", "a'b", "审批", "a审批", "a.EndJoin"])
def test_ids_that_the_engine_or_an_expression_could_not_use(bad: str) -> None:
    d = Diagram().start().user(bad).end().flow("start", bad, flow_id="f1").flow(bad, "end", flow_id="f2")
    assert the_error(d)[0] == bad


def test_a_missing_id() -> None:
    xml = straight().xml().replace(b'<bpmn:sequenceFlow id="start_a"', b"<bpmn:sequenceFlow")
    assert "没有编号" in the_error(xml)[1]


def test_duplicate_ids() -> None:
    d = straight()
    d.extra = '<bpmn:textAnnotation id="a" />'
    assert the_error(d) == ("a", "编号 a 出现了 2 次，请改成不同的编号。")


def test_a_loop_item_is_a_name_in_expressions() -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="one-person" /></bpmn:multiInstanceLoopCharacteristics>'
    )
    xml = straight().xml().replace(b"</bpmn:userTask>", f"{loop}</bpmn:userTask>".encode())
    assert the_error(xml)[0] == "one-person"


@pytest.mark.parametrize(("source", "target"), [("a", "nowhere"), ("ghost", "a")])
def test_a_flow_from_or_to_nothing(source: str, target: str) -> None:
    assert the_error(straight().flow(source, target, flow_id="lost"))[0] == "lost"


def test_a_flow_does_not_cross_the_edge_of_a_sub_process() -> None:
    inside = straight(task="b")
    d = Diagram(people=inside.people).start("s").node("subProcess", "sub", inside.inner()).end("e")
    assert the_error(d.chain("s", "sub", "e").flow("b", "e"))[0] == "b_e"


def test_no_start_and_several_starts() -> None:
    assert "没有开始事件" in the_error(Diagram().user("a").end().chain("a", "end"))[1]
    assert the_error(straight().start("second").flow("second", "a"))[0] == "second"


def test_no_end() -> None:
    d = Diagram().start().choice("m").user("a").chain("start", "m", "a", "m")
    assert "没有结束事件" in the_error(d)[1]


def test_a_flow_into_the_start_and_out_of_the_end() -> None:
    d = Diagram().start().user("a").choice("g", default="g_end").end().chain("start", "a", "g").flow("g", "end")
    assert the_error(d.flow("g", "start", "x"))[0] == "start"
    assert the_error(straight().user("b").end("e2").chain("end", "b", "e2"))[0] == "end"


@pytest.mark.parametrize("kind", ["userTask", "exclusiveGateway", "parallelGateway"])
def test_a_node_that_leads_nowhere(kind: str) -> None:
    d = forked()
    d.end().flow("c", "end").node(kind, "x").flow("b", "x")
    d.people.append("x")
    assert "x" in {error.element for error in errors_of(d)}


def test_a_task_is_no_split() -> None:
    d = straight().user("b").flow("a", "b").end("e2").flow("b", "e2")
    assert "2 条连线" in the_error(d)[1]


def test_unreachable_nodes() -> None:
    errors = errors_of(straight().user("dead").end("e2").flow("dead", "e2"))
    assert [error.element for error in errors] == ["dead", "e2"]


def choice(first: str, second: str, default: str) -> Diagram:
    d = Diagram().start().choice("g", default=default).user("b").user("c").end().end("e2").flow("start", "g")
    return d.flow("g", "b", first).flow("g", "c", second).flow("b", "end").flow("c", "e2")


@pytest.mark.parametrize(
    ("first", "second", "default", "element"),
    [
        ("x", "y", "", "g"),
        ("x", "", "elsewhere", "g"),
        ("", "", "g_c", "g_b"),
        ("x", "y", "g_c", "g_c"),
    ],
)
def test_a_choice_knows_where_to_go(first: str, second: str, default: str, element: str) -> None:
    assert the_error(choice(first, second, default))[0] == element


def test_an_empty_condition_is_none() -> None:
    xml = choice("x", "", "g_c").xml().replace(b">x</bpmn:cond", b"> </bpmn:cond")
    assert the_error(xml)[0] == "g_b"


@pytest.mark.parametrize("kind", ["parallelGateway", "userTask", "startEvent"])
def test_conditions_only_work_behind_an_exclusive_gateway(kind: str) -> None:
    d = Diagram().start().node("parallelGateway", "p").user("a").user("b").end()
    flows = [("start", "p"), ("p", "a"), ("a", "b"), ("b", "end")]
    conditional = {"parallelGateway": 1, "userTask": 2, "startEvent": 0}[kind]
    for number, (source, target) in enumerate(flows):
        d.flow(source, target, "x" if number == conditional else "")
    assert the_error(d)[0] == "_".join(flows[conditional])


def test_a_condition_on_the_only_way_on() -> None:
    d = Diagram().start().choice("g").user("a").end().flow("start", "g").flow("g", "a", "x").flow("a", "end")
    assert the_error(d)[0] == "g_a"


def merges(count: int) -> Diagram:
    d = Diagram().start()
    last = "start"
    for number in range(count):
        g, b, m = f"g{number}", f"b{number}", f"m{number}"
        d.choice(g, default=f"{g}_{m}").user(b).user(m).flow(last, g).flow(g, b, "x").flow(g, m).flow(b, m)
        last = m
    return d.end().flow(last, "end")


def test_a_few_implicit_merges_are_pointed_out_and_many_refused() -> None:
    assert the_warning(merges(1))[0] == "m0"
    assert [warning.element for warning in warnings_of(merges(3))] == ["m0", "m1", "m2"]
    assert errors_of(merges(3)) == []
    assert [error.element for error in errors_of(merges(4))] == ["m0", "m1", "m2", "m3"]


def test_a_boundary_event_sits_on_a_task() -> None:
    late = timer("timeDuration", "PT8H")
    assert {e.element for e in errors_of(straight().boundary("t", "nope", late).flow("t", "end"))} == {"t"}
    d = Diagram().start().choice("g").user("a").end().chain("start", "g", "a", "end")
    assert the_error(d.boundary("t", "g", late).flow("t", "end"))[0] == "t"


def test_a_boundary_event_is_not_flowed_into() -> None:
    d = Diagram().start().user("a").user("b").end().boundary("t", "a", timer("timeDuration", "PT8H"))
    d.chain("start", "a", "end").chain("t", "b", "t")
    assert ("t", "连线指向了边界事件“t”，请改接到别的节点。") in {(each.element, each.message) for each in errors_of(d)}


def test_a_loop_through_an_automatic_sub_process() -> None:
    inside = Diagram().start("is").script("s").end("ie").chain("is", "s", "ie")
    d = Diagram().start().choice("m").node("subProcess", "sub", inside.inner()).choice("g", default="g_end").end()
    d.chain("start", "m", "sub", "g").flow("g", "m", "x").flow("g", "end")
    element, text = the_error(d)
    assert element == "m"
    assert "“sub”" in text


@pytest.mark.parametrize("waits", ["userTask", "intermediateCatchEvent", "subProcess"])
def test_a_loop_with_somebody_or_something_to_wait_for(waits: str) -> None:
    inside = straight(task="b")
    d = Diagram(people=["x", *inside.people]).start("s0").choice("m").choice("g", default="g_fin").end("fin")
    if waits == "userTask":
        d.user("x")
    elif waits == "subProcess":
        d.node("subProcess", "x", inside.inner())
    else:
        d.node(waits, "x", timer("timeDuration", "PT1H"))
    d.node("serviceTask", "call", service()).chain("s0", "m", "x", "call", "g").flow("g", "m", "y").flow("g", "fin")
    assert errors_of(d) == []
