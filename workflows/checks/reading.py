"""From bytes that anybody may have uploaded to an element tree, without entities, network or surprises of size."""

from __future__ import annotations

from typing import Any, cast

from lxml import etree

from workflows.errors import DefinitionError, Problem

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"

MAX_BYTES = 1_000_000
MAX_NODES = 399
MAX_FLOWS = 1_000

FLOW_NODES = frozenset(
    {
        "adHocSubProcess",
        "boundaryEvent",
        "businessRuleTask",
        "callActivity",
        "complexGateway",
        "endEvent",
        "eventBasedGateway",
        "exclusiveGateway",
        "inclusiveGateway",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "manualTask",
        "parallelGateway",
        "receiveTask",
        "scriptTask",
        "sendTask",
        "serviceTask",
        "startEvent",
        "subProcess",
        "task",
        "transaction",
        "userTask",
    }
)
"""Everything that BPMN 2.0 (7.3.1, 10) lets a sequence flow begin or end at, also what the checks refuse by name."""


def read_diagram(xml: bytes, file: str) -> etree._Element:
    """The ``definitions`` element. Raises DefinitionError: not XML, not BPMN, hostile, or too large to be run."""
    if len(xml) > MAX_BYTES:
        raise _refusal(file, None, f"流程图文件超过 {MAX_BYTES // 1_000_000} MB，请删去无关内容或拆分流程。")
    root = _parse(xml, file)
    if _has_doctype(root):
        raise _refusal(file, 1, "流程图文件带有 DOCTYPE 声明，出于安全不予接受，请用流程设计器重新导出。")
    if root.tag != f"{{{MODEL}}}definitions":
        raise _refusal(file, line_of(root), "这不是 BPMN 2.0 流程图，请用流程设计器导出 .bpmn 文件。")
    _refuse_oversized(root, file)
    return root


def local_name(element: etree._Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of the tag, or nothing."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def bpmn_children(element: etree._Element, name: str) -> list[etree._Element]:
    """The direct children of one BPMN kind."""
    return element.findall(f"{{{MODEL}}}{name}")


def text_of(element: etree._Element | None) -> str:
    """The text up to the first child, as the engine reads it."""
    return (element.text or "").strip() if element is not None else ""


def line_of(element: etree._Element) -> int | None:
    """Where the element begins in the file."""
    return cast("int | None", element.sourceline)


def _has_doctype(root: etree._Element) -> bool:
    information: Any = root.getroottree().docinfo
    return bool(information.doctype)


def _parse(xml: bytes, file: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _refusal(file, error.lineno or None, "文件不是有效的 XML，请用流程设计器重新导出。") from error
    except ValueError as error:
        raise _refusal(file, None, "文件不是有效的 XML，请用流程设计器重新导出。") from error


def _refuse_oversized(root: etree._Element, file: str) -> None:
    """The engine's parser recurses along the flows: a chain of 600 nodes raises, 480 is fine."""
    names = [local_name(element) for element in root.iter(f"{{{MODEL}}}*")]
    nodes, flows = sum(name in FLOW_NODES for name in names), names.count("sequenceFlow")
    if nodes > MAX_NODES:
        raise _refusal(file, None, f"流程图有 {nodes} 个节点，最多 {MAX_NODES} 个，请拆分成几个流程。")
    if flows > MAX_FLOWS:
        raise _refusal(file, None, f"流程图有 {flows} 条连线，最多 {MAX_FLOWS} 条，请拆分成几个流程。")


def _refusal(file: str, line: int | None, message: str) -> DefinitionError:
    return DefinitionError([Problem(severity="error", file=file, element="", message=message, line=line)])
