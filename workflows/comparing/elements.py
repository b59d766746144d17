"""What a diagram says of each of its elements, as properties with a name that people know (BPMN 2.0, 7 to 12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from workflows.checks.reading import FLOW_NODES, MODEL, SPIFF, bpmn_children, local_name, namespace, text_of
from workflows.comparing.comparison import DATA, DRAWING, WAY, WHEN, WHO, WORDING
from workflows.comparing.words import PROPERTIES

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_OTHERS = frozenset({"lane", "message", "participant", "process", "sequenceFlow", "textAnnotation", "association"})
_PLAIN = frozenset({"id", "name", "sourceRef", "targetRef", "attachedToRef", "default", "processRef"})
_STRUCTURE = frozenset({"incoming", "outgoing", "flowNodeRef", "laneSet", "childLaneSet"})
_TIMERS = {"timeDate": "到时", "timeDuration": "等待时长", "timeCycle": "重复"}
_LOOP = {
    "loopDataInputRef": "名单",
    "loopCardinality": "人数",
    "inputDataItem": "每一项的名称",
    "outputDataItem": "每一项的结果",
    "loopDataOutputRef": "汇总为",
    "completionCondition": "完成条件",
}
COMPUTED = frozenset(
    {"条件", "完成条件", "名单", "人数", "办理期限", "办理人", "会签人", "意见必填的条件", *_TIMERS.values()}
)
"""The properties that hold an expression."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    value: str
    weight: str
    name: str = ""
    """The property of the diagram, where it has a name of its own."""


@dataclass(frozen=True, kw_only=True)
class Element:
    id: str
    kind: str
    name: str
    host: str = ""
    """The activity that a boundary event sits on."""
    source: str = ""
    target: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    drawn: tuple[tuple[float, float, float, float], ...] = ()
    """Its bounds, or the points of its line."""

    @property
    def is_flow(self) -> bool:
        return self.kind == "sequenceFlow"


def read_elements(root: etree._Element) -> dict[str, Element]:
    """Every element by id, in the order of the file; what has no id cannot be spoken of and is left out."""
    lanes = _lanes(root)
    messages = {each.get("id", ""): each.get("name", "") for each in bpmn_children(root, "message")}
    drawn = dict(_drawn(root))
    found: dict[str, Element] = {}
    for element in root.iter(f"{{{MODEL}}}*"):
        kind, identity = local_name(element), element.get("id", "")
        if identity and (kind in FLOW_NODES or kind in _OTHERS):
            found[identity] = Element(
                id=identity,
                kind=kind,
                name=(element.get("name") or "").strip(),
                host=element.get("attachedToRef", ""),
                source=element.get("sourceRef", "") if kind == "sequenceFlow" else "",
                target=element.get("targetRef", "") if kind == "sequenceFlow" else "",
                facts=dict(_facts(element, kind, lanes.get(identity, ""), messages)),
                drawn=drawn.get(identity, ()),
            )
    return found


def _lanes(root: etree._Element) -> dict[str, str]:
    return {
        text_of(reference): (lane.get("name") or "").strip()
        for lane in root.iter(f"{{{MODEL}}}lane")
        for reference in bpmn_children(lane, "flowNodeRef")
    }


def _drawn(root: etree._Element) -> Iterator[tuple[str, tuple[tuple[float, float, float, float], ...]]]:
    for shape in root.iter(f"{{{_DI}}}BPMNShape"):
        yield shape.get("bpmnElement", ""), tuple(_numbers(each) for each in shape.findall(f"{{{_DC}}}Bounds"))
    for edge in root.iter(f"{{{_DI}}}BPMNEdge"):
        points = [each for each in edge if isinstance(each.tag, str) and local_name(each) == "waypoint"]
        yield edge.get("bpmnElement", ""), tuple(_numbers(each) for each in points)


def _numbers(element: etree._Element) -> tuple[float, float, float, float]:
    found = []
    for name in ("x", "y", "width", "height"):
        try:
            found.append(round(float(element.get(name, "0")), 1))
        except ValueError:
            found.append(0.0)
    return found[0], found[1], found[2], found[3]


def _facts(element: etree._Element, kind: str, lane: str, messages: Mapping[str, str]) -> Iterator[tuple[str, Fact]]:
    yield "名称", Fact(value=(element.get("name") or "").strip(), weight=WHO if kind == "lane" else WORDING)
    if kind in FLOW_NODES:
        people = kind in ("userTask", "subProcess")
        yield "类型", Fact(value=kind, weight=WAY)
        yield "岗位", Fact(value=lane, weight=WHO if people else DRAWING)
    if element.get("default"):
        yield "默认走向", Fact(value=element.get("default", ""), weight=WAY)
    if element.get("attachedToRef"):
        yield "附着在", Fact(value=element.get("attachedToRef", ""), weight=WHEN)
    yield from _own_attributes(element)
    for child in element:
        if isinstance(child.tag, str) and local_name(child) not in _STRUCTURE:
            yield from _of_child(child, kind, messages)


def _own_attributes(element: etree._Element) -> Iterator[tuple[str, Fact]]:
    if element.get("cancelActivity") in ("false", "0"):
        yield "中断任务", Fact(value="否", weight=WHEN)
    for key, value in sorted((str(key), str(value)) for key, value in element.attrib.items()):
        if key not in _PLAIN and key != "cancelActivity":
            name = key.rpartition("}")[2]
            yield f"属性 {name}", Fact(value=value, weight=WAY if name == "isExecutable" else WORDING)


def _of_child(child: etree._Element, kind: str, messages: Mapping[str, str]) -> Iterator[tuple[str, Fact]]:
    name = local_name(child)
    if name == "extensionElements":
        yield from _of_extensions(child)
    elif name == "conditionExpression":
        yield "条件", Fact(value=text_of(child), weight=WAY)
    elif name == "script":
        yield "脚本", Fact(value=text_of(child), weight=WAY)
    elif name in ("documentation", "text"):
        yield "说明", Fact(value=text_of(child), weight=WORDING)
    elif name == "multiInstanceLoopCharacteristics":
        yield from _of_loop(child)
    elif name == "timerEventDefinition":
        for each in child:
            if isinstance(each.tag, str):
                yield _TIMERS.get(local_name(each), local_name(each)), Fact(value=text_of(each), weight=WHEN)
    elif name == "messageEventDefinition":
        message = child.get("messageRef", "")
        yield "等待的消息", Fact(value=messages.get(message) or message, weight=WAY)
    elif name.endswith("EventDefinition"):
        yield "事件", Fact(value=name, weight=WAY)
    elif not _is_element(child) and kind not in ("process", "subProcess", "lane"):
        yield f"内容 {name}", Fact(value=_written(child), weight=WAY)


def _is_element(child: etree._Element) -> bool:
    name = local_name(child)
    return namespace(child) == MODEL and bool(child.get("id")) and (name in FLOW_NODES or name in _OTHERS)


def _of_loop(loop: etree._Element) -> Iterator[tuple[str, Fact]]:
    yield "多人办理", Fact(value="依次" if loop.get("isSequential") in ("true", "1") else "同时", weight=WHO)
    for child in loop:
        if isinstance(child.tag, str):
            name = local_name(child)
            value = text_of(child) or child.get("name") or child.get("id") or ""
            yield _LOOP.get(name, f"内容 {name}"), Fact(value=value, weight=WHO)


def _of_extensions(extensions: etree._Element) -> Iterator[tuple[str, Fact]]:
    for child in extensions:
        name = local_name(child) if isinstance(child.tag, str) else ""
        if name == "properties":
            for each in child.findall(f"{{{SPIFF}}}property"):
                key = each.get("name", "")
                word, weight = PROPERTIES.get(key, (f"属性 {key}", DATA))
                yield word, Fact(value=each.get("value", ""), weight=weight, name=key)
        elif name == "serviceTaskOperator":
            yield "操作", Fact(value=child.get("id", ""), weight=WAY)
            for each in child.iter(f"{{{SPIFF}}}parameter"):
                yield f"参数 {each.get('id', '')}", Fact(value=each.get("value", ""), weight=WAY)
        elif name == "calledDecisionId":
            yield "决策表", Fact(value=text_of(child), weight=WAY)
        elif name:
            yield f"扩展 {name}", Fact(value=_written(child), weight=WORDING)


def _written(element: etree._Element) -> str:
    return " ".join(etree.tostring(element, encoding="unicode", with_tail=False).split())[:400]
