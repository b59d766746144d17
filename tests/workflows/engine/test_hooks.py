"""Everything in a diagram that reaches an interpreter: with the library's own each payload writes a file, here none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.dmn.parser import BpmnDmnParser

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, extensions, timer, votes
from tests.workflows.engine.driving import World
from workflows.engine import Instance, read_diagram
from workflows.errors import WorkflowError

PAYLOAD = '__import__("pathlib").Path("{path}").touch()'
MESSAGE = '<bpmn:message id="m" name="m"/>'
SIMPLE = '<spiffworkflow:messagePayload>{"a": 1}</spiffworkflow:messagePayload>'


def hooks(payload: str) -> dict[str, tuple[bytes, str]]:
    """Diagrams by the name of the hook, each with the decision table it needs."""
    quoted = escape(payload)
    tables = {
        "decision input": _table(quoted, "&gt; 1", "1"),
        "decision entry": _table("amount", f"== {quoted}", "1"),
        "decision output": _table("amount", "&gt; 1", quoted),
    }
    found = {name: (xml, "") for name, xml in [*_flow_hooks(payload), *_event_hooks(quoted), *_task_hooks(quoted)]}
    decided = Process().start().script("set", "amount = 5").decision("decide", "table").end()
    xml = decided.line("start", "set", "decide", "end").xml()
    return found | {name: (xml, table) for name, table in tables.items()}


def _flow_hooks(payload: str) -> Iterator[tuple[str, bytes]]:
    for tag in ("exclusiveGateway", "inclusiveGateway"):
        gate = Process().start().node(tag, "gate", default="gate_end").user("u").end().line("start", "gate", "end")
        yield tag, gate.flow("gate", "u", payload).flow("u", "end").xml()
    yield "script", Process().start().script("s", payload).end().line("start", "s", "end").xml()
    for kind in ("timeDate", "timeDuration", "timeCycle"):
        timed = Process().start().user("u").boundary("b", "u", timer(kind, payload)).end().end("late")
        yield kind, timed.line("start", "u", "end").line("b", "late").xml()
    yield "completion condition", _user(votes(condition=payload))
    cardinality = votes(output=False).replace(
        "<bpmn:loopDataInputRef>approvers</bpmn:loopDataInputRef>",
        f"<bpmn:loopCardinality>{escape(payload)}</bpmn:loopCardinality>",
    )
    yield "cardinality", _user(cardinality)


def _user(body: str) -> bytes:
    process = Process().start().script("people", "approvers = [1, 2]").user("u", body).end()
    return process.line("start", "people", "u", "end").xml()


def _task_hooks(quoted: str) -> Iterator[tuple[str, bytes]]:
    for tag in ("preScript", "postScript"):
        yield tag, _user(extensions(f"<spiffworkflow:{tag}>{quoted}</spiffworkflow:{tag}>"))
    loop = '<bpmn:standardLoopCharacteristics testBefore="true"><bpmn:loopCondition>{}</bpmn:loopCondition>'
    yield "loop condition", _user(loop.format(quoted) + "</bpmn:standardLoopCharacteristics>")
    service = Process().start().service("s", "call", amount=quoted.replace("&quot;", '"')).end()
    yield "service parameter", service.line("start", "s", "end").xml()
    ad_hoc = f'<bpmn:userTask id="inside"/><bpmn:completionCondition>{quoted}</bpmn:completionCondition>'
    process = Process().start().node("adHocSubProcess", "part", ad_hoc).end()
    yield "ad-hoc condition", process.line("start", "part", "end").xml()


def _event_hooks(quoted: str) -> Iterator[tuple[str, bytes]]:
    conditional = (
        f"<bpmn:conditionalEventDefinition><bpmn:condition>{quoted}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    beside = Process().start().user("u").boundary("b", "u", conditional).end().end("late")
    yield "conditional event", beside.line("start", "u", "end").line("b", "late").xml()
    payload = f"<spiffworkflow:messagePayload>{quoted}</spiffworkflow:messagePayload>"
    yield "message payload", _event("intermediateThrowEvent", _message(payload), MESSAGE)
    yield "correlation", _event("intermediateThrowEvent", _message(SIMPLE), MESSAGE + _correlation(quoted))
    variable = (
        "<spiffworkflow:processVariableCorrelation><spiffworkflow:propertyId>p</spiffworkflow:propertyId>"
        f"<spiffworkflow:expression>{quoted}</spiffworkflow:expression></spiffworkflow:processVariableCorrelation>"
    )
    yield "variable correlation", _event("intermediateCatchEvent", _message(variable), MESSAGE)
    expression = extensions(f"<spiffworkflow:payloadExpression>{quoted}</spiffworkflow:payloadExpression>")
    signal = f'<bpmn:signal id="s" name="s">{expression}</bpmn:signal>'
    yield "signal payload", _event("intermediateThrowEvent", '<bpmn:signalEventDefinition signalRef="s"/>', signal)
    for kind in ("error", "escalation"):
        head = f'<bpmn:{kind} id="e" name="e" {kind}Code="1">{expression}</bpmn:{kind}>'
        thrown = Process(head=head).start().end(body=f'<bpmn:{kind}EventDefinition {kind}Ref="e"/>')
        yield f"{kind} payload", thrown.line("start", "end").xml()


def _message(extra: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="m">{extensions(extra)}</bpmn:messageEventDefinition>'


def _event(tag: str, body: str, head: str) -> bytes:
    return Process(head=head).start().node(tag, "x", body).user("u").end().line("start", "x", "u", "end").xml()


def _correlation(quoted: str) -> str:
    return (
        '<bpmn:collaboration id="c"><bpmn:participant id="who" processRef="process"/>'
        '<bpmn:correlationKey id="k" name="k"><bpmn:correlationPropertyRef>p</bpmn:correlationPropertyRef>'
        '</bpmn:correlationKey></bpmn:collaboration><bpmn:correlationProperty id="p" name="number">'
        f'<bpmn:correlationPropertyRetrievalExpression messageRef="m"><bpmn:messagePath>{quoted}</bpmn:messagePath>'
        "</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
    )


def _table(source: str, entry: str, output: str) -> str:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
        '<decision id="table" name="table"><decisionTable id="t"><input id="i" label="amount">'
        f'<inputExpression id="ie" typeRef="number"><text>{source}</text></inputExpression></input>'
        '<output id="o" name="out" typeRef="string"/>'
        f'<rule id="r"><inputEntry id="e"><text>{entry}</text></inputEntry>'
        f'<outputEntry id="oe"><text>{output}</text></outputEntry></rule></decisionTable></decision></definitions>'
    )


NAMES = sorted(hooks(""))


def run_plainly(xml: bytes, table: str) -> None:
    parser: Any = plain.SpiffBpmnParser()
    assert isinstance(parser, BpmnDmnParser)
    if table:
        parser.add_dmn_xml(etree.fromstring(table))
    parser.add_bpmn_xml(etree.fromstring(xml))
    workflow = BpmnWorkflow(parser.get_spec("process"), parser.get_subprocess_specs("process"))
    for _ in range(4):
        workflow.do_engine_steps()
        workflow.refresh_timers()
        for task in plain.ready(workflow)[:1]:
            task.data["vote"] = 1
            task.run()


def run_here(xml: bytes) -> None:
    world = World(call=lambda call: {})
    world.decisions["table"] = {"out": 1}
    instance = Instance.start(read_diagram(xml, file="hook.bpmn"), {}, world.surroundings())
    for _ in range(4):
        instance.fire_timers()
        for task in instance.open_tasks()[:1]:
            instance.complete(task.id, {"vote": 1})


@pytest.mark.parametrize("name", NAMES)
def test_the_library_runs_what_a_diagram_says(name: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with suppress(Exception):
        run_plainly(*hooks(PAYLOAD.format(path=trace))[name])
    assert trace.exists()


@pytest.mark.parametrize("name", NAMES)
def test_no_diagram_reaches_python(name: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    xml, _ = hooks(PAYLOAD.format(path=trace))[name]
    with suppress(WorkflowError):
        run_here(xml)
    assert not trace.exists()
