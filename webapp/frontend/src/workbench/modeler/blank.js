// The smallest diagram that runs: one step of whoever applies, drawn in a pool.
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

export function blankDiagram(key, title, post) {
  const shape = (id, x, y, width, height, more = '') => `      <bpmndi:BPMNShape id="${id}_shape" bpmnElement="${id}"${more}>\n        <dc:Bounds x="${x}" y="${y}" width="${width}" height="${height}" />\n      </bpmndi:BPMNShape>\n`;
  const edge = (id, x1, x2, y) => `      <bpmndi:BPMNEdge id="${id}_edge" bpmnElement="${id}">\n        <di:waypoint x="${x1}" y="${y}" />\n        <di:waypoint x="${x2}" y="${y}" />\n      </bpmndi:BPMNEdge>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="${key}_definitions" targetNamespace="http://huiqian.example/bpmn">
  <bpmn:collaboration id="collaboration">
    <bpmn:participant id="company" name="${escaped(title)}" processRef="${key}" />
  </bpmn:collaboration>
  <bpmn:process id="${key}" name="${escaped(title)}" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_1" name="${escaped(post)}">
        <bpmn:flowNodeRef>begin</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>apply</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>completed</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="begin"><bpmn:outgoing>begin_to_apply</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="apply" name="${escaped(title)}"><bpmn:incoming>begin_to_apply</bpmn:incoming><bpmn:outgoing>apply_to_completed</bpmn:outgoing></bpmn:userTask>
    <bpmn:endEvent id="completed"><bpmn:incoming>apply_to_completed</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="begin_to_apply" sourceRef="begin" targetRef="apply" />
    <bpmn:sequenceFlow id="apply_to_completed" sourceRef="apply" targetRef="completed" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="collaboration">
${shape('company', 100, 60, 760, 250, ' isHorizontal="true"')}${shape('lane_1', 130, 60, 730, 250, ' isHorizontal="true"')}${shape('begin', 182, 132, 36, 36)}${shape('apply', 280, 110, 110, 80)}${shape('completed', 452, 132, 36, 36)}${edge('begin_to_apply', 218, 280, 150)}${edge('apply_to_completed', 390, 452, 150)}    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`;
}
