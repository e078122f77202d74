/** More requests than can be answered are refused early, and a flood by one caller starves no other. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps the event loop busy, in pieces between which a request can be answered. */
async function blockLoop(ms: number, pieceMs: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const pieceEnd = performance.now() + pieceMs;
    while (performance.now() < pieceEnd);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('an event loop that is behind', () => {
  test('has requests refused before they are parsed, with 503 and Retry-After, until it has caught up', async () => {
    await using upstream = await startUpstream(reply(200, { stores: [] }));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    await gateway.query(STORES);
    const blocking = blockLoop(2500, 600);
    await pause(1300);
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"query": "{ no JSON',
    });
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '1',
      {
        errors: [
          {
            message: 'The gateway has more to do than it can; try again in a second.',
            extensions: { code: 'SERVICE_UNAVAILABLE' },
          },
        ],
      },
    ]);
    // A request that is known, too.
    expect((await gateway.query(STORES)).status).toBe(503);
    for (const path of ['/healthz', '/metrics']) expect((await gateway.fetch(path)).status).toBe(200);
    await blocking;
    await pause(1200);
    expect((await gateway.query(STORES)).data).toEqual({ info: { stores: [] } });
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('for more than five seconds is said by /readyz, and not by /healthz', { timeout: 20_000 }, async () => {
    await using gateway = await startGateway();
    const blocking = blockLoop(8000, 300);
    const readiness = async () => {
      const response = await gateway.fetch('/readyz');
      return [response.status, await response.json()];
    };
    expect(await readiness()).toEqual([200, { status: 'ready' }]);
    await expect.poll(readiness, { timeout: 8000, interval: 100 }).toEqual([503, { status: 'overloaded' }]);
    expect((await gateway.fetch('/healthz')).status).toBe(200);
    await blocking;
    await expect.poll(readiness, { timeout: 8000, interval: 100 }).toEqual([200, { status: 'ready' }]);
  });
});

test('a flood of probes asks the upstream once, and is answered', async () => {
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
  test('is each token’s own, answered with 429 and Retry-After', async () => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '20' });
    const ask = (token: string) =>
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
        body: JSON.stringify({ query: STORES }),
      });
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask('sandbox-admin')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toEqual({
      errors: [
        {
          message: 'More than 20 requests in a second (RATE_LIMIT_PER_TOKEN).',
          extensions: { code: 'RATE_LIMITED' },
        },
      ],
    });
    expect((await ask('sandbox-member')).status).toBe(200);
    expect((await gateway.fetch('/healthz')).status).toBe(200);
    await pause(1100);
    expect((await ask('sandbox-admin')).status).toBe(200);
  });

  test('is of the address for those without a token, as a proxy that is trusted tells it', async () => {
    const askFrom = async (address: string, gateway: Awaited<ReturnType<typeof startGateway>>) => {
      const { status } = await gateway.fetch('/graphql?query={__typename}', {
        headers: { 'Apollo-Require-Preflight': '1', 'X-Forwarded-For': address },
      });
      return status;
    };
    await using trusting = await startGateway({ RATE_LIMIT_PER_TOKEN: '2', TRUST_PROXY: '127.0.0.0/8' });
    const statuses = await Promise.all(
      ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map((a) => askFrom(a, trusting)),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 429]);
    await using wary = await startGateway({ RATE_LIMIT_PER_TOKEN: '2' });
    const others = await Promise.all(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((a) => askFrom(a, wary)));
    expect(others.sort()).toEqual([200, 200, 429]);
  });
});
