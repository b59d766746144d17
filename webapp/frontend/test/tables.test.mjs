import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoted, readable, ticked, written } from '../src/workbench/tables/values.js';

test('a list of texts is read one by one and comes back as it was', () => {
  const cases = { '"A","B"': ['A', 'B'], ' "a, b" , "c" ': ['a, b', 'c'], '"say \\"hi\\""': ['say "hi"'], '""': [''] };
  for (const [text, values] of Object.entries(cases)) {
    assert.deepEqual(readable(text, 'string'), values, text);
    assert.deepEqual(readable(values.map(written).join(','), 'string'), values);
  }
});

test('a list that is more than texts stays one line', () => {
  assert.deepEqual(readable('not("A")', 'string'), ['not("A")']);
  assert.deepEqual(readable('[0..100], > 500', 'number'), ['[0..100], > 500']);
  assert.deepEqual(readable('', 'string'), []);
});

test('what is typed becomes a text unless it is written in the language', () => {
  const cases = { 重要: '"重要"', '"重要"': '"重要"', 'not("A")': 'not("A")', 'a"b': '"a\\"b"', 'a\\b': '"a\\\\b"' };
  for (const [typed, cell] of Object.entries(cases)) assert.equal(quoted(typed), cell);
});

test('ticks are those of the cell, or all others', () => {
  const told = (text) => [ticked(text).except, [...ticked(text).chosen]];
  assert.deepEqual(told('"A", "B"'), [false, ['"A"', '"B"']]);
  assert.deepEqual(told('not("A","B")'), [true, ['"A"', '"B"']]);
  for (const text of ['-', '', undefined, '> 5', '"A", x', 'not("A"), "B"']) assert.deepEqual(told(text), [false, []]);
});
