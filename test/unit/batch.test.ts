import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBatch } from '../../src/http/batch.ts';

test('calls back in order, after what is ready in this turn of the event loop', async () => {
  const soon = createBatch();
  const calls: string[] = [];
  soon(() => calls.push('first'));
  process.nextTick(() => soon(() => calls.push('second')));
  queueMicrotask(() => calls.push('microtask'));
  await Promise.resolve();
  expect(calls).toEqual(['microtask']);
  await setImmediate();
  expect(calls).toEqual(['microtask', 'first', 'second']);
});

test('calls back in the next turn what is added by a callback', async () => {
  const soon = createBatch();
  const calls: string[] = [];
  soon(() => soon(() => calls.push('added')));
  await setImmediate();
  expect(calls).toEqual([]);
  await setImmediate();
  expect(calls).toEqual(['added']);
});
