import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renumber } from '../src/lib/renumber.js';

test('the number after the prefix is replaced, in every way of naming', () => {
  assert.equal(renumber('lines-0-item', 'lines', 3), 'lines-3-item');
  assert.equal(renumber('lines-__index__-item', 'lines', 12), 'lines-12-item');
  assert.equal(renumber('lines[7][item]', 'lines', 0), 'lines[0][item]');
  assert.equal(renumber('lines.2.item', 'lines', 1), 'lines.1.item');
  assert.equal(renumber('field_lines_2_item', 'lines', 1), 'field_lines_1_item');
  assert.equal(renumber('lines-0-item-hint lines-0-item-error', 'lines', 2), 'lines-2-item-hint lines-2-item-error');
});

test('everything else stays', () => {
  for (const text of ['deadlines-0-item', 'lines', 'lines-item', 'lines-0th', 'other-0-lines']) {
    assert.equal(renumber(text, 'lines', 5), text);
  }
  assert.equal(renumber('lines-0-rate-2', 'lines', 5), 'lines-5-rate-2');
  assert.equal(renumber('a.b-0-x', 'a.b', 1), 'a.b-1-x');
  assert.equal(renumber('axb-0-x', 'a.b', 1), 'axb-0-x');
});
