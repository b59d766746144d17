import assert from 'node:assert/strict';
import test from 'node:test';
import { neighbour, plainKey, sequences } from '../src/lib/keys.js';

test('a Chinese layout gives the same keys', () => {
  assert.equal(plainKey('？'), '?');
  assert.equal(plainKey('、'), '/');
  assert.equal(plainKey('【'), '[');
  assert.equal(plainKey('Ｊ'), 'j');
  assert.equal(plainKey('J'), 'j');
  assert.equal(plainKey('Enter'), 'Enter');
});

test('g waits a moment for what follows', () => {
  const next = sequences(['g']);
  assert.equal(next('g', 0), 'g');
  assert.equal(next('i', 400), 'g i');
  assert.equal(next('i', 500), 'i');
  assert.equal(next('g', 1000), 'g');
  assert.equal(next('i', 3000), 'i');
  assert.equal(next('g', 4000), 'g');
  assert.equal(next('g', 4100), 'g g');
  assert.equal(next('i', 4200), 'i');
});

test('the way through a list ends at its ends', () => {
  assert.equal(neighbour(['/tasks/1', '/tasks/2'], '/tasks/1', 1), '/tasks/2');
  assert.equal(neighbour(['/tasks/1', '/tasks/2'], '/tasks/2', 1), undefined);
  assert.equal(neighbour(['/tasks/1', '/tasks/2'], '/tasks/1', -1), undefined);
  assert.equal(neighbour(['/tasks/1'], '/tasks/9', 1), undefined);
});
