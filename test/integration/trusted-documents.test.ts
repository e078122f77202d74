/** `PERSISTED_DOCUMENTS`: requests that name a document instead of sending it, and those that may send no other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { startGateway, type TestGateway } from '../gateway.ts';

const STORES = 'query Stores { info { stores { id } } }';
const REGION = 'query One($region: ID) { info(region: $region) { region { id } } }';
const APOLLO = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: 'stores-1', name: 'Stores', type: 'query', body: STORES },
    { id: 'one-1', name: 'One', type: 'query', body: REGION },
  ],
};
const RELAY = { 'stores-1': STORES, 'one-1': REGION };
const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function ask(gateway: TestGateway, body: unknown) {
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-admin' };
  const response = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) });
  const { data, errors } = JSON.parse(await response.text());
  return { status: response.status, data, code: errors?.[0]?.extensions.code };
}

describe.each([
  ['Apollo’s manifest', APOLLO],
  ['Relay’s', RELAY],
])('%s', (title, manifest) => {
  let open: TestGateway;
  let strict: TestGateway;
  beforeAll(async () => {
    const path = write(`${title}.json`, manifest);
    open = await startGateway({ PERSISTED_DOCUMENTS: path });
    strict = await startGateway({ PERSISTED_DOCUMENTS: path, PERSISTED_DOCUMENTS_ONLY: '1' });
  });
  afterAll(async () => {
    await open.close();
    await strict.close();
  });

  test.each([
    ['documentId', { documentId: 'one-1', variables: { region: 'RegionTwo' } }],
    [
      'Apollo’s persistedQuery',
      { extensions: { persistedQuery: { version: 1, sha256Hash: 'one-1' } }, variables: { region: 'RegionTwo' } },
    ],
    ['its whole text', { query: REGION, variables: { region: 'RegionTwo' } }],
  ])('a document is known by %s, however often', async (_title, body) => {
    for (const gateway of [open, strict, open, strict]) {
      expect(await ask(gateway, body)).toEqual({ status: 200, data: { info: { region: { id: 'RegionTwo' } } } });
    }
  });

  test('by GET too', async () => {
    for (const gateway of [open, strict]) {
      for (const search of [
        'documentId=one-1&variables={"region":"RegionTwo"}',
        'extensions={"persistedQuery":{"version":1,"sha256Hash":"one-1"}}&variables={"region":"RegionTwo"}',
      ]) {
        const headers = { 'X-Auth-Token': 'sandbox-admin', 'Apollo-Require-Preflight': '1' };
        const response = await gateway.fetch(`/graphql?${search}`, { headers });
        expect(await response.json()).toEqual({ data: { info: { region: { id: 'RegionTwo' } } } });
      }
    }
  });

  test('an unknown id is refused, and only the strict gateway refuses other documents', async () => {
    const unknown = { status: 400, code: 'PERSISTED_QUERY_NOT_IN_LIST' };
    expect(await ask(open, { documentId: 'none' })).toMatchObject(unknown);
    expect(await ask(strict, { documentId: 'none' })).toMatchObject(unknown);
    expect(await ask(strict, { extensions: { persistedQuery: { version: 1, sha256Hash: 'no' } } })).toMatchObject(
      unknown,
    );
    expect(await ask(open, { query: '{__typename}' })).toEqual({ status: 200, data: { __typename: 'Query' } });
    for (const query of ['{__typename}', `${STORES} `, '{__schema{queryType{name}}}', '', 7, undefined]) {
      const refused = { status: 400, data: undefined, code: 'QUERY_NOT_IN_SAFELIST' };
      expect(await ask(strict, { query })).toEqual(refused);
      // Nor may it be registered.
      const hash = 'a'.repeat(64);
      expect(
        await ask(strict, { query, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }),
      ).toMatchObject({
        status: 400,
      });
    }
  });
});

test('GraphiQL is not served where nothing but trusted documents is answered', async () => {
  const path = write('pages.json', RELAY);
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: path, PERSISTED_DOCUMENTS_ONLY: '1' });
  expect((await gateway.fetch('/graphiql')).status).toBe(404);
  expect((await gateway.fetch('/schema.graphql')).status).toBe(200);
});

test.each([
  ['no file', () => join(folder, 'missing.json')],
  ['no JSON', () => write('text.json', 'documents')],
  ['no documents', () => write('empty.json', {})],
  ['an operation without a body', () => write('half.json', { ...APOLLO, operations: [{ id: 'a' }] })],
  ['no operations', () => write('none.json', { format: APOLLO.format })],
  ['something else', () => write('other.json', { a: ['b'] })],
])('a manifest that is %s stops the start', (_title, path) => {
  expect(() => loadConfig({ PERSISTED_DOCUMENTS: path() })).toThrow(
    /PERSISTED_DOCUMENTS is ".*"; accepted is the path of/,
  );
});

test('and so does the strict rule without one', () => {
  expect(() => loadConfig({ PERSISTED_DOCUMENTS_ONLY: '1' })).toThrow('accepted without PERSISTED_DOCUMENTS is 0');
});
