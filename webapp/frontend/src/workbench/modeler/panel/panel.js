// The panel beside the drawing: what can be said about the element that is selected.
import { element as node } from '../../../lib/dom.js';
import { is } from 'bpmn-js/lib/util/ModelUtil.js';
import { isLabel } from 'diagram-js/lib/util/ModelUtil.js';
import { watchPresses } from '../../presses.js';
import { addEnglish, word } from '../../words.js';
import { duePart } from './due.js';
import { eventParts } from './events.js';
import { flowPart, gatewayPart } from './flows.js';
import { outcomePart } from './outcomes.js';
import { signingPart } from './signing.js';
import { generalPart, lanePart, loopPart, notePart, processPart, severalPart, strangerPart } from './structure.js';
import { decisionPart, operationPart, scriptPart } from './tasks.js';
import { commentPart, formPart, specialPart, whoPart } from './user-task.js';

addEnglish({ 人工任务: 'User task', 服务任务: 'Service task', 决策任务: 'Business rule task', 脚本任务: 'Script task', 排他网关: 'Exclusive gateway', 并行网关: 'Parallel gateway', 开始事件: 'Start event', 结束事件: 'End event', 边界事件: 'Boundary event', 中间事件: 'Intermediate event', 子流程: 'Sub-process', 连线: 'Flow', 泳道: 'Lane', 流程: 'Process', 注释: 'Note', 其他元素: 'Other element', '{count} 个元素': '{count} elements', 关联线: 'Association', 分组框: 'Group' });

const TITLES = [
  ['bpmn:UserTask', '人工任务', 'user-task'], ['bpmn:ServiceTask', '服务任务', 'service-task'], ['bpmn:BusinessRuleTask', '决策任务', 'business-rule-task'], ['bpmn:ScriptTask', '脚本任务', 'script-task'],
  ['bpmn:ExclusiveGateway', '排他网关', 'exclusive-gateway'], ['bpmn:ParallelGateway', '并行网关', 'parallel-gateway'], ['bpmn:StartEvent', '开始事件', 'start-event'], ['bpmn:EndEvent', '结束事件', 'end-event'],
  ['bpmn:BoundaryEvent', '边界事件', 'boundary-event'], ['bpmn:IntermediateCatchEvent', '中间事件', 'intermediate-catch-event'], ['bpmn:SubProcess', '子流程', 'sub-process'], ['bpmn:SequenceFlow', '连线', 'sequence-flow'],
  ['bpmn:Lane', '泳道', 'lane'], ['bpmn:Participant', '流程', 'process'], ['bpmn:Process', '流程', 'process'], ['bpmn:Collaboration', '流程', 'process'], ['bpmn:TextAnnotation', '注释', ''], ['bpmn:Association', '关联线', ''], ['bpmn:Group', '分组框', ''],
];

const withGeneral = ([named, known], ...parts) => [named, ...parts, known];

function partsOf(bench, element) {
  const general = (help) => generalPart(bench, element, { help: help && bench.guide('element', help) });
  const topic = TITLES.find(([type]) => is(element, type))?.[2] ?? '';
  if (is(element, 'bpmn:UserTask')) {
    const [named, known] = general(topic);
    const usual = [whoPart, formPart, outcomePart, duePart, signingPart, commentPart, specialPart].map((make) => make(bench, element));
    return [named, ...usual, known];
  }
  if (is(element, 'bpmn:ServiceTask')) return withGeneral(general(topic), operationPart(bench, element));
  if (is(element, 'bpmn:BusinessRuleTask')) return withGeneral(general(topic), decisionPart(bench, element));
  if (is(element, 'bpmn:ScriptTask')) return withGeneral(general(topic), scriptPart(bench, element));
  if (is(element, 'bpmn:ExclusiveGateway') || is(element, 'bpmn:ParallelGateway')) return withGeneral(general(topic), gatewayPart(bench, element));
  if (is(element, 'bpmn:SequenceFlow')) return [flowPart(bench, element), ...general('')];
  if (is(element, 'bpmn:Event') && topic) return withGeneral(general(topic), ...eventParts(bench, element));
  if (is(element, 'bpmn:SubProcess') && element.type === 'bpmn:SubProcess') return withGeneral(general(topic), loopPart(bench, element));
  if (is(element, 'bpmn:Lane')) return [lanePart(bench, element)];
  if (is(element, 'bpmn:TextAnnotation')) return [notePart(bench, element)];
  if (is(element, 'bpmn:Participant') || is(element, 'bpmn:Process')) return [processPart(bench, element)];
  if (is(element, 'bpmn:Association') || is(element, 'bpmn:Group')) return [];
  return [...general(''), strangerPart(bench)];
}

export class Panel {
  constructor(container, bench) {
    this.container = container;
    this.bench = bench;
    const { modeler } = bench;
    modeler.on('selection.changed', ({ newSelection }) => this.show(newSelection));
    modeler.on('commandStack.changed', () => this.soon());
    this.presses = watchPresses(container);
    modeler.on('import.done', ({ error }) => {
      this.drawn = !error;
      this.show([]);
    });
  }

  show(selection) {
    // what is being typed belongs to the element that is left
    if (this.container.contains(document.activeElement)) document.activeElement.blur();
    this.selection = selection;
    this.draw();
    this.container.scrollTop = 0;
  }

  /** After the event that changed something has ended, so that the focus is where the person has gone meanwhile. */
  soon() {
    clearTimeout(this.timer);
    if (this.presses.held) this.presses.after = () => this.draw();
    else this.timer = setTimeout(() => this.draw());
  }

  subject() {
    const { modeler } = this.bench;
    const registry = modeler.get('elementRegistry');
    const [first] = this.selection ?? [];
    const chosen = first && isLabel(first) ? first.labelTarget : first;
    if (chosen && registry.get(chosen.id)) return chosen;
    const root = modeler.get('canvas').getRootElement();
    return is(root, 'bpmn:Collaboration') ? (root.children.find((each) => is(each, 'bpmn:Participant')) ?? root) : root;
  }

  draw() {
    if (!this.drawn) {
      this.container.replaceChildren();
      return;
    }
    const focused = this.container.contains(document.activeElement) ? document.activeElement : null;
    const at = focused && { field: focused.dataset.field, start: focused.selectionStart, end: focused.selectionEnd, typed: focused.matches('input[type=text], textarea') ? focused.value : null };
    const scroll = this.container.scrollTop;
    const several = (this.selection?.length ?? 0) > 1;
    const element = this.subject();
    const parts = several ? [severalPart(this.selection.length)] : partsOf(this.bench, element);
    const title = several ? word('{count} 个元素', { count: this.selection.length }) : word(TITLES.find(([type]) => is(element, type))?.[1] ?? '其他元素');
    this.container.replaceChildren(node('h2', { class: 'hq-props-title' }, title), ...parts);
    this.container.scrollTop = scroll;
    this.restore(at);
  }

  /** What is being typed in another field than the one that changed stays, with the cursor in it. */
  restore(at) {
    const control = at?.field && this.container.querySelector(`[data-field="${CSS.escape(at.field)}"]`);
    if (!control) return;
    control.focus({ preventScroll: true });
    if (at.typed === null) return;
    if (control.value !== at.typed) control.value = at.typed;
    control.setSelectionRange(at.start, at.end);
  }
}
