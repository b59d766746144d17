import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, focusBox, nextPlace } from '../src/workbench/compare/steps.js';

test('the next difference comes after the last one round and round', () => {
  assert.deepEqual([nextPlace(-1, 1, 3), nextPlace(0, 1, 3), nextPlace(2, 1, 3)], [0, 1, 0]);
  assert.deepEqual([nextPlace(-1, -1, 3), nextPlace(0, -1, 3)], [2, 2]);
});

test('the count says where one is', () => {
  assert.deepEqual([counted(-1, 3), counted(0, 3)], ['– / 3', '1 / 3']);
});

test('a shape stands in the middle of what is shown', () => {
  const box = focusBox({ x: 100, y: 50, width: 100, height: 80 }, { width: 450, height: 360 });
  assert.deepEqual([box.x + box.width / 2, box.y + box.height / 2, box.width], [150, 90, 500]);
});

test('a lane is shown whole, and a line around its points', () => {
  const lane = focusBox({ x: 0, y: 0, width: 4_000, height: 200 }, { width: 400, height: 300 });
  assert.ok(lane.width > 4_000);
  const line = focusBox({ waypoints: [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 60 }] }, { width: 400, height: 300 });
  assert.deepEqual([line.x + line.width / 2, line.y + line.height / 2], [50, 30]);
});
