"""What the rules about a whole folder share: its parts, its graph, and what is known at each place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from workflows.checks.expressions import ExpressionUse, uses_in
from workflows.checks.folder.environment import (
    COUNTS,
    OUTCOME_WORDS,
    STARTING,
    Environment,
    assigned_in,
    environment_of,
    flow_owner,
    in_words,
)
from workflows.checks.folder.graph import Given, Graph, build_graph, solve
from workflows.checks.known import Known
from workflows.checks.model import Node, read_scope
from workflows.checks.reading import SPIFF, bpmn_children
from workflows.checks.tasks import properties_of
from workflows.checks.timers import literal_in
from workflows.definition.names import loop_names
from workflows.definition.parts import Parts
from workflows.errors import Problem
from workflows.forms import Form

MAX_EACH = 40
"""So many findings of one rule are listed; nobody reads more of them before mending the first."""


@dataclass(frozen=True)
class Folder:
    """A process folder under examination. Rules add to ``problems``."""

    parts: Parts
    known: Known
    problems: list[Problem] = field(default_factory=list)

    # reporting

    def add(
        self,
        severity: str,
        element: str,
        message: str,
        *,
        file: str = "",
        line: int | None = None,
        way: tuple[str, ...] = (),
    ) -> None:
        """A finding; without a file it is about the diagram."""
        problem = Problem(
            severity=severity,
            file=file or self.parts.diagram_file,
            element=element,
            message=message,
            line=line,
            way=way,
        )
        if problem not in self.problems:
            self.problems.append(problem)

    # the diagram

    @cached_property
    def process(self) -> etree._Element | None:
        root = self.parts.root
        return next(iter(bpmn_children(root, "process")), None) if root is not None else None

    @cached_property
    def graph(self) -> Graph | None:
        graph = build_graph(read_scope(self.process)) if self.process is not None else None
        return graph if graph is not None and graph.start else None

    @cached_property
    def uses(self) -> list[ExpressionUse]:
        """Every computed place of the diagram; times that are written out are none."""
        root = self.parts.root
        found = [use for _element, use in uses_in(root)] if root is not None else []
        return [use for use in found if use.source and not (use.kind.startswith("time") and literal_in(use.source))]

    @cached_property
    def env(self) -> Environment:
        return environment_of(self.parts, self.known, self.uses)

    @cached_property
    def owners(self) -> Mapping[str, str]:
        return flow_owner(self.parts.root) if self.parts.root is not None else {}

    @cached_property
    def given(self) -> Given | None:
        """What is given where; None where the diagram has no beginning."""
        if self.graph is None:
            return None
        return solve(self.graph, at_start=self.always, gives=self.gives, inside=_loop_names)

    @cached_property
    def always(self) -> frozenset[str]:
        """The names that are there from the start, or come from nothing that is drawn."""
        brought = {name for use in self.operations.values() for name in self._brought(use)}
        return frozenset({*STARTING, *self._listed("variables"), *(set(self._listed("provides")) - brought)})

    def _listed(self, key: str) -> list[str]:
        value = self.parts.settings.get(key)
        return [str(each) for each in value] if isinstance(value, list | dict) else []

    def _brought(self, operation: str) -> frozenset[str]:
        words = self.known.operations.get(operation)
        return frozenset(words.gives) if words else frozenset()

    @cached_property
    def operations(self) -> Mapping[str, str]:
        """The operation of each service task."""
        if self.graph is None:
            return {}
        found = {node_id: node.element.find(f".//{{{SPIFF}}}serviceTaskOperator") for node_id, node in self.services()}
        return {node_id: each.get("id") or "" for node_id, each in found.items() if each is not None}

    def services(self) -> Iterator[tuple[str, Node]]:
        nodes = self.graph.nodes if self.graph is not None else {}
        return ((node_id, node) for node_id, node in nodes.items() if node.kind == "serviceTask")

    def steps(self) -> Iterator[tuple[Node, Mapping[str, str]]]:
        """The tasks for people with their properties."""
        nodes = self.graph.nodes.values() if self.graph is not None else ()
        return ((node, properties_of(node.element)) for node in nodes if node.kind == "userTask")

    def form_at(self, node: Node) -> Form | None:
        return self.parts.forms.get(properties_of(node.element).get("form", ""))

    def outcomes_at(self, step: str) -> tuple[str, ...]:
        """The results that a step offers."""
        assert self.graph is not None
        properties = properties_of(self.graph.nodes[step].element)
        found = tuple(word.strip() for word in properties.get("outcomes", "submit").split(",") if word.strip())
        votes = properties.get("signing") and properties.get("abstention", "no") != "no"
        return tuple(dict.fromkeys((*found, "abstain"))) if votes else found

    @cached_property
    def outcome_words(self) -> Mapping[str, str]:
        own = self.parts.settings.get("outcomes")
        named = {str(name): str(label) for name, label in own.items()} if isinstance(own, dict) else {}
        return {**OUTCOME_WORDS, **named}

    def gives(self, node: Node) -> frozenset[str]:
        """The names that a finished node brings."""
        found = _GIVES.get(node.kind, lambda _folder, _node: set())(self, node)
        return frozenset(found) | _loop_names(node)

    def known_at(self, use: ExpressionUse) -> frozenset[str] | None:
        """The names that are sure to be there where an expression is computed; None where nobody comes."""
        if self.given is None or self.graph is None:
            return None
        if use.kind == "condition":
            return self.given.after.get(self.owners.get(use.element, ""))
        before, node = self.given.before.get(use.element), self.graph.nodes.get(use.element)
        if before is None or node is None:
            return None
        own = _loop_names(node)
        if use.kind == "completion":
            own |= COUNTS | self.gives(node)
        if use.kind == "comment_when":
            own |= {"outcome", "comment"} | self._of_form(node)
        return before | own

    def _of_form(self, node: Node) -> frozenset[str]:
        form = self.form_at(node)
        if form is None:
            return frozenset()
        known = [self.known.knowledge_names.get(source, frozenset()) for source in form.knows]
        return frozenset(form.properties).union(*known)

    # words

    def title(self, element: str) -> str:
        """What people call an element: ``“经理审核”``, ``“金额？”到“总经理审核”的连线``."""
        graph = self.graph
        if graph is not None and element in graph.nodes:
            return graph.nodes[element].title
        if graph is not None and element in graph.flows:
            flow = graph.flows[element]
            named = (flow.element.get("name") or "").strip()
            ends = f"{graph.nodes[flow.source].title}到{graph.nodes[flow.target].title}的连线"
            return f"“{named}”（{ends}）" if named else ends
        return f"“{element}”"

    def name(self, name: str) -> str:
        return in_words(self.env, name)

    def value(self, name: str, value: Any) -> str:
        """A value of a name as people read it."""
        if value is None:
            return "空"
        if isinstance(value, bool):
            return "是" if value else "否"
        labels = self.outcome_words if name == "outcome" else self.env[name].labels if name in self.env else {}
        text = str(value)
        return f"“{labels[text]}（{text}）”" if text in labels else f"“{text}”" if isinstance(value, str) else text


def _loop_names(node: Node) -> frozenset[str]:
    loops = bpmn_children(node.element, "multiInstanceLoopCharacteristics")
    found = {name for loop in loops for name in loop_names(loop)}
    return frozenset(found | COUNTS) if loops else frozenset()


def _of_step(folder: Folder, node: Node) -> set[str]:
    form, properties = folder.form_at(node), properties_of(node.element)
    given = {"outcome", "comment"}
    if properties.get("signing"):
        given |= {"approvals", "rejections", "abstentions"}
    if form is not None:
        editable = form.rights_at(node.id).editable
        if "submit" in properties.get("outcomes", "submit") or editable:
            given |= set(form.properties)
    return given


def _of_script(folder: Folder, node: Node) -> set[str]:
    return {name for script in bpmn_children(node.element, "script") for name in assigned_in(script.text or "")}


def _of_decision(folder: Folder, node: Node) -> set[str]:
    called = (node.element.findtext(f".//{{{SPIFF}}}calledDecisionId") or "").strip()
    model = folder.parts.decisions.get(called)
    return {name for decision in model.decisions for name in decision.output_names} if model else set()


def _of_service(folder: Folder, node: Node) -> set[str]:
    return set(folder._brought(folder.operations.get(node.id, "")))


def _of_event(folder: Folder, node: Node) -> set[str]:
    variables = node.element.iter(f"{{{SPIFF}}}messageVariable")
    return {(variable.text or "").strip() for variable in variables} - {""}


_GIVES = {
    "userTask": _of_step,
    "scriptTask": _of_script,
    "businessRuleTask": _of_decision,
    "serviceTask": _of_service,
    "boundaryEvent": _of_event,
    "intermediateCatchEvent": _of_event,
    "startEvent": _of_event,
}
