/** `Cache-Control`, `Age` and `ETag` of responses. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { after, type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const CACHED = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '5000' };
const glance: Record<string, Behaviour> = {
  '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }),
  '/v2/info/usage': reply(200, { usage: { image_count_total: { usage: 1, limit: 2 } } }),
};

const get = (gateway: TestGateway, query: string, headers: Record<string, string> = {}) =>
  gateway.fetch(`/graphql?query=${encodeURIComponent(query)}`, {
    headers: { 'X-Auth-Token': 'a', 'Apollo-Require-Preflight': '1', ...headers },
  });
const cacheControl = async (response: Promise<Response | { headers: Headers }>) =>
  (await response).headers.get('cache-control');

test('max-age is the shortest time to live of the calls, and Age is the age of the oldest', async () => {
  // Usage is the oldest, so that both are its.
  const stores = after(100, reply(200, { stores: [{ id: 'a' }] }));
  await using upstream = await startUpstream({ ...glance, '/v2/info/stores': stores });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...CACHED });
  const query = '{info{stores{id} usage{enabled}}}';
  const first = await gateway.query(query, { token: 'a' });
  expect(first.headers.get('age')).toBe('0');
  expect(first.headers.get('cache-control')).toMatch(/^private, max-age=[45]$/);
  const isOneSecondOld = async () => (await gateway.query(query, { token: 'a' })).headers.get('age') === '1';
  await expect.poll(isOneSecondOld, { interval: 50 }).toBe(true);
  const later = await gateway.query(query, { token: 'a' });
  expect(later.headers.get('age')).toMatch(/^[123]$/);
  // The remaining time to live, which is max-age minus Age, is less than 4 seconds.
  expect(later.headers.get('cache-control')).toBe('private, max-age=4');
  expect(await cacheControl(gateway.query('{info{stores{id}}}', { token: 'a' }))).toMatch(/max-age=(59|60)$/);
  expect(upstream.seen).toHaveLength(2);
});

test('responses with errors are no-store, and those without upstream data no-cache', async () => {
  await using upstream = await startUpstream({ ...glance, '/v2/info/usage': reply(503, '') });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...CACHED });
  const query = '{info{stores{id} usage{enabled}}}';
  for (let time = 0; time < 2; time += 1)
    expect(await cacheControl(gateway.query(query, { token: 'a' }))).toBe('private, no-store');
  expect(await cacheControl(gateway.query('{info{availability{usage}}}'))).toBe('private, no-store');
  expect(await cacheControl(gateway.query('{nothing}'))).toBe('private, no-store');
  expect(await cacheControl(gateway.query('{info(region:"Mars"){stores{id}}}'))).toBe('private, no-store');
  expect(await cacheControl(gateway.query('{__typename}'))).toBe('private, no-cache');
});

test('responses are no-cache where the time to live is 0', async () => {
  await using upstream = await startUpstream(glance);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect(await cacheControl(gateway.query('{info{stores{id}}}'))).toBe('private, no-cache');
});

test('a matching If-None-Match gets 304, and a changed response is sent in full', async () => {
  let id = 'a';
  await using upstream = await startUpstream((request, response) =>
    reply(200, { stores: [{ id }] })(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const query = '{info{stores{id}}}';
  const first = await get(gateway, query);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[\w-]{43}"$/);
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const again = await get(gateway, query, { 'If-None-Match': known });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
  }
  id = 'b';
  const changed = await get(gateway, query, { 'If-None-Match': tag });
  expect([changed.status, await changed.text()]).toEqual([200, '{"data":{"info":{"stores":[{"id":"b"}]}}}\n']);
  const refused = await get(gateway, '{nothing}', { 'If-None-Match': '*' });
  expect([refused.status, refused.headers.get('etag')]).toEqual([200, null]);
});

test('no-cache bypasses the cache and replaces the cached value', async () => {
  let id = 'a';
  await using upstream = await startUpstream((request, response) =>
    reply(200, { stores: [{ id }] })(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...CACHED });
  const query = async (headers = {}) => (await gateway.query('{info{stores{id}}}', { token: 'a', headers })).data;
  const withStore = (name: string) => ({ info: { stores: [{ id: name }] } });
  expect(await query()).toEqual(withStore('a'));
  id = 'b';
  expect(await query()).toEqual(withStore('a'));
  expect(await query({ 'Cache-Control': 'no-cache' })).toEqual(withStore('b'));
  expect(await query()).toEqual(withStore('b'));
  expect(upstream.seen).toHaveLength(2);
});
