"""What anybody may upload: answered quickly, with one sentence, and without reading files or the network."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.checks.diagrams import Diagram, definitions, straight
from tests.workflows.checks.findings import errors_of
from workflows.checks import check_diagram, expressions_of, user_tasks
from workflows.errors import DefinitionError

HANGS = 30.0
"""Seconds of work after which something runs away; how fast it is, benchmarks say."""

BODY = '<bpmn:process id="p" isExecutable="true"><bpmn:documentation>&x;</bpmn:documentation></bpmn:process>'
LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))


def chain_of(count: int) -> bytes:
    d = Diagram().start().end()
    names = [f"u{number}" for number in range(count)]
    for name in names:
        d.user(name)
    return d.chain("start", *names, "end").xml()


HOSTILE = {
    "nothing": b"",
    "no xml": b"hello",
    "other xml": b"<a/>",
    "cut off": straight().xml()[:-30],
    "zeros": b"\x00" * 1_000,
    "wrong encoding": b'<?xml version="1.0" encoding="nonsense"?><a/>',
    "external entity": definitions(BODY, '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "parameter entity": definitions(
        BODY, '<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY x "y">]>'
    ),
    "internal entity": definitions(BODY, '<!DOCTYPE r [<!ENTITY x "y">]>'),
    "external dtd": definitions("", '<!DOCTYPE r SYSTEM "http://localhost:9/x.dtd">'),
    "billion laughs": definitions(BODY, f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{LAUGHS}<!ENTITY x "&k;">]>'),
    "laughs in an attribute": definitions(
        '<bpmn:process id="&x;" />', f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{LAUGHS}<!ENTITY x "&k;">]>'
    ),
    "quadratic": definitions(BODY.replace("&x;", "&x;" * 5_000), f'<!DOCTYPE r [<!ENTITY x "{"a" * 100_000}">]>'),
    "deep": definitions("<bpmn:process>" * 50_000 + "</bpmn:process>" * 50_000),
    "deep within the limit of size": definitions("<a>" * 100_000 + "</a>" * 100_000),
    "12 MB": definitions(BODY.replace("&x;", "z" * 12_000_000)),
    "10,000 tasks": definitions("<bpmn:process>" + '<bpmn:userTask id="u"/>' * 10_000 + "</bpmn:process>"),
    "400 nodes": chain_of(398),
    "1,001 flows": definitions("<bpmn:process>" + '<bpmn:sequenceFlow id="f"/>' * 1_001 + "</bpmn:process>"),
}


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_is_one_problem_at_once(xml: bytes) -> None:
    began = time.process_time()
    (problem,) = check_diagram(xml, file="p.bpmn")
    assert time.process_time() - began < HANGS
    assert problem.severity == "error"
    assert problem.file == "p.bpmn"


def test_the_line_of_what_cannot_be_parsed() -> None:
    (problem,) = check_diagram(straight().xml().replace(b"</bpmn:userTask>", b"</bpmn:oops>"), file="p.bpmn")
    assert problem.line
    assert problem.line > 1


def test_readers_refuse_the_same(tmp_path: Path) -> None:
    for read in (user_tasks, expressions_of):
        with pytest.raises(DefinitionError, match="DOCTYPE"):
            read(HOSTILE["external entity"])


def test_xinclude_is_not_followed() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    xml = straight().xml().replace(b"</bpmn:process>", f"{include}</bpmn:process>".encode())
    assert "扩展元素 include" in errors_of(xml)[0].message


@pytest.mark.parametrize(
    "filler",
    [
        '<bpmn:textAnnotation id="t" />',
        "<bpmn:foo />",
        '<x:y xmlns:x="z" />',
        "<bpmn:documentation>d</bpmn:documentation>",
    ],
)
def test_ten_thousand_elements_answer_in_time(filler: str) -> None:
    xml = straight().xml().replace(b"</bpmn:process>", (filler * 10_000).encode() + b"</bpmn:process>")
    began = time.process_time()
    check_diagram(xml, file="p.bpmn")
    assert time.process_time() - began < HANGS


def test_the_largest_process_allowed_answers_in_time() -> None:
    xml = chain_of(397)
    began = time.process_time()
    assert check_diagram(xml, file="p.bpmn") == []
    assert time.process_time() - began < HANGS


def test_four_hundred_gateways_and_a_thousand_flows_answer_in_time() -> None:
    d = Diagram().start().user("a").end()
    gates = [f"g{number}" for number in range(396)]
    for number, gate in enumerate(gates):
        d.choice(gate, default=f"{gate}_{gates[(number + 1) % 396]}")
        d.flow(gate, gates[(number + 1) % 396]).flow(gate, gates[(number + 7) % 396], "x")
    xml = d.chain("start", "a", "g0").flow("g9", "end", "x").xml()
    began = time.process_time()
    assert errors_of(xml)
    assert time.process_time() - began < HANGS


def test_deeply_nested_sub_processes() -> None:
    inside = ""
    for level in range(80):
        inside = f'<bpmn:subProcess id="s{level}">{inside}</bpmn:subProcess>'
    assert errors_of(definitions(f'<bpmn:process id="p" isExecutable="true">{inside}</bpmn:process>'))


def test_a_thousand_parallel_branches_answer_in_time() -> None:
    d = Diagram().start().parallel("s", "j").choice("g", default="s_j").end()
    for number in range(390):
        d.user(f"u{number}").chain("s", f"u{number}").flow(f"u{number}", "j", flow_id=f"f{number}")
    for number in range(100):
        d.flow("s", "end", flow_id=f"e{number}").flow("s", "j", flow_id=f"j{number}")
    _answers_in_time(d.chain("start", "s").chain("j", "end"))


def test_wide_choices_in_parallel_answer_in_time() -> None:
    d = Diagram().start().parallel("s", "j").end().flow("start", "s").flow("j", "end")
    for branch in range(3):
        d.choice(f"g{branch}", default=f"d{branch}").choice(f"m{branch}").flow("s", f"g{branch}")
        d.flow(f"g{branch}", f"m{branch}", flow_id=f"d{branch}").flow(f"m{branch}", "j")
        for number in range(125):
            name = f"u{branch}_{number}"
            d.user(name).flow(f"g{branch}", name, "x").flow(name, f"m{branch}")
    _answers_in_time(d)


def test_reminders_on_reminders_answer_in_time() -> None:
    d = straight(task="u0").end("e")
    for number in range(130):
        body = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT8H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        d.boundary(f"t{number}", f"u{number}", body, interrupting=False).user(f"u{number + 1}")
        d.flow(f"t{number}", f"u{number + 1}").flow(f"u{number + 1}", "e", flow_id=f"f{number}")
    _answers_in_time(d)


def _answers_in_time(diagram: Diagram) -> None:
    xml = diagram.xml()
    began = time.process_time()
    check_diagram(xml, file="p.bpmn")
    assert time.process_time() - began < HANGS


VALID = straight().xml()


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(junk: bytes) -> None:
    assert check_diagram(junk, file="p.bpmn")


@given(
    st.integers(0, len(VALID)), st.integers(0, 60), st.sampled_from([b"", b'"', b"<", b">", b"&", b" id=''", b"\xff"])
)
def test_a_damaged_diagram_is_answered(place: int, length: int, instead: bytes) -> None:
    problems = check_diagram(VALID[:place] + instead + VALID[place + length :], file="p.bpmn")
    assert all(problem.message for problem in problems)


@given(st.data())
def test_any_graph_is_answered(data: st.DataObject) -> None:
    kinds = ["startEvent", "endEvent", "userTask", "exclusiveGateway", "parallelGateway", "subProcess", "boundaryEvent"]
    names = [f"n{number}" for number in range(6)]
    d = Diagram()
    for name in names:
        host = data.draw(st.sampled_from(names))
        d.node(data.draw(st.sampled_from(kinds)), name, attachedToRef=host, cancelActivity="false")
    for number in range(data.draw(st.integers(0, 12))):
        source, target = data.draw(st.tuples(st.sampled_from(names), st.sampled_from(names)))
        d.flow(source, target, flow_id=f"f{number}")
    assert all(problem.message for problem in check_diagram(d.xml(), file="p.bpmn"))
