// Ids that a person can read in a history or an expression: task_3 instead of Activity_0x1f9k2.
import BpmnFactory from 'bpmn-js/lib/features/modeling/BpmnFactory.js';
import { is } from 'bpmn-js/lib/util/ModelUtil.js';
import { freshName } from './ids.js';

const STEMS = [
  ['bpmn:UserTask', 'task'], ['bpmn:ServiceTask', 'operation'], ['bpmn:BusinessRuleTask', 'decision'], ['bpmn:ScriptTask', 'script'],
  ['bpmn:SubProcess', 'part'], ['bpmn:Activity', 'task'], ['bpmn:Gateway', 'gateway'], ['bpmn:StartEvent', 'start'], ['bpmn:EndEvent', 'end'],
  ['bpmn:BoundaryEvent', 'edge'], ['bpmn:Event', 'wait'], ['bpmn:SequenceFlow', 'flow'], ['bpmn:Lane', 'lane'], ['bpmn:LaneSet', 'lanes'],
  ['bpmn:Participant', 'pool'], ['bpmn:Process', 'process'], ['bpmn:Collaboration', 'collaboration'], ['bpmn:Message', 'message'],
  ['bpmn:TextAnnotation', 'note'], ['bpmn:Association', 'link'], ['bpmn:Group', 'group'],
];

export default class ReadableIds extends BpmnFactory {
  _ensureId(element) {
    if (element.id) return;
    const stem = STEMS.find(([type]) => is(element, type))?.[1];
    // nobody points at the definition of an event
    if (is(element, 'bpmn:EventDefinition')) return;
    if (!stem) {
      super._ensureId(element);
      return;
    }
    const { ids } = this._model;
    element.id = freshName(stem, (id) => ids.assigned(id));
    ids.claim(element.id, element);
  }
}
ReadableIds.$inject = ['moddle'];
