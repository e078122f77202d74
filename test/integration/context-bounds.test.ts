/** What the contexts of tokens take in memory, and how long the connections of their endpoints are kept. */
import { expect, test } from 'vitest';
import type { CallTarget } from '../../src/cache/cached-call.ts';
import { type CatalogContext, createContextCall } from '../../src/cache/token-context.ts';
import { toPromise } from '../../src/openstack/callbacks.ts';
import { CircuitBreaker } from '../../src/openstack/circuit-breaker.ts';
import { createClient } from '../../src/openstack/client.ts';
import { stores } from '../../src/openstack/glance/stores.ts';
import { createToken } from '../../src/openstack/keystone/token.ts';
import { CLIENT_OPTIONS, endpointAt, upstreamRequest } from '../parts.ts';
import { reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

/** Looks up tokens in a Keystone that responds with `info`. */
async function startLookups() {
  let info: object = {};
  const keystone = await startUpstream((request, response) => reply(200, info)(request, response));
  const client = createClient(CLIENT_OPTIONS);
  const call = createContextCall({
    client,
    authEndpoint: endpointAt(keystone.url),
    interfaces: ['public'],
    regions: null,
    overrides: new Map(),
    defaultRegion: null,
    allowHttp: true,
    isAllowed: () => true,
    ttlMs: 1000,
    staleIfErrorMs: 0,
    timeoutMs: 5000,
    onProblem: () => {},
  });
  const lookUp = (changes: object, urls: Record<string, string> = { one: 'http://a' }): Promise<CatalogContext> => {
    info = { token: { ...tokenInfo(urls).token, ...changes } };
    const target: CallTarget = {
      context: { token: createToken('token-of-a-caller'), requestId: 'req-1', tracer: null, bypassCache: false },
      endpoint: endpointAt(keystone.url),
      region: null,
      startedAt: performance.now(),
      expiresAt: Number.POSITIVE_INFINITY,
      accessRules: null,
      recordCall() {},
    };
    return toPromise((callbacks) => call.start(target, callbacks));
  };
  return {
    call,
    lookUp,
    async [Symbol.asyncDispose]() {
      await client.close();
      await keystone[Symbol.asyncDispose]();
    },
  };
}

test('a context counts the text of its endpoints, access rules, project and roles', async () => {
  await using lookups = await startLookups();
  const { call, lookUp } = lookups;
  const rule = (path: string) => ({ id: 'i', service: 'image', method: 'GET', path });
  const rules = (count: number) => ({ application_credential: { access_rules: Array(count).fill(rule('/v2')) } });
  const sharedBytes = async (...info: Parameters<typeof lookUp>) => call.internedPart(await lookUp(...info)).bytes;
  const small = await sharedBytes({});
  expect(await sharedBytes({}, { one: `http://a/${'x'.repeat(1000)}` })).toBeGreaterThan(small + 2000);
  expect(await sharedBytes({}, { ['x'.repeat(200)]: 'http://a' })).toBeGreaterThan(small + 200);
  expect(await sharedBytes({}, { one: 'http://a', two: 'http://a' })).toBeGreaterThan(small + 300);
  expect(await sharedBytes(rules(10))).toBeGreaterThan(small + 5000);
  const ownBytes = async (changes: object) => call.ownBytes(await lookUp(changes));
  const name = 'x'.repeat(200);
  const own = await ownBytes({});
  expect(await ownBytes({ roles: [{ name }, { name }] })).toBeGreaterThanOrEqual(own + 400);
  expect(await ownBytes({ project: { id: name, name } })).toBeGreaterThanOrEqual(own + 400);
});

test('equal catalogs are one value, until others take their place', async () => {
  await using lookups = await startLookups();
  const { lookUp } = lookups;
  const catalog = (number: number) =>
    Object.fromEntries(Array.from({ length: 100 }, (_, id) => [`r${id}`, `http://a/${number}${'x'.repeat(900)}`]));
  const first = await lookUp({}, catalog(0));
  expect((await lookUp({}, catalog(0))).internedPart).toBe(first.internedPart);
  for (let number = 1; number < 10; number += 1) await lookUp({}, catalog(number));
  expect((await lookUp({}, catalog(0))).internedPart).not.toBe(first.internedPart);
});

test('connections to an endpoint that was not called for five minutes are closed', async () => {
  await using old = await startUpstream(reply(200, { stores: [] }));
  await using recent = await startUpstream(reply(200, { stores: [] }));
  const client = createClient(CLIENT_OPTIONS);
  const startedAt = performance.now();
  await client.request(upstreamRequest(stores, old.url, { startedAt }));
  await client.request(upstreamRequest(stores, recent.url, { startedAt: startedAt + 299_000 }));
  expect(await old.connections()).toBe(1);
  await client.request(upstreamRequest(stores, `${recent.url}/path`, { startedAt: startedAt + 301_000 }));
  await expect.poll(() => old.connections()).toBe(0);
  expect(await recent.connections()).toBeGreaterThan(0);
  await client.close();
});

test('a circuit breaker remembers a bounded number of failing callers', () => {
  const breaker = new CircuitBreaker({ onStateChange: () => {}, isReachable: async () => true });
  const fail = (caller: string, now: number) => {
    breaker.onError(caller, 'admitted', { kind: 'timeout', timeoutMs: 1 }, now);
    for (let success = 0; success < 2; success += 1) breaker.onSuccess('good', 'admitted', now);
  };
  for (let failure = 0; failure < 10; failure += 1) fail('first', 0);
  expect(breaker.admit('first', 0)).toBe('rejected');
  for (let caller = 0; caller < 999; caller += 1) fail(`caller-${caller}`, 0);
  expect(breaker.admit('first', 0)).toBe('rejected');
  fail('caller-999', 0);
  expect(breaker.admit('first', 0)).toBe('admitted');
});
