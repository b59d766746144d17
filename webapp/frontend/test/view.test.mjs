import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstView } from '../src/lib/view.js';

const screen = { width: 800, height: 400 };

test('a small diagram is shown whole, in the middle and not blown up', () => {
  const view = firstView({ x: 100, y: 100, width: 200, height: 100 }, screen, { x: 0, y: 0 });
  assert.ok(Math.abs(800 / view.width - 1.15) < 1e-9);
  assert.ok(Math.abs(view.x + view.width / 2 - 200) < 1e-9);
  assert.ok(Math.abs(view.y + view.height / 2 - 150) < 1e-9);
});

test('a wide diagram stays readable and is centred on the focus', () => {
  const view = firstView({ x: 0, y: 0, width: 5000, height: 300 }, screen, { x: 2500, y: 150 });
  assert.ok(800 / view.width >= 0.8);
  assert.ok(Math.abs(view.x + view.width / 2 - 2500) < 1e-9);
});

test('the focus at an end does not leave half of the window empty', () => {
  const inner = { x: 0, y: 0, width: 5000, height: 300 };
  const first = firstView(inner, screen, { x: 18, y: 150 });
  assert.ok(first.x > -40 && first.x < 0);
  const last = firstView(inner, screen, { x: 4990, y: 150 });
  assert.ok(last.x + last.width > 5000 && last.x + last.width < 5040);
});
