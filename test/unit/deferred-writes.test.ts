import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDeferredWrites } from '../../src/http/deferred-writes.ts';

test('writes in order, after what is ready in this turn of the event loop', async () => {
  const defer = createDeferredWrites();
  const calls: string[] = [];
  defer(() => calls.push('first'));
  process.nextTick(() => defer(() => calls.push('second')));
  queueMicrotask(() => calls.push('microtask'));
  await Promise.resolve();
  expect(calls).toEqual(['microtask']);
  await setImmediate();
  expect(calls).toEqual(['microtask', 'first', 'second']);
});

test('writes in the next turn what a write defers', async () => {
  const defer = createDeferredWrites();
  const calls: string[] = [];
  defer(() => defer(() => calls.push('deferred')));
  await setImmediate();
  expect(calls).toEqual([]);
  await setImmediate();
  expect(calls).toEqual(['deferred']);
});

test('writes at once when 256 are deferred, each once', async () => {
  const defer = createDeferredWrites();
  let calls = 0;
  for (let count = 0; count < 300; count += 1) defer(() => (calls += 1));
  expect(calls).toBe(256);
  await setImmediate();
  expect(calls).toBe(300);
});
