"""Lanes from assignments: other modelers say at each task who does it, here the lane says it."""

from __future__ import annotations

from lxml import etree

from workflows.checks.reading import FLOW_NODES, MODEL, bpmn_children, local_name
from workflows.drafting.dialects import people_of
from workflows.drafting.findings import TRANSLATED, Report

STARTER, UNDECIDED = "申请人", "待定岗位"


def set_lanes(root: etree._Element, report: Report) -> bool:
    """A lane for everybody who is assigned a task, where there are no lanes; whether lanes were made.

    Where there are lanes they stay, and assignments are only named: the lane decides.
    """
    processes = bpmn_children(root, "process")
    if not processes:
        return False
    process = processes[0]
    lanes = list(process.iter(f"{{{MODEL}}}lane"))
    tasks = list(process.iter(f"{{{MODEL}}}userTask"))
    if lanes:
        _name_assignments(tasks, report)
        return False
    if not tasks:
        return False
    lane_of = {task.get("id", ""): _lane(task, number == 0, report) for number, task in enumerate(tasks)}
    _write(root, process, _of_all(process, lane_of))
    return True


def _name_assignments(tasks: list[etree._Element], report: Report) -> None:
    for task in tasks:
        people = people_of(task)
        if people is not None:
            report.say(TRANSLATED, task, f"办理人“{people.text[:60]}”没有照搬：由所在泳道的岗位办理，请核对")


def _lane(task: etree._Element, is_first: bool, report: Report) -> str:
    people = people_of(task)
    if people is not None:
        report.say(TRANSLATED, task, f"办理人“{people.text[:60]}”成为泳道“{people.lane}”，请改成贵公司的岗位名称")
        return people.lane
    lane = STARTER if is_first else UNDECIDED
    report.say(TRANSLATED, task, f"没有写明由谁办理，已放进泳道“{lane}”")
    return lane


def _of_all(process: etree._Element, lane_of: dict[str, str]) -> dict[str, list[str]]:
    """Every node of the process by lane: what nobody does stands with the task before it."""
    nodes = [node for node in process if isinstance(node.tag, str) and local_name(node) in FLOW_NODES]
    inside = {
        node.get("id", ""): next((lane_of[t.get("id", "")] for t in node.iter(f"{{{MODEL}}}userTask")), None)
        for node in nodes
    }
    before = {flow.get("targetRef"): flow.get("sourceRef") for flow in bpmn_children(process, "sequenceFlow")}
    hosts = {node.get("id"): node.get("attachedToRef") for node in nodes if node.get("attachedToRef")}
    first = next(iter(lane_of.values()))
    found: dict[str, list[str]] = {first: []}
    for node in nodes:
        key: str | None = node.get("id", "")
        seen: set[str | None] = set()
        while key is not None and inside.get(key) is None and key not in seen:
            seen.add(key)
            key = hosts.get(key) or before.get(key)
        lane = inside.get(key or "") or first
        found.setdefault(lane, []).append(node.get("id", ""))
    return found


def _write(root: etree._Element, process: etree._Element, lanes: dict[str, list[str]]) -> None:
    holder = etree.Element(f"{{{MODEL}}}laneSet", {"id": "lanes"})
    for number, (name, nodes) in enumerate(lanes.items(), start=1):
        lane = etree.SubElement(holder, f"{{{MODEL}}}lane", {"id": f"lane_{number}", "name": name})
        for node in nodes:
            etree.SubElement(lane, f"{{{MODEL}}}flowNodeRef").text = node
    process.insert(0, holder)
    if next(root.iter(f"{{{MODEL}}}participant"), None) is None:
        collaboration = etree.Element(f"{{{MODEL}}}collaboration", {"id": "collaboration"})
        attributes = {"id": "company", "name": process.get("name", ""), "processRef": process.get("id", "")}
        etree.SubElement(collaboration, f"{{{MODEL}}}participant", attributes)
        root.insert(root.index(process), collaboration)
