/** An upstream that is down is let alone, and found again. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, reply, reset, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [] });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One after the other, each with a token of its own. */
async function askTimes(gateway: TestGateway, times: number, query = STORES) {
  const codes: unknown[] = [];
  for (let time = 0; time < times; time += 1) {
    const { errors } = await gateway.query(query, { token: `token-${Math.random()}` });
    codes.push(errors[0]?.extensions.code);
  }
  return codes;
}

test('after ten calls that failed nothing is asked for a second, and callers learn it at once', async () => {
  await using upstream = await startUpstream(reset);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await askTimes(gateway, 10);
  const asked = upstream.seen.length;
  const begin = performance.now();
  const { errors } = await gateway.query(STORES);
  expect(errors).toMatchObject([
    {
      message: 'The Image service was not asked: most of its last calls failed.',
      extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true, retryAfter: 1, region: 'RegionOne' },
    },
  ]);
  expect(performance.now() - begin).toBeLessThan(500);
  expect(upstream.seen).toHaveLength(asked);
  expect(await (await gateway.fetch('/metrics')).text()).toContain(
    'glance_graphql_breaker_open{service="image",region="RegionOne"} 1',
  );
  expect(gateway.log).toContainEqual(
    expect.objectContaining({ level: 'warn', state: 'open', region: 'RegionOne', msg: 'circuit breaker' }),
  );
});

test('then one call is the probe, whatever waits, and its success opens the way again', async () => {
  let behaviour: Behaviour = reset;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await askTimes(gateway, 10);
  let release = () => {};
  behaviour = (request, response) => {
    release = () => good(request, response);
  };
  await pause(1100);
  const asked = upstream.seen.length;
  const probe = gateway.query(STORES, { token: 'probe' });
  await expect.poll(() => upstream.seen.length).toBe(asked + 1);
  expect(await askTimes(gateway, 3)).toEqual(Array(3).fill('UPSTREAM_UNAVAILABLE'));
  expect(upstream.seen).toHaveLength(asked + 1);
  behaviour = good;
  release();
  expect((await probe).errors).toEqual([]);
  expect(await askTimes(gateway, 20)).toEqual(Array(20).fill(undefined));
});

test('a probe that fails, or that its caller gives up, shuts it again for a second', async () => {
  let behaviour: Behaviour = reset;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await askTimes(gateway, 10);
  behaviour = () => {};
  await pause(1100);
  const asked = upstream.seen.length;
  const gone = new AbortController();
  const given = gateway.query(STORES, { token: 'probe', signal: gone.signal }).catch(() => 'gone');
  await expect.poll(() => upstream.seen.length).toBe(asked + 1);
  gone.abort();
  expect(await given).toBe('gone');
  behaviour = good;
  await pause(200);
  expect(await askTimes(gateway, 1)).toEqual(['UPSTREAM_UNAVAILABLE']);
  await pause(1100);
  expect(await askTimes(gateway, 1)).toEqual([undefined]);
});

test.each<[string, Behaviour]>([
  ['400', reply(400, '')],
  ['401', reply(401, '')],
  ['403', reply(403, '')],
  ['404', reply(404, '')],
  ['429', reply(429, '')],
  ['500', reply(500, '')],
  ['an answer of a wrong shape', reply(200, { stores: 7 })],
])('a call that always answers %s says nothing of the others', async (_title, behaviour) => {
  await using upstream = await startUpstream({ '/v2/info/stores/detail': behaviour, '/v2/info/stores': good });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await askTimes(gateway, 30, '{info{storesDetail{id}}}');
  expect(upstream.seen).toHaveLength(30);
  expect(await askTimes(gateway, 3)).toEqual([undefined, undefined, undefined]);
});

test('one region that is down leaves the others alone, also behind the same host', async () => {
  await using upstream = await startUpstream({ '/one/v2/info/stores': reset, '/two/v2/info/stores': good });
  await using gateway = await startGateway({
    GLANCE_ENDPOINTS: JSON.stringify({ one: `${upstream.url}/one`, two: `${upstream.url}/two` }),
  });
  await askTimes(gateway, 12);
  expect(await askTimes(gateway, 1)).toEqual(['UPSTREAM_UNAVAILABLE']);
  expect(await askTimes(gateway, 5, '{info(region:"two"){stores{id}}}')).toEqual(Array(5).fill(undefined));
});

test('half of the calls failing is not yet down', async () => {
  let count = 0;
  await using upstream = await startUpstream((request, response) => {
    count += 1;
    // The pause of `Retry-After` keeps the second attempts out of the count.
    (count % 2 === 0 ? reply(503, '', { 'Retry-After': '1' }) : good)(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const codes = await askTimes(gateway, 40);
  expect(codes.filter((code) => code === undefined)).toHaveLength(20);
  expect(upstream.seen).toHaveLength(40);
});
