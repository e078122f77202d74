/** `PERSISTED_DOCUMENTS`: requests by document id, and `PERSISTED_DOCUMENTS_ONLY`, which rejects every other document. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { requestLine, startGateway, type TestGateway } from '../gateway.ts';

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

function writeManifest(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function post(gateway: TestGateway, body: unknown) {
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-admin' };
  const response = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) });
  const { data, errors } = JSON.parse(await response.text());
  return { status: response.status, data, code: errors?.[0]?.extensions.code };
}

describe.each([
  ['a manifest of Apollo', APOLLO],
  ['a manifest of Relay', RELAY],
])('with %s', (title, manifest) => {
  let open: TestGateway;
  let strict: TestGateway;
  beforeAll(async () => {
    const path = writeManifest(`${title}.json`, manifest);
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
    ['its text', { query: REGION, variables: { region: 'RegionTwo' } }],
  ])('a document is executed by %s, repeatedly', async (_title, body) => {
    for (const gateway of [open, strict, open, strict]) {
      expect(await post(gateway, body)).toEqual({ status: 200, data: { info: { region: { id: 'RegionTwo' } } } });
    }
  });

  test('a document is executed by GET', async () => {
    for (const gateway of [open, strict]) {
      for (const search of [
        'documentId=one-1&variables={"region":"RegionTwo"}',
        'extensions={"persistedQuery":{"version":1,"sha256Hash":"one-1"}}&variables={"region":"RegionTwo"}',
        'documentId=one-1&variables={"region":"RegionTwo"}&extensions=&operationName=',
        `documentId=&query=${REGION}&variables={"region":"RegionTwo"}`,
      ]) {
        const headers = { 'X-Auth-Token': 'sandbox-admin', 'Apollo-Require-Preflight': '1' };
        const response = await gateway.fetch(`/graphql?${search}`, { headers });
        expect(await response.json()).toEqual({ data: { info: { region: { id: 'RegionTwo' } } } });
      }
    }
  });

  test('a document is executed by the SHA-256 of its text', async () => {
    const sha256 = createHash('sha256').update(STORES).digest('hex');
    for (const gateway of [open, strict]) {
      for (const body of [
        { documentId: `sha256:${sha256}` },
        { extensions: { persistedQuery: { version: 1, sha256Hash: sha256 } } },
      ])
        expect(await post(gateway, body)).toMatchObject({
          status: 200,
          data: { info: { stores: expect.arrayContaining([{ id: 'ceph' }]) } },
        });
      for (const documentId of [`sha256:${sha256.toUpperCase()}`, `sha512:${sha256}`, `sha256:${'0'.repeat(64)}`])
        expect(await post(gateway, { documentId })).toMatchObject({ status: 400, code: 'PERSISTED_QUERY_NOT_IN_LIST' });
    }
  });

  test('a GET by id is private, and revalidated by its ETag', async () => {
    for (const gateway of [open, strict]) {
      const sha256 = createHash('sha256').update(STORES).digest('hex');
      for (const search of ['documentId=stores-1', `documentId=sha256:${sha256}`]) {
        const get = (headers: Record<string, string> = {}) =>
          gateway.fetch(`/graphql?${search}`, {
            headers: { 'X-Auth-Token': 'sandbox-admin', 'Apollo-Require-Preflight': '1', ...headers },
          });
        // From Apollo Server, and from the operation cache.
        for (const _count of [1, 2, 3, 4]) {
          const response = await get();
          expect(await response.json()).toMatchObject({
            data: { info: { stores: expect.arrayContaining([{ id: 'ceph' }]) } },
          });
          const etag = response.headers.get('etag') ?? '';
          expect(etag).toMatch(/^"[\w-]{43}"$/);
          const unchanged = await get({ 'If-None-Match': etag });
          expect([unchanged.status, await unchanged.text(), unchanged.headers.get('etag')]).toEqual([304, '', etag]);
          for (const { headers } of [response, unchanged]) {
            expect(headers.get('cache-control')).toMatch(/^private, (no-cache|max-age=\d+)$/);
            expect(headers.get('vary')).toBe('X-Auth-Token, Authorization, Accept');
          }
          expect((await get({ 'If-None-Match': '"other"' })).status).toBe(200);
        }
      }
    }
  });

  test('an unknown id is rejected, and PERSISTED_DOCUMENTS_ONLY rejects other documents', async () => {
    const unknown = { status: 400, code: 'PERSISTED_QUERY_NOT_IN_LIST' };
    expect(await post(open, { documentId: 'none' })).toMatchObject(unknown);
    expect(await post(strict, { documentId: 'none' })).toMatchObject(unknown);
    expect(await post(strict, { extensions: { persistedQuery: { version: 1, sha256Hash: 'no' } } })).toMatchObject(
      unknown,
    );
    expect(await post(open, { query: '{__typename}' })).toEqual({ status: 200, data: { __typename: 'Query' } });
    for (const query of ['{__typename}', `${STORES} `, '{__schema{queryType{name}}}', '', 7, undefined]) {
      const rejected = { status: 400, data: undefined, code: 'QUERY_NOT_IN_SAFELIST' };
      expect(await post(strict, { query })).toEqual(rejected);
      // It cannot be registered either.
      const hash = 'a'.repeat(64);
      expect(
        await post(strict, { query, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }),
      ).toMatchObject({
        status: 400,
      });
    }
  });
});

/** GraphQL over HTTP, "Persisted Document Response" and "Status Codes". */
describe('an untrusted document', () => {
  const HASH = { persistedQuery: { version: 1, sha256Hash: 'no' } };
  const RESPONSE_TYPE = 'application/graphql-response+json';
  test.each([
    [`${RESPONSE_TYPE}, application/json;q=0.9`, RESPONSE_TYPE, [422, 403]],
    [RESPONSE_TYPE.toUpperCase(), RESPONSE_TYPE, [422, 403]],
    [`application/json, ${RESPONSE_TYPE};q=0.9`, 'application/json', [400, 400]],
    [`${RESPONSE_TYPE};q=0, */*`, 'application/json', [400, 400]],
    ['*/*', 'application/json', [400, 400]],
    ['text/plain', 'application/json', [400, 400]],
  ] as const)('is rejected in the accepted media type: %s', async (Accept, type, [unknown, untrusted]) => {
    const path = writeManifest('untrusted.json', RELAY);
    await using gateway = await startGateway({ PERSISTED_DOCUMENTS: path, PERSISTED_DOCUMENTS_ONLY: '1' });
    const headers = { Accept, 'Content-Type': 'application/json', 'Apollo-Require-Preflight': '1' };
    const post = (body: object) => gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) });
    const get = (search: string, method = 'GET') => gateway.fetch(`/graphql?${search}`, { method, headers });
    for (const [send, status, code] of [
      [() => post({ documentId: 'none' }), unknown, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [() => post({ extensions: HASH }), unknown, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [() => get('documentId=none'), unknown, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [() => get(`extensions=${JSON.stringify(HASH)}`), unknown, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [() => post({ query: '{__typename}' }), untrusted, 'QUERY_NOT_IN_SAFELIST'],
      [() => get('query={__typename}'), untrusted, 'QUERY_NOT_IN_SAFELIST'],
      [() => get('query={__typename}&extensions='), untrusted, 'QUERY_NOT_IN_SAFELIST'],
    ] as const) {
      for (const _time of [1, 2, 3]) {
        const response = await send();
        expect([response.status, response.headers.get('content-type')]).toEqual([status, `${type}; charset=utf-8`]);
        expect(response.headers.get('cache-control')).toBe('private, no-store');
        expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
        const line = await requestLine(gateway, response.headers.get('x-openstack-request-id'));
        expect(line).toMatchObject({ outcome: 'failed', codes: [code] });
      }
    }
    expect((await get('documentId=none', 'HEAD')).status).toBe(unknown);
  });
});

test.each([
  ['with a prefix', 'sha256:'],
  ['without a prefix', ''],
])('hashes in a manifest that are written %s are found with and without it', async (title, prefix) => {
  // Of another text, such as one with other white space.
  const sha256 = 'ab'.repeat(32);
  const path = writeManifest(`hashes ${title}.json`, { [prefix + sha256]: STORES });
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: path, PERSISTED_DOCUMENTS_ONLY: '1' });
  for (const body of [
    { documentId: sha256 },
    { documentId: `sha256:${sha256}` },
    { extensions: { persistedQuery: { version: 1, sha256Hash: sha256 } } },
  ])
    expect(await post(gateway, body)).toMatchObject({
      status: 200,
      data: { info: { stores: expect.arrayContaining([{ id: 'ceph' }]) } },
    });
});

test('an id of the manifest has precedence over a hash', async () => {
  const sha256 = createHash('sha256').update(STORES).digest('hex');
  const path = writeManifest('precedence.json', { [sha256]: '{ __typename }', stores: STORES });
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: path });
  expect((await post(gateway, { documentId: `sha256:${sha256}` })).data).toEqual({ __typename: 'Query' });
});

test('GraphiQL is not served with PERSISTED_DOCUMENTS_ONLY', async () => {
  const path = writeManifest('pages.json', RELAY);
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: path, PERSISTED_DOCUMENTS_ONLY: '1' });
  expect((await gateway.fetch('/graphiql')).status).toBe(404);
  expect((await gateway.fetch('/schema.graphql')).status).toBe(200);
});

test.each([
  ['missing', () => join(folder, 'missing.json')],
  ['not JSON', () => writeManifest('text.json', 'documents')],
  ['empty', () => writeManifest('empty.json', {})],
  ['of an operation without a body', () => writeManifest('half.json', { ...APOLLO, operations: [{ id: 'a' }] })],
  ['without operations', () => writeManifest('none.json', { format: APOLLO.format })],
  ['of another format', () => writeManifest('other.json', { a: ['b'] })],
])('a manifest that is %s prevents the start', (_title, path) => {
  expect(() => loadConfig({ PERSISTED_DOCUMENTS: path() })).toThrow(
    /PERSISTED_DOCUMENTS is ".*"; expected the path of/,
  );
});

test('PERSISTED_DOCUMENTS_ONLY without a manifest prevents the start', () => {
  expect(() => loadConfig({ PERSISTED_DOCUMENTS_ONLY: '1' })).toThrow('expected 0 without PERSISTED_DOCUMENTS');
});
