// What may be drawn: one table for the palette, the context pad and the menus for creating, appending and changing. The
// server says which kinds the engine runs (`supported`), so a shape that would be refused cannot be drawn.
import { addEnglish, word } from '../words.js';

addEnglish({
  任务: 'Tasks', 网关: 'Gateways', 事件: 'Events', 边界事件: 'Events on the edge of a task', 子流程: 'Sub-processes', 泳池: 'Pools',
  人工任务: 'User task', 服务任务: 'Service task', 决策任务: 'Business rule task', 脚本任务: 'Script task',
  排他网关: 'Exclusive gateway', 并行网关: 'Parallel gateway',
  开始事件: 'Start event', '开始事件（收到消息）': 'Start event (message)', 结束事件: 'End event', '结束事件（终止整个流程）': 'End event (ends everything)',
  '等到某个时刻（中间定时）': 'Wait for a moment (timer)', '等待消息（中间消息）': 'Wait for a message',
  '到时中断任务（边界定时）': 'Interrupt at a moment (boundary timer)', '到时提醒，不中断（边界定时）': 'Remind at a moment (boundary timer)',
  '收到消息中断任务（边界消息）': 'Interrupt on a message (boundary message)', '收到消息，不中断（边界消息）': 'Note a message (boundary message)',
  '子流程（展开）': 'Sub-process (expanded)', 泳池和泳道: 'Pool with lanes',
});

const timer = 'TimerEventDefinition';
const message = 'MessageEventDefinition';
const shape = (id, group, icon, label, type, definition, also = {}) => ({ id, group, icon: `bpmn-icon-${icon}`, label, type, definition, also });

const SHAPES = [
  shape('user-task', '任务', 'user-task', '人工任务', 'UserTask'),
  shape('service-task', '任务', 'service-task', '服务任务', 'ServiceTask'),
  shape('business-rule-task', '任务', 'business-rule-task', '决策任务', 'BusinessRuleTask'),
  shape('script-task', '任务', 'script-task', '脚本任务', 'ScriptTask'),
  shape('exclusive-gateway', '网关', 'gateway-xor', '排他网关', 'ExclusiveGateway'),
  shape('parallel-gateway', '网关', 'gateway-parallel', '并行网关', 'ParallelGateway'),
  shape('start-event', '事件', 'start-event-none', '开始事件', 'StartEvent'),
  shape('start-message', '事件', 'start-event-message', '开始事件（收到消息）', 'StartEvent', message),
  shape('end-event', '事件', 'end-event-none', '结束事件', 'EndEvent'),
  shape('end-terminate', '事件', 'end-event-terminate', '结束事件（终止整个流程）', 'EndEvent', 'TerminateEventDefinition'),
  shape('catch-timer', '事件', 'intermediate-event-catch-timer', '等到某个时刻（中间定时）', 'IntermediateCatchEvent', timer),
  shape('catch-message', '事件', 'intermediate-event-catch-message', '等待消息（中间消息）', 'IntermediateCatchEvent', message),
  shape('boundary-timer-soft', '边界事件', 'intermediate-event-catch-non-interrupting-timer', '到时提醒，不中断（边界定时）', 'BoundaryEvent', timer, { cancelActivity: false }),
  shape('boundary-timer', '边界事件', 'intermediate-event-catch-timer', '到时中断任务（边界定时）', 'BoundaryEvent', timer, { cancelActivity: true }),
  shape('boundary-message-soft', '边界事件', 'intermediate-event-catch-non-interrupting-message', '收到消息，不中断（边界消息）', 'BoundaryEvent', message, { cancelActivity: false }),
  shape('boundary-message', '边界事件', 'intermediate-event-catch-message', '收到消息中断任务（边界消息）', 'BoundaryEvent', message, { cancelActivity: true }),
  shape('sub-process', '子流程', 'subprocess-expanded', '子流程（展开）', 'SubProcess', undefined, { isExpanded: true }),
  shape('pool', '泳池', 'participant', '泳池和泳道', 'Participant'),
];

const lower = (name) => name[0].toLowerCase() + name.slice(1);

/** supported: {nodes: ['userTask', …], definitions: {startEvent: ['messageEventDefinition'], …}} */
export function shapesOf(supported) {
  const runs = ({ type, definition }) =>
    type === 'Participant' ||
    (supported.nodes.includes(lower(type)) && (!definition || (supported.definitions[lower(type)] ?? []).includes(lower(definition))));
  return SHAPES.filter(runs).map((each) => ({ ...each, label: word(each.label), group: { id: each.group, name: word(each.group) } }));
}

/** The attributes from which diagram-js makes the shape. */
export function attributesOf({ type, definition, also }) {
  return { type: `bpmn:${type}`, ...(definition && { eventDefinitionType: `bpmn:${definition}` }), ...also };
}

const KINDS = [
  ['StartEvent', 'EndEvent', 'IntermediateCatchEvent'],
  ['BoundaryEvent'],
  ['UserTask', 'ServiceTask', 'BusinessRuleTask', 'ScriptTask', 'SubProcess'],
  ['ExclusiveGateway', 'ParallelGateway'],
];
// What comes from other tools and is not run can be turned into what is.
const STRANGERS = {
  Task: 2, ManualTask: 2, SendTask: 2, ReceiveTask: 2, CallActivity: 2, Transaction: 2, AdHocSubProcess: 2,
  InclusiveGateway: 3, ComplexGateway: 3, EventBasedGateway: 3, IntermediateThrowEvent: 0,
};

/** The shapes into which an element of `type` with `definition` can be changed. */
export function replacements(shapes, { type, definition, cancelActivity, inner }) {
  const kind = KINDS.find((types) => types.includes(type)) ?? KINDS[STRANGERS[type]] ?? [];
  const same = (each) => each.type === type && each.definition === definition && (type !== 'BoundaryEvent' || each.also.cancelActivity === cancelActivity);
  const possible = (each) => kind.includes(each.type) && !(inner && each.type === 'StartEvent' && each.definition);
  const within = (each) => !['StartEvent', 'EndEvent'].includes(type) || each.type === type;
  return shapes.filter((each) => possible(each) && within(each) && !same(each));
}
