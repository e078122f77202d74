/** Excess requests are rejected early, and a flood by one caller does not starve the others. */
import { describe, expect, test } from 'vitest';
import { createGateway, createLogger, loadConfig } from '../../src/gateway.ts';
import { blockEventLoop } from '../blocked-event-loop.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';

describe('an overloaded event loop', () => {
  test('makes requests fail with 503 and Retry-After before they are parsed', { timeout: 20_000 }, async () => {
    await using upstream = await startUpstream(reply(200, { stores: [] }));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    await gateway.query(STORES);
    const load = blockEventLoop(600);
    const postInvalid = () =>
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"query": "{ not JSON',
      });
    await expect.poll(async () => (await postInvalid()).status, { timeout: 10_000 }).toBe(503);
    const response = await postInvalid();
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '1',
      {
        errors: [
          {
            message: 'The gateway is overloaded; try again in a second.',
            extensions: { code: 'SERVICE_UNAVAILABLE' },
          },
        ],
      },
    ]);
    // An operation on the fast path is rejected, too.
    expect((await gateway.query(STORES, { acceptOverload: true })).status).toBe(503);
    for (const path of ['/healthz', '/metrics']) expect((await gateway.fetch(path)).status).toBe(200);
    await load.stop();
    const stores = async () => (await gateway.query(STORES)).data;
    await expect.poll(stores, { interval: 100 }).toEqual({ info: { stores: [] } });
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('makes /readyz fail after five seconds, but never /healthz', { timeout: 30_000 }, async () => {
    await using gateway = await startGateway();
    const load = blockEventLoop(300);
    const liveness: number[] = [];
    const readiness = async () => {
      liveness.push((await gateway.fetch('/healthz')).status);
      const response = await gateway.fetch('/readyz');
      return [response.status, await response.json()];
    };
    expect(await readiness()).toEqual([200, { status: 'ready' }]);
    await expect.poll(readiness, { timeout: 12_000, interval: 100 }).toEqual([503, { status: 'overloaded' }]);
    await load.stop();
    await expect.poll(readiness, { timeout: 8000, interval: 100 }).toEqual([200, { status: 'ready' }]);
    expect(liveness.length).toBeGreaterThan(5);
    expect(new Set(liveness)).toEqual(new Set([200]));
  });
});

test('a start that blocks the event loop is not an overload', async () => {
  const gateway = await createGateway(loadConfig({}), createLogger('silent'));
  const load = blockEventLoop(600);
  await new Promise((resolve) => setTimeout(resolve, 1800));
  await load.stop();
  const { statusCode } = await gateway.app.inject({ path: '/graphql', method: 'DELETE' });
  await gateway.close();
  expect(statusCode).toBe(405);
});

test('a flood of probes makes one upstream call, and every probe gets 200', async () => {
  await using upstream = await startUpstream(replay('api-2.16-versions'));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const flood = (path: string) =>
    Promise.all(Array.from({ length: 300 }, async () => (await gateway.fetch(path)).status));
  expect(new Set(await flood('/readyz'))).toEqual(new Set([200]));
  expect(upstream.seen).toHaveLength(1);
  expect(new Set(await flood('/metrics'))).toEqual(new Set([200]));
  expect(new Set(await flood('/healthz'))).toEqual(new Set([200]));
  expect(upstream.seen).toHaveLength(1);
});

describe('RATE_LIMIT_PER_TOKEN', () => {
  test('limits each token separately, with 429 and Retry-After', async () => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '20' });
    const post = (token: string) =>
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
        body: JSON.stringify({ query: STORES }),
      });
    const responses = await Promise.all(Array.from({ length: 60 }, () => post('sandbox-admin')));
    const rejected = responses.filter(({ status }) => status === 429);
    expect(rejected.length).toBeGreaterThanOrEqual(20);
    expect(rejected[0]?.headers.get('retry-after')).toBe('1');
    expect(await rejected[0]?.json()).toEqual({
      errors: [
        {
          message: 'More than 20 requests in a second (RATE_LIMIT_PER_TOKEN).',
          extensions: { code: 'RATE_LIMITED' },
        },
      ],
    });
    expect((await post('sandbox-member')).status).toBe(200);
    const probes = await Promise.all(Array.from({ length: 60 }, () => gateway.fetch('/healthz')));
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([200]));
    await expect.poll(async () => (await post('sandbox-admin')).status, { interval: 200 }).toBe(200);
  });

  test('limits requests without a token by address, which trusted proxies forward', async () => {
    const statusFrom = async (address: string, gateway: TestGateway) => {
      const { status } = await gateway.fetch('/graphql?query={__typename}', {
        headers: { 'Apollo-Require-Preflight': '1', 'X-Forwarded-For': address },
      });
      return status;
    };
    await using trusting = await startGateway({ RATE_LIMIT_PER_TOKEN: '2', TRUST_PROXY: '127.0.0.0/8' });
    const statuses = await Promise.all(
      ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map((address) => statusFrom(address, trusting)),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 429]);
    await using untrusting = await startGateway({ RATE_LIMIT_PER_TOKEN: '2' });
    const others = await Promise.all(
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => statusFrom(address, untrusting)),
    );
    expect(others.sort()).toEqual([200, 200, 429]);
  });
});
