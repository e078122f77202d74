/** `STALE_IF_ERROR_MS`: what a token was answered not long ago serves it again while the upstream fails. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type Behaviour, hang, reply, reset, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [{ id: 'a' }] });

async function startPair(env: Record<string, string>) {
  let behaviour: Behaviour = good;
  const upstream = await startUpstream((request, response) => behaviour(request, response));
  const gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '200', ...env });
  return {
    gateway,
    answersWith(next: Behaviour) {
      behaviour = next;
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function rawly(gateway: { fetch: Awaited<ReturnType<typeof startGateway>>['fetch'] }, token: string) {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify({ query: STORES }),
  });
  return { cacheControl: response.headers.get('cache-control'), body: await response.json() };
}

test.each<[string, Behaviour]>([
  ['hangs up', reset],
  ['hangs', hang],
  ['answers 500', reply(500, '')],
  ['answers 503', reply(503, '')],
  ['answers what is no JSON', reply(200, '<html>')],
])('an upstream that %s: the old answer, and extensions that say so', async (_title, behaviour) => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await rawly(pair.gateway, 'a');
  pair.answersWith(behaviour);
  for (let time = 0; time < 3; time += 1) {
    expect(await rawly(pair.gateway, 'a')).toEqual({
      cacheControl: 'private, no-store',
      body: {
        data: { info: { stores: [{ id: 'a' }] } },
        extensions: { stale: [{ call: 'stores', region: 'RegionOne', age: expect.any(Number) }] },
      },
    });
  }
  expect(pair.gateway.log).toContainEqual(expect.objectContaining({ msg: 'upstream call failed' }));
  expect(pair.gateway.log).toContainEqual(
    expect.objectContaining({ calls: [expect.objectContaining({ from: 'stale' })], msg: 'request' }),
  );
  pair.answersWith(reply(200, { stores: [] }));
  expect((await rawly(pair.gateway, 'a')).body).toEqual({ data: { info: { stores: [] } } });
});

test.each([
  ['401', reply(401, '')],
  ['403', reply(403, '')],
  ['404', reply(404, '')],
  ['429', reply(429, '')],
])('%s is an answer, not a failure', async (_title, behaviour) => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.answersWith(behaviour);
  expect((await pair.gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });
});

test('it serves its own token alone', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.answersWith(reset);
  expect((await pair.gateway.query(STORES, { token: 'b' })).data).toEqual({ info: { stores: null } });
  expect((await pair.gateway.query(STORES)).data).toEqual({ info: { stores: null } });
});

test('and no longer than it is set to, which is not at all by default', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '300' });
  await pair.gateway.query(STORES, { token: 'a' });
  pair.answersWith(reset);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect((await pair.gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });

  await using unset = await startPair({ CACHE_TTL_STORES_MS: '50' });
  await unset.gateway.query(STORES, { token: 'a' });
  unset.answersWith(reset);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await unset.gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });
});

test('a Keystone that fails leaves a token the catalog that it had', async () => {
  await using glance = await startUpstream(good);
  const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
  const token = { expires_at: '2100-01-01T00:00:00Z', project: { id: 'p' }, catalog };
  let behaviour: Behaviour = reply(200, { token });
  await using keystone = await startUpstream((request, response) => behaviour(request, response));
  const env = { OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0', STALE_IF_ERROR_MS: '60000' };
  await using gateway = await startGateway(env);
  await gateway.query(STORES, { token: 'a' });
  behaviour = reset;
  expect((await rawly(gateway, 'a')).body).toEqual({
    data: { info: { stores: [{ id: 'a' }] } },
    extensions: { stale: [{ call: 'auth-tokens', region: null, age: 0 }] },
  });
  behaviour = reply(401, '');
  expect((await gateway.query(STORES, { token: 'a' })).data).toEqual({ info: { stores: null } });
});

test('an upstream that is not even asked any more: the log says of the answer that it is stale', async () => {
  await using pair = await startPair({ STALE_IF_ERROR_MS: '60000' });
  await rawly(pair.gateway, 'a');
  pair.answersWith(reset);
  const isOpen = () => pair.gateway.log.some(({ state }) => state === 'open');
  while (!isOpen()) await rawly(pair.gateway, 'a');
  const before = pair.gateway.log.length;
  await rawly(pair.gateway, 'a');
  const lineOfRequest = () => pair.gateway.log.slice(before).find(({ msg }) => msg === 'request');
  await expect.poll(lineOfRequest).toMatchObject({ calls: [{ call: 'stores', from: 'stale', result: 'broken' }] });
});
