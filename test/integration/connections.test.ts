/** Who has a connection to an upstream. */
import { expect, test } from 'vitest';
import { stores } from '../../src/glance/stores.ts';
import { answerTo } from '../../src/upstream/asking.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { UpstreamFailure } from '../../src/upstream/failures.ts';
import type { Read } from '../../src/upstream/question.ts';
import { endpointAt, UPSTREAM_OPTIONS } from '../parts.ts';
import { after, type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

async function startCounting(behaviour: Behaviour) {
  let most = 0;
  let running = 0;
  const glance = await startUpstream((request, response) => {
    running += 1;
    most = Math.max(most, running);
    response.on('close', () => {
      running -= 1;
    });
    behaviour(request, response);
  });
  const question = {
    call: stores,
    service: 'image',
    region: 'one',
    endpoint: endpointAt(glance.url),
    requestId: 'req-1',
    tracer: null,
    token: null,
  } as const;
  return { glance, most: () => most, question };
}

const good = reply(200, { stores: [] });
test('more than may wait fail at once, and those who wait are served', async () => {
  const { glance, most, question } = await startCounting(after(50, good));
  const upstream = createUpstream({ ...UPSTREAM_OPTIONS, connections: 2, maxConnections: 2, maxWaiting: 3 });
  const ask = () => upstream.answerTo({ ...question, askedAt: performance.now(), deadlineMs: 5000 });
  const results = await Promise.allSettled(Array.from({ length: 8 }, ask));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(failures).toHaveLength(3);
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(UpstreamFailure);
    expect(failure.reason).toEqual({ kind: 'crowded' });
  }
  expect(most()).toBe(2);
  expect(glance.seen).toHaveLength(5);
  // All places are free again.
  expect((await Promise.allSettled(Array.from({ length: 5 }, ask))).map(({ status }) => status)).toEqual(
    Array(5).fill('fulfilled'),
  );
  await upstream.close();
  await glance[Symbol.asyncDispose]();
});

test('a place is free again after a call that was late, cancelled or cut off, waiting or under way', async () => {
  let behaviour: Behaviour = () => {};
  const { glance, question } = await startCounting((request, response) => behaviour(request, response));
  const upstream = createUpstream({ ...UPSTREAM_OPTIONS, connections: 1, maxConnections: 1, maxWaiting: 10 });
  const ask = (deadlineMs: number, isCancelled: boolean) =>
    answerTo<Read<unknown>>((receiver) => {
      const asking = upstream.ask({ ...question, askedAt: performance.now(), deadlineMs }, receiver);
      if (isCancelled) asking.cancel();
    });
  const asked = [ask(100, false), ask(100, false), ask(5000, true), ask(5000, true)];
  const kinds = await Promise.all(
    asked.map((answer) =>
      answer.then(
        () => 'answered',
        (failure: UpstreamFailure) => failure.reason.kind,
      ),
    ),
  );
  expect(kinds).toEqual(['late', 'late', 'cancelled', 'cancelled']);
  behaviour = (request) => request.socket.destroy();
  await expect(upstream.answerTo({ ...question, askedAt: performance.now(), deadlineMs: 5000 })).rejects.toThrow(
    'unreachable',
  );
  behaviour = good;
  expect((await upstream.answerTo({ ...question, askedAt: performance.now(), deadlineMs: 5000 })).value).toEqual([]);
  await upstream.close();
  await glance[Symbol.asyncDispose]();
});

test('a slow upstream gets more at a time while the gateway has time to spare, up to a bound', async () => {
  const { glance, most, question } = await startCounting(after(200, good));
  const upstream = createUpstream({ ...UPSTREAM_OPTIONS, connections: 2, maxConnections: 12, maxWaiting: 1000 });
  const answers: Promise<unknown>[] = [];
  for (let round = 0; round < 30; round += 1) {
    for (let call = 0; call < 4; call += 1)
      answers.push(upstream.answerTo({ ...question, askedAt: performance.now(), deadlineMs: 20_000 }));
    await new Promise((resolve) => setTimeout(resolve, 12));
  }
  await Promise.all(answers);
  expect(most()).toBeGreaterThan(4);
  expect(most()).toBeLessThanOrEqual(12);
  await upstream.close();
  await glance[Symbol.asyncDispose]();
});

test('a fault of ours in hearing an answer fails the call, and leaves none waiting', async () => {
  const { glance, question } = await startCounting(good);
  const fault = new TypeError('A fault of ours');
  const upstream = createUpstream({
    ...UPSTREAM_OPTIONS,
    onAnswer() {
      throw fault;
    },
  });
  await expect(upstream.answerTo({ ...question, askedAt: performance.now(), deadlineMs: 5000 })).rejects.toBe(fault);
  await upstream.close();
  await glance[Symbol.asyncDispose]();
});
