import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

globalThis.document = { documentElement: { lang: 'zh-CN' } };
const d = await import('../src/workbench/designer/document.js');
const { kindOf, KINDS, isName, freshName } = await import('../src/workbench/designer/kinds.js');

const library = new URL('../../../bpmn/', import.meta.url);
const shipped = readdirSync(library, { recursive: true })
  .filter((name) => /forms[\\/][^\\/]+\.json$/.test(name))
  .map((name) => [name, readFileSync(new URL(name.replaceAll('\\', '/'), library), 'utf8')]);
const small = () => ({
  key: 'f', title: '申请', extra: 1,
  schema: { type: 'object', required: ['a'], properties: { a: { type: 'string', title: '甲' }, b: { type: 'number', title: '乙' }, lines: { ...KINDS.rows.made, title: '明细' } } },
  layout: [{ title: '一', fields: [['a', 6], ['b', 6]] }, { title: '二', fields: [['lines', 12]] }],
  rules: [{ field: 'b', when: 'b < 0', message: '不能为负' }, { field: 'lines/quantity', when: 'quantity > 9', message: '太多' }],
});

test('every shipped form is the same after it was opened and written', () => {
  assert.ok(shipped.length > 5);
  for (const [name, text] of shipped) {
    const form = d.parse(text);
    assert.equal(JSON.stringify(JSON.parse(d.format(form))), JSON.stringify(JSON.parse(text)), name);
    for (const field of Object.values(form.schema.properties)) assert.ok(kindOf(field) in KINDS || kindOf(field) === 'other');
  }
});

test('what is no form is not taken for one', () => {
  for (const text of ['', '[]', '{}', '{"schema": {}, "layout": []}', '{"schema": {"properties": {}}}']) assert.throws(() => d.parse(text));
});

test('a new field gets a name that is free and stands where it was put', () => {
  const [once, first] = d.addField(small(), 'money', { section: 0, index: 1 });
  const [twice, second] = d.addField(once, 'money');
  assert.deepEqual([first, second], ['amount', 'amount_2']);
  assert.deepEqual(d.order(twice), ['a', 'amount', 'b', 'lines', 'amount_2']);
  assert.equal(kindOf(d.fieldOf(twice, 'amount')), 'money');
  assert.equal(freshName('x', new Set(['x', 'x_2'])), 'x_3');
});

test('a step up or down leads over the border of a section and stops at the ends', () => {
  let form = d.stepField(small(), 'b', 1);
  assert.deepEqual(form.layout.map((each) => each.fields.map(([name]) => name)), [['a'], ['b', 'lines']]);
  form = d.stepField(d.stepField(form, 'b', -1), 'b', -1);
  assert.deepEqual(d.order(form), ['b', 'a', 'lines']);
  assert.equal(d.stepField(form, 'b', -1), form);
});

test('what is moved within its section comes before what it was dropped on', () => {
  assert.deepEqual(d.order(d.moveField(small(), 'a', 0, 2)), ['b', 'a', 'lines']);
  assert.deepEqual(d.order(d.moveField(small(), 'b', 0, 0)), ['b', 'a', 'lines']);
});

test('a field that goes takes with it what only spoke of it', () => {
  const before = small();
  before.steps = { review: { edit: ['b', 'lines/quantity'] } };
  const form = d.removeField(d.removeField(before, 'b'), 'lines');
  assert.deepEqual(form.rules, []);
  assert.deepEqual(form.steps.review.edit, []);
  assert.equal(before.rules.length, 2);
  assert.equal(form.extra, 1);
});

test('sections give their fields to a neighbour, and one always stays', () => {
  const form = d.removeSection(small(), 0);
  assert.deepEqual(d.order(form), ['a', 'b', 'lines']);
  assert.equal(d.removeSection(form, 0), form);
  assert.deepEqual(d.moveSection(small(), 1, -1).layout.map((each) => each.title), ['二', '一']);
});

test('columns are added, moved, demanded and taken away', () => {
  let form = d.addColumn(small(), 'lines', 'money', '单价');
  form = d.moveColumn(form, 'lines', 'amount', -1);
  assert.deepEqual(Object.keys(d.columnsOf(d.fieldOf(form, 'lines'))), ['item', 'amount', 'quantity']);
  form = d.setRequired(form, 'lines/amount', true);
  assert.ok(d.isRequired(form, 'lines/amount'));
  form = d.removeColumn(d.removeColumn(form, 'lines', 'amount'), 'lines', 'quantity');
  assert.deepEqual(d.fieldOf(form, 'lines').items.required, ['item']);
  assert.equal(form.rules.length, 1);
});

test('rights of a step begin with everything, for fields and for columns', () => {
  const all = ['a', 'b', 'lines', 'lines/item', 'lines/quantity'];
  let form = d.setRight(small(), 'review', ['a'], 'read', all);
  assert.deepEqual(form.steps, { review: { edit: ['b', 'lines'] } });
  form = d.setRight(form, 'review', ['lines/item'], 'read', all);
  assert.deepEqual([d.rightAt(form, 'review', 'lines/item'), d.rightAt(form, 'review', 'lines/quantity'), d.rightAt(form, 'review', 'lines')], ['read', 'edit', 'edit']);
  form = d.setRight(form, 'review', ['b'], 'hide', all);
  assert.equal(d.rightAt(form, 'review', 'b'), 'hide');
  form = d.setRight(form, 'review', ['b'], 'edit', all);
  assert.equal(d.rightAt(form, 'review', 'b'), 'edit');
  assert.equal(form.steps.review.hide, undefined);
  assert.equal(d.rightAt(form, 'other', 'a'), 'edit');
  assert.deepEqual(d.setRight(small(), 'sign', ['a', 'b'], 'hide', all, false).steps, { sign: { hide: ['a', 'b'] } });
  assert.equal(d.setRight(small(), 'sign', ['a'], 'read', all, false).steps, undefined);
});

test('undoing goes back as far as the beginning, and something new forgets what was undone', () => {
  const timeline = new d.Timeline(1);
  for (const state of [2, 3]) timeline.put(state);
  assert.equal(timeline.put(3), false);
  assert.deepEqual([timeline.step(-1), timeline.step(-1), timeline.step(-1)], [2, 1, undefined]);
  assert.equal(timeline.step(1), 2);
  timeline.put(9);
  assert.deepEqual([timeline.canRedo, timeline.now], [false, 9]);
});

test('names that the program needs for itself are none', () => {
  for (const name of ['typename', '__proto__', 'outcome', 'comment', '1a', '金额', 'a-b', '', 'a'.repeat(61)]) assert.equal(isName(name), false, name);
  assert.ok(isName('gift_total2'));
});
