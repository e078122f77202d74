/** What is remembered is bounded in bytes. */
import { expect, test } from 'vitest';
import { createMemo } from '../../src/upstream/memo.ts';

test('it begins anew before it takes more than it may', () => {
  const memo = createMemo<string, number>(100);
  memo.put('a', 60, () => 1);
  memo.put('b', 40, () => 2);
  expect([memo.get('a'), memo.get('b')]).toEqual([1, 2]);
  memo.put('c', 1, () => 3);
  expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual([undefined, undefined, 3]);
});

test('a value that grows begins anew too, without what it had', () => {
  const memo = createMemo<string, readonly string[]>(100);
  for (const text of ['one', 'two', 'three']) memo.put('a', 40, (known = []) => [...known, text]);
  expect(memo.get('a')).toEqual(['three']);
});

test('what is too large by itself is not remembered, and displaces nothing', () => {
  const memo = createMemo<string, number>(100);
  memo.put('a', 60, () => 1);
  memo.put('b', 101, () => 2);
  expect([memo.get('a'), memo.get('b')]).toEqual([1, undefined]);
});
