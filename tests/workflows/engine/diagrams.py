"""Builds small BPMN files, so that each test can show the whole diagram it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

_NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)


@dataclass
class Process:
    """``Process().start().user("apply").end().line("start", "apply", "end").xml()``"""

    key: str = "process"
    head: str = ""
    """Markup before the process, as messages."""
    nodes: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    lanes: dict[str, list[str]] = field(default_factory=dict)

    def node(self, tag: str, node_id: str, body: str = "", *, lane: str = "", **attributes: str) -> Process:
        extra = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        name = "" if "name" in attributes else f' name="{node_id.title()}"'
        self.nodes.append(f'<bpmn:{tag} id="{node_id}"{name}{extra}>{body}</bpmn:{tag}>')
        if lane:
            self.lanes.setdefault(lane, []).append(node_id)
        return self

    def start(self, node_id: str = "start", body: str = "") -> Process:
        return self.node("startEvent", node_id, body)

    def end(self, node_id: str = "end", body: str = "") -> Process:
        return self.node("endEvent", node_id, body)

    def user(self, node_id: str, body: str = "", *, lane: str = "") -> Process:
        return self.node("userTask", node_id, body, lane=lane)

    def script(self, node_id: str, source: str) -> Process:
        return self.node("scriptTask", node_id, f"<bpmn:script>{escape(source)}</bpmn:script>")

    def service(self, node_id: str, operation: str, body: str = "", **parameters: str) -> Process:
        listed = "".join(
            f'<spiffworkflow:parameter id="{name}" type="any" value="{escape(value)}"/>'
            for name, value in parameters.items()
        )
        operator = (
            f'<spiffworkflow:serviceTaskOperator id="{operation}"><spiffworkflow:parameters>{listed}'
            "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        )
        return self.node("serviceTask", node_id, extensions(operator) + body)

    def decision(self, node_id: str, decision: str) -> Process:
        called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
        return self.node("businessRuleTask", node_id, extensions(called))

    def choice(self, node_id: str, default: str = "") -> Process:
        attributes = {"default": f"{node_id}_{default}"} if default else {}
        return self.node("exclusiveGateway", node_id, **attributes)

    def parallel(self, node_id: str) -> Process:
        return self.node("parallelGateway", node_id)

    def boundary(self, node_id: str, on: str, body: str, *, interrupting: bool = True) -> Process:
        return self.node("boundaryEvent", node_id, body, attachedToRef=on, cancelActivity=str(interrupting).lower())

    def inner(self, node_id: str, process: Process) -> Process:
        return self.node("subProcess", node_id, process.body())

    def flow(self, source: str, target: str, condition: str = "") -> Process:
        body = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
        self.flows.append(
            f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{body}'
            "</bpmn:sequenceFlow>"
        )
        return self

    def line(self, *node_ids: str) -> Process:
        for source, target in pairwise(node_ids):
            self.flow(source, target)
        return self

    def body(self) -> str:
        lanes = "".join(
            f'<bpmn:lane id="lane_{number}" name="{name}">'
            + "".join(f"<bpmn:flowNodeRef>{node_id}</bpmn:flowNodeRef>" for node_id in node_ids)
            + "</bpmn:lane>"
            for number, (name, node_ids) in enumerate(self.lanes.items())
        )
        lane_set = f'<bpmn:laneSet id="lanes_{self.key}">{lanes}</bpmn:laneSet>' if lanes else ""
        return lane_set + "\n".join([*self.nodes, *self.flows])

    def xml(self, *others: Process, diagram: str = "") -> bytes:
        processes = "".join(
            f'<bpmn:process id="{each.key}" name="{each.key.title()}" isExecutable="true">\n{each.body()}\n'
            "</bpmn:process>"
            for each in (self, *others)
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions {_NAMESPACES} id="definitions">\n'
            f"{self.head}{processes}{diagram}\n</bpmn:definitions>"
        ).encode()


def extensions(markup: str) -> str:
    return f"<bpmn:extensionElements>{markup}</bpmn:extensionElements>"


def properties(**values: str) -> str:
    listed = "".join(
        f'<spiffworkflow:property name="{name}" value="{escape(value)}"/>' for name, value in values.items()
    )
    return extensions(f"<spiffworkflow:properties>{listed}</spiffworkflow:properties>")


def timer(kind: str, expression: str) -> str:
    """``kind`` is timeDate, timeDuration or timeCycle."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(expression)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def votes(*, sequential: bool = False, condition: str = "", output: bool = True) -> str:
    """Everybody in ``approvers`` signs; their ``vote`` is collected in ``votes``."""
    collected = (
        "<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>",
        '<bpmn:outputDataItem id="vote" name="vote"/>',
    )
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>approvers</bpmn:loopDataInputRef>{collected[0] if output else ''}"
        f'<bpmn:inputDataItem id="approver" name="approver"/>{collected[1] if output else ""}'
        + (f"<bpmn:completionCondition>{escape(condition)}</bpmn:completionCondition>" if condition else "")
        + "</bpmn:multiInstanceLoopCharacteristics>"
    )


def message_catch(message: str = "paid") -> str:
    return f'<bpmn:messageEventDefinition messageRef="message_{message}"/>'


def message_head(message: str = "paid") -> str:
    return f'<bpmn:message id="message_{message}" name="{message}"/>'
