import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeTime } from '../src/lib/relative.js';

const now = Date.UTC(2026, 10, 22, 12);
const at = (seconds) => now + seconds * 1000;

test('words for the distance', () => {
  assert.equal(relativeTime(at(-10), now, 'zh-CN'), '刚刚');
  assert.equal(relativeTime(at(-10), now, 'en'), 'just now');
  assert.equal(relativeTime(at(-120), now, 'zh-CN'), '2分钟前');
  assert.equal(relativeTime(at(-7200), now, 'en'), '2 hours ago');
  assert.equal(relativeTime(at(86400), now, 'en'), 'tomorrow');
  assert.equal(relativeTime(at(-50), now, 'en'), '1 minute ago');
});

test('no words where a date says more', () => {
  assert.equal(relativeTime(at(-40 * 86400), now, 'en'), null);
  assert.equal(relativeTime(NaN, now, 'en'), null);
});
