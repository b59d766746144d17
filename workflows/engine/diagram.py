"""Reading a BPMN file: safely, with the line of every complaint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NoReturn

from lxml import etree
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from workflows.engine.parser import CaseParser, prepare
from workflows.engine.records import Element, Step
from workflows.errors import DefinitionError, Problem

MAX_BYTES = 1_000_000
MAX_NODES = 400
RESERVED_IDS = frozenset({"Start", "End", "Root"})
"""The library's own names inside every process."""

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
_EVENTS = ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent")
_TASKS = ("task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask")
_PARTS = ("subProcess", "transaction", "adHocSubProcess", "callActivity")
_GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
SIGNING = "signing"
"""The property of a user task that says how several people sign it."""

_FLOW_NODES = frozenset(BPMN + name for name in (*_EVENTS, *_TASKS, *_PARTS, *_GATEWAYS))

_VARIABLES = frozenset({f"{BPMN}inputDataItem", f"{BPMN}outputDataItem"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Diagram:
    """A process as drawn. Never changes, so that all cases and threads share one."""

    key: str
    name: str
    file: str
    xml: bytes = field(repr=False)
    steps: Mapping[str, Step] = field(repr=False)
    elements: Mapping[str, Element] = field(repr=False)
    _spec: Any = field(repr=False)
    _inner_specs: Mapping[str, Any] = field(repr=False)


def ways_out(diagram: Diagram, element: str) -> dict[str, str]:
    """The elements that flows lead to from ``element``, each with what the flow is called."""
    root = etree.fromstring(diagram.xml, _parser())
    flows = [flow for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("sourceRef") == element]
    return {flow.get("targetRef", ""): flow.get("name") or "" for flow in flows}


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def read_diagram(xml: bytes, *, file: str) -> Diagram:
    """Parse one BPMN file.

    Raises DefinitionError: not readable, too large, names that collide, or something that cannot be executed.
    """
    return _Reader(file).read(xml)


class _Reader:
    """One file being read; it remembers the file's name and lines for the complaints."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}

    def read(self, xml: bytes) -> Diagram:
        root = self._parse(xml)
        nodes = [node for node in root.iter(etree.Element) if node.tag in _FLOW_NODES]
        self.lines = {node.get("id", ""): node.sourceline or 0 for node in _named(root)}
        self._check_ids(root)
        if len(nodes) >= MAX_NODES:
            self._refuse(f"the diagram has {len(nodes)} elements; fewer than {MAX_NODES} are possible")
        process = self._main_process(root)
        elements = _elements(root, nodes)
        _drop_loops_of_signatures(nodes)
        spec, inner = self._specify(root, process.get("id", ""))
        return Diagram(
            key=process.get("id", ""),
            name=process.get("name") or process.get("id", ""),
            file=self.file,
            xml=xml,
            steps=MappingProxyType(_steps(nodes, elements)),
            elements=MappingProxyType(elements),
            _spec=spec,
            _inner_specs=MappingProxyType(inner),
        )

    def _refuse(self, message: str, element: str = "", line: int | None = None) -> NoReturn:
        line = line or self.lines.get(element) or None
        problem = Problem(severity="error", file=self.file, element=element, message=message, line=line)
        raise DefinitionError([problem])

    def _parse(self, xml: bytes) -> Any:
        if len(xml) > MAX_BYTES:
            self._refuse(f"the file is larger than {MAX_BYTES // 1_000} kB")
        try:
            root: Any = etree.fromstring(xml, _parser())
        except (etree.XMLSyntaxError, ValueError) as error:
            self._refuse(f"the file is no XML: {error}", line=getattr(error, "lineno", None))
        if root.getroottree().docinfo.doctype:
            self._refuse("the file declares a DOCTYPE; a BPMN file has none", line=1)
        return root

    def _check_ids(self, root: Any) -> None:
        counted = Counter(node.get("id") for node in _named(root))
        for element, times in counted.items():
            if times > 1:
                self._refuse(f"{times} elements have this id", element)
            if element in RESERVED_IDS:
                self._refuse("this id is reserved; choose another", element)

    def _main_process(self, root: Any) -> Any:
        """The executable process that no other one calls."""
        called = {node.get("calledElement") for node in root.iter(f"{BPMN}callActivity")}
        processes = [node for node in root.iter(f"{BPMN}process") if node.get("isExecutable") == "true"]
        main = [node for node in processes if node.get("id") not in called]
        if len(main) != 1:
            self._refuse(f"the file must have exactly one executable process that starts cases; it has {len(main)}")
        return main[0]

    def _specify(self, root: Any, key: str) -> tuple[Any, dict[str, Any]]:
        parser = CaseParser()
        try:
            parser.add_bpmn_xml(root, filename=self.file)
            spec, inner = parser.get_spec(key), parser.get_subprocess_specs(key)
        except ValidationException as error:
            self._refuse(str(error.args[0]), error.id or "")
        except RecursionError:
            self._refuse("the diagram is too deep")
        except Exception as error:
            # the library's own checks are patchy: a missing reference surfaces as whatever it trips over
            self._refuse(f"the diagram cannot be read: {type(error).__name__}: {error}")
        for part in (spec, *inner.values()):
            prepare(part)
        return spec, inner


def _drop_loops_of_signatures(nodes: list[Any]) -> None:
    """A step that several people sign is one task to the engine; who has signed is kept on a sheet of its own.

    The loop marker in the file is only how BPMN draws it.
    """
    for node in nodes:
        if node.tag == f"{BPMN}userTask" and SIGNING in _properties(node):
            for loop in node.findall(f"{BPMN}multiInstanceLoopCharacteristics"):
                node.remove(loop)


def _named(root: Any) -> Iterator[Any]:
    """The BPMN elements with an id of their own; the items of a loop are named after variables, which may repeat."""
    for node in root.iter(f"{BPMN}*"):
        if node.get("id") and node.tag not in _VARIABLES:
            yield node


def _elements(root: Any, nodes: list[Any]) -> dict[str, Element]:
    lanes = _lanes(root)
    return {
        node.get("id"): Element(
            id=node.get("id"),
            kind=etree.QName(node).localname,
            name=node.get("name") or "",
            lane=_lane(node, lanes),
            properties=MappingProxyType(_properties(node)),
            line=node.sourceline or 0,
            attached_to=node.get("attachedToRef"),
            decision=_decision(node),
            operation=_operation(node),
        )
        for node in nodes
    }


def _lanes(root: Any) -> dict[str, str]:
    """Lane names by element; of nested lanes the inner one counts, because it comes later in the file."""
    return {
        (reference.text or "").strip(): lane.get("name") or ""
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.iterchildren(f"{BPMN}flowNodeRef")
    }


def _lane(node: Any, lanes: Mapping[str, str]) -> str:
    """Its own lane, or that of the sub-process around it, or that of the activity it sits on."""
    for around in (node, *node.iterancestors()):
        lane = lanes.get(around.get("id")) or lanes.get(around.get("attachedToRef"))
        if lane:
            return lane
    return ""


def _decision(node: Any) -> str:
    """The decision table that a business rule task asks; empty for everything else."""
    return (node.findtext(f"{BPMN}extensionElements/{SPIFF}calledDecisionId") or "").strip()


def _operation(node: Any) -> str:
    """The operation that a service task runs; empty for everything else."""
    operator = node.find(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator")
    return "" if operator is None else (operator.get("id") or "")


def _properties(node: Any) -> dict[str, str]:
    return {
        item.get("name", ""): item.get("value", "")
        for extensions in node.iterchildren(f"{BPMN}extensionElements")
        for properties in extensions.iterchildren(f"{SPIFF}properties")
        for item in properties.iterchildren(f"{SPIFF}property")
    }


def _steps(nodes: list[Any], elements: Mapping[str, Element]) -> dict[str, Step]:
    return {element.id: _step(node, element) for node, element in _user_tasks(nodes, elements)}


def _user_tasks(nodes: list[Any], elements: Mapping[str, Element]) -> Iterator[tuple[Any, Element]]:
    for node in nodes:
        if node.tag == f"{BPMN}userTask":
            yield node, elements[node.get("id")]


def _step(node: Any, element: Element) -> Step:
    return Step(
        id=element.id,
        name=element.name,
        lane=element.lane,
        properties=element.properties,
        multi_instance=node.find(f"{BPMN}multiInstanceLoopCharacteristics") is not None,
        line=element.line,
    )
