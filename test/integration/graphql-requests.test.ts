/** GraphQL requests that are invalid, or valid but unusual, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

let gateway: TestGateway;
const post = (body: string, headers: Record<string, string> = {}) =>
  gateway.fetch('/graphql', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-member', ...headers },
  });

/** CORS adds hooks to every request; the responses are the same with them and without. */
describe.each([
  ['without CORS_ORIGINS', {}],
  ['with CORS_ORIGINS', { CORS_ORIGINS: 'https://portal.example' }],
])('%s', (_title, env) => {
  beforeAll(async () => {
    gateway = await startGateway(env);
  });
  afterAll(() => gateway.close());

  describe('a GraphQL request', () => {
    const codes = async (body: Record<string, unknown>, headers = {}) => {
      const response = await post(JSON.stringify(body), headers);
      const { errors = [] }: { errors?: { extensions: { code: string } }[] } = JSON.parse(await response.text());
      return [response.status, ...errors.map(({ extensions }) => extensions.code)];
    };
    const HASH_ONLY = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    const SPEC = { Accept: 'application/graphql-response+json' };

    // GraphQL over HTTP, "Status Codes": 400 for a document that cannot be parsed, 422 for one that cannot be executed.
    test.each<[string, Record<string, unknown>, number, string]>([
      ['with a syntax error', { query: '{info{' }, 400, 'GRAPHQL_PARSE_FAILED'],
      ['for an unknown field', { query: '{images{id}}' }, 422, 'GRAPHQL_VALIDATION_FAILED'],
      ['for a mutation', { query: 'mutation{delete}' }, 422, 'GRAPHQL_VALIDATION_FAILED'],
      [
        'with an unknown operation name',
        { query: 'query A{__typename}', operationName: 'B' },
        422,
        'OPERATION_RESOLUTION_FAILURE',
      ],
      [
        'with a variable of the wrong type',
        { query: 'query($r:ID){info(region:$r){__typename}}', variables: { r: { a: 1 } } },
        422,
        'BAD_USER_INPUT',
      ],
      ['with more than 2000 tokens', { query: `{${'a:__typename '.repeat(1500)}}` }, 400, 'GRAPHQL_PARSE_FAILED'],
      ['nested too deeply for the parser', { query: '{a'.repeat(30_000) }, 400, 'GRAPHQL_PARSE_FAILED'],
      ['that costs too much', { query: `{imageRegions{info{${'stores{id} '.repeat(40)}}}}` }, 422, 'BAD_USER_INPUT'],
      ['by an unknown hash', { extensions: HASH_ONLY }, 422, 'PERSISTED_QUERY_NOT_FOUND'],
    ])(
      '%s gets 200 as application/json, and a 4xx as application/graphql-response+json',
      async (_title, body, status, code) => {
        for (const _time of [1, 2, 3, 4]) {
          expect(await codes(body)).toEqual([200, code]);
          expect(await codes(body, SPEC)).toEqual([status, code]);
        }
      },
    );

    // GraphQL over HTTP, "Status Codes": 422 for a request that is not well-formed.
    test.each<[string, Record<string, unknown>]>([
      ['without a query', { variables: {} }],
      ['with a query that is not a string', { query: 7 }],
      ['with variables that are not an object', { query: '{__typename}', variables: [7] }],
    ])('%s gets 400 as application/json and 422 as application/graphql-response+json', async (_title, body) => {
      for (const _time of [1, 2, 3, 4]) {
        expect(await codes(body)).toEqual([400, 'BAD_REQUEST']);
        expect(await codes(body, SPEC)).toEqual([422, 'BAD_REQUEST']);
      }
    });

    test('that is not JSON gets 400, and by GET without a CSRF header too', async () => {
      for (const headers of [{}, SPEC]) {
        expect((await post('{"query":', headers)).status).toBe(400);
        expect((await gateway.fetch('/graphql?query={__typename}', { headers })).status).toBe(400);
      }
    });

    // GraphQL over HTTP, "GET": "the server MUST respond with an appropriate 4xx status code".
    test('for a mutation by GET gets 405 with the methods that are allowed', async () => {
      for (const headers of [{}, SPEC, {}, SPEC, {}, SPEC]) {
        const search = `query=${encodeURIComponent('mutation{delete}')}`;
        const response = await gateway.fetch(`/graphql?${search}`, {
          headers: { 'Apollo-Require-Preflight': '1', ...headers },
        });
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      }
    });

    // GraphQL over HTTP, "Status Codes": 294 for data with errors, even if the data is null.
    test.each([
      ['partial data', '{info{stores{id} storesDetail{id}}}', 'FORBIDDEN'],
      ['null as data', '{info(region:"Mars"){stores{id}}}', 'REGION_NOT_FOUND'],
    ])(
      'that gets %s gets 200 as application/json and 294 as application/graphql-response+json',
      async (_title, query, code) => {
        for (const _time of [1, 2, 3, 4]) {
          expect(await codes({ query })).toEqual([200, code]);
          expect(await codes({ query }, SPEC)).toEqual([294, code]);
          expect(await codes({ query: '{info{stores{id}}}' }, SPEC)).toEqual([200]);
        }
      },
    );

    test.each([
      ['application/graphql-response+json, application/json;q=0.9', 294],
      ['application/json;q=0.9, application/graphql-response+json', 294],
      ['application/graphql-response+json;q=0.5, application/json', 200],
      ['application/graphql-response+json;q=0, */*', 200],
      ['application/*', 200],
      ['*/*', 200],
    ])('with Accept: %s gets %i for partial data', async (accept, status) => {
      const response = await post('{"query":"{info{stores{id} storesDetail{id}}}"}', { Accept: accept });
      const type = `application/${status === 294 ? 'graphql-response+json' : 'json'}; charset=utf-8`;
      expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
      if (status === 294) expect(response.statusText).toBe('Partial Success');
      expect([response.headers.get('cache-control'), response.ok]).toEqual(['private, no-store', true]);
    });

    test.each([
      ['100,000 nested fields', '{info'.repeat(100_000)],
      ['100,000 aliases', `{${Array.from({ length: 100_000 }, (_, index) => `a${index}:__typename `).join('')}}`],
    ])('of %s is rejected by its size', async (_title, query) => {
      expect((await post(JSON.stringify({ query }))).status).toBe(413);
    });

    test('with as many aliases as allowed makes one upstream call', async () => {
      await using upstream = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
      await using local = await startGateway({ GLANCE_URL: upstream.url, ...env });
      const names = Array.from({ length: 100 }, (_, index) => `a${index}`);
      const query = `{info{${names.map((name) => `${name}:stores{id}`).join(' ')}}}`;
      const { data, errors, status } = await local.query(query, { token: 't' });
      expect([status, errors]).toEqual([200, []]);
      expect(data).toEqual({ info: Object.fromEntries(names.map((name) => [name, [{ id: 'a' }]])) });
      expect(upstream.seen).toHaveLength(1);
    });

    test('for an unknown region gets an error that lists the known ones', async () => {
      const response = await gateway.query('{info(region:"Mars"){stores{id}}}', { token: 'sandbox-member' });
      expect(response).toMatchObject({
        status: 200,
        data: null,
        errors: [
          {
            message: 'There is no region "Mars" with an Image service. Known: RegionOne, RegionTwo.',
            path: ['info'],
            extensions: { code: 'REGION_NOT_FOUND', retryable: false },
          },
        ],
      });
    });

    test('may be sent by GET', async () => {
      const response = await gateway.fetch(`/graphql?query=${encodeURIComponent('{info{stores{id}}}')}`, {
        headers: { 'X-Auth-Token': 'sandbox-member', Accept: 'application/json', 'Apollo-Require-Preflight': '1' },
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ data: { info: { stores: expect.any(Array) } } });
    });

    // GraphQL over HTTP, "GET": "the empty string for optional request parameters is equivalent to not specifying them".
    test('may have empty parameters by GET', async () => {
      const headers = { 'Apollo-Require-Preflight': '1', ...SPEC };
      for (const search of ['operationName=', 'variables=', 'extensions=', 'operationName=&variables&extensions=']) {
        const response = await gateway.fetch(`/graphql?query=query+A{__typename}&${search}`, { headers });
        expect([search, await response.json()]).toEqual([search, { data: { __typename: 'Query' } }]);
      }
      // Not when they are sent again with a value.
      const twice = 'query={__typename}&variables=&variables={}';
      expect((await gateway.fetch(`/graphql?${twice}`, { headers })).status).toBe(422);
    });

    test('can be sent by its hash alone after it has been registered', async () => {
      const query = '{info{importMethods{type}}}';
      const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
      const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
      expect(await codes({ extensions })).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND']);
      expect(await codes({ query, extensions })).toEqual([200]);
      expect(await codes({ extensions })).toEqual([200]);
      expect(await codes({ query: '{info{__typename}}', extensions })).toEqual([400, 'BAD_REQUEST']);
    });
  });
});
