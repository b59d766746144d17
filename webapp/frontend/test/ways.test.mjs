import assert from 'node:assert/strict';
import test from 'node:test';
import { numbered, passes } from '../src/workbench/ways/order.js';

test('nodes of a way are numbered in order, once each, and flows are not', () => {
  const way = ['start', 'f1', 'a', 'f2', 'b', 'f3', 'a'];
  assert.deepEqual([...numbered(way, (id) => id.startsWith('f'))], [['start', 1], ['a', 2], ['b', 3]]);
});

test('a way passes the filters that are set', () => {
  const way = { end: 'done', steps: 'apply review' };
  assert.ok(passes(way, { end: '', steps: '' }));
  assert.ok(passes(way, { end: 'done', steps: 'review' }));
  assert.ok(!passes(way, { end: 'refused', steps: '' }));
  assert.ok(!passes(way, { end: '', steps: 'rev' }));
});
