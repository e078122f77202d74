/** RATE_LIMIT_PER_TOKEN: who counts as one caller. `faults/overload` has the responses. */
import { describe, expect, test } from 'vitest';
import { requestsInFlight, startGateway, type TestGateway } from '../gateway.ts';
import { hang, reply, startUpstream, tokenIn } from '../recording-upstream.ts';

const PROXY = { TRUST_PROXY: '127.0.0.0/8' };

describe('callers without a token count by address', () => {
  /** @returns how many of the requests, sent at once, were within the limit, and for how many seconds the first and the last count */
  async function accepted(
    gateway: TestGateway,
    addresses: readonly string[],
  ): Promise<{ count: number; windows: number }> {
    const startedAt = performance.now();
    const responses = await Promise.all(
      addresses.map((address) =>
        gateway.fetch('/graphql?query={__typename}', {
          headers: { 'Apollo-Require-Preflight': '1', 'X-Forwarded-For': address },
        }),
      ),
    );
    const statuses = responses.map(({ status }) => status);
    if (statuses.includes(503)) {
      // Shed on a busy machine.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return accepted(gateway, addresses);
    }
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    const windows = Math.floor((performance.now() - startedAt) / 1000) + 1;
    return { count: statuses.filter((status) => status === 200).length, windows };
  }

  test.each([
    ['addresses of one IPv6 /64', (index: number) => `2001:db8:1:2::${(index + 1).toString(16)}`],
    ['ports of one IPv4 address', (index: number) => `203.0.113.9:${1024 + index}`],
    ['ports of one IPv6 address', (index: number) => `[2001:db8::9]:${1024 + index}`],
    ['spellings of one IPv4 address', (index: number) => (index % 2 === 0 ? '203.0.113.9' : '::ffff:203.0.113.9')],
    ['texts that are not addresses', (index: number) => `made-up-${index}`],
  ])('%s are one caller', async (_title, addressAt) => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '5', ...PROXY });
    // The first request takes longer.
    await accepted(gateway, ['198.51.100.1']);
    const addresses = Array.from({ length: 30 }, (_, index) => addressAt(index));
    const { count, windows } = await accepted(gateway, addresses);
    expect(count).toBeGreaterThanOrEqual(5);
    expect(count).toBeLessThanOrEqual(5 * windows);
  });

  test('other networks are other callers', async () => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '1', ...PROXY });
    const addresses = ['2001:db8:1:2::1', '2001:db8:1:3::1', '203.0.113.9', '203.0.113.10:80'];
    expect((await accepted(gateway, addresses)).count).toBe(4);
  });
});

describe('callers with a token that no upstream has accepted count by address', () => {
  const STORES = '{info{stores{id}}}';
  const startPair = async (limit: number) => {
    const upstream = await startUpstream((request, response) => {
      if (tokenIn(request).startsWith('token-slow')) hang(request, response);
      else if (request.url === '/versions') reply(200, { versions: [] })(request, response);
      else if (tokenIn(request).startsWith('token-good')) reply(200, { stores: [] })(request, response);
      else reply(401, '')(request, response);
    });
    const gateway = await startGateway({ GLANCE_URL: upstream.url, RATE_LIMIT_PER_TOKEN: String(limit) });
    return {
      upstream,
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await upstream[Symbol.asyncDispose]();
      },
    };
  };
  let number = 0;
  const newToken = (kind: string) => {
    number += 1;
    return `token-${kind}-${number}`;
  };
  const statusOf = async (gateway: TestGateway, token: string, query = STORES) =>
    (await gateway.post({ query }, { token })).status;

  test.each([
    ['calls that are refused', STORES],
    ['the versions, which need no token', '{info{apiVersions{id}}}'],
    ['no call', '{__typename}'],
  ])('a flood of invalid tokens is limited: %s', async (_title, query) => {
    await using pair = await startPair(3);
    const startedAt = performance.now();
    let passed = 0;
    for (let time = 0; time < 40; time += 1) {
      if ((await statusOf(pair.gateway, newToken('made-up'), query)) !== 429) passed += 1;
    }
    const seconds = Math.floor((performance.now() - startedAt) / 1000) + 1;
    expect(passed).toBeGreaterThanOrEqual(3);
    expect(passed).toBeLessThanOrEqual(4 * (seconds + 1));
  });

  test('accepted tokens of a limited address are not limited', async () => {
    await using pair = await startPair(20);
    const known = Array.from({ length: 5 }, () => newToken('good'));
    for (const token of known) expect(await statusOf(pair.gateway, token)).toBe(200);
    const isLimited = async () => (await statusOf(pair.gateway, newToken('made-up'))) === 429;
    // The second may be over in between.
    let whileLimited: number[] = [];
    do {
      while (!(await isLimited()));
      whileLimited = await Promise.all(known.map((token) => statusOf(pair.gateway, token)));
    } while (!(await isLimited()));
    expect(whileLimited).toEqual(Array(5).fill(200));
    // A new token of this address is accepted when the second is over.
    await expect.poll(() => statusOf(pair.gateway, newToken('good')), { interval: 300 }).toBe(200);
  });

  test('any number of new tokens passes if upstreams accept them', async () => {
    await using pair = await startPair(2);
    const statuses = await Promise.all(Array.from({ length: 30 }, () => statusOf(pair.gateway, newToken('good'))));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('requests count even if the caller leaves before the response', async () => {
    await using pair = await startPair(5);
    const leave = async () => {
      const leaving = new AbortController();
      const { length } = pair.upstream.seen;
      const response = pair.gateway.post({ query: STORES }, { token: newToken('slow'), signal: leaving.signal });
      await expect.poll(() => pair.upstream.seen.length, { interval: 2 }).toBe(length + 1);
      leaving.abort();
      await expect(response).rejects.toThrow();
    };
    // All within one second, but on a busy machine.
    const statuses: number[] = [];
    for (let round = 0; round < 3 && !statuses.includes(429); round += 1) {
      for (let time = 0; time < 5; time += 1) await leave();
      await expect.poll(() => requestsInFlight(pair.gateway), { interval: 50 }).toBe(0);
      statuses.push(await statusOf(pair.gateway, newToken('made-up')));
    }
    expect(statuses).toContain(429);
  });
});
