/** What is kept is bounded, and what the clock says does not stretch it. */
import { afterEach, expect, test, vi } from 'vitest';
import { createAnswers } from '../../src/glance/answers.ts';
import { createKnownRequests } from '../../src/graphql/known-requests.ts';
import { tokenFrom } from '../../src/keystone/token.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { endpointAt, NOTHING_KEPT_MS, UPSTREAM_OPTIONS } from '../parts.ts';
import { type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

afterEach(() => vi.useRealTimers());

const DAY_MS = 86_400_000;

async function startAnswers(behaviour: Behaviour, keptMs: number) {
  const glance = await startUpstream(behaviour);
  const endpoint = endpointAt(glance.url);
  const upstream = createUpstream(UPSTREAM_OPTIONS);
  const kept = { ...NOTHING_KEPT_MS, stores: keptMs };
  const answers = createAnswers({ upstream, keptMs: kept, staleMs: 0, shared: null });
  return {
    glance,
    /** Where the answer came from, once it is there. */
    async from(token: string, expiresAt = Number.POSITIVE_INFINITY) {
      const question = {
        endpoint,
        region: 'one',
        requestId: 'req-1',
        tracer: null,
        askedAt: performance.now(),
        deadlineMs: 5000,
        anew: false,
      };
      return new Promise<string>((resolve, onFailure) => {
        const onAnswer = () => resolve(given.from);
        const given = answers.stores({ ...question, token: tokenFrom(token), expiresAt }, { onAnswer, onFailure });
        if (given.from === 'kept') onAnswer();
      });
    },
    async [Symbol.asyncDispose]() {
      await upstream.close();
      await glance[Symbol.asyncDispose]();
    },
  };
}

test('a full cache lets go of what was unused the longest, and only of that', async () => {
  const description = 'x'.repeat(300_000);
  const ofItsOwn: Behaviour = (request, response) =>
    reply(200, { stores: [{ id: request.headers['x-auth-token'], description }] })(request, response);
  await using answers = await startAnswers(ofItsOwn, DAY_MS);
  for (let token = 0; token < 30; token += 1) {
    await answers.from(`token-${token}`);
    // It is in use all the time.
    if (token > 0) expect(await answers.from('token-0')).toBe('kept');
  }
  expect(await answers.from('token-29')).toBe('kept');
  expect(await answers.from('token-1')).toBe('upstream');
});

test('what is the same for all takes its place once', async () => {
  const description = 'x'.repeat(300_000);
  await using answers = await startAnswers(reply(200, { stores: [{ id: 'a', description }] }), DAY_MS);
  for (let token = 0; token < 30; token += 1) {
    await answers.from(`token-${token}`);
  }
  for (let token = 0; token < 30; token += 1) expect(await answers.from(`token-${token}`)).toBe('kept');
});

test('a clock that jumps back makes no answer live longer than it is kept', async () => {
  await using answers = await startAnswers(reply(200, { stores: [] }), 150);
  const now = Date.now();
  await answers.from('a', now + DAY_MS);
  vi.useFakeTimers({ toFake: ['Date'], now: now - 7 * DAY_MS });
  expect(await answers.from('a', now + DAY_MS)).toBe('kept');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await answers.from('a', now + DAY_MS)).toBe('upstream');
});

test('requests are known up to a number of bytes, however many different ones come', () => {
  const known = createKnownRequests({ render: () => null });
  const request = {
    answer: { calls: [], pieces: [] },
    status: 200,
    contentType: 'application/json',
    facts: { operation: null, query: null, fields: [], outcome: 'ok', codes: [] },
  } as const;
  const body = (number: number) => `${number} ${'x'.repeat(1000)}`;
  for (let number = 0; number < 10_000; number += 1) known.learn(undefined, body(number), request);
  const remembered = Array.from({ length: 10_000 }, (_, number) => known.find(undefined, body(number))).filter(Boolean);
  expect(remembered.length).toBeGreaterThan(20);
  // 6 MiB, at 227 bytes for each of their characters.
  expect(remembered.length).toBeLessThan(30);
  expect(known.find(undefined, body(9999))).toBe(request);
  known.learn(undefined, 'x'.repeat(50_000), request);
  expect(known.find(undefined, 'x'.repeat(50_000))).toBeUndefined();
});
