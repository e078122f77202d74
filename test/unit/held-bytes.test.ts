import { expect, test } from 'vitest';
import { HeldBytes } from '../../src/openstack/held-bytes.ts';
import { ResponseBody } from '../../src/openstack/response-body.ts';

test('the oldest holder gives way when all together hold too much', () => {
  const removed: string[] = [];
  const held = new HeldBytes<string>(100, (holder) => removed.push(holder));
  held.set('a', 40);
  held.set('b', 40);
  held.set('c', 20);
  expect(removed).toEqual([]);
  held.delete('b');
  held.set('c', 50);
  expect(removed).toEqual([]);
  held.set('d', 20);
  expect(removed).toEqual(['a']);
  held.set('e', 101);
  expect(removed).toEqual(['a', 'c', 'd', 'e']);
  held.set('f', 100);
  expect(removed).toHaveLength(4);
});

test('the chunks of a body are copied, so that small ones do not keep what they are parts of', () => {
  const body = new ResponseBody(() => {});
  for (let number = 0; number < 1000; number += 1) {
    const chunk = Buffer.from(String(number % 10));
    body.append(chunk);
    if (number > 0) chunk.fill('x');
  }
  expect(body.length).toBe(1000);
  expect(body.take().toString()).toBe('0123456789'.repeat(100));
});

test('the oldest of many large bodies is evicted', () => {
  const evicted: number[] = [];
  const half = Buffer.alloc(4 * 1024 * 1024);
  const bodies = Array.from({ length: 6 }, (_, number) => {
    const body = new ResponseBody(() => {
      evicted.push(number);
      body.take();
    });
    body.append(half);
    body.append(half);
    return body;
  });
  // Each has room for 16 MiB, and all together may have 64 MiB.
  expect(evicted).toEqual([0, 1]);
  for (const body of bodies) body.take();
  bodies[0]?.append(half);
  bodies[0]?.append(half);
  expect(evicted).toEqual([0, 1]);
});
