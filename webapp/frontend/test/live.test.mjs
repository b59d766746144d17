import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countText, hasMore, streamAddress } from '../src/lib/live.js';

test('a count has two digits at most', () => {
  assert.deepEqual([0, 7, 99, 100].map(countText), ['0', '7', '99', '99+']);
});

test('the address says what the page knows, and nothing it does not', () => {
  assert.equal(streamAddress('/live', { tab: 'b', left: 'a', after: '7' }), '/live?tab=b&left=a&after=7');
  assert.equal(streamAddress('/live', { tab: 'b', left: null, after: null }), '/live?tab=b');
});

test('a list has more only when something came', () => {
  assert.equal(hasMore({ todo: 1, claimable: 1 }, { todo: 2, claimable: 1 }), true);
  assert.equal(hasMore({ todo: 2, claimable: 1 }, { todo: 1, claimable: 0 }), false);
});
