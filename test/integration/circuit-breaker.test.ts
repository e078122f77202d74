/** The circuit breaker: when it opens, for whom, and when it closes. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, reply, reset, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [] });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ok = (count: number) => Array(count).fill(undefined);
const unavailable = (count: number) => Array(count).fill('UPSTREAM_UNAVAILABLE');

/** The codes of queries in sequence, each with a token of its own. */
async function codesOf(gateway: TestGateway, count: number, { query = STORES, token = '' } = {}) {
  const codes: unknown[] = [];
  for (let time = 0; time < count; time += 1) {
    const { errors } = await gateway.query(query, { token: token === '' ? `token-${Math.random()}` : token });
    codes.push(errors[0]?.extensions.code);
  }
  return codes;
}

test('it opens after ten failures of several callers, and calls then fail at once', async () => {
  await using upstream = await startUpstream(reset);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 10);
  const { length } = upstream.seen;
  const { errors } = await gateway.query(STORES);
  expect(errors).toMatchObject([
    {
      message: 'The Image service was not called: most of its last calls failed.',
      extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true, retryAfter: 1, region: 'RegionOne' },
    },
  ]);
  expect(upstream.seen).toHaveLength(length);
  expect(await (await gateway.fetch('/metrics')).text()).toContain(
    'glance_graphql_circuit_breaker_state{service="image",region="RegionOne",call="stores"} 1',
  );
  expect(gateway.log).toContainEqual(
    expect.objectContaining({ level: 'warn', state: 'open', call: 'stores', msg: 'circuit breaker' }),
  );
});

test('it opens for a silent upstream', async () => {
  await using upstream = await startUpstream(() => {});
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '100' });
  await Promise.all(Array.from({ length: 10 }, () => codesOf(gateway, 1)));
  expect(await codesOf(gateway, 1)).toEqual(unavailable(1));
});

test('one call at a time probes an open circuit, and its success closes it', async () => {
  let behaviour: Behaviour = reset;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 10);
  let release = () => {};
  behaviour = (request, response) => {
    release = () => good(request, response);
  };
  await pause(1100);
  const { length } = upstream.seen;
  const probe = gateway.query(STORES, { token: 'probe' });
  await expect.poll(() => upstream.seen.length).toBe(length + 1);
  expect(await codesOf(gateway, 3)).toEqual(unavailable(3));
  expect(upstream.seen).toHaveLength(length + 1);
  behaviour = good;
  release();
  expect((await probe).errors).toEqual([]);
  expect(await codesOf(gateway, 20)).toEqual(ok(20));
});

test('a probe that fails keeps it open for another second', async () => {
  let behaviour: Behaviour = reset;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 10);
  await pause(1100);
  behaviour = reply(503, '', { 'Retry-After': '1' });
  const { length } = upstream.seen;
  expect(await codesOf(gateway, 5)).toEqual(unavailable(5));
  expect(upstream.seen).toHaveLength(length + 1);
  behaviour = good;
  await pause(1100);
  expect(await codesOf(gateway, 2)).toEqual(ok(2));
});

/** An open circuit with a probe that waits for a response. From now on the upstream would respond. */
async function startHangingProbe() {
  let behaviour: Behaviour = reset;
  const upstream = await startUpstream((request, response) => behaviour(request, response));
  const gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 10);
  behaviour = () => {};
  await pause(1100);
  const { length } = upstream.seen;
  const controller = new AbortController();
  const probe = gateway.query(STORES, { token: 'probe', signal: controller.signal }).catch(() => 'left');
  await expect.poll(() => upstream.seen.length).toBe(length + 1);
  behaviour = good;
  return {
    gateway,
    async leave() {
      controller.abort();
      expect(await probe).toBe('left');
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

test('a probe decides nothing when its caller leaves: the next call probes', async () => {
  await using hanging = await startHangingProbe();
  await hanging.leave();
  await expect.poll(() => codesOf(hanging.gateway, 1)).toEqual(ok(1));
});

test('a probe that hangs does not keep it open', async () => {
  await using hanging = await startHangingProbe();
  await pause(1100);
  expect(await codesOf(hanging.gateway, 3)).toEqual(ok(3));
  await hanging.leave();
});

test('the failures of one caller open it for that caller alone', async () => {
  await using upstream = await startUpstream((request, response) =>
    (request.headers['x-auth-token'] === 'failing' ? reset : good)(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 15, { token: 'failing' });
  const { length } = upstream.seen;
  expect(await codesOf(gateway, 1, { token: 'failing' })).toEqual(unavailable(1));
  expect(upstream.seen).toHaveLength(length);
  expect(await codesOf(gateway, 5)).toEqual(ok(5));
});

test('connections that callers make the upstream drop do not open it for others', async () => {
  await using upstream = await startUpstream((request, response) =>
    (!String(request.headers['x-auth-token']).startsWith('bad') ? good : reset)(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let time = 0; time < 30; time += 1) await codesOf(gateway, 1, { token: `bad-${time}` });
  expect(await codesOf(gateway, 5)).toEqual(ok(5));
});

test('it is open for one call of an endpoint, and closed for the others', async () => {
  await using upstream = await startUpstream({ '/v2/info/stores': good, '/v2/info/usage': () => {} });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_USAGE_MS: '100' });
  const query = '{info{usage{enabled}}}';
  await Promise.all(Array.from({ length: 10 }, () => codesOf(gateway, 1, { query })));
  expect(await codesOf(gateway, 1, { query })).toEqual(unavailable(1));
  expect(await codesOf(gateway, 5)).toEqual(ok(5));
});

test.each<[string, Behaviour]>([
  ['400', reply(400, '')],
  ['401', reply(401, '')],
  ['403', reply(403, '')],
  ['404', reply(404, '')],
  ['429', reply(429, '')],
  ['500', reply(500, '')],
  ['a body of a wrong shape', reply(200, { stores: 7 })],
])('it stays closed for a call that always gets %s', async (_title, behaviour) => {
  await using upstream = await startUpstream({ '/v2/info/stores/detail': behaviour });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await codesOf(gateway, 30, { query: '{info{storesDetail{id}}}' });
  expect(upstream.seen).toHaveLength(30);
});

test('4xx count as successes: ten failures among a hundred of them do not open it', async () => {
  let count = 0;
  await using upstream = await startUpstream((request, response) => {
    count += 1;
    (count > 100 ? reply(503, '', { 'Retry-After': '1' }) : reply(403, ''))(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await Promise.all(Array.from({ length: 100 }, () => codesOf(gateway, 1)));
  await codesOf(gateway, 10);
  expect(await codesOf(gateway, 1)).toEqual(unavailable(1));
  expect(upstream.seen).toHaveLength(111);
});

test('it is open for one region, and closed for another one on the same host', async () => {
  await using upstream = await startUpstream({ '/one/v2/info/stores': reset, '/two/v2/info/stores': good });
  await using gateway = await startGateway({
    GLANCE_ENDPOINTS: JSON.stringify({ one: `${upstream.url}/one`, two: `${upstream.url}/two` }),
  });
  await codesOf(gateway, 12);
  expect(await codesOf(gateway, 1)).toEqual(unavailable(1));
  expect(await codesOf(gateway, 5, { query: '{info(region:"two"){stores{id}}}' })).toEqual(ok(5));
});

test('a call fails with the error of its first attempt when its retry is not sent', async () => {
  await using upstream = await startUpstream(reply(503, ''));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const messages: string[] = [];
  for (let time = 0; time < 12; time += 1) {
    const { errors } = await gateway.query(STORES, { token: `token-${time}` });
    messages.push(errors[0]?.message ?? '');
  }
  // Each call has a response or, once the circuit is open, was not sent at all.
  const sent = messages.filter((message) => message.includes('not available'));
  expect(upstream.seen.length).toBeGreaterThanOrEqual(sent.length);
  expect(sent.length).toBeGreaterThanOrEqual(5);
  expect(messages.slice(0, 5)).toEqual(Array(5).fill('The Image service is not available (503).'));
});
