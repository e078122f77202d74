/** `STALE_IF_ERROR_MS`: while the upstream fails, a token gets its previous responses. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, hang, reply, reset, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [{ id: 'a' }] });

async function startPair(env: Record<string, string>) {
  let behaviour: Behaviour = good;
  const upstream = await startUpstream((request, response) => behaviour(request, response));
  const gateway = await startGateway({ GLANCE_URL: upstream.url, ...env });
  return {
    gateway,
    respondWith(next: Behaviour) {
      behaviour = next;
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function queryRaw(gateway: Pick<TestGateway, 'fetch'>, token: string) {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify({ query: STORES }),
  });
  return { cacheControl: response.headers.get('cache-control'), body: await response.json() };
}

test.each<[string, Behaviour]>([
  ['resets the connection', reset],
  ['does not respond', hang],
  ['responds with 500', reply(500, '')],
  ['responds with 503', reply(503, '')],
  ['responds with invalid JSON', reply(200, '<html>')],
])('an upstream that %s yields the stale data, marked in extensions', async (_title, behaviour) => {
  const timeout = behaviour === hang ? { UPSTREAM_TIMEOUT_MS: '500' } : {};
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000', ...timeout });
  await queryRaw(pair.gateway, 'a');
  pair.respondWith(behaviour);
  for (let time = 0; time < 3; time += 1) {
    expect(await queryRaw(pair.gateway, 'a')).toEqual({
      cacheControl: 'private, no-store',
      body: {
        data: { info: { stores: [{ id: 'a' }] } },
        extensions: { stale: [{ call: 'stores', region: 'RegionOne', age: expect.any(Number) }] },
      },
    });
  }
  expect(pair.gateway.log).toContainEqual(expect.objectContaining({ msg: 'upstream call failed' }));
  expect(pair.gateway.log).toContainEqual(
    expect.objectContaining({ calls: [expect.objectContaining({ cache: 'stale' })], msg: 'request' }),
  );
  pair.respondWith(reply(200, { stores: [] }));
  expect((await queryRaw(pair.gateway, 'a')).body).toEqual({ data: { info: { stores: [] } } });
});

test.each([
  ['401', reply(401, '')],
  ['403', reply(403, '')],
  ['404', reply(404, '')],
  ['429', reply(429, '')],
])('%s is not a failure of the upstream, so nothing stale is served', async (_title, behaviour) => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.respondWith(behaviour);
  expect((await pair.gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });
});

test('stale data is served to its own token only', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.respondWith(reset);
  expect((await pair.gateway.query(STORES, { token: 'b' })).data).toEqual({ info: { stores: null } });
  expect((await pair.gateway.query(STORES)).data).toEqual({ info: { stores: null } });
});

test('stale data is served no longer than STALE_IF_ERROR_MS', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '300' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.respondWith(reset);
  const data = async () => (await pair.gateway.query(STORES, { token: 'a' })).data;
  await expect.poll(data).toEqual({ info: { stores: null } });
});

test('no stale data is served by default', async () => {
  await using pair = await startPair({ CACHE_TTL_STORES_MS: '50' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.respondWith(reset);
  const response = () => queryRaw(pair.gateway, 'a');
  const errors = [expect.objectContaining({ path: ['info', 'stores'] })];
  await expect
    .poll(response)
    .toEqual({ cacheControl: 'private, no-store', body: { data: { info: { stores: null } }, errors } });
});

test('a token keeps its catalog while Keystone fails', async () => {
  await using glance = await startUpstream(good);
  const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
  const token = { expires_at: '2100-01-01T00:00:00Z', project: { id: 'p' }, catalog };
  let behaviour: Behaviour = reply(200, { token });
  await using keystone = await startUpstream((request, response) => behaviour(request, response));
  const env = { OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0', STALE_IF_ERROR_MS: '60000' };
  await using gateway = await startGateway(env);
  await gateway.query(STORES, { token: 'a' });
  behaviour = reset;
  expect((await queryRaw(gateway, 'a')).body).toEqual({
    data: { info: { stores: [{ id: 'a' }] } },
    extensions: { stale: [{ call: 'authTokens', region: null, age: 0 }] },
  });
  behaviour = reply(401, '');
  expect((await gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });
});

test('stale data that is served while the circuit is open is logged as stale', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await queryRaw(pair.gateway, 'a');
  pair.respondWith(reset);
  const isOpen = () => pair.gateway.log.some(({ reason }) => reason === 'circuit_open');
  while (!isOpen()) await queryRaw(pair.gateway, 'a');
  const before = pair.gateway.log.length;
  await queryRaw(pair.gateway, 'a');
  const lineOfRequest = () =>
    pair.gateway.log.slice(before).find(({ msg, status }) => msg === 'request' && status === 200);
  await expect
    .poll(lineOfRequest)
    .toMatchObject({ calls: [{ call: 'stores', cache: 'stale', result: 'circuit_open' }] });
});
