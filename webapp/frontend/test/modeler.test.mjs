import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BpmnModdle } from 'bpmn-moddle';
import { quote, readCondition, writeCondition } from '../src/workbench/modeler/condition.js';
import { descriptors } from '../src/workbench/modeler/descriptor.js';
import { escalationFor, readDue, reminderFor, writeDue } from '../src/workbench/modeler/due.js';
import { freshName, isValidId, wrongId } from '../src/workbench/modeler/ids.js';
import { numbered, withFlows } from '../src/workbench/modeler/badges.js';
import { explain } from '../src/workbench/modeler/saving.js';
import { replacements } from '../src/workbench/modeler/shapes.js';

test('a simple condition is read into rows and written back as it was', () => {
  for (const source of [
    "outcome == 'reject'",
    "overspend_step == 'explain' and not overspend_explanation and not overspend_asked",
    'satisfaction and satisfaction <= 2 and level < 3',
    "kind in ['gift', 'meal'] or amount >= 1000.50",
    "'a' in tags and '旧' not in remark",
    'spent > budget',
    'temperature == -5',
    "day_plan['again']",
    'planned.date != None_given',
    'agreed == True',
    "title == 'it\\'s'",
    '金额 > 10',
  ]) {
    const read = readCondition(source);
    assert.ok(read, source);
    assert.equal(writeCondition(read), source);
  }
});

test('what a builder cannot show is left to be written', () => {
  for (const source of ["a and (b or c)", 'a or b and c', 'len(lines) > 3', 'a > 1 > 0', 'a + b > 3', 'x if y else z', 'a >', "not (a and b)", 'a == [1]', 'a ==', 'a b', "'x' == a", '§', 'today() > date', 'None']) {
    assert.equal(readCondition(source), null, source);
  }
  assert.deepEqual(readCondition('  '), { join: 'and', rows: [] });
});

test('rows that are not complete are left out, and texts are quoted', () => {
  const rows = [
    { left: 'amount', operator: '>', values: [{ kind: 'number', value: '' }] },
    { left: '', operator: '==', values: [{ kind: 'text', value: 'x' }] },
    { left: 'name', operator: '==', values: [{ kind: 'text', value: "a'b\\c\nd" }] },
    { left: 'done', operator: 'filled' },
  ];
  const written = writeCondition({ join: 'or', rows });
  assert.equal(written, "name == 'a\\'b\\\\c\\nd' or done");
  assert.equal(readCondition(written).rows[0].values[0].value, "a'b\\c\nd");
  assert.equal(quote('x'), "'x'");
});

test('a due time is a number and a unit, or an expression of its own', () => {
  assert.deepEqual(readDue('work_days(2)'), { unit: 'work_days', number: 2 });
  assert.deepEqual(readDue(' work_hours(0.5) '), { unit: 'work_hours', number: 0.5 });
  assert.deepEqual(readDue('work_days_after(planned.date, 3)'), { unit: 'after', field: 'planned.date', number: 3 });
  assert.equal(readDue(''), null);
  for (const source of ['work_days(2)', 'work_hours(0.5)', 'work_days_after(date, 3)', 'max(work_days(3), resolve_by)', 'work_hours(escalation_hours)']) {
    assert.equal(writeDue(readDue(source)), source);
  }
  assert.equal(writeDue(null), '');
});

test('a reminder comes before what is due, an escalation when it is due', () => {
  assert.equal(reminderFor('work_days(3)'), 'work_days(2)');
  assert.equal(reminderFor('work_days(1)'), 'work_hours(4)');
  assert.equal(reminderFor('work_hours(2)'), 'work_hours(1)');
  assert.equal(reminderFor('work_days_after(date, 3)'), 'work_days_after(date, 2)');
  assert.equal(reminderFor('resolve_by'), 'before(resolve_by, 4)');
  assert.equal(escalationFor('work_days(3)'), 'work_days(3)');
  assert.equal(escalationFor(''), 'work_days(3)');
});

test('ids can be read, are free, and are not those of the engine', () => {
  const taken = new Set(['task_1', 'task_2']);
  assert.equal(freshName('task', (id) => taken.has(id)), 'task_3');
  for (const id of ['apply', '_x', 'a.b-c_1']) assert.ok(isValidId(id), id);
  for (const id of ['Start', 'End', 'Root', 'typename', '1a', '审核', 'a b', '', 'x.EndJoin']) assert.ok(!isValidId(id), id);
  assert.match(wrongId('task_1', (id) => taken.has(id)), /已有/);
  assert.equal(wrongId('review', () => false), undefined);
});

const shape = (type, definition, also = {}) => ({ type, definition, also });
const SHAPES = [
  shape('UserTask'), shape('ServiceTask'), shape('SubProcess'), shape('StartEvent'), shape('StartEvent', 'MessageEventDefinition'), shape('EndEvent'),
  shape('BoundaryEvent', 'TimerEventDefinition', { cancelActivity: false }), shape('BoundaryEvent', 'TimerEventDefinition', { cancelActivity: true }),
  shape('IntermediateCatchEvent', 'TimerEventDefinition'), shape('ExclusiveGateway'), shape('ParallelGateway'),
];
const into = (element) => replacements(SHAPES, element).map(({ type, definition, also }) => [type, definition, also.cancelActivity].filter((each) => each !== undefined).join(' '));

test('an element changes into what runs in its place', () => {
  assert.deepEqual(into({ type: 'UserTask' }), ['ServiceTask', 'SubProcess']);
  assert.deepEqual(into({ type: 'ManualTask' }), ['UserTask', 'ServiceTask', 'SubProcess']);
  assert.deepEqual(into({ type: 'InclusiveGateway' }), ['ExclusiveGateway', 'ParallelGateway']);
  assert.deepEqual(into({ type: 'StartEvent' }), ['StartEvent MessageEventDefinition']);
  assert.deepEqual(into({ type: 'StartEvent', inner: true }), []);
  assert.deepEqual(into({ type: 'BoundaryEvent', definition: 'TimerEventDefinition', cancelActivity: false }), ['BoundaryEvent TimerEventDefinition true']);
  assert.deepEqual(into({ type: 'TextAnnotation' }), []);
});

/** Everything that a file says, without the order in which its attributes stand. */
function said(element, seen = new Set()) {
  if (Array.isArray(element)) return element.map((each) => said(each, seen));
  if (typeof element !== 'object' || element === null) return element;
  if (seen.has(element)) return `→${element.id ?? ''}`;
  seen.add(element);
  const own = Object.entries(element).filter(([name]) => name !== '$parent');
  return { $type: element.$type, ...Object.fromEntries(own.map(([name, value]) => [name, said(value, seen)]).sort()) };
}

const PROCESSES = new URL('../../../bpmn/', import.meta.url);
for (const file of readdirSync(PROCESSES, { recursive: true }).filter((name) => name.endsWith('.bpmn'))) {
  test(`${file} says the same after it was loaded and saved`, async () => {
    const moddle = new BpmnModdle(descriptors);
    const first = await moddle.fromXML(readFileSync(new URL(file, PROCESSES), 'utf8'));
    assert.deepEqual(first.warnings, []);
    const { xml } = await moddle.toXML(first.rootElement, { format: true });
    const second = await moddle.fromXML(xml);
    assert.deepEqual(said(second.rootElement), said(first.rootElement));
  });
}

test('a way is numbered step by step, with the flows between its elements', () => {
  const nodes = { a: { outgoing: [] }, b: { outgoing: [] } };
  nodes.a.outgoing.push({ id: 'a_to_b', target: nodes.b });
  nodes.b.outgoing.push({ id: 'b_to_a', target: nodes.a });
  const registry = { get: (id) => nodes[id] };
  assert.deepEqual(withFlows(registry, ['a', 'b', 'a', 'gone']), ['a', 'b', 'a_to_b', 'b_to_a']);
  assert.deepEqual([...numbered(['a', 'b', 'a'])], [['a', [1, 3]], ['b', [2]]]);
});

test('what an import complains of is said in words, with its line', () => {
  globalThis.document = { documentElement: { lang: 'zh-CN' } };
  assert.deepEqual(explain('unparsable content <bpmn:flow detected\n\tline: 4\n\tcolumn: 2'), { text: '不认识的内容 `bpmn:flow`', line: 5 });
  assert.deepEqual(explain('unresolved reference <review>'), { text: '引用的 `review` 不存在', line: undefined });
  assert.equal(explain('no diagram to display').text, '没有可以画出的流程');
  assert.equal(explain('something else').text, '有一处读不进来');
});
