// Events: what is waited for, and how a case ends.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { freshName } from '../ids.js';
import { action, note, part, row, selectField, textField, tick } from '../../panel/controls.js';
import { sweepMessages } from '../upkeep.js';
import { momentField } from './due.js';
import { expressionField } from '../../panel/expression.js';

addEnglish({
  等到什么时候: 'Until when', 定时方式: 'Kind', 到某个时刻: 'At a moment', 过一段时间: 'After some time', 每隔一段时间: 'Again and again', 时刻: 'Moment', 多久: 'How long', 分钟: 'minutes', 小时: 'hours', 天: 'days', 单位: 'Unit', 次数: 'Times', 每隔: 'Every', 自己写: 'Own',
  '按自然时间，不看工作日': 'By the clock, also on days off', '例如 `every(5, work_days_after(date, 1), "P1D")`': 'for instance `every(5, work_days_after(date, 1), "P1D")`', 周期: 'Cycle',
  中断任务: 'Interrupts the task', '勾选后，到时任务就结束，流程走这条路；不勾选只是多走一条路，任务照常': 'Ticked: the task ends and the case goes this way; otherwise the task stays',
  等待哪条消息: 'Which message', 消息: 'Message', 新消息: 'New message', 消息名称: 'Name of the message', '发送方用这个名称找到流程': 'Senders find the case by this name', 消息内容存为: 'Keep its content as',
  怎样结束: 'How it ends', 结束后状态: 'Status', '已完成': 'Completed', '已驳回': 'Rejected', '已撤销': 'Cancelled', '（不改变）': '(unchanged)', '申请人看到的结果': 'What the applicant sees', '终止：其他还在走的路也一并结束': 'Ends all other ways as well', '请填写一个数': 'A number, please',
  '等待什么还没有说明，用扳手菜单改成定时或消息事件': 'It does not say what it waits for: change it to a timer or a message', '英文字母开头，只含字母、数字和“_”': 'Letters, digits and _, beginning with a letter',
});

export const definitionOf = (element) => getBusinessObject(element).eventDefinitions?.[0];
const TIMES = { timeDate: '到某个时刻', timeDuration: '过一段时间', timeCycle: '每隔一段时间' };
const DURATION = /^['"]?P(?:T(\d+)(M|H)|(\d+)D)['"]?$/;
const CYCLE = /^['"]?R(\d+)\/P(\d+)D['"]?$/;
const whole = (text) => (/^[1-9]\d{0,4}$/.test(text) ? undefined : word('请填写一个数'));

export function eventParts(bench, element) {
  const definition = definitionOf(element);
  const parts = [];
  if (is(element, 'bpmn:EndEvent')) parts.push(endPart(bench, element, definition));
  else if (definition && is(definition, 'bpmn:TimerEventDefinition')) parts.push(timerPart(bench, element, definition));
  else if (definition && is(definition, 'bpmn:MessageEventDefinition')) parts.push(messagePart(bench, element, definition));
  else if (!is(element, 'bpmn:StartEvent')) parts.push(part(word('等到什么时候'), '', note(word('等待什么还没有说明，用扳手菜单改成定时或消息事件'))));
  return parts;
}

function interrupts(bench, element) {
  if (!is(element, 'bpmn:BoundaryEvent')) return null;
  const value = getBusinessObject(element).cancelActivity !== false;
  return tick({ key: 'interrupts', label: word('中断任务'), hint: word('勾选后，到时任务就结束，流程走这条路；不勾选只是多走一条路，任务照常'), value, onChange: (on) => bench.edits.set(element, { cancelActivity: on }) });
}

function timerPart(bench, element, definition) {
  const kind = Object.keys(TIMES).find((name) => definition[name]) ?? 'timeDate';
  const source = definition[kind]?.body ?? '';
  const write = (name, text) => {
    const times = Object.fromEntries(Object.keys(TIMES).map((each) => [each, undefined]));
    bench.edits.setWithin(element, definition, { ...times, [name]: bench.edits.create('bpmn:FormalExpression', { body: text }, definition) });
  };
  const beginnings = { timeDate: 'work_days(1)', timeDuration: 'PT8H', timeCycle: 'R3/P1D' };
  // a cycle only reminds: the engine does not interrupt before its last round
  const cycles = is(element, 'bpmn:BoundaryEvent') && getBusinessObject(element).cancelActivity === false;
  const options = Object.entries(TIMES).filter(([name]) => name !== 'timeCycle' || cycles || kind === name).map(([value, label]) => ({ value, label: word(label) }));
  const choose = selectField({ key: 'timer', label: word('定时方式'), value: kind, empty: null, options, onChange: (name) => write(name, beginnings[name]) });
  const change = (text) => write(kind, text);
  const fields = { timeDate: momentFields, timeDuration: durationFields, timeCycle: cycleFields }[kind](bench, element, source, change);
  const help = bench.guide('element', 'timer-event');
  return part(word('等到什么时候'), help, choose, ...fields, interrupts(bench, element));
}

const momentFields = (bench, element, source, change) => momentField(bench, { key: 'moment', label: word('时刻'), value: source, id: element.id, none: source ? null : undefined, onChange: change });

function durationFields(bench, element, source, change) {
  const match = DURATION.exec(source);
  if (!match) return [expressionField(bench, { key: 'duration', label: word('多久'), value: source, kind: 'expression', id: element.id, rows: 1, onChange: change })];
  const unit = match[2] ?? 'D';
  const number = match[1] ?? match[3];
  const write = (count, of) => change(of === 'D' ? `P${count}D` : `PT${count}${of}`);
  const units = [['M', '分钟'], ['H', '小时'], ['D', '天']].map(([value, label]) => ({ value, label: word(label) }));
  return [
    row(
      textField({ key: 'duration.number', label: word('多久'), value: number, check: whole, onChange: (text) => write(text, unit) }),
      selectField({ key: 'duration.unit', label: word('单位'), value: unit, empty: null, options: units, onChange: (of) => write(number, of) }),
    ),
    note(word('按自然时间，不看工作日')),
  ];
}

function cycleFields(bench, element, source, change) {
  const match = CYCLE.exec(source);
  const own = () => expressionField(bench, { key: 'cycle', label: word('周期'), hint: word('例如 `every(5, work_days_after(date, 1), "P1D")`'), value: source, kind: 'due', id: element.id, rows: 2, onChange: change });
  if (!match) return [own()];
  const [, times, days] = match;
  return [
    row(
      textField({ key: 'cycle.days', label: `${word('每隔')}（${word('天')}）`, value: days, check: whole, onChange: (text) => change(`R${times}/P${text}D`) }),
      textField({ key: 'cycle.times', label: word('次数'), value: times, check: whole, onChange: (text) => change(`R${text}/P${days}D`) }),
    ),
    own(),
  ];
}

function messagePart(bench, element, definition) {
  const { edits } = bench;
  const definitions = bench.modeler.getDefinitions();
  const messages = () => definitions.get('rootElements').filter((each) => is(each, 'bpmn:Message'));
  const drawn = messages();
  const others = bench.vocabulary.messages.filter((name) => !drawn.some((each) => each.name === name));
  const options = [...drawn.map((each) => ({ value: each.id, label: each.name || each.id, asWritten: true })), ...others.map((name) => ({ value: `new:${name}`, label: name, asWritten: true }))];
  const refer = (message) => edits.batch(() => {
    edits.setWithin(element, definition, { messageRef: message });
    sweepMessages(bench.edits, bench.modeler);
  });
  const make = (name) => {
    const message = edits.create('bpmn:Message', { name }, definitions);
    edits.batch(() => {
      edits.setWithin(element, definitions, { rootElements: [...definitions.get('rootElements'), message] });
      refer(message);
    });
  };
  const choose = (value) => (value.startsWith('new:') ? make(value.slice(4)) : refer(drawn.find((each) => each.id === value)));
  const create = () => make(freshName('message', (name) => drawn.some((each) => each.name === name)));
  const message = definition.messageRef;
  return part(
    word('等待哪条消息'),
    bench.guide('element', 'message-event'),
    selectField({ key: 'message', label: word('消息'), value: message?.id ?? '', options, onChange: choose }),
    row(action(word('新消息'), create, { key: 'message.new' })),
    message ? textField({ key: 'message.name', label: word('消息名称'), hint: word('发送方用这个名称找到流程'), value: message.name ?? '', code: true, check: (text) => (/^[A-Za-z]\w*$/.test(text) ? undefined : word('英文字母开头，只含字母、数字和“_”')), onChange: (name) => edits.setWithin(element, message, { name }) }) : null,
    textField({ key: 'message.variable', label: word('消息内容存为'), value: edits.body(element, 'MessageVariable'), code: true, onChange: (value) => edits.setBody(element, 'MessageVariable', value) }),
    interrupts(bench, element),
  );
}

function endPart(bench, element, definition) {
  const options = [['completed', '已完成'], ['rejected', '已驳回'], ['cancelled', '已撤销']].map(([value, label]) => ({ value, label: word(label) }));
  return part(
    word('怎样结束'),
    bench.guide('element', 'end-event'),
    selectField({ key: 'status', label: word('结束后状态'), hint: word('申请人看到的结果'), value: bench.edits.property(element, 'status'), empty: word('（不改变）'), options, onChange: (status) => bench.edits.setProperties(element, { status }) }),
    definition && is(definition, 'bpmn:TerminateEventDefinition') ? note(word('终止：其他还在走的路也一并结束')) : null,
  );
}
