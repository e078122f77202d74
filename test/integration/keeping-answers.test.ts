/** Calls shared while under way, and answers kept for the same token. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

const KEPT = { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000' };
const STORES = '{info{stores{id}}}';
const tokensOf = ({ seen }: RecordingUpstream) =>
  seen.map(({ headers }) => headers.find(([name]) => name === 'X-Auth-Token')?.[1]);

/** Answers with a store that is named as the token, when told to. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const behaviour: Behaviour = async (request, response) => {
    await opened.promise;
    response.end(JSON.stringify({ stores: [{ id: request.headers['x-auth-token'] ?? 'nobody' }] }));
  };
  return { behaviour, open: opened.resolve };
}

const seen = async (upstream: RecordingUpstream, count: number) => {
  while (upstream.seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('calls under way', () => {
  test('are one for the same token, across requests, and never for another', async () => {
    const { behaviour, open } = gate();
    await using upstream = await startUpstream(behaviour);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const tokens = ['a', 'b', 'a', undefined, 'b', 'a', undefined];
    const answers = tokens.map((token) => gateway.query(STORES, token === undefined ? {} : { token }));
    await seen(upstream, 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    open();
    const stores = (await Promise.all(answers)).map(({ data }) => data);
    expect(stores).toEqual(tokens.map((token) => ({ info: { stores: [{ id: token ?? 'nobody' }] } })));
    expect(tokensOf(upstream).sort()).toEqual(['a', 'b', undefined]);
  });

  test('go on for the others when one who waits goes away, and end when all have gone', async () => {
    const { behaviour, open } = gate();
    const closed = Promise.withResolvers<void>();
    await using upstream = await startUpstream((request, response) => {
      response.on('close', () => response.writableFinished || closed.resolve());
      behaviour(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = gateway.query(STORES, { token: 'a', signal: first.signal });
    await seen(upstream, 1);
    const staying = gateway.query(STORES, { token: 'a' });
    const alone = gateway.query(STORES, { token: 'b', signal: second.signal });
    await seen(upstream, 2);
    first.abort();
    second.abort();
    await expect(leaving).rejects.toThrow();
    await expect(alone).rejects.toThrow();
    await closed.promise;
    open();
    expect((await staying).data).toEqual({ info: { stores: [{ id: 'a' }] } });
    expect(tokensOf(upstream).sort()).toEqual(['a', 'b']);
  });

  test('that fail fail for all who wait, and the next one tries again', async () => {
    let fails = true;
    await using upstream = await startUpstream((request, response) =>
      fails
        ? void setTimeout(() => reply(503, '')(request, response), 100)
        : replay('api-2.16-multistore-member.stores')(request, response),
    );
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...KEPT });
    const answers = await Promise.all(Array.from({ length: 100 }, () => gateway.query(STORES, { token: 'a' })));
    for (const { errors } of answers) expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    // One call for all of them, made a second time.
    expect(upstream.seen).toHaveLength(2);
    fails = false;
    expect((await gateway.query(STORES, { token: 'a' })).errors).toEqual([]);
  });
});

describe('an answer', () => {
  test('serves the same token again, and no other one', async () => {
    await using upstream = await startUpstream(gated());
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...KEPT });
    for (const token of ['a', 'b', 'a', 'b', 'a']) {
      expect((await gateway.query(STORES, { token })).data).toEqual({ info: { stores: [{ id: token }] } });
    }
    expect((await gateway.query(STORES)).data).toEqual({ info: { stores: [{ id: 'nobody' }] } });
    expect(tokensOf(upstream)).toEqual(['a', 'b', undefined]);
  });

  test('is asked for anew when its time is up: a revoked token is refused then', async () => {
    let revoked = false;
    await using upstream = await startUpstream((request, response) =>
      replay(revoked ? 'api-2.16-multistore-badtoken.stores' : 'api-2.16-multistore-member.stores')(request, response),
    );
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, CACHE_TTL_STORES_MS: '200' });
    const codes = async () =>
      (await gateway.query(STORES, { token: 'a' })).errors.map(({ extensions }) => extensions.code);
    expect(await codes()).toEqual([]);
    revoked = true;
    expect(await codes()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await codes()).toEqual(['UNAUTHENTICATED']);
    expect(await codes()).toEqual(['UNAUTHENTICATED']);
    expect(upstream.seen).toHaveLength(3);
  });

  test('is not kept past the token’s end', async () => {
    await using glance = await startUpstream(gated());
    const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
    const ends = new Date(Date.now() + 300).toISOString();
    await using keystone = await startUpstream(
      reply(200, { token: { expires_at: ends, project: { id: 'p' }, catalog } }),
    );
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...KEPT });
    await gateway.query(STORES, { token: 'a' });
    await gateway.query(STORES, { token: 'a' });
    expect(glance.seen).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await gateway.query(STORES, { token: 'a' });
    expect(glance.seen).toHaveLength(2);
  });
});

function gated(): Behaviour {
  const { behaviour, open } = gate();
  open();
  return behaviour;
}
