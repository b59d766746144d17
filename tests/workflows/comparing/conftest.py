"""A small process that is changed a little in each test."""

from __future__ import annotations

import json
from typing import Any

import pytest

_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"

DIAGRAM = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:spiffworkflow="{_SPIFF}"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="x">
  <bpmn:process id="leave" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_1" name="申请人"><bpmn:flowNodeRef>begin</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>apply</bpmn:flowNodeRef></bpmn:lane>
      <bpmn:lane id="lane_2" name="部门经理"><bpmn:flowNodeRef>review</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>large</bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane>
      <bpmn:lane id="lane_3" name="总经理"><bpmn:flowNodeRef>gm_review</bpmn:flowNodeRef></bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="begin" name="开始" />
    <bpmn:userTask id="apply" name="填写申请"><bpmn:extensionElements><spiffworkflow:properties>
      <spiffworkflow:property name="form" value="application" />
      <spiffworkflow:property name="outcomes" value="submit" />
    </spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>
    <bpmn:userTask id="review" name="部门经理审批"><bpmn:extensionElements><spiffworkflow:properties>
      <spiffworkflow:property name="form" value="application" />
      <spiffworkflow:property name="outcomes" value="approve,reject" />
      <spiffworkflow:property name="due" value="work_days(1)" />
    </spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>
    <bpmn:exclusiveGateway id="large" name="金额大？" default="to_end" />
    <bpmn:userTask id="gm_review" name="总经理审批" />
    <bpmn:endEvent id="end" name="结束" />
    <bpmn:sequenceFlow id="to_apply" sourceRef="begin" targetRef="apply" />
    <bpmn:sequenceFlow id="to_review" sourceRef="apply" targetRef="review" />
    <bpmn:sequenceFlow id="to_large" sourceRef="review" targetRef="large" />
    <bpmn:sequenceFlow id="to_gm" name="大额" sourceRef="large" targetRef="gm_review">
      <bpmn:conditionExpression>amount &gt; 5000</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="to_end" sourceRef="large" targetRef="end" />
    <bpmn:sequenceFlow id="gm_to_end" sourceRef="gm_review" targetRef="end" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="plane" bpmnElement="leave">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="apply"><dc:Bounds x="200" y="80" width="100" height="80" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="review"><dc:Bounds x="400" y="80" width="100" height="80" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="to_apply"><di:waypoint x="136" y="118" /><di:waypoint x="200" y="118" />
    </bpmndi:BPMNEdge></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="limits" name="限额" namespace="x">
  <decision id="level" name="审批级别"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="i1" label="金额"><inputExpression id="ie1" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o1" label="级别" name="level" typeRef="string" />
    <rule id="r1"><description>小额</description><inputEntry id="c1"><text>&lt;= 1000</text></inputEntry>
      <outputEntry id="c2"><text>"head"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="c3"><text>(1000..5000]</text></inputEntry>
      <outputEntry id="c4"><text>"gm"</text></outputEntry></rule>
    <rule id="r3"><inputEntry id="c5"><text>&gt; 5000</text></inputEntry>
      <outputEntry id="c6"><text>"board"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""

SETTINGS = """key = "leave"
title = "费用申请"
number = "FY"
subject = "费用 · {reason}"
starters = ["*"]
same_approver = "again"
"""


def form() -> dict[str, Any]:
    """As the process has it; a test changes its own copy."""
    return {
        "key": "application",
        "title": "费用申请表",
        "schema": {
            "type": "object",
            "required": ["amount"],
            "properties": {
                "reason": {"type": "string", "title": "事由", "maxLength": 40},
                "amount": {"type": "number", "title": "金额", "minimum": 0},
                "day": {"type": "string", "format": "date", "title": "日期"},
                "lines": {
                    "type": "array",
                    "title": "明细",
                    "items": {
                        "type": "object",
                        "required": ["item"],
                        "properties": {"item": {"type": "string", "title": "项目"}},
                    },
                },
            },
        },
        "layout": [{"title": "基本信息", "fields": [["reason", 6], ["amount", 3], ["day", 3], ["lines", 12]]}],
        "rules": [{"field": "amount", "when": "amount > 9000", "message": "金额过大"}],
        "steps": {"review": {"edit": []}},
        "print": {
            "rows": [[{"label": "事由", "field": "reason"}]],
            "signatures": [{"label": "经理", "step": "review"}],
        },
    }


def written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.fixture
def files() -> dict[str, bytes]:
    return {
        "process.toml": SETTINGS.encode(),
        "leave.bpmn": DIAGRAM.encode(),
        "forms/application.json": written(form()),
        "decisions/level.dmn": TABLE.encode(),
        "scenarios/small.toml": 'title = "小额"\n[[steps]]\nstep = "apply"\n[expect]\nstatus = "completed"\n'.encode(),
        "en.toml": '"事由" = "Reason"\n'.encode(),
    }
