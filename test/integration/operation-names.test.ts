/** Requests that share a document differ by their `operationName`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const token = 'sandbox-member';
const DOCUMENT = `
  query A { info { stores { id } } }
  query B { info { importMethods { value } } }
  query C { mine: info { stores { default } usage { enabled } } }
`;
const ORDER = ['A', 'B', 'A', 'C', 'B', 'C', 'A', 'A', 'C', 'B', 'B', 'A'] as const;
const KEYS = {
  A: /^\{"data":\{"info":\{"stores":\[\{"id":"ceph"\}/,
  B: /^\{"data":\{"info":\{"importMethods":\{"value":\["glance-direct"/,
  C: /^\{"data":\{"mine":\{"stores":\[\{"default":true\}.*\],"usage":\{"enabled":true\}\}\}\}\n$/,
};

describe.each([
  ['with the fast path', {}],
  ['with FAST_PATH=0', { FAST_PATH: '0' }],
])('%s', (_title, env) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(env);
  });
  afterAll(() => gateway.close());

  test('executes the named operation, in any order', async () => {
    for (const operationName of ORDER) {
      const { text } = await gateway.post({ query: DOCUMENT, operationName }, { token });
      expect(text).toMatch(KEYS[operationName]);
    }
  });

  test('executes the operation that a GET names', async () => {
    for (const operationName of ORDER) {
      const search = new URLSearchParams({ query: DOCUMENT, operationName });
      const headers = { 'X-Auth-Token': token, 'Apollo-Require-Preflight': '1' };
      const text = await (await gateway.fetch(`/graphql?${search}`, { headers })).text();
      expect(text).toMatch(KEYS[operationName]);
    }
  });

  test('rejects a missing or unknown name, also between known names', async () => {
    for (const operationName of ['A', undefined, 'A', null, 'B', 'D', 'B', undefined, 'C']) {
      const { status, text } = await gateway.post({ query: DOCUMENT, operationName }, { token });
      expect(status).toBe(200);
      if (operationName === 'A' || operationName === 'B' || operationName === 'C')
        expect(text).toMatch(KEYS[operationName]);
      else
        expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
    }
  });

  test('executes a body with other white space, and the earlier body again', async () => {
    const bodies = ['A', 'B'].flatMap((operationName) => [
      JSON.stringify({ query: DOCUMENT, operationName }),
      JSON.stringify({ query: DOCUMENT, operationName }, null, 2),
      JSON.stringify({ operationName, query: DOCUMENT }),
    ]);
    for (const body of [...bodies, ...bodies, ...bodies.reverse()]) {
      const { text } = await gateway.post(body, { token });
      expect(text).toMatch(/"operationName": ?"A"/.test(body) ? KEYS.A : KEYS.B);
    }
  });

  test('negotiates the media type for each request', async () => {
    const types = {
      'application/json': 'application/json; charset=utf-8',
      'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
      '*/*': 'application/json; charset=utf-8',
    };
    for (let round = 0; round < 3; round += 1) {
      for (const [accept, type] of Object.entries(types)) {
        const { headers, text } = await gateway.post(
          { query: DOCUMENT, operationName: 'A' },
          { token, headers: { Accept: accept } },
        );
        expect([headers.get('content-type'), text]).toEqual([type, expect.stringMatching(KEYS.A)]);
      }
      const rejected = await gateway.post(
        { query: DOCUMENT, operationName: 'A' },
        { token, headers: { Accept: 'image/png' } },
      );
      expect(rejected.status).toBe(406);
    }
  });
});

test('makes the calls of the named operation only', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }),
    '/v2/info/import': reply(200, { 'import-methods': { value: [] } }),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (const operationName of ['A', 'B', 'A', 'B', 'B', 'A'])
    expect((await gateway.query(DOCUMENT, { token, operationName })).errors).toEqual([]);
  const paths = upstream.seen.map(({ path }) => path.replace('/v2/info/', ''));
  expect(paths).toEqual(['stores', 'import', 'stores', 'import', 'import', 'stores']);
});
