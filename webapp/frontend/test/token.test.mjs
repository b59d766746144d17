import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameBefore, written } from '../src/lib/token.js';

const cases = [
  ['请@李', '@', { start: 1, text: '李' }],
  ['@', '@', { start: 0, text: '' }],
  ['＠ gm', '@', null],
  ['li@example', '@', null],
  ['@李静 请看', '@', null],
  ['赵敏、钱', '', { start: 3, text: '钱' }],
  ['赵敏, 钱', '', { start: 4, text: '钱' }],
  ['赵敏、', '', ''],
];
for (const [text, prefix, expected] of cases) {
  test(`the name being typed in “${text}”`, () => assert.deepEqual(nameBefore(text, text.length, prefix), expected));
}

test('only what stands before the caret counts', () => {
  assert.deepEqual(nameBefore('@李 @王', 2, '@'), { start: 0, text: '李' });
});

test('people of one name are written by their user names', () => {
  const items = [{ value: 'li1', label: '李静' }, { value: 'li2', label: '李静' }, { value: 'zhao', label: '赵敏' }];
  assert.deepEqual(items.map((item) => written(item, items)), ['li1', 'li2', '赵敏']);
  assert.equal(written({ value: 'jing', label: 'Li Jing' }, []), 'jing');
});
