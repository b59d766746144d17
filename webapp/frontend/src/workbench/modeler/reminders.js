// Reminders and escalations of a step, drawn in one click as the shipped diagrams draw them: a boundary timer that does not
// interrupt, the service task that tells somebody, an end.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../words.js';
import { escalationFor, reminderFor } from './due.js';
import { laneOf } from './lanes.js';

addEnglish({ 到期前提醒: 'Remind before due', 提醒办理人: 'Remind whoever does it', 逾期升级: 'Escalate when overdue', 升级至上级: 'Tell the superior' });

const KINDS = {
  remind: { timer: '到期前提醒', task: '提醒办理人', edge: 20, middle: 6, label: 'left', when: reminderFor },
  escalate: { timer: '逾期升级', task: '升级至上级', edge: 90, middle: 104, label: 'right', when: escalationFor },
};
const TASK = { width: 92, height: 56 };
const END = { width: 18, height: 18 };

/** The timer of a step that runs `operation`, with what follows it, or null. */
export function findReminder(edits, host, operation) {
  for (const timer of host.attachers ?? []) {
    const definition = getBusinessObject(timer).eventDefinitions?.[0];
    const task = timer.outgoing?.[0]?.target;
    if (!definition || !is(definition, 'bpmn:TimerEventDefinition') || !task || edits.operator(task)?.id !== operation) continue;
    const end = task.outgoing?.[0]?.target;
    return { timer, task, definition, end: end && is(end, 'bpmn:EndEvent') && end.incoming.length === 1 ? end : null };
  }
  return null;
}

export const momentOf = (definition) => (definition.timeDate ?? definition.timeDuration ?? definition.timeCycle)?.body ?? '';

export function removeReminder(bench, { timer, task, end }) {
  bench.modeler.get('modeling').removeElements([timer, task, end].filter(Boolean));
}

function shape(bench, type, id, name, more = {}) {
  const free = bench.edits.registry.get(id) ? {} : { id };
  const businessObject = bench.edits.create(type, { ...free, ...(name && { name }) });
  return bench.modeler.get('elementFactory').createShape({ type, businessObject, ...more });
}

function setMoment(bench, timer, source) {
  const definition = getBusinessObject(timer).eventDefinitions[0];
  bench.edits.setWithin(timer, definition, { timeDate: bench.edits.create('bpmn:FormalExpression', { body: source }, definition) });
}

export function addReminder(bench, host, operation) {
  const kind = KINDS[operation];
  const { modeler, edits } = bench;
  const modeling = modeler.get('modeling');
  const id = getBusinessObject(host).id;
  const below = host.y + host.height;
  edits.batch(() => {
    const event = shape(bench, 'bpmn:BoundaryEvent', `${id}_${operation}_timer`, word(kind.timer), { eventDefinitionType: 'bpmn:TimerEventDefinition', cancelActivity: false });
    const timer = modeling.createShape(event, { x: host.x + Math.min(kind.edge, host.width - 10), y: below }, host, { attach: true });
    setMoment(bench, timer, kind.when(edits.property(host, 'due')));
    makeRoom(bench, host, below + 140);
    const task = modeling.createShape(shape(bench, 'bpmn:ServiceTask', `${id}_${operation}`, word(kind.task), TASK), { x: host.x + kind.middle, y: below + 78 }, host.parent);
    edits.setOperator(task, operation, { step: `'${id}'` });
    const end = modeling.createShape(shape(bench, 'bpmn:EndEvent', `${id}_${operation}_end`, '', END), { x: host.x + kind.middle, y: below + 129 }, host.parent);
    connect(bench, timer, task);
    connect(bench, task, end);
    setLabelBeside(modeling, timer, kind.label);
  });
}

/** The escalation comes when the step is due. */
export function escalateWhenDue(bench, host, { timer }) {
  setMoment(bench, timer, escalationFor(bench.edits.property(host, 'due')));
}

/** Straight down, with one bend, and with an id that stays the same when it is drawn again. */
function connect(bench, source, target) {
  const id = `${source.id}_to_${target.id}`;
  const businessObject = bench.edits.create('bpmn:SequenceFlow', bench.edits.registry.get(id) ? {} : { id });
  const [from, to] = [middleOf(source), middleOf(target)];
  const above = source.y + source.height;
  const bend = (above + target.y) / 2;
  const bends = from === to ? [] : [{ x: from, y: bend }, { x: to, y: bend }];
  const waypoints = [{ x: from, y: above }, ...bends, { x: to, y: target.y }];
  bench.modeler.get('modeling').connect(source, target, { type: 'bpmn:SequenceFlow', businessObject, waypoints });
}

const middleOf = ({ x, width }) => x + width / 2;

/** Below the timer the label would lie on the line. */
function setLabelBeside(modeling, timer, side) {
  const { label } = timer;
  if (!label) return;
  const x = side === 'left' ? timer.x - label.width - 4 : timer.x + timer.width + 4;
  modeling.moveShape(label, { x: x - label.x, y: timer.y + timer.height / 2 - label.y });
}

/** Lets the lane grow where what is added would stand below it. */
function makeRoom(bench, host, bottom) {
  const lane = laneOf(bench.edits.registry, host);
  if (!lane || lane.y + lane.height >= bottom || is(host.parent, 'bpmn:SubProcess')) return;
  const { x, y, width } = lane;
  bench.modeler.get('modeling').resizeLane(lane, { x, y, width, height: bottom - y + 10 }, false);
}
