/** When the shared cache is bypassed, and how long its results are used. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from '@redis/client';
import { describe, expect, test } from 'vitest';
import { metricLines, requestLine, startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Behaviour, expiringToken, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';
import { missingRedis, type Redis, startRedis } from './redis.ts';

const { skip } = realComponents(missingRedis);
const STORES = '{info{stores{id}}}';
/** A busy machine must not turn hits into timeouts. */
const CACHED = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_STORES_DETAIL_MS: '60000', CACHE_LOOKUP_TIMEOUT_MS: '5000' };
const token = 'gAAAAA-a-token-that-is-a-secret';

/** Each response names its number, so that an older one is recognized. */
function numbered(): Behaviour {
  let count = 0;
  return (request, response) => {
    count += 1;
    reply(200, { stores: [{ id: `response-${count}` }] })(request, response);
  };
}
const storeIn = ({ data }: { readonly data: unknown }) => /response-\d+/.exec(JSON.stringify(data))?.[0] ?? null;

async function startConnected(redis: Redis, env: Record<string, string>): Promise<TestGateway> {
  const gateway = await startGateway({ CACHE_URL: redis.url, ...CACHED, ...env });
  await expect
    .poll(() => gateway.log.some(({ level, msg }) => level === 'info' && String(msg).startsWith('The shared cache')))
    .toBe(true);
  return gateway;
}

const TOKENS = Array.from({ length: 3 }, (_, index) => `${token}-${index}`);

describe.skipIf(skip)('the shared cache', () => {
  test('is bypassed for no-cache, and stores the newer response', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    await using one = await startConnected(redis, { GLANCE_URL: glance.url });
    await using two = await startConnected(redis, { GLANCE_URL: glance.url });
    await using three = await startConnected(redis, { GLANCE_URL: glance.url });
    const headers = { 'Cache-Control': 'no-cache' };
    const first = await Promise.all(TOKENS.map(async (token) => storeIn(await one.query(STORES, { token }))));
    await expect.poll(redis.entryCount).toBe(TOKENS.length);
    for (const [index, token] of TOKENS.entries()) {
      expect(storeIn(await two.query(STORES, { token, headers }))).not.toBe(first[index]);
    }
    expect(glance.seen).toHaveLength(2 * TOKENS.length);
    for (const [index, token] of TOKENS.entries())
      expect(storeIn(await three.query(STORES, { token }))).not.toBe(first[index]);
  });

  test('is not read for a call with a TTL of 0', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    await using one = await startConnected(redis, { GLANCE_URL: glance.url });
    await using two = await startConnected(redis, { GLANCE_URL: glance.url, CACHE_TTL_STORES_MS: '0' });
    await one.query(STORES, { token });
    await expect.poll(redis.entryCount).toBe(1);
    expect(storeIn(await two.query(STORES, { token }))).toBe('response-2');
    expect(storeIn(await two.query(STORES, { token }))).toBe('response-3');
    expect(await metricLines(two, /^glance_graphql_shared_cache_lookups_total\{/)).toEqual([]);
    const lookups = () => metricLines(one, /^glance_graphql_shared_cache_lookups_total\{result="\w+"\} 1$/);
    await expect.poll(lookups, { interval: 300 }).toHaveLength(1);
  });

  test('reports the age of a response that another gateway received', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    await using one = await startConnected(redis, { GLANCE_URL: glance.url });
    await using two = await startConnected(redis, { GLANCE_URL: glance.url });
    const first = await Promise.all(TOKENS.map(async (token) => storeIn(await one.query(STORES, { token }))));
    const begin = performance.now();
    await expect.poll(() => performance.now() - begin).toBeGreaterThan(2100);
    let shared = 0;
    for (const [index, token] of TOKENS.entries()) {
      const response = await two.query(STORES, { token });
      if (storeIn(response) !== first[index]) continue;
      shared += 1;
      expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(2);
      expect(response.headers.get('cache-control')).toMatch(/^private, max-age=(59|60)$/);
    }
    expect(shared).toBeGreaterThan(0);
  });

  test('keeps the age of a response for a token with access rules', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    const rule = { id: 'rule', service: 'image', method: 'GET', path: '/v2/info/stores' };
    const scope = { project: { id: 'p' }, application_credential: { access_rules: [rule] } };
    await using keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url }, scope)));
    await using one = await startConnected(redis, { OS_AUTH_URL: keystone.url });
    await using two = await startConnected(redis, { OS_AUTH_URL: keystone.url });
    const first = storeIn(await one.query(STORES, { token }));
    await expect.poll(redis.entryCount).toBe(1);
    const begin = performance.now();
    await expect.poll(() => performance.now() - begin).toBeGreaterThan(2100);
    const response = await two.query(STORES, { token });
    expect(storeIn(response)).toBe(first);
    expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(2);
  });

  test('does not serve a response after its token expires', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    const expiring = expiringToken(() => tokenInfo({ RegionOne: glance.url }, { project: { id: 'p' } }, 3000));
    await using keystone = await startUpstream(expiring.behaviour);
    await using one = await startConnected(redis, { OS_AUTH_URL: keystone.url });
    await using two = await startConnected(redis, { OS_AUTH_URL: keystone.url });
    await one.query(STORES, { token });
    await expect.poll(redis.entryCount).toBe(1);
    const before = [storeIn(await one.query(STORES, { token })), storeIn(await two.query(STORES, { token }))];
    await expect.poll(() => Date.now()).toBeGreaterThan(expiring.expiresAt() + 50);
    await expect.poll(redis.entryCount).toBe(0);
    for (const gateway of [one, two]) expect(before).not.toContain(storeIn(await gateway.query(STORES, { token })));
  });

  test('makes no call for a caller that disconnects during the lookup', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream(numbered());
    await using gateway = await startConnected(redis, { GLANCE_URL: glance.url, CACHE_LOOKUP_TIMEOUT_MS: '500' });
    await gateway.query('{__typename}');
    redis.signal('SIGSTOP');
    const { hostname, port } = new URL(gateway.url);
    const body = JSON.stringify({ query: STORES });
    const isSent = (token: string) => JSON.stringify(glance.seen).includes(token);
    const outcomes: boolean[] = [];
    for (const [index, token] of TOKENS.entries()) {
      const id = `X-Openstack-Request-Id: req-left-${index}`;
      const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Auth-Token: ${token}\r\n${id}`;
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      await requestLine(gateway, `req-left-${index}`);
      // Its call would be made before that of another.
      expect((await gateway.query(STORES, { token: `token-of-another-caller-${index}` })).errors).toEqual([]);
      outcomes.push(isSent(token));
    }
    expect(outcomes).toEqual(TOKENS.map(() => false));
    redis.signal('SIGCONT');
  });

  test('rejects an entry that was copied under another name of the same token', async () => {
    await using redis = await startRedis();
    await using glance = await startUpstream((request, response) => {
      const id = request.url === '/v2/info/stores/detail' ? 'of-detail' : 'of-stores';
      reply(200, { stores: [{ id, type: 'file', properties: {} }] })(request, response);
    });
    await using one = await startConnected(redis, { GLANCE_URL: glance.url });
    const client = await createClient({ url: redis.url }).connect();
    const newName = async (call: () => Promise<unknown>) => {
      const before = await client.keys('*');
      await call();
      await expect.poll(() => client.dbSize()).toBe(before.length + 1);
      return (await client.keys('*')).find((name) => !before.includes(name)) ?? '';
    };
    for (const token of TOKENS) {
      const detailName = await newName(() => one.query('{info{storesDetail{id}}}', { token }));
      const storesName = await newName(() => one.query(STORES, { token }));
      const expiration = { type: 'PX', value: 50_000 } as const;
      await client.set(storesName, (await client.get(detailName)) ?? '', { expiration });
    }
    client.destroy();
    await using two = await startConnected(redis, { GLANCE_URL: glance.url });
    for (const token of TOKENS)
      expect((await two.query(STORES, { token })).data).toEqual({ info: { stores: [{ id: 'of-stores' }] } });
    const rejected = () => metricLines(two, /^glance_graphql_shared_cache_lookups_total\{result="rejected"\} [1-9]/);
    await expect.poll(rejected, { interval: 300 }).toHaveLength(1);
  });
});
