/** One call, or one caller, does not take others down. */
import { describe, expect, test } from 'vitest';
import { metricLines, requestsInFlight, startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, hang, reply, reset, startUpstream, tokenIn, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const USAGE = '{info{usage{enabled}}}';
const good = reply(200, { stores: [] });
const unavailable = reply(503, '', { 'Retry-After': '1' });

/** The codes of the errors, or undefined for none, one request after the other. */
async function codes(gateway: TestGateway, query: string, tokens: readonly string[]) {
  const found: unknown[] = [];
  for (const token of tokens) found.push((await gateway.query(query, { token })).errors[0]?.extensions.code);
  return found;
}
const tokens = (name: string, count: number) => Array.from({ length: count }, (_, index) => `token-${name}-${index}`);

describe('a call that fails', () => {
  test('leaves the other calls of its endpoint alone, while it is polled', async () => {
    await using upstream = await startUpstream({ '/v2/info/usage': hang, '/v2/info/stores': good });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_USAGE_MS: '60' });
    await Promise.all(tokens('first', 15).map((token) => gateway.query(USAGE, { token })));
    let isPolling = true;
    const poll = async (name: string) => {
      for (let time = 0; isPolling; time += 1) await gateway.query(USAGE, { token: `token-poll-${name}-${time}` });
    };
    const polling = ['a', 'b', 'c'].map(poll);
    expect(await codes(gateway, STORES, tokens('stores', 35))).toEqual(Array(35).fill(undefined));
    isPolling = false;
    await Promise.all(polling);
    expect(upstream.seen.filter(({ path }) => path === '/v2/info/stores')).toHaveLength(35);
  });

  test('has a state of its own in the metrics', async () => {
    await using upstream = await startUpstream({ '/v2/info/usage': reset, '/v2/info/stores': good });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    await codes(gateway, STORES, tokens('stores', 2));
    await codes(gateway, USAGE, tokens('usage', 12));
    const open = () => metricLines(gateway, /^glance_graphql_circuit_breaker_state\{.* (1|0\.5)$/);
    await expect.poll(open, { interval: 300 }).toHaveLength(1);
    const labels = /\{(.*)\} 1$/
      .exec((await open())[0] ?? '')?.[1]
      ?.split(',')
      .sort();
    expect(labels).toEqual(['call="usage"', 'region="RegionOne"', 'service="image"']);
  });

  test('that hangs leaves connections to the other calls', async () => {
    await using upstream = await startUpstream({ '/v2/info/usage': hang, '/v2/info/stores': good });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const leaving = new AbortController();
    using _leave = { [Symbol.dispose]: () => leaving.abort() };
    const waiting = tokens('usage', 300).map((token) =>
      gateway.query(USAGE, { token, signal: leaving.signal }).catch(() => null),
    );
    await expect.poll(() => upstream.seen.length).toBeGreaterThan(40);
    const pending = Promise.all(tokens('stores', 5).map((token) => gateway.query(STORES, { token })));
    const outcome = await Promise.race([
      pending.then((responses) => responses.map(({ data }) => data)),
      new Promise((resolve) => setTimeout(resolve, 6000, 'still waiting')),
    ]);
    expect(outcome).toEqual(Array(5).fill({ info: { stores: [] } }));
    leaving.abort();
    expect(await Promise.all(waiting)).toEqual(Array(300).fill(null));
  });
});

describe('a caller with calls that fail', () => {
  const startPair = async (isFailing: (token: string) => boolean) => {
    const behaviour: Behaviour = (request, response) =>
      (isFailing(tokenIn(request)) ? unavailable : good)(request, response);
    const upstream = await startUpstream(behaviour);
    const gateway = await startGateway({ GLANCE_URL: upstream.url });
    return {
      upstream,
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await upstream[Symbol.asyncDispose]();
      },
    };
  };

  test('opens the circuit for itself alone', async () => {
    await using pair = await startPair((token) => token === 'token-of-bad-caller');
    await codes(pair.gateway, STORES, Array(20).fill('token-of-bad-caller'));
    const seen = pair.upstream.seen.length;
    expect(seen).toBeLessThan(20);
    expect(await codes(pair.gateway, STORES, tokens('good', 15))).toEqual(Array(15).fill(undefined));
    expect(pair.upstream.seen).toHaveLength(seen + 15);
    expect(await codes(pair.gateway, STORES, ['token-of-bad-caller'])).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('opens it for all together with a second one', async () => {
    await using pair = await startPair((token) => token.startsWith('token-bad'));
    await codes(pair.gateway, STORES, Array(10).fill(['token-bad-one', 'token-bad-two']).flat());
    const seen = pair.upstream.seen.length;
    expect(await codes(pair.gateway, STORES, tokens('good', 3))).toEqual(Array(3).fill('UPSTREAM_UNAVAILABLE'));
    expect(pair.upstream.seen).toHaveLength(seen);
  });
});

describe('a Keystone that resets the connection for tokens over 4 kB', () => {
  const long = (name: string) => `token-${name}-${'x'.repeat(4096)}`;
  const startAll = async () => {
    const glance = await startUpstream(good);
    const keystone = await startUpstream((request, response) =>
      (tokenIn(request).length > 4000 ? reset : reply(200, tokenInfo({ RegionOne: glance.url })))(request, response),
    );
    const gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    return {
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await keystone[Symbol.asyncDispose]();
        await glance[Symbol.asyncDispose]();
      },
    };
  };

  test.each([
    ['one such token', () => long('one')],
    ['several such tokens', (index: number) => long(String(index))],
  ])('looks up good tokens after %s', async (_title, tokenAt) => {
    await using all = await startAll();
    const garbage = Array.from({ length: 30 }, (_, index) => tokenAt(index));
    expect(new Set(await codes(all.gateway, STORES, garbage))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    for (let round = 0; round < 12; round += 1) {
      await codes(all.gateway, STORES, garbage.slice(0, 2));
      expect(await codes(all.gateway, STORES, [`token-good-${round}`])).toEqual([undefined]);
    }
  });
});

test('a caller that polls a failing call does not keep the circuit open for others after an outage', async () => {
  let isDown = true;
  let probes = 0;
  await using upstream = await startUpstream((request, response) => {
    const isPollingCaller = tokenIn(request) === 'token-of-polling-caller';
    if (isPollingCaller) probes += 1;
    (isDown || isPollingCaller ? unavailable : good)(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codes(gateway, STORES, tokens('outage', 12));
  isDown = false;
  let isPolling = true;
  const poll = async () => {
    while (isPolling) await gateway.query(STORES, { token: 'token-of-polling-caller' });
  };
  const polling = [poll(), poll()];
  const other = () => codes(gateway, STORES, ['token-of-other-caller']);
  // Less often than the polling caller. The circuit is open for a second at a time, after which one call probes the upstream.
  await expect.poll(other, { interval: 200 }).toEqual([undefined]);
  expect(probes).toBeLessThanOrEqual(2);
  isPolling = false;
  await Promise.all(polling);
});

test('one caller has at most four equal calls in flight, and each request that bypasses the cache gets a later call', async () => {
  const arrivals: { release(): void }[] = [];
  await using upstream = await startUpstream((request, response) => {
    arrivals.push({ release: () => reply(200, { stores: [{ id: `answer-${arrivals.length}` }] })(request, response) });
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const headers = { 'Cache-Control': 'no-cache' };
  const query = () => gateway.query(STORES, { token: 'token-of-one', headers });
  const early = Array.from({ length: 4 }, query);
  await expect.poll(() => arrivals.length).toBe(4);
  const late = Array.from({ length: 20 }, query);
  await expect.poll(() => requestsInFlight(gateway), { interval: 300 }).toBe(24);
  expect(upstream.seen).toHaveLength(4);
  arrivals[0]?.release();
  await expect.poll(() => arrivals.length).toBe(5);
  for (const arrival of arrivals.slice(1)) arrival.release();
  for (const { errors } of await Promise.all([...early, ...late])) expect(errors).toEqual([]);
  // The metrics' requests are logged too.
  const calls = () => gateway.log.flatMap(({ path, calls: made }) => (path === '/graphql' ? [made] : []));
  await expect.poll(() => calls().length).toBe(24);
  expect(upstream.seen).toHaveLength(5);
  expect(JSON.stringify(calls()).match(/"coalesced"/g)).toHaveLength(19);
});
