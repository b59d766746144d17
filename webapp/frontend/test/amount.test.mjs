import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCents, parseCents, sumAmounts } from '../src/lib/amount.js';

test('amounts are read the way people type them', () => {
  const cases = {
    '': 0n, ' ': 0n, '0': 0n, '12': 1200n, '12.5': 1250n, '12.50': 1250n, '12.': 1200n, '.5': 50n, '-3.2': -320n,
    '1,234.50': 123450n, '1，234.5': 123450n, '１２．５': 1250n, ' 7 000 ': 700000n, '1.500': 150n, '-.05': -5n,
  };
  for (const [text, cents] of Object.entries(cases)) assert.equal(parseCents(text), cents, text);
});

test('what is no amount is null, not zero', () => {
  for (const text of ['abc', '1.234', '1e3', '--1', '1.2.3', '.', '-', '¥1']) assert.equal(parseCents(text), null, text);
});

test('sums are exact where floating point is not', () => {
  assert.equal(sumAmounts(['0.1', '0.2']), '0.30');
  assert.equal(sumAmounts(Array(1000).fill('0.01')), '10.00');
  assert.equal(sumAmounts(['90071992547409.93', '0.01']), '90,071,992,547,409.94');
  assert.equal(sumAmounts(['1', 'x']), '—');
  assert.equal(sumAmounts([]), '0.00');
});

test('format groups thousands and keeps the sign', () => {
  assert.equal(formatCents(5n), '0.05');
  assert.equal(formatCents(-123456789n), '-1,234,567.89');
  assert.equal(formatCents(100000n), '1,000.00');
});

test('reading back what was formatted changes nothing', () => {
  let seed = 7n;
  for (let i = 0; i < 500; i += 1) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    const cents = (seed % 10n ** BigInt(1 + (i % 16))) * (i % 3 ? 1n : -1n);
    assert.equal(parseCents(formatCents(cents)), cents);
  }
});
