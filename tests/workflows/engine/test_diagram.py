from __future__ import annotations

import threading

import pytest

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, properties, timer, votes
from tests.workflows.engine.driving import Case
from workflows.engine import Diagram, Step, read_diagram
from workflows.errors import DefinitionError


def refused(xml: bytes) -> str:
    with pytest.raises(DefinitionError) as error:
        read_diagram(xml, file="leave.bpmn")
    (problem,) = error.value.problems
    assert (problem.severity, problem.file) == ("error", "leave.bpmn")
    return str(problem)


LEAVE = (
    Process("leave")
    .start()
    .user("apply", properties(form="leave", outcomes="submit"), lane="申请人")
    .user("sign", properties(due="PT8H") + votes(), lane="总经理")
    .boundary("late", "sign", timer("timeDuration", "PT8H"), interrupting=False)
    .end("chased")
    .end()
    .line("start", "apply", "sign", "end")
    .line("late", "chased")
)


def test_a_diagram_lists_steps_and_elements() -> None:
    diagram = read_diagram(LEAVE.xml(), file="leave.bpmn")
    assert (diagram.key, diagram.name, diagram.file) == ("leave", "Leave", "leave.bpmn")
    assert list(diagram.steps) == ["apply", "sign"]
    assert diagram.steps["apply"] == Step(
        id="apply",
        name="Apply",
        lane="申请人",
        properties={"form": "leave", "outcomes": "submit"},
        multi_instance=False,
        line=5,
    )
    assert (diagram.steps["sign"].multi_instance, diagram.steps["sign"].properties) == (True, {"due": "PT8H"})
    assert list(diagram.elements) == ["start", "apply", "sign", "late", "chased", "end"]
    late = diagram.elements["late"]
    assert (late.kind, late.attached_to, late.lane) == ("boundaryEvent", "sign", "总经理")


def test_a_diagram_cannot_be_changed() -> None:
    diagram = read_diagram(LEAVE.xml(), file="leave.bpmn")
    with pytest.raises(TypeError):
        diagram.steps["other"] = diagram.steps["apply"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        diagram.key = "other"  # type: ignore[misc]


def test_steps_of_a_sub_process_inherit_its_lane() -> None:
    inner = Process("inner").start("s").user("u").end("e").line("s", "u", "e")
    process = Process().start().inner("part", inner).end().line("start", "part", "end")
    process.lanes["财务部"] = ["part"]
    assert read_diagram(process.xml(), file="x").steps["u"].lane == "财务部"


@pytest.mark.parametrize("reserved", ["Start", "End", "Root"])
def test_the_library_s_own_ids_are_refused(reserved: str) -> None:
    xml = Process().start().user(reserved).end().line("start", reserved, "end").xml()
    assert refused(xml) == f"leave.bpmn:5 [{reserved}] this id is reserved; choose another"


def test_an_id_used_twice_is_refused() -> None:
    assert "2 elements have this id" in refused(Process().start().user("u").user("u").end().line("start", "u").xml())


def test_what_cannot_be_executed_names_element_and_line() -> None:
    xml = Process().start().user("u").choice("gate").user("a").end()
    xml.line("start", "u", "gate", "a", "end").flow("gate", "end", "True")
    assert refused(xml.xml()).startswith("leave.bpmn:11 [gate_a] ")
    assert refused(
        Process()
        .start()
        .node("userTask", "u", "<bpmn:multiInstanceLoopCharacteristics/>")
        .end()
        .line("start", "u", "end")
        .xml()
    ).startswith("leave.bpmn:5 [u] ")


def test_a_decision_without_a_name_is_refused() -> None:
    xml = Process().start().node("businessRuleTask", "limits").end().line("start", "limits", "end").xml()
    assert "[limits] A business rule task must name the decision" in refused(xml)


DOCTYPES = {
    "external": '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd"><d/>',
    "file": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "bomb": '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><d>&c;</d>',
    "empty": "<!DOCTYPE d><d/>",
}


@pytest.mark.parametrize("kind", DOCTYPES)
def test_document_types_are_refused(kind: str) -> None:
    assert "DOCTYPE" in refused(DOCTYPES[kind].encode())


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "no XML"),
        (b"<a><b></a>", "no XML"),
        (b"<a/>" + b" " * 1_000_000, "larger than 1000 kB"),
        (b"<a/>", "exactly one executable process"),
    ],
    ids=["empty", "broken", "large", "other"],
)
def test_other_files_are_refused(xml: bytes, message: str) -> None:
    assert message in refused(xml)


def long_chain(length: int) -> bytes:
    process = Process().start()
    for number in range(length):
        process.user(f"u{number}")
    return process.end().line("start", *(f"u{number}" for number in range(length)), "end").xml()


def test_too_many_elements_are_refused() -> None:
    assert "fewer than 400" in refused(long_chain(398))
    assert len(read_diagram(long_chain(397), file="x").steps) == 397


def test_two_processes_that_both_start_are_refused() -> None:
    one, two = (Process(key).start(f"s{key}").end(f"e{key}").line(f"s{key}", f"e{key}") for key in "ab")
    assert "it has 2" in refused(one.xml(two))


def test_a_called_process_is_part_of_the_diagram() -> None:
    called = Process("called").start("s").user("u").end("e").line("s", "u", "e")
    main = Process().start().node("callActivity", "call", calledElement="called").user("after").end()
    case = Case(main.line("start", "call", "after", "end").xml(called), {"rows": [1]})
    case.do("u", rows=[1, 2])
    assert case.instance.variables() == {"rows": [1, 2]}
    assert case.walk("after").instance.finished


def test_an_operation_and_a_variable_may_bear_the_name_of_a_step() -> None:
    xml = Process().start().user("approver").user("sign", votes()).user("again", votes()).end()
    assert list(read_diagram(xml.line("start", "approver", "sign", "again", "end").xml(), file="x").steps)


SHAPE = '<bpmndi:BPMNShape bpmnElement="{}"><dc:Bounds x="0" y="{}"/></bpmndi:BPMNShape>'


def overlapping(a: int, b: int) -> bytes:
    process = Process().start().choice("gate").user("a").user("b").end().line("start", "gate")
    process.flow("gate", "a", "n > 1").flow("gate", "b", "n > 0").flow("a", "end").flow("b", "end")
    shapes = SHAPE.format("a", a) + SHAPE.format("b", b)
    plane = f"<bpmndi:BPMNPlane>{shapes}</bpmndi:BPMNPlane>"
    return process.xml(diagram=f"<bpmndi:BPMNDiagram>{plane}</bpmndi:BPMNDiagram>")


def test_moving_a_shape_does_not_change_the_way_taken() -> None:
    assert Case(overlapping(10, 20), {"n": 5}).open() == Case(overlapping(20, 10), {"n": 5}).open() == ["a"]


def test_the_library_follows_the_higher_shape() -> None:
    for a, b, first in ((10, 20, "a"), (20, 10, "b")):
        workflow = plain.begin(overlapping(a, b), run=False)
        workflow.task_tree.data["n"] = 5
        workflow.do_engine_steps()
        assert plain.names(workflow) == [first]


def test_threads_share_a_diagram() -> None:
    diagram = read_diagram(LEAVE.xml(), file="leave.bpmn")
    wrong: list[object] = []

    def drive(diagram: Diagram, number: int) -> None:
        try:
            case = Case(diagram, {"number": number}).do("apply", approvers=["x", "y"])
            case.do("sign", vote=number).do("sign", vote=number)
            if case.instance.variables()["votes"] != [number, number] or not case.instance.finished:
                wrong.append(case.instance.variables())
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=drive, args=(diagram, number)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
