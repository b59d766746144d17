"""Builds the smallest diagram that shows a rule. Without further ado every diagram it builds is in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)
MESSAGE = '<bpmn:message id="collected" name="快件已揽收" />'


@dataclass
class Diagram:
    """``Diagram().start().user("a").end().chain("start", "a", "end").xml()``"""

    lane: str = "部门经理"
    head: str = ""
    parts: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    extra: str = ""
    executable: str = "true"

    def node(self, kind: str, node_id: str, body: str = "", **attributes: str) -> Diagram:
        written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        self.parts.append(f'<bpmn:{kind} id="{node_id}"{written}>{body}</bpmn:{kind}>')
        return self

    def start(self, node_id: str = "start", body: str = "") -> Diagram:
        return self.node("startEvent", node_id, body)

    def end(self, node_id: str = "end", body: str = "") -> Diagram:
        return self.node("endEvent", node_id, body)

    def user(self, node_id: str, body: str | None = None, **attributes: str) -> Diagram:
        self.people.append(node_id)
        return self.node("userTask", node_id, properties(form="apply") if body is None else body, **attributes)

    def script(self, node_id: str, source: str = "x = 1", **attributes: str) -> Diagram:
        return self.node("scriptTask", node_id, f"<bpmn:script>{escape(source)}</bpmn:script>", **attributes)

    def choice(self, node_id: str, default: str = "") -> Diagram:
        return self.node("exclusiveGateway", node_id, **({"default": default} if default else {}))

    def parallel(self, *node_ids: str) -> Diagram:
        for node_id in node_ids:
            self.node("parallelGateway", node_id)
        return self

    def boundary(self, node_id: str, host: str, body: str, *, interrupting: bool = True) -> Diagram:
        return self.node("boundaryEvent", node_id, body, attachedToRef=host, cancelActivity=str(interrupting).lower())

    def flow(self, source: str, target: str, condition: str = "", flow_id: str = "") -> Diagram:
        written = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
        name = flow_id or f"{source}_{target}"
        self.parts.append(
            f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{written}</bpmn:sequenceFlow>'
        )
        return self

    def chain(self, *node_ids: str) -> Diagram:
        for source, target in pairwise(node_ids):
            self.flow(source, target)
        return self

    def inner(self) -> str:
        return "\n".join(self.parts)

    def xml(self) -> bytes:
        references = "".join(f"<bpmn:flowNodeRef>{each}</bpmn:flowNodeRef>" for each in self.people)
        lane = (
            f'<bpmn:laneSet id="posts"><bpmn:lane id="post" name="{self.lane}">{references}</bpmn:lane></bpmn:laneSet>'
        )
        return definitions(
            f'{self.head}<bpmn:process id="process" isExecutable="{self.executable}">\n'
            f"{lane}\n{self.inner()}\n{self.extra}</bpmn:process>"
        )


def definitions(inside: str, doctype: str = "") -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'
    return f'{head}\n<bpmn:definitions {NAMESPACES} id="file">{inside}</bpmn:definitions>'.encode()


def properties(**values: str) -> str:
    written = "".join(
        f'<spiffworkflow:property name="{name}" value="{escape(value)}" />' for name, value in values.items()
    )
    return extensions(f"<spiffworkflow:properties>{written}</spiffworkflow:properties>")


def extensions(inside: str) -> str:
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"


def service(name: str = "reserve_budget", **parameters: str) -> str:
    written = "".join(
        f'<spiffworkflow:parameter id="{key}" type="any" value="{escape(value)}" />'
        for key, value in parameters.items()
    )
    return extensions(
        f'<spiffworkflow:serviceTaskOperator id="{name}"><spiffworkflow:parameters>{written}'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )


def timer(kind: str, source: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(source)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def message(reference: str = "collected") -> str:
    return f'<bpmn:messageEventDefinition messageRef="{reference}" />'


def straight(*, task: str = "a") -> Diagram:
    """start → one user task → end."""
    return Diagram().start().user(task).end().chain("start", task, "end")


def forked() -> Diagram:
    """start → a → choice between b and c, which lead nowhere yet."""
    built = Diagram().start().user("a").choice("g", default="g_c").user("b").user("c")
    return built.chain("start", "a", "g").flow("g", "b", "x > 1").flow("g", "c")
