"""A drawing for diagrams that come without one: BPMN's semantics do not say where anything stands (BPMN 2.0, 12)."""

from __future__ import annotations

from lxml import etree

from workflows.checks.reading import FLOW_NODES, MODEL, bpmn_children, local_name
from workflows.drafting.placing import lines_between, place
from workflows.drafting.shapes import Box, Drawing, Line, Point, size_of

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"
_NAMES = {"bpmndi": DI, "dc": _DC, "di": _DD}
POOL_HEAD = 30.0
_CORNER: Point = (160.0, 80.0)


def is_drawn(root: etree._Element) -> bool:
    """Whether every node of the diagram has a place in its drawing."""
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{{{DI}}}BPMNShape")}
    nodes = [node for node in root.iter(f"{{{MODEL}}}*") if local_name(node) in FLOW_NODES]
    return all(node.get("id") in drawn for node in nodes)


def lay_out(root: etree._Element) -> None:
    """Draw the first process anew, from left to right, a lane below the other; any drawing there is goes."""
    for diagram in root.findall(f"{{{DI}}}BPMNDiagram"):
        root.remove(diagram)
    process = bpmn_children(root, "process")[0]
    lanes = [lane for lane in process.iter(f"{{{MODEL}}}lane") if lane.find(f"{{{MODEL}}}childLaneSet") is None]
    drawing = _drawing(process, _lane_of(lanes))
    place(drawing, [lane.get("id", "") for lane in lanes])
    participant = next(root.iter(f"{{{MODEL}}}participant"), None)
    head = POOL_HEAD * (participant is not None) + POOL_HEAD * bool(lanes)
    drawing.moved(_CORNER[0] + head, _CORNER[1])
    plane = _plane(root, participant, process)
    if participant is not None:
        _shape(plane, participant.get("id", ""), (*_CORNER, drawing.width + head, drawing.height), isHorizontal="true")
        left = _CORNER[0] + POOL_HEAD
        for lane, top, height in drawing.lanes:
            bounds = (left, top, drawing.width + head - POOL_HEAD, height)
            _shape(plane, lane, bounds, isHorizontal="true")
    _write(plane, drawing)
    _write_notes(plane, process, root, drawing)


def _lane_of(lanes: list[etree._Element]) -> dict[str, int]:
    found = {}
    for number, lane in enumerate(lanes):
        for reference in bpmn_children(lane, "flowNodeRef"):
            found[(reference.text or "").strip()] = number
    return found


def _drawing(scope: etree._Element, lane_of: dict[str, int]) -> Drawing:
    boxes: dict[str, Box] = {}
    for node in scope:
        if isinstance(node.tag, str) and local_name(node) in FLOW_NODES and node.get("id"):
            boxes[node.get("id", "")] = _box(node, lane_of)
    for box in boxes.values():
        if box.host not in boxes:
            box.host = ""
    flows = [
        Line(flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", ""), flow.get("name", ""))
        for flow in bpmn_children(scope, "sequenceFlow")
    ]
    return Drawing(boxes, lines_between(boxes, flows))


def _box(node: etree._Element, lane_of: dict[str, int]) -> Box:
    kind, key = local_name(node), node.get("id", "")
    width, height = size_of(kind)
    box = Box(key, kind, node.get("name", ""), lane_of.get(key, 0), width=width, height=height)
    box.host = node.get("attachedToRef", "")
    if kind in ("subProcess", "transaction", "adHocSubProcess"):
        box.inner = _drawing(node, {})
        place(box.inner, ())
        box.width = max(box.inner.width, 160.0)
        box.height = max(box.inner.height, 100.0)
    return box


def _plane(root: etree._Element, participant: etree._Element | None, process: etree._Element) -> etree._Element:
    diagram = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", {"id": "diagram"}, nsmap=_NAMES)
    about = process if participant is None else participant.getparent()
    assert about is not None
    return etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", {"id": "plane", "bpmnElement": about.get("id", "")})


def _write(plane: etree._Element, drawing: Drawing) -> None:
    for box in drawing.boxes.values():
        more = {"isMarkerVisible": "true"} if box.kind == "exclusiveGateway" else {}
        if box.inner is not None:
            more = {"isExpanded": "true"}
        shape = _shape(plane, box.id, (box.x, box.y, box.width, box.height), **more)
        if box.name and (box.kind.endswith("Gateway") or box.kind.endswith("Event")):
            _label(shape, *_label_of(box, drawing))
        if box.inner is not None:
            _write(plane, box.inner)
    for line in drawing.lines:
        _edge(plane, line)


def _label_of(box: Box, drawing: Drawing) -> tuple[float, float, float]:
    width = max(14.0 * len(box.name), 30.0)
    (middle, _) = box.middle
    if box.host:
        return box.right + 2, box.bottom - 8, width
    if not box.kind.endswith("Gateway"):
        return middle - width / 2, box.bottom + 5, width
    upwards = any(abs(x - middle) < 1 and y <= box.y + 1 for line in drawing.lines for x, y in line.points)
    return (middle - width - 6 if upwards else middle - width / 2), box.y - 20, width


def _edge(plane: etree._Element, line: Line) -> None:
    edge = etree.SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"{line.id}_edge", "bpmnElement": line.id})
    for x, y in line.points:
        etree.SubElement(edge, f"{{{_DD}}}waypoint", {"x": f"{x:.0f}", "y": f"{y:.0f}"})
    if line.name and len(line.points) > 1:
        (x1, y1), (_x2, y2) = line.points[0], line.points[1]
        if abs(y1 - y2) < 1:
            place_of = x1 + 8, y1 - 18
        elif 0 < y2 - y1 < 24:
            place_of = x1 + 8, y2 + 3
        else:
            place_of = x1 + 8, (y1 + 6 if y2 > y1 else y1 - 22)
        _label(edge, *place_of, max(14.0 * len(line.name), 30.0))


def _write_notes(plane: etree._Element, process: etree._Element, root: etree._Element, drawing: Drawing) -> None:
    """What stands beside the flows: notes and data above the drawing, their lines straight to what they are about."""
    places: dict[str, Point] = {box.id: box.middle for box in drawing.boxes.values()}
    x = _CORNER[0]
    for name in ("textAnnotation", "dataObjectReference", "dataStoreReference"):
        for note in root.iter(f"{{{MODEL}}}{name}"):
            width, height = (120.0, 40.0) if name == "textAnnotation" else (40.0, 50.0)
            _shape(plane, note.get("id", ""), (x, _CORNER[1] - 60, width, height))
            places[note.get("id", "")] = (x + width / 2, _CORNER[1] - 60 + height)
            x += width + 30
    for link in root.iter(f"{{{MODEL}}}association"):
        ends = (places.get(link.get("sourceRef", "")), places.get(link.get("targetRef", "")))
        points = [end for end in ends if end is not None]
        if len(points) == 2:
            _edge(plane, Line(link.get("id", ""), "", "", points=points))


def _shape(plane: etree._Element, about: str, bounds: tuple[float, float, float, float], **more: str) -> etree._Element:
    shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", {"id": f"{about}_shape", "bpmnElement": about, **more})
    _bounds(shape, *bounds)
    return shape


def _label(parent: etree._Element, x: float, y: float, width: float) -> None:
    _bounds(etree.SubElement(parent, f"{{{DI}}}BPMNLabel"), x, y, width, 14.0)


def _bounds(parent: etree._Element, x: float, y: float, width: float, height: float) -> None:
    values = {"x": x, "y": y, "width": width, "height": height}
    etree.SubElement(parent, f"{{{_DC}}}Bounds", {name: f"{value:.0f}" for name, value in values.items()})
