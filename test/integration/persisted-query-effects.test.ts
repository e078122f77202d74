/** A persisted query is registered each time that it is sent with its hash, as without the fast path. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

const token = 'sandbox-member';
const QUERY = '{info{importMethods{type}}}';
const DATA = { data: { info: { importMethods: { type: 'array' } } } };

const extensionsFor = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
});
const registration = (query: string) => ({ query, extensions: extensionsFor(query) });

async function byHash(gateway: TestGateway, query: string) {
  const search = new URLSearchParams({ extensions: JSON.stringify(extensionsFor(query)) });
  const headers = { 'X-Auth-Token': token, 'Apollo-Require-Preflight': '1' };
  return (await gateway.fetch(`/graphql?${search}`, { headers })).json();
}

/** Registers more than the store holds: the rest of each document is a comment. */
async function overflowStore(gateway: TestGateway): Promise<void> {
  const rest = 'x'.repeat(95_000);
  for (let index = 0; index < 360; index += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, offset) => {
        const { status } = await gateway.post(registration(`{__typename} # ${index + offset} ${rest}`), { token });
        expect(status).toBe(200);
      }),
    );
  }
}

describe.each([
  ['with the fast path', {}],
  ['with FAST_PATH=0', { FAST_PATH: '0' }],
])('%s', (_title, env) => {
  test('it is known by its hash after it was sent again, though it was evicted', { timeout: 20_000 }, async () => {
    await using gateway = await startGateway(env);
    for (const _time of [1, 2, 3])
      expect(JSON.parse((await gateway.post(registration(QUERY), { token })).text)).toEqual(DATA);
    expect(await byHash(gateway, QUERY)).toEqual(DATA);
    await overflowStore(gateway);
    expect(await byHash(gateway, QUERY)).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    expect(JSON.parse((await gateway.post(registration(QUERY), { token })).text)).toEqual(DATA);
    expect(await byHash(gateway, QUERY)).toEqual(DATA);
  });

  test('a query that does not match its hash is rejected, also when both are known', async () => {
    await using gateway = await startGateway(env);
    const other = '{info{stores{id}}}';
    for (const _time of [1, 2, 3]) {
      await gateway.post(registration(QUERY), { token });
      await gateway.post({ query: other }, { token });
      const mixed = await gateway.post({ query: other, extensions: extensionsFor(QUERY) }, { token });
      expect([mixed.status, JSON.parse(mixed.text).data]).toEqual([400, undefined]);
    }
    expect(await byHash(gateway, QUERY)).toEqual(DATA);
  });
});
