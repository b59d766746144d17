"""The library's parser with our task specifications, and the repairs that a specification needs before it is shared."""
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.parser import task_spec as library
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.specs import defaults
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition

from workflows.engine.specs import DecisionTask, MergingEnd, OperationTask, RoundJoin, case_message
from workflows.engine.timers import case_timer
from workflows.engine.votes import ParallelVotes, SequentialVotes


class _CountsVotes:
    PARALLEL_MI_CLASS = ParallelVotes
    SEQUENTIAL_MI_CLASS = SequentialVotes


class _TaskParser(_CountsVotes, library.SpiffTaskParser):
    pass


class _UserTaskParser(_CountsVotes, library.UserTaskParser):
    pass


class _ScriptTaskParser(_CountsVotes, library.ScriptTaskParser):
    pass


class _ServiceTaskParser(_CountsVotes, library.ServiceTaskParser):
    pass


class _SubWorkflowParser(_CountsVotes, library.SubWorkflowParser):
    pass


class _CallActivityParser(_CountsVotes, library.CallActivityParser):
    pass


class _DecisionTaskParser(_CountsVotes, library.SpiffTaskParser):
    def create_task(self) -> DecisionTask:
        decision = (self.parse_extensions().get("calledDecisionId") or "").strip()
        if not decision:
            self.raise_validation_exception("A business rule task must name the decision it calls")
        return DecisionTask(self.spec, self.bpmn_id, decision, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> None:
        """Decisions are no business of the library."""


class _ProcessParser(SpiffProcessParser):
    def _index_process_nodes(self) -> None:
        """An operation or a loop variable may bear the id of a flow node; the library would follow a flow to it."""
        super()._index_process_nodes()
        for node in self.xpath(".//bpmn:*[@id]"):
            if self.parser._get_parser_class(node.tag)[0] is not None:
                self.nodes_by_id[node.get("id")] = node


class CaseParser(SpiffBpmnParser):
    """Parses the elements that need it into our own task specifications."""

    PROCESS_PARSER_CLASS = _ProcessParser

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the library's name and type
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("userTask"): (_UserTaskParser, defaults.UserTask),
        full_tag("manualTask"): (_TaskParser, defaults.ManualTask),
        full_tag("scriptTask"): (_ScriptTaskParser, defaults.ScriptTask),
        full_tag("serviceTask"): (_ServiceTaskParser, OperationTask),
        full_tag("businessRuleTask"): (_DecisionTaskParser, DecisionTask),
        full_tag("subProcess"): (_SubWorkflowParser, defaults.SubWorkflowTask),
        full_tag("callActivity"): (_CallActivityParser, defaults.CallActivity),
        full_tag("parallelGateway"): (GatewayParser, RoundJoin),
    }

    def get_document_positions(self, root: Any) -> dict[str, Any]:
        """None: flows are tried in the order of the file, so that moving a shape never changes the way taken."""
        return {}


def prepare(spec: Any) -> None:
    """Put our timers, messages and end into a parsed specification and connect its loops.

    The library connects a loop with its children only when it creates one. A state loaded onto a specification that was
    parsed afresh would wait for ever; and two threads that both create the first child would collide.
    """
    # the library creates this join itself and offers no other way to replace it
    spec.end.__class__ = MergingEnd
    for task_spec in list(spec.task_specs.values()):
        definition = getattr(task_spec, "event_definition", None)
        if definition is not None:
            task_spec.event_definition = _ours(definition)
        if isinstance(task_spec, LoopTask):
            child = spec.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)


def _ours(definition: Any) -> Any:
    if isinstance(definition, TimerEventDefinition):
        return case_timer(definition)
    if isinstance(definition, MessageEventDefinition):
        return case_message(definition)
    if isinstance(definition, MultipleEventDefinition):
        definition.event_definitions = [_ours(part) for part in definition.event_definitions]
    return definition
