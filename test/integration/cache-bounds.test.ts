/** The caller cache is bounded by the bytes of all that it keeps alive. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CachedCall, CachedValue, CallReceiver, CallTarget } from '../../src/cache/cached-call.ts';
import { CallerCache } from '../../src/cache/caller-cache.ts';
import { memoizeDecoder } from '../../src/cache/decoder-memo.ts';
import { InFlightCall } from '../../src/cache/in-flight-call.ts';
import { DecodedResponse } from '../../src/cache/sized-value.ts';
import { createOperationCache } from '../../src/graphql/fast-path/operation-cache.ts';
import { createPersistedQueries } from '../../src/graphql/persisted-queries.ts';
import { type CallOwner, RequestCall } from '../../src/graphql/request-call.ts';
import type { RequestServices } from '../../src/graphql/request-services.ts';
import { UpstreamError } from '../../src/openstack/errors.ts';
import { createToken } from '../../src/openstack/keystone/token.ts';
import { createRequestSummary } from '../../src/telemetry/request-summary.ts';
import { createRequestData, createServices, endpointAt } from '../parts.ts';
import { type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

afterEach(() => vi.useRealTimers());

const DAY_MS = 86_400_000;
const large = 'x'.repeat(30_000);

/** Where the stores of a token come from. */
async function cacheStatus(services: RequestServices, token: string): Promise<string | undefined> {
  const data = createRequestData(services, createToken(token));
  await data.load('stores', 'one');
  return data.summary.calls[0]?.cache;
}

describe('with results over HTTP', () => {
  const distinct: Behaviour = (request, response) =>
    reply(200, { stores: [{ id: request.headers['x-auth-token'], description: large }] })(request, response);

  test('a full cache evicts callers that were not used, and stays within its bound', async () => {
    await using glance = await startUpstream(distinct);
    const { services, close } = createServices(glance.url, { ttlMs: DAY_MS, maxCacheBytes: 2_000_000 });
    for (let token = 0; token < 40; token += 1) {
      await cacheStatus(services, `token-${token}`);
      expect(services.cache.bytes).toBeLessThanOrEqual(2_000_000);
      if (token > 0) expect(await cacheStatus(services, 'token-0')).toBe('hit');
    }
    expect(await cacheStatus(services, 'token-39')).toBe('hit');
    expect(await cacheStatus(services, 'token-1')).toBe('miss');
    await close();
  });

  test('what callers share is counted once', async () => {
    await using glance = await startUpstream(reply(200, { stores: [{ id: 'a', description: large }] }));
    const { services, close } = createServices(glance.url, { ttlMs: DAY_MS, maxCacheBytes: 2_000_000 });
    for (let token = 0; token < 100; token += 1) await cacheStatus(services, `token-${token}`);
    expect(services.cache.bytes).toBeLessThan(400_000);
    for (let token = 0; token < 100; token += 1) expect(await cacheStatus(services, `token-${token}`)).toBe('hit');
    await close();
  });

  test('tokens that are rejected evict nobody', async () => {
    await using glance = await startUpstream((request, response) =>
      (request.headers['x-auth-token'] === 'good' ? reply(200, { stores: [] }) : reply(401, ''))(request, response),
    );
    const { services, close } = createServices(glance.url, { ttlMs: DAY_MS, maxCacheBytes: 2000 });
    await cacheStatus(services, 'good');
    const { bytes } = services.cache;
    const madeUp = Array.from({ length: 50 }, (_, token) => cacheStatus(services, `made-up-${token}`));
    await Promise.all(madeUp.map((status) => expect(status).rejects.toThrow()));
    expect(services.cache.bytes).toBe(bytes);
    expect(await cacheStatus(services, 'good')).toBe('hit');
    await close();
  });

  test('callers with only expired results are removed, others are kept', async () => {
    await using glance = await startUpstream(reply(200, { stores: [] }));
    const { services, close } = createServices(glance.url, { ttlMs: 100 });
    await cacheStatus(services, 'a');
    const ofOne = services.cache.bytes;
    services.cache.removeExpired();
    expect(services.cache.bytes).toBe(ofOne);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await cacheStatus(services, 'b');
    services.cache.removeExpired();
    expect(services.cache.bytes).toBe(ofOne);
    expect(await cacheStatus(services, 'b')).toBe('hit');
    await close();
  });

  test('a wall clock that is set back does not prolong a result', async () => {
    await using glance = await startUpstream(reply(200, { stores: [] }));
    const { services, close } = createServices(glance.url, { ttlMs: 150 });
    await cacheStatus(services, 'a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 7 * DAY_MS });
    expect(await cacheStatus(services, 'a')).toBe('hit');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await cacheStatus(services, 'a')).toBe('miss');
    await close();
  });
});

type Text = DecodedResponse<string>;

/** A call that settles when the test says so. */
function manualCall(options: Partial<CachedCall<Text>> = {}) {
  const receivers: CallReceiver<Text>[] = [];
  const cancelled: number[] = [];
  const call: CachedCall<Text> = {
    name: 'stores',
    ttlMs: DAY_MS,
    staleIfErrorMs: 0,
    timeoutMs: 60_000,
    start(_target, receiver) {
      const index = receivers.push(receiver) - 1;
      return { cancel: () => void cancelled.push(index) };
    },
    internedPart: (value) => value,
    ownBytes: () => 0,
    expiresAt: () => Number.POSITIVE_INFINITY,
    keepsEndpoint: () => true,
    ...options,
  };
  return { call, receivers, cancelled };
}

function targetOf(token: string, { bypassCache = false, url = 'http://one' } = {}): CallTarget {
  return {
    context: { token: createToken(token), requestId: 'req-1', tracer: null, bypassCache },
    endpoint: endpointAt(url),
    region: 'one',
    startedAt: performance.now(),
    expiresAt: Number.POSITIVE_INFINITY,
    accessRules: null,
    recordCall() {},
  };
}

function waiter() {
  const outcomes: (CachedValue<Text> | Error)[] = [];
  return {
    outcomes,
    onResponse: (value: CachedValue<Text>) => void outcomes.push(value),
    onError: (error: Error) => void outcomes.push(error),
  };
}

/** A request with a deadline of its own. */
function ownerOf({ context }: CallTarget, requestTimeoutMs: number): CallOwner {
  return {
    ...context,
    requestTimeoutMs,
    deadline: performance.now() + requestTimeoutMs,
    summary: createRequestSummary(null),
    recordStale() {},
    recordError: (error) => error,
  };
}

const textOf = (result: CachedValue<Text> | InFlightCall<Text>) =>
  result instanceof InFlightCall ? 'in flight' : result.value.value;
const value = (text: string) => new DecodedResponse(text, text.length);

test('a result of a token with an unknown expiry is served for an hour at most, stale or not', () => {
  const cache = new CallerCache(10_000);
  const { call, receivers } = manualCall({ staleIfErrorMs: DAY_MS });
  const startedAt = performance.now();
  cache.fetch(call, targetOf('a'), waiter());
  receivers[0]?.onResponse(value('text'));
  const stored = cache.fetch(call, targetOf('a'), waiter());
  if (stored instanceof InFlightCall) throw new Error('not stored');
  for (const end of [stored.freshUntil, stored.staleUntil]) expect(end - startedAt).toBeLessThan(3_601_000);
});

describe('a caller', () => {
  test('keeps the result of the younger of two calls, whichever settles last', () => {
    const cache = new CallerCache(10_000);
    const { call, receivers } = manualCall();
    cache.fetch(call, targetOf('a'), waiter());
    cache.fetch(call, targetOf('a', { bypassCache: true }), waiter());
    receivers[1]?.onResponse(value('younger'));
    receivers[0]?.onResponse(value('older'));
    expect(textOf(cache.fetch(call, targetOf('a'), waiter()))).toBe('younger');
  });

  test('loses all results when its token is rejected, and a call in flight then stores nothing', () => {
    const cache = new CallerCache(10_000);
    const { call, receivers } = manualCall();
    const late = waiter();
    cache.fetch(call, targetOf('a'), waiter());
    receivers[0]?.onResponse(value('one'));
    cache.fetch(call, targetOf('a', { url: 'http://two' }), late);
    cache.fetch(call, targetOf('a', { url: 'http://three' }), waiter());
    const callInfo = { service: 'image', call: 'stores', region: 'one', requestId: 'req-1' } as const;
    receivers[2]?.onError(
      new UpstreamError(callInfo, { kind: 'http_error', status: 401, message: null, retryAfter: null }),
    );
    receivers[1]?.onResponse(value('two'));
    expect(late.outcomes).toMatchObject([{ value: { value: 'two' } }]);
    expect(cache.bytes).toBe(0);
    for (const url of ['http://one', 'http://two']) {
      expect(textOf(cache.fetch(call, targetOf('a', { url }), waiter()))).toBe('in flight');
    }
  });

  test('drops results of endpoints that its new catalog does not have', () => {
    const cache = new CallerCache(10_000);
    const stores = manualCall();
    const catalog = manualCall({ keepsEndpoint: (_value, url) => url === 'http://two' });
    for (const [index, url] of ['http://one', 'http://two'].entries()) {
      cache.fetch(stores.call, targetOf('a', { url }), waiter());
      stores.receivers[index]?.onResponse(value(url));
    }
    cache.fetch(catalog.call, targetOf('a', { url: 'http://keystone' }), waiter());
    catalog.receivers[0]?.onResponse(value('catalog'));
    expect(textOf(cache.fetch(stores.call, targetOf('a', { url: 'http://one' }), waiter()))).toBe('in flight');
    expect(textOf(cache.fetch(stores.call, targetOf('a', { url: 'http://two' }), waiter()))).toBe('http://two');
  });

  test('is charged for what it does not share', () => {
    const cache = new CallerCache(10_000);
    const { call, receivers } = manualCall({ ownBytes: ({ value: text }) => text.length });
    cache.fetch(call, targetOf('a'), waiter());
    receivers[0]?.onResponse(value(''));
    const { bytes } = cache;
    cache.fetch(call, targetOf('a', { bypassCache: true }), waiter());
    receivers[1]?.onResponse(new DecodedResponse('x'.repeat(100), 0));
    expect(cache.bytes).toBe(bytes + 100);
    cache.fetch(call, targetOf('a', { bypassCache: true }), waiter());
    receivers[2]?.onResponse(value(''));
    expect(cache.bytes).toBe(bytes);
  });

  test('gets its result though it was evicted while the call was in flight', () => {
    const cache = new CallerCache(1000);
    const { call, receivers } = manualCall();
    cache.fetch(call, targetOf('a'), waiter());
    receivers[0]?.onResponse(value('one'));
    const late = waiter();
    cache.fetch(call, targetOf('a', { url: 'http://two' }), late);
    cache.fetch(call, targetOf('b'), waiter());
    receivers[2]?.onResponse(value('x'.repeat(300)));
    receivers[1]?.onResponse(value('two'));
    expect(late.outcomes).toMatchObject([{ value: { value: 'two' } }]);
    expect(textOf(cache.fetch(call, targetOf('b'), waiter()))).toBe('x'.repeat(300));
    expect(textOf(cache.fetch(call, targetOf('a'), waiter()))).toBe('in flight');
  });

  test('cancels a call when the last request that waits for it has left', () => {
    const cache = new CallerCache(1000);
    const { call, cancelled } = manualCall();
    const [first, second] = [waiter(), waiter()];
    const inFlight = cache.fetch(call, targetOf('a'), first);
    cache.fetch(call, targetOf('a'), second);
    if (!(inFlight instanceof InFlightCall)) throw new Error('not in flight');
    inFlight.leave(first);
    inFlight.leave(first);
    expect(cancelled).toEqual([]);
    inFlight.leave(second);
    expect(cancelled).toEqual([0]);
  });

  test('cancels a call when the deadline of the last request that waits for it has passed', async () => {
    const cache = new CallerCache(1000);
    const { call, cancelled } = manualCall();
    const timesOut = async (target: CallTarget) => {
      const hurried = new RequestCall(ownerOf(target, 20), call, target);
      hurried.start(cache);
      await expect.poll(() => hurried.settledWith).toMatchObject({ reason: { kind: 'timeout', timeoutMs: 20 } });
    };
    cache.fetch(call, targetOf('a', { url: 'http://one' }), waiter());
    await timesOut(targetOf('a', { url: 'http://one' }));
    expect(cancelled).toEqual([]);
    await timesOut(targetOf('a', { url: 'http://two' }));
    expect(cancelled).toEqual([1]);
  });
});

describe('a stale result', () => {
  const callInfo = { service: 'image', call: 'stores', region: 'one', requestId: 'req-1' } as const;
  const unavailable = new UpstreamError(callInfo, { kind: 'connection_error', responseStarted: false });

  test('is not served when stale results are switched off, not even a fresh one to a no-cache request', () => {
    const cache = new CallerCache(10_000);
    const { call, receivers } = manualCall();
    cache.fetch(call, targetOf('a'), waiter());
    receivers[0]?.onResponse(value('one'));
    const bypassing = waiter();
    cache.fetch(call, targetOf('a', { bypassCache: true }), bypassing);
    receivers[1]?.onError(unavailable);
    expect(bypassing.outcomes).toEqual([unavailable]);
  });

  test('is served to a request when its own deadline passes', async () => {
    const cache = new CallerCache(10_000);
    const { call, receivers } = manualCall({ ttlMs: 0, staleIfErrorMs: DAY_MS });
    cache.fetch(call, targetOf('a'), waiter());
    receivers[0]?.onResponse(value('one'));
    const timeout = new UpstreamError(callInfo, { kind: 'timeout', timeoutMs: 20 });
    const target = targetOf('a');
    const hurried = new RequestCall(ownerOf(target, 20), call, target);
    hurried.start(cache);
    await expect.poll(() => hurried.settledWith).toMatchObject({ value: { value: 'one' }, staleBecause: timeout });
    expect(hurried.settledWith).toMatchObject({ staleBecause: { callInfo, reason: timeout.reason } });
  });
});

describe('the memo of decoded bodies', () => {
  test('decodes equal bodies once, and is cleared when it is full', () => {
    const bodies: unknown[] = [];
    const decode = memoizeDecoder((body) => ({ count: bodies.push(body) }), 1000);
    const first = decode('{"a":1}');
    expect(decode('{"a":1}')).toBe(first);
    expect(first.isHeld).toBe(true);
    for (let index = 0; index < 100; index += 1) decode(`{"b":${index}}`);
    expect(first.isHeld).toBe(false);
    expect(decode('{"a":1}')).not.toBe(first);
  });

  test('counts objects and lists, which take more than their text', () => {
    let decoded = 0;
    const decode = memoizeDecoder((body) => {
      decoded += 1;
      return body;
    }, 3000);
    const text = `[${Array(50).fill('[]')}]`;
    decode(text);
    decode(text);
    expect(decoded).toBe(2);
  });

  test('counts the JSON that is rendered from a body', () => {
    const isHeldAfter = (json: string) => {
      const decode = memoizeDecoder((body) => ({ body }), 1000);
      const response = decode('{"a":1}');
      for (let rendering = 0; rendering < 2; rendering += 1) response.addRendered('{ a }', json);
      return response.isHeld;
    };
    expect(isHeldAfter('x'.repeat(1000))).toBe(false);
    expect(isHeldAfter('x'.repeat(500))).toBe(true);
    // Two bytes a character.
    expect(isHeldAfter('あ'.repeat(500))).toBe(false);
  });
});

test('the store of persisted queries counts what it keeps of the shortest ones', async () => {
  const store = createPersistedQueries(null);
  for (let number = 0; number < 20_000; number += 1) await store.set(`apq:${number}`, '{__typename}');
  expect(await store.get('apq:0')).toBeUndefined();
  expect(await store.get('apq:19999')).toBe('{__typename}');
});

describe('the cache of operations', () => {
  const operation = {
    result: null,
    status: 200,
    contentType: 'application/json',
    summary: { operation: null, query: null, fields: [], outcome: 'ok', codes: [] },
    persistedQuery: null,
  } as const;

  test('is bounded in bytes, and the least recently used go first', () => {
    const cache = createOperationCache();
    const keyOf = (number: number) => `${number}${'x'.repeat(19_000)}`;
    for (let number = 0; number < 200; number += 1) cache.set(keyOf(number), operation);
    expect(cache.get(keyOf(0))).toBeUndefined();
    expect(cache.get(keyOf(199))).toBe(operation);
  });

  test('forgets what was sent once, and does not note what is too long', () => {
    const cache = createOperationCache();
    expect([cache.isRepeated('a'), cache.isRepeated('a')]).toEqual([false, true]);
    for (let number = 0; number < 10_000; number += 1) cache.isRepeated(String(number));
    expect(cache.isRepeated('a')).toBe(false);
    const long = 'x'.repeat(20_001);
    expect([cache.isRepeated(long), cache.isRepeated(long)]).toEqual([false, false]);
  });
});

test('a response keeps JSON from its second rendering on, of a bounded number of selections, and counts it', () => {
  const cache = new CallerCache(10_000_000);
  const { call, receivers } = manualCall();
  cache.fetch(call, targetOf('a'), waiter());
  const response = value('one');
  receivers[0]?.onResponse(response);
  const before = cache.bytes;
  response.addRendered('{ a }', 'x'.repeat(1000));
  expect(response.rendered('{ a }')).toBe(undefined);
  expect(cache.bytes).toBe(before);
  response.addRendered('{ a }', 'x'.repeat(1000));
  expect(cache.bytes).toBeGreaterThan(before + 1000);
  for (let index = 0; index < 1000; index += 1) response.addRendered(`{ a${index} }`, 'x'.repeat(1000));
  expect(cache.bytes).toBeLessThan(before + 70_000);
  expect(response.rendered('{ a999 }')).toBe('x'.repeat(1000));
});
