/** `Cache-Control: no-cache` makes the calls again, and no older result replaces the new ones. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type Behaviour, hold, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const NO_CACHE = { headers: { 'Cache-Control': 'no-cache' } };
const CACHED = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000', CACHE_TTL_CATALOG_MS: '60000' };
const token = 'token-of-a-caller';
const stored = (id: string) => ({ info: { stores: [{ id }] } });

/** Responds to the first request with the store `old` when `release` is called, and to later ones at once with `new`. */
function oldThenNew(behaviourFor: (id: string) => Behaviour) {
  const { behaviour, release } = hold(behaviourFor('old'));
  let requests = 0;
  const both: Behaviour = (request, response) => {
    requests += 1;
    (requests === 1 ? behaviour : behaviourFor('new'))(request, response);
  };
  return { behaviour: both, release };
}

describe('beside a call of Glance in flight', () => {
  test('it makes a call of its own, and later requests share that one', async () => {
    const { behaviour, release } = oldThenNew((id) => reply(200, { stores: [{ id }] }));
    await using glance = await startUpstream(behaviour);
    await using gateway = await startGateway({ GLANCE_URL: glance.url, ...CACHED });
    const older = gateway.query(STORES, { token });
    await expect.poll(() => glance.seen.length).toBe(1);
    expect((await gateway.query(STORES, { token, ...NO_CACHE })).data).toEqual(stored('new'));
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('new'));
    release();
    expect((await older).data).toEqual(stored('old'));
    expect(glance.seen).toHaveLength(2);
  });

  test('the older response does not replace the newer one', async () => {
    const { behaviour, release } = oldThenNew((id) => reply(200, { stores: [{ id }] }));
    await using glance = await startUpstream(behaviour);
    await using gateway = await startGateway({ GLANCE_URL: glance.url, ...CACHED });
    const older = gateway.query(STORES, { token });
    await expect.poll(() => glance.seen.length).toBe(1);
    await gateway.query(STORES, { token, ...NO_CACHE });
    release();
    await older;
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('new'));
    expect(glance.seen).toHaveLength(2);
  });
});

describe('with Keystone', () => {
  test('it requests the catalog again, and uses the new endpoints', async () => {
    await using one = await startUpstream(reply(200, { stores: [{ id: 'one' }] }));
    await using two = await startUpstream(reply(200, { stores: [{ id: 'two' }] }));
    let url = one.url;
    await using keystone = await startUpstream((request, response) =>
      reply(200, tokenInfo({ RegionOne: url }))(request, response),
    );
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...CACHED });
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('one'));
    url = two.url;
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('one'));
    expect((await gateway.query(STORES, { token, ...NO_CACHE })).data).toEqual(stored('two'));
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('two'));
    expect(keystone.seen).toHaveLength(2);
  });

  test('it does not join an older lookup, and the older result does not replace the newer one', async () => {
    await using old = await startUpstream(reply(200, { stores: [{ id: 'old' }] }));
    await using fresh = await startUpstream(reply(200, { stores: [{ id: 'new' }] }));
    const urls: Record<string, string> = { old: old.url, new: fresh.url };
    const { behaviour, release } = oldThenNew((id) => reply(200, tokenInfo({ RegionOne: urls[id] ?? '' })));
    await using keystone = await startUpstream(behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...CACHED });
    const older = gateway.query(STORES, { token });
    await expect.poll(() => keystone.seen.length).toBe(1);
    const newer = gateway.query(STORES, { token, ...NO_CACHE });
    await expect.poll(() => keystone.seen.length).toBe(2);
    expect((await newer).data).toEqual(stored('new'));
    release();
    await older;
    expect((await gateway.query(STORES, { token })).data).toEqual(stored('new'));
    expect(keystone.seen).toHaveLength(2);
  });
});

test.each(['no-cache', 'No-Cache', 'max-age=0, no-cache', 'no-cache, no-store'])(
  '"%s" makes the call again, by POST and GET',
  async (value) => {
    await using glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
    await using gateway = await startGateway({ GLANCE_URL: glance.url, ...CACHED });
    const get = (headers: Record<string, string>) =>
      gateway.fetch(`/graphql?query=${encodeURIComponent(STORES)}`, {
        headers: { 'X-Auth-Token': token, 'Apollo-Require-Preflight': '1', ...headers },
      });
    await gateway.query(STORES, { token });
    await get({});
    expect(glance.seen).toHaveLength(1);
    await gateway.query(STORES, { token, headers: { 'Cache-Control': value } });
    expect(glance.seen).toHaveLength(2);
    await get({ 'Cache-Control': value });
    expect(glance.seen).toHaveLength(3);
  },
);

describe('the Cache-Control of a response', () => {
  const cacheControl = async (query: string, catalogTtl: string) => {
    await using glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
    await using keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url })));
    const env = { OS_AUTH_URL: keystone.url, CACHE_TTL_STORES_MS: '30000', CACHE_TTL_CATALOG_MS: catalogTtl };
    await using gateway = await startGateway(env);
    await gateway.query(query, { token });
    return (await gateway.query(query, { token })).headers.get('cache-control');
  };

  test.each(['{imageRegions{id}}', '{imageRegions{id info{stores{id}}}}'])(
    'is no-cache for %s where no catalog is cached',
    async (query) => {
      expect(await cacheControl(query, '0')).toBe('private, no-cache');
    },
  );

  test('follows the stores alone where regions are not listed', async () => {
    expect(await cacheControl(STORES, '0')).toMatch(/^private, max-age=(29|30)$/);
  });

  test('is bounded by the catalog where regions are listed', async () => {
    expect(await cacheControl('{imageRegions{id info{stores{id}}}}', '9000')).toMatch(/^private, max-age=[89]$/);
  });
});
