/** Identical calls in flight are coalesced, and responses are cached for the same token only. */
import { describe, expect, test } from 'vitest';
import { requestsInFlight, startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import {
  type Behaviour,
  expiringToken,
  type RecordingUpstream,
  reply,
  startUpstream,
  tokenInfo,
} from '../recording-upstream.ts';

const CACHED = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000' };
const STORES = '{info{stores{id}}}';
const tokensOf = ({ seen }: RecordingUpstream) =>
  seen.map(({ headers }) => headers.find(([name]) => name === 'X-Auth-Token')?.[1]);

const storeNamedAsToken: Behaviour = (request, response) => {
  response.end(JSON.stringify({ stores: [{ id: request.headers['x-auth-token'] ?? 'anonymous' }] }));
};

/** Responds with a store named as the token, once the gate is open. */
function createGate() {
  const opened = Promise.withResolvers<void>();
  const behaviour: Behaviour = async (request, response) => {
    await opened.promise;
    storeNamedAsToken(request, response);
  };
  return { behaviour, open: opened.resolve };
}

const requestsSeen = (upstream: RecordingUpstream, count: number) =>
  expect.poll(() => upstream.seen.length, { interval: 5 }).toBe(count);

describe('identical calls in flight', () => {
  test('are coalesced across requests for the same token, never for different tokens', async () => {
    const { behaviour, open } = createGate();
    await using upstream = await startUpstream(behaviour);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const tokens = ['a', 'b', 'a', undefined, 'b', 'a', undefined];
    const responses = tokens.map((token) => gateway.query(STORES, token === undefined ? {} : { token }));
    await requestsSeen(upstream, 3);
    await expect.poll(() => requestsInFlight(gateway)).toBe(tokens.length);
    open();
    const stores = (await Promise.all(responses)).map(({ data }) => data);
    expect(stores).toEqual(tokens.map((token) => ({ info: { stores: [{ id: token ?? 'anonymous' }] } })));
    expect(tokensOf(upstream).sort()).toEqual(['a', 'b', undefined]);
  });

  test('continue when one of their callers disconnects, and are aborted when all have', async () => {
    const { behaviour, open } = createGate();
    const closed = Promise.withResolvers<void>();
    await using upstream = await startUpstream((request, response) => {
      response.on('close', () => response.writableFinished || closed.resolve());
      behaviour(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = gateway.query(STORES, { token: 'a', signal: first.signal });
    await requestsSeen(upstream, 1);
    const staying = gateway.query(STORES, { token: 'a' });
    const alone = gateway.query(STORES, { token: 'b', signal: second.signal });
    await requestsSeen(upstream, 2);
    await expect.poll(() => requestsInFlight(gateway)).toBe(3);
    first.abort();
    second.abort();
    await expect(leaving).rejects.toThrow();
    await expect(alone).rejects.toThrow();
    await closed.promise;
    open();
    expect((await staying).data).toEqual({ info: { stores: [{ id: 'a' }] } });
    expect(tokensOf(upstream).sort()).toEqual(['a', 'b']);
  });

  test('fail for every waiting caller, and the next request calls the upstream again', async () => {
    const opened = Promise.withResolvers<void>();
    let behaviour = reply(503, '');
    await using upstream = await startUpstream(async (request, response) => {
      await opened.promise;
      behaviour(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...CACHED });
    const queries = Array.from({ length: 100 }, () => gateway.query(STORES, { token: 'a' }));
    await expect.poll(() => requestsInFlight(gateway)).toBe(queries.length);
    opened.resolve();
    for (const { errors } of await Promise.all(queries))
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    // One coalesced call and its retry.
    expect(upstream.seen).toHaveLength(2);
    behaviour = replay('api-2.16-multistore-member.stores');
    expect((await gateway.query(STORES, { token: 'a' })).errors).toEqual([]);
  });
});

describe('a cached response', () => {
  test('is served to the same token again, and to no other', async () => {
    await using upstream = await startUpstream(storeNamedAsToken);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...CACHED });
    for (const token of ['a', 'b', 'a', 'b', 'a']) {
      expect((await gateway.query(STORES, { token })).data).toEqual({ info: { stores: [{ id: token }] } });
    }
    expect((await gateway.query(STORES)).data).toEqual({ info: { stores: [{ id: 'anonymous' }] } });
    expect(tokensOf(upstream)).toEqual(['a', 'b', undefined]);
  });

  test('expires, after which a revoked token is rejected', async () => {
    let revoked = false;
    await using upstream = await startUpstream((request, response) =>
      replay(revoked ? 'api-2.16-multistore-badtoken.stores' : 'api-2.16-multistore-member.stores')(request, response),
    );
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, CACHE_TTL_STORES_MS: '2000' });
    const codes = async () =>
      (await gateway.query(STORES, { token: 'a' })).errors.map(({ extensions }) => extensions.code);
    expect(await codes()).toEqual([]);
    revoked = true;
    expect(await codes()).toEqual([]);
    await expect.poll(codes).toEqual(['UNAUTHENTICATED']);
    expect(await codes()).toEqual(['UNAUTHENTICATED']);
    expect(upstream.seen).toHaveLength(3);
  });

  test('expires with its token', async () => {
    await using glance = await startUpstream(storeNamedAsToken);
    const expiring = expiringToken(() => tokenInfo({ RegionOne: glance.url }, { project: { id: 'p' } }, 2000));
    await using keystone = await startUpstream(expiring.behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...CACHED });
    const glanceCalls = async () => {
      await gateway.query(STORES, { token: 'a' });
      return glance.seen.length;
    };
    expect(await glanceCalls()).toBe(1);
    expect(await glanceCalls()).toBe(1);
    await expect.poll(glanceCalls).toBe(2);
  });
});
