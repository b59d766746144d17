import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

const d = await import('../src/workbench/papers/document.js');
const library = new URL('../../../bpmn/', import.meta.url);
const shipped = readdirSync(library, { recursive: true }).filter((name) => /(forms|papers)[\\/][^\\/]+\.json$/.test(name));
const paper = () => ({ title: '表', form: 'f', other: 1, rows: [[{ label: '甲', field: 'a' }, { label: '乙', field: 'b' }], [{ text: '说明' }], [{ table: 'lines', columns: [{ label: '列', field: 'c' }] }]] });
const labels = (file) => d.rowsOf(file).map((row) => row.map((block) => block.label ?? d.kindOf(block)).join(' '));

test('undoing what was done to a shipped paper leaves it as it was', () => {
  for (const name of shipped) {
    const before = JSON.parse(readFileSync(new URL(name.replaceAll('\\', '/'), library), 'utf8'));
    const after = d.remove(d.addRow(before, { label: '新', field: 'x' }), { row: d.rowsOf(before).length, cell: 0 });
    const text = (file) => JSON.stringify(before.print ? file : { ...file, print: undefined });
    assert.equal(text(after), text(before), name);
  }
});

test('a form keeps its other parts, and its paper is what is changed', () => {
  const form = { key: 'f', schema: { properties: {} }, layout: [], extra: 1 };
  const next = d.addRow(form, { label: '甲' });
  assert.deepEqual(next, { ...form, print: { rows: [[{ label: '甲' }]] } });
  assert.equal(form.print, undefined);
});

test('cells move within a row, rows among each other, and cells into rows that have room', () => {
  const [within, place] = d.shift(paper(), { row: 0, cell: 0 }, 1);
  assert.deepEqual([labels(within)[0], place], ['乙 甲', { row: 0, cell: 1 }]);
  assert.deepEqual(labels(d.shiftRow(paper(), { row: 1, cell: 0 }, -1)[0]), ['text', '甲 乙', 'table']);
  const out = d.moveTo(paper(), { row: 0, cell: 0 }, { row: 3 })[0];
  assert.deepEqual(labels(out), ['乙', 'text', 'table', '甲']);
  assert.deepEqual(labels(d.moveTo(out, { row: 3, cell: 0 }, { row: 0, cell: 0 })[0]), ['甲 乙', 'text', 'table']);
  const refused = d.moveTo(paper(), { row: 0, cell: 0 }, { row: 1, cell: 0 })[0];
  assert.deepEqual(labels(refused), labels(paper()));
  assert.deepEqual(d.shiftRow(paper(), { row: 0, cell: 0 }, -1)[0], paper());
});

test('a row holds four cells and a block that needs the width holds it alone', () => {
  let file = paper();
  for (let each = 0; each < 5; each += 1) file = d.addCell(file, 0, { label: '丙' });
  assert.equal(d.rowsOf(file)[0].length, 4);
  assert.equal(d.addCell(file, 1, { label: '丙' }), file);
});

test('what goes takes its empty row with it, and a table keeps one column', () => {
  let file = d.remove(paper(), { row: 1, cell: 0 });
  assert.deepEqual(labels(file), ['甲 乙', 'table']);
  assert.equal(d.remove(file, { row: 1, cell: 0, column: 0 }), file);
  file = d.addSignature(file, { label: '经理', step: 'review' });
  assert.equal(d.remove(file, { signature: 0 }).signatures, undefined);
});

test('another source takes along what belonged to the old one', () => {
  const cell = { label: '甲', field: 'a', also: 'b', choices: ['x', 'y'], wide: true };
  const file = d.setSource({ rows: [[cell]] }, { row: 0, cell: 0 }, 'step', 'review');
  assert.deepEqual(d.rowsOf(file)[0][0], { label: '甲', wide: true, step: 'review' });
  assert.equal(d.sourceOf(d.rowsOf(d.setSource(file, { row: 0, cell: 0 }, 'blank'))[0][0]), 'blank');
  assert.equal('wide' in d.rowsOf(d.setPart(file, { row: 0, cell: 0 }, 'wide', false))[0][0], false);
});
