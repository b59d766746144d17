"""The positive list, pools and event definitions."""

from __future__ import annotations

import pytest

from tests.workflows.checks.diagrams import (
    MESSAGE,
    Diagram,
    definitions,
    extensions,
    message,
    properties,
    service,
    straight,
    timer,
)
from tests.workflows.checks.findings import errors_of, the_error, the_warning
from workflows.checks import check_diagram


def everything_allowed() -> Diagram:
    d = Diagram(head=MESSAGE).start(body=message()).user("a")
    d.node("serviceTask", "reserve", service(amount="total"))
    d.node(
        "businessRuleTask",
        "limits",
        extensions("<spiffworkflow:calledDecisionId>limits</spiffworkflow:calledDecisionId>"),
    )
    d.script("calc").node("intermediateCatchEvent", "wait", timer("timeDuration", "PT8H"))
    d.node("intermediateCatchEvent", "told", message()).end("stop", "<bpmn:terminateEventDefinition />").end()
    d.boundary("late", "a", timer("timeDate", "work_hours(8)")).flow("late", "stop")
    d.extra = (
        '<bpmn:textAnnotation id="note"><bpmn:text>说明</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="line" sourceRef="a" targetRef="note" /><bpmn:group id="group" />'
    )
    return d.chain("start", "a", "reserve", "limits", "calc", "wait", "told", "end")


def test_everything_on_the_list_is_accepted() -> None:
    assert check_diagram(everything_allowed().xml(), file="p.bpmn") == []


REFUSED_NODES = [
    ("inclusiveGateway", "包容网关"),
    ("complexGateway", "复杂网关"),
    ("eventBasedGateway", "事件网关"),
    ("callActivity", "调用活动"),
    ("adHocSubProcess", "即席子流程"),
    ("transaction", "事务子流程"),
    ("task", "未定类型的任务"),
    ("manualTask", "手工任务"),
    ("sendTask", "发送任务"),
    ("receiveTask", "接收任务"),
    ("intermediateThrowEvent", "中间抛出事件"),
]


@pytest.mark.parametrize(("kind", "word"), REFUSED_NODES)
def test_other_nodes_are_refused_by_name(kind: str, word: str) -> None:
    d = Diagram().start().user("a").node(kind, "x").end().chain("start", "a", "x", "end")
    element, text = the_error(d)
    assert element == "x"
    assert word in text
    assert kind in text


REFUSED_PARTS = [
    ("linkEventDefinition", "链接事件"),
    ("signalEventDefinition", "信号事件"),
    ("escalationEventDefinition", "升级事件"),
    ("errorEventDefinition", "错误事件"),
    ("compensateEventDefinition", "补偿事件"),
    ("conditionalEventDefinition", "条件事件"),
    ("cancelEventDefinition", "取消事件"),
]


@pytest.mark.parametrize(("kind", "word"), REFUSED_PARTS)
def test_other_events_are_refused_by_name(kind: str, word: str) -> None:
    d = straight().boundary("t", "a", f'<bpmn:{kind} id="d" />').flow("t", "end")
    element, text = the_error(d)
    assert element == "d"
    assert word in text


@pytest.mark.parametrize("kind", ["standardLoopCharacteristics", "ioSpecification", "potentialOwner"])
def test_parts_of_a_task_that_would_be_ignored(kind: str) -> None:
    d = Diagram().start().user("a", properties(form="f") + f"<bpmn:{kind} />").end().chain("start", "a", "end")
    element, text = the_error(d)
    assert element == "a"
    assert kind in text


@pytest.mark.parametrize("kind", ["dataObject", "dataObjectReference", "dataStoreReference"])
def test_data_objects_would_be_ignored(kind: str) -> None:
    d = straight()
    d.extra = f'<bpmn:{kind} id="data" />'
    assert the_error(d)[0] == "data"


def test_what_is_unknown_is_refused_too() -> None:
    d = straight()
    d.extra = '<bpmn:foo id="x" />'
    assert the_error(d) == ("x", "不支持元素 foo。请删去它。")


@pytest.mark.parametrize("name", ["preScript", "postScript", "unitTests"])
def test_extensions_outside_the_list(name: str) -> None:
    body = properties(form="f") + extensions(f"<spiffworkflow:{name}>x = 1</spiffworkflow:{name}>")
    element, text = the_error(Diagram().start().user("a", body).end().chain("start", "a", "end"))
    assert element == "a"
    assert name in text


def test_extensions_of_other_makers_do_nothing() -> None:
    body = properties(form="f") + extensions("<camunda:formData />")
    element, text = the_error(Diagram().start().user("a", body).end().chain("start", "a", "end"))
    assert (element, "formData" in text) == ("a", True)


def test_attributes_of_other_makers_are_pointed_out() -> None:
    d = Diagram().start().user("a", **{"camunda:assignee": "wang"}).end().chain("start", "a", "end")
    assert "assignee" in the_warning(d)[1]


def test_script_format_is_pointed_out() -> None:
    d = Diagram().start().script("s", scriptFormat="javascript").end().chain("start", "s", "end")
    assert the_warning(d)[0] == "s"


@pytest.mark.parametrize(
    "attributes", [{"triggeredByEvent": "true"}, {"isForCompensation": "true"}, {"completionQuantity": "2"}]
)
def test_marks_that_the_engine_would_ignore(attributes: dict[str, str]) -> None:
    inside = straight(task="b")
    d = Diagram(people=inside.people).start("s").node("subProcess", "sub", inside.inner(), **attributes).end("e")
    errors = errors_of(d.chain("s", "sub", "e"))
    assert [error.element for error in errors if error.element == "sub"]


def test_the_drawing_is_for_the_eye_only() -> None:
    plane = '<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl"><bpmndi:BPMNShape id="a_di" bpmnElement="a">'
    shape = '<dc:Bounds x="1" y="1" width="1" height="1" /></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    xml = straight().xml().replace(b"</bpmn:definitions>", (plane + shape + "</bpmn:definitions>").encode())
    assert check_diagram(xml, file="p.bpmn") == []


def test_no_process() -> None:
    assert "没有流程" in the_error(definitions(""))[1]


def test_two_processes() -> None:
    xml = straight().xml().replace(b"</bpmn:definitions>", b'<bpmn:process id="q" /></bpmn:definitions>')
    assert ("q", "一个文件只能有一个流程，请把它放到另一个文件。") in {(e.element, e.message) for e in errors_of(xml)}


def test_a_process_that_is_not_executable() -> None:
    d = straight()
    d.executable = "false"
    assert the_error(d)[0] == "process"


def pool(inside: str) -> Diagram:
    d = straight()
    d.head = f'<bpmn:collaboration id="c">{inside}</bpmn:collaboration>'
    return d


def test_one_pool_around_the_process() -> None:
    assert errors_of(pool('<bpmn:participant id="p1" processRef="process" />')) == []


def test_a_second_pool_a_message_flow_and_an_empty_pool() -> None:
    two = '<bpmn:participant id="p1" processRef="process" /><bpmn:participant id="p2" />'
    assert the_error(pool(two))[0] == "p2"
    assert the_error(pool('<bpmn:messageFlow id="m" />'))[0] == "m"
    assert the_error(pool('<bpmn:participant id="p1" />'))[0] == "p1"


@pytest.mark.parametrize(
    ("diagram", "element"),
    [
        (Diagram().start(body=timer("timeDuration", "P1D")).user("a").end().chain("start", "a", "end"), "start"),
        (Diagram().start().user("a").end(body=message()).chain("start", "a", "end"), "end"),
        (Diagram().start().node("intermediateCatchEvent", "w").end().chain("start", "w", "end"), "w"),
        (straight().boundary("t", "a", "").flow("t", "end"), "t"),
        (straight().boundary("t", "a", timer("timeDuration", "P1D") + message()).flow("t", "end"), "t"),
    ],
)
def test_each_event_has_the_one_definition_of_its_kind(diagram: Diagram, element: str) -> None:
    diagram.head = MESSAGE
    assert the_error(diagram)[0] == element


def test_a_sub_process_does_not_start_by_message() -> None:
    inside = Diagram().start(body=message()).user("a").end().chain("start", "a", "end")
    d = Diagram(head=MESSAGE, people=inside.people).start("s").node("subProcess", "sub", inside.inner()).end("e")
    assert the_error(d.chain("s", "sub", "e"))[0] == "start"
