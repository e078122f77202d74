/** Several gateways share a real Redis. */
import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import { describe, expect, test } from 'vitest';
import { createRedisCache } from '../../src/cache/redis.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { after, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';
import { missingRedis, startRedis } from './redis.ts';

const { skip } = realComponents(missingRedis);
const STORES = '{info{stores{id}}}';
const CACHED = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000' };
/** A busy machine must not turn hits into timeouts. */
const PATIENT = { CACHE_LOOKUP_TIMEOUT_MS: '5000' };
const TOKEN = 'gAAAAA-a-token-that-is-a-secret';

/** Commands that Redis has from 6.2 or 7.0 on: https://redis.io/docs/latest/commands */
const SINCE_6_0 = ['GETEX', 'GETDEL', 'COPY', 'EXPIRETIME', 'PEXPIRETIME', 'FUNCTION', 'LMPOP', 'SINTERCARD'];

/** Responds with a store named as the token. */
const startGlance = () =>
  startUpstream((request, response) => {
    response.end(JSON.stringify({ stores: [{ id: String(request.headers['x-auth-token']).slice(0, 6) }] }));
  });

async function startGateways(count: number, glance: RecordingUpstream, url: string, env: Record<string, string> = {}) {
  const gateways: TestGateway[] = [];
  for (let number = 0; number < count; number += 1) {
    const gateway = await startGateway({ GLANCE_URL: glance.url, CACHE_URL: url, ...CACHED, ...PATIENT, ...env });
    const isConnected = () => gateway.log.some(({ msg }) => String(msg).startsWith('The shared cache'));
    await expect.poll(isConnected).toBe(true);
    gateways.push(gateway);
  }
  return Object.assign(gateways, {
    async [Symbol.asyncDispose]() {
      for (const gateway of gateways) await gateway.close();
    },
  });
}

const lookups = async (gateway: TestGateway) => {
  const text = await (await gateway.fetch('/metrics')).text();
  return Object.fromEntries(
    [...text.matchAll(/^glance_graphql_shared_cache_lookups_total\{result="(\w+)"\} (\d+)$/gm)].map(
      ([, result, count]) => [result, Number(count)],
    ),
  );
};

describe.skipIf(skip)('the shared cache', () => {
  test('saves the second gateway an upstream call, for the same token only', async () => {
    await using redis = await startRedis();
    await using glance = await startGlance();
    await using gateways = await startGateways(2, glance, redis.url);
    const [one, two] = gateways;
    if (!one || !two) throw new Error('no gateways');
    const first = await one.query(STORES, { token: TOKEN });
    expect(first.data).toEqual({ info: { stores: [{ id: 'gAAAAA' }] } });
    await expect.poll(redis.entryCount).toBe(1);
    expect((await two.query(STORES, { token: TOKEN })).data).toEqual(first.data);
    expect(glance.seen).toHaveLength(1);
    expect((await two.query(STORES, { token: 'other-token-of-another' })).data).toEqual({
      info: { stores: [{ id: 'other-' }] },
    });
    expect(glance.seen).toHaveLength(2);
    // Without a token there is no key to encrypt with, so these are not shared.
    await one.query(STORES);
    await two.query(STORES);
    expect(glance.seen).toHaveLength(4);
    expect(await lookups(two)).toMatchObject({ hit: 1, miss: 1 });
    const line = two.log.find(({ msg, calls }) => msg === 'request' && JSON.stringify(calls).includes('"shared_hit"'));
    expect(line).toBeDefined();
  });

  test('never extends the time to live of a response', async () => {
    const ttlMs = 4000;
    await using redis = await startRedis();
    await using glance = await startGlance();
    await using gateways = await startGateways(2, glance, redis.url, { CACHE_TTL_STORES_MS: String(ttlMs) });
    const [one, two] = gateways;
    await one?.query(STORES, { token: TOKEN });
    await new Promise((resolve) => setTimeout(resolve, ttlMs / 2));
    const sharedAt = performance.now();
    await two?.query(STORES, { token: TOKEN });
    expect(glance.seen).toHaveLength(1);
    const upstreamCalls = async () => {
      await two?.query(STORES, { token: TOKEN });
      return glance.seen.length;
    };
    await expect.poll(upstreamCalls, { timeout: 2 * ttlMs, interval: 20 }).toBe(2);
    // With a full time to live in the second gateway, it would not have expired.
    expect(performance.now() - sharedAt).toBeLessThan(ttlMs);
  });

  test('contains only encrypted data, and neither tokens nor their plain hashes', async () => {
    await using redis = await startRedis();
    await using glance = await startGlance();
    await using gateways = await startGateways(1, glance, redis.url);
    await gateways[0]?.query(STORES, { token: TOKEN });
    await expect.poll(redis.entryCount).toBe(1);
    const client = await createClient({ url: redis.url }).connect();
    const keys = await client.keys('*');
    expect(keys).toHaveLength(1);
    const everything = JSON.stringify([keys, await Promise.all(keys.map((key) => client.get(key)))]);
    client.destroy();
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(everything).not.toContain(createHash('sha256').update(TOKEN).digest(encoding));
    expect(everything).not.toMatch(/gAAAAA|stores|127\.0\.0\.1/);
    expect(Buffer.from(everything, 'base64').toString()).not.toContain('stores');
  });

  test.each<[string, (value: string) => string]>([
    ['has been modified', (value) => `${value.slice(0, -8)}AAAAAAA=`],
    ['is truncated', (value) => value.slice(0, 10)],
    ['has another format', () => JSON.stringify({ stores: [] })],
    ['is empty', () => ''],
  ])('ignores and counts an entry that %s', async (_title, change) => {
    await using redis = await startRedis();
    await using glance = await startGlance();
    await using gateways = await startGateways(2, glance, redis.url);
    const [one, two] = gateways;
    await one?.query(STORES, { token: TOKEN });
    await expect.poll(redis.entryCount).toBe(1);
    const client = await createClient({ url: redis.url }).connect();
    const [key = ''] = await client.keys('*');
    await client.set(key, change((await client.get(key)) ?? ''), { expiration: { type: 'PX', value: 60_000 } });
    client.destroy();
    expect((await two?.query(STORES, { token: TOKEN }))?.data).toEqual({ info: { stores: [{ id: 'gAAAAA' }] } });
    expect(glance.seen).toHaveLength(2);
    if (two) expect(await lookups(two)).toEqual({ rejected: 1 });
  });

  test('shares persisted queries, and rejects one that does not match its hash', async () => {
    await using redis = await startRedis();
    await using glance = await startGlance();
    await using gateways = await startGateways(2, glance, redis.url);
    const [one, two] = gateways;
    const send = async (gateway: TestGateway | undefined, query: string | undefined, sha256Hash: string) => {
      const extensions = { persistedQuery: { version: 1, sha256Hash } };
      const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': TOKEN };
      const response = await gateway?.fetch('/graphql', {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, extensions }),
      });
      return JSON.parse((await response?.text()) ?? '');
    };
    const hash = createHash('sha256').update(STORES).digest('hex');
    await send(one, STORES, hash);
    await expect.poll(redis.entryCount).toBe(2);
    expect((await send(two, undefined, hash)).data).toEqual({ info: { stores: [{ id: 'gAAAAA' }] } });

    const other = '{info{stores{default}}}';
    const hashOfOther = createHash('sha256').update(other).digest('hex');
    await send(one, other, hashOfOther);
    const client = await createClient({ url: redis.url }).connect();
    const [key = ''] = await client.keys(`*${hashOfOther}`);
    await client.set(key, '{info{usage{enabled}}}');
    client.destroy();
    expect((await send(two, undefined, hashOfOther)).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('knows persisted queries of this process without it, and shares them by commands of Redis 6.0', async () => {
    const redis = await startRedis({ without: SINCE_6_0 });
    await using glance = await startGlance();
    await using gateways = await startGateways(2, glance, redis.url);
    const sha256Hash = createHash('sha256').update(STORES).digest('hex');
    const send = async (gateway: TestGateway | undefined, query?: string) => {
      const extensions = { persistedQuery: { version: 1, sha256Hash } };
      const response = await gateway?.post({ query, extensions }, { token: TOKEN });
      return JSON.parse(response?.text ?? '');
    };
    const result = { data: { info: { stores: [{ id: 'gAAAAA' }] } } };
    const [one, two] = gateways;
    await send(one, STORES);
    await expect.poll(() => send(two)).toEqual(result);
    await redis[Symbol.asyncDispose]();
    for (const gateway of gateways) expect(await send(gateway)).toEqual(result);
    await using cold = await startGateway({ GLANCE_URL: glance.url, CACHE_URL: redis.url });
    expect((await send(cold)).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(await send(cold, STORES)).toEqual(result);
    expect(await send(cold)).toEqual(result);
  });

  test.each([
    ['has all commands of Redis 6.0', { without: SINCE_6_0 }, []],
    ['is a read-only replica', { settings: ['--replicaof', '127.0.0.1', '9'] }, ['SET', 'DEL']],
    ['lacks a command', { without: ['PTTL'] }, ['PTTL']],
  ])('of a server that %s works, or the log names what is rejected', async (_title, options, rejected) => {
    await using redis = await startRedis(options);
    await using glance = await startGlance();
    await using gateways = await startGateways(1, glance, redis.url);
    const lines = () => gateways[0]?.log.filter(({ msg }) => String(msg).endsWith('rejects a command')) ?? [];
    await expect
      .poll(() => lines().map(({ level, command }) => [level, command]))
      .toEqual(rejected.map((command) => ['warn', command]));
    const { data, errors } = (await gateways[0]?.query(STORES, { token: TOKEN })) ?? {};
    expect([data, errors]).toEqual([{ info: { stores: [{ id: 'gAAAAA' }] } }, []]);
    if (rejected.length === 0) await expect.poll(redis.entryCount).toBe(1);
    expect(lines()).toHaveLength(rejected.length);
  });

  test('that loses its connection at once has no rejected command', async () => {
    await using redis = await startRedis();
    const rejected: string[] = [];
    const reached = Promise.withResolvers<void>();
    const cache = createRedisCache({
      url: redis.url,
      lookupTimeoutMs: 1000,
      onLookup: () => {},
      onRejected: (command) => rejected.push(command),
      onReachable() {
        cache.close();
        reached.resolve();
      },
    });
    await reached.promise;
    // The commands have failed by then.
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejected).toEqual([]);
  });

  test('of a server older than Redis 6.0, or with a password that is not given, is not used, and the log says why', async () => {
    await using old = await startRedis({ without: ['HELLO'] });
    await using locked = await startRedis({ password: 'a-password' });
    await using glance = await startGlance();
    for (const [url, message] of [
      [old.url, /unknown command 'HELLO'/],
      [locked.url.replace(/:a-password@/, ''), /NOAUTH/],
    ] as const) {
      await using gateways = await startGateways(1, glance, url);
      const line = gateways[0]?.log.find(({ msg }) => String(msg).startsWith('The shared cache'));
      expect(line).toMatchObject({ level: 'warn', err: { message: expect.stringMatching(message) } });
      expect((await gateways[0]?.query(STORES, { token: TOKEN }))?.errors).toEqual([]);
    }
  });

  test('fails no request when it is stopped or killed under load, and is used again after a restart', async () => {
    const redis = await startRedis();
    await using glance = await startUpstream(after(5, reply(200, { stores: [] })));
    await using gateways = await startGateways(2, glance, redis.url, { CACHE_LOOKUP_TIMEOUT_MS: '10' });
    let isDone = false;
    const durations: number[] = [];
    const caller = async (number: number) => {
      for (let round = 0; !isDone; round += 1) {
        const startedAt = performance.now();
        const response = await gateways[number % 2]?.query(STORES, { token: `token-${number}-${round}` });
        durations.push(performance.now() - startedAt);
        expect(response?.errors).toEqual([]);
      }
    };
    const callers = Array.from({ length: 8 }, (_, number) => caller(number));
    await new Promise((resolve) => setTimeout(resolve, 700));
    redis.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1800));
    redis.signal('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 700));
    isDone = true;
    await Promise.all(callers);
    expect(durations.length).toBeGreaterThan(50);
    // Far less than connecting to Redis, or waiting for its response, would take.
    expect(Math.max(...durations)).toBeLessThan(900);
    await expect
      .poll(() => gateways[0]?.log.some(({ msg }) => String(msg).includes('continues without it')))
      .toBe(true);

    await using _restarted = await startRedis({ port: redis.port });
    const [one, two] = gateways;
    await expect
      .poll(
        async () => {
          const token = `later-${Math.random()}`;
          await one?.query(STORES, { token });
          const before = glance.seen.length;
          await two?.query(STORES, { token });
          return glance.seen.length - before;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBe(0);
  });

  test('is not used with a wrong password, and the log says why', async () => {
    await using redis = await startRedis({ password: 'right-password' });
    await using glance = await startGlance();
    await using gateways = await startGateways(1, glance, redis.url.replace('right', 'wrong'));
    expect((await gateways[0]?.query(STORES, { token: TOKEN }))?.errors).toEqual([]);
    const log = JSON.stringify(gateways[0]?.log);
    expect(log).toMatch(/WRONGPASS/);
    expect(log).not.toMatch(/wrong-password/);
    await using good = await startGateways(1, glance, redis.url);
    expect(good[0]?.log.some(({ msg }) => msg === 'The shared cache (CACHE_URL) is reachable')).toBe(true);
  });
});

test.each(['http://host', 'redis://', 'host:6379', 'redis://host:6379/x', 'redis://host 1'])(
  '"%s" is not a valid CACHE_URL',
  (url) => {
    expect(() => loadConfig({ CACHE_URL: url })).toThrow(/CACHE_URL is .*; expected a URL such as redis:/);
  },
);

test('an invalid CACHE_URL is reported without its password', () => {
  expect(() => loadConfig({ CACHE_URL: 'http://:secret@host' })).toThrow('CACHE_URL is "***"');
});

test('valkey and valkeys URLs are treated as redis and rediss', () => {
  expect(loadConfig({ CACHE_URL: 'valkeys://:p@host:6380/1' }).sharedCacheUrl).toBe('rediss://:p@host:6380/1');
});
