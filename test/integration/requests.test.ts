/** What people and programs send that is no proper request, or one at the edge. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';

let gateway: TestGateway;
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  gateway.fetch('/graphql', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-member', ...headers },
  });
const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const body: { errors: { message: string; extensions: { code: string } }[] } = JSON.parse(await response.text());
  return [response.status, body.errors[0]?.extensions.code, body.errors[0]?.message];
};

/** Known requests go by a lane around Fastify, unless there are origins to allow: whatever is sent, both do the same. */
describe.each([
  ['with the lane', {}],
  ['by Fastify alone', { CORS_ORIGINS: 'https://portal.example' }],
])('%s:', (_way, env) => {
  beforeAll(async () => {
    gateway = await startGateway(env);
  });
  afterAll(() => gateway.close());

  describe('a body that is', () => {
    test.each<[string, string | Uint8Array<ArrayBuffer>, unknown[]]>([
      ['empty', '', [400, 'BAD_REQUEST', "Body cannot be empty when content-type is set to 'application/json'"]],
      ['not JSON', '{query: 1', [400, 'BAD_REQUEST', expect.stringContaining('JSON')]],
      ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), [400, 'BAD_REQUEST', 'The body is not UTF-8.']],
      ['JSON null', 'null', [400, 'BAD_REQUEST', expect.stringContaining('POST body missing')]],
      [
        'a list of requests',
        '[{"query":"{__typename}"}]',
        [400, 'BAD_REQUEST', expect.stringContaining('Operation batching disabled')],
      ],
      ['without a query', '{"variables":{}}', [400, 'BAD_REQUEST', expect.stringContaining('non-empty `query`')]],
      ['a query that is no text', '{"query": 7}', [400, 'BAD_REQUEST', 'GraphQL queries must be strings.']],
      [
        'poisoned',
        '{"query":"{__typename}","__proto__":{"admin":true}}',
        [400, 'BAD_REQUEST', expect.stringContaining('not valid JSON')],
      ],
      [
        'over 100 kB',
        JSON.stringify({ query: `#${'x'.repeat(100_000)}` }),
        [413, 'PAYLOAD_TOO_LARGE', 'Request body is too large'],
      ],
    ])('%s', async (_title, body, expected) => {
      expect(await problem(await post(body))).toEqual(expected);
    });
  });

  describe('a request', () => {
    test('of neither type nor body', async () => {
      const [status, code] = await problem(await gateway.fetch('/graphql', { method: 'POST' }));
      expect([status, code]).toEqual([400, 'BAD_REQUEST']);
    });

    test.each([
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ])('of type %s is refused', async (type) => {
      const [status, code] = await problem(await post('{"query":"{__typename}"}', { 'Content-Type': type }));
      expect([status, code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });

    test('with a charset in its type is fine', async () => {
      expect(
        (await post('{"query":"{__typename}"}', { 'Content-Type': 'application/json; charset=utf-8' })).status,
      ).toBe(200);
    });

    test('to a path that is not there', async () => {
      expect(await problem(await gateway.fetch('/nowhere?token=x'))).toEqual([
        404,
        'NOT_FOUND',
        'There is nothing at GET /nowhere.',
      ]);
    });

    test('by another method', async () => {
      const response = await gateway.fetch('/graphql', { method: 'DELETE' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST');
    });

    test('with 20 kB of headers', async () => {
      const answer = await sendRaw(
        gateway,
        `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(answer).toContain('"code":"HEADERS_TOO_LARGE"');
    });

    test('that is no HTTP', async () => {
      const answer = await sendRaw(gateway, 'EHLO gateway\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"errors":[{"message":"This is not an HTTP request."');
    });

    test('that a plain form or image could send is stopped: CSRF', async () => {
      const response = await gateway.fetch('/graphql?query={__typename}');
      expect(await problem(response)).toEqual([
        400,
        'BAD_REQUEST',
        expect.stringContaining('Cross-Site Request Forgery'),
      ]);
    });
  });

  describe('a GraphQL request', () => {
    const codes = async (body: Record<string, unknown>, headers = {}) => {
      const response = await post(JSON.stringify(body), headers);
      const { errors = [] }: { errors?: { extensions: { code: string } }[] } = JSON.parse(await response.text());
      return [response.status, ...errors.map(({ extensions }) => extensions.code)];
    };
    const SPEC = { Accept: 'application/graphql-response+json' };

    test.each<[string, Record<string, unknown>, string]>([
      ['that does not parse', { query: '{info{' }, 'GRAPHQL_PARSE_FAILED'],
      ['for a field that is not there', { query: '{images{id}}' }, 'GRAPHQL_VALIDATION_FAILED'],
      ['for a mutation, which there is none', { query: 'mutation{delete}' }, 'GRAPHQL_VALIDATION_FAILED'],
      [
        'of an unknown operation name',
        { query: 'query A{__typename}', operationName: 'B' },
        'OPERATION_RESOLUTION_FAILURE',
      ],
      [
        'with a variable of the wrong type',
        { query: 'query($r:ID){info(region:$r){__typename}}', variables: { r: { a: 1 } } },
        'BAD_USER_INPUT',
      ],
      ['of more than 2000 tokens', { query: `{${'a:__typename '.repeat(1500)}}` }, 'GRAPHQL_PARSE_FAILED'],
      ['nested deeper than the parser should go', { query: '{a'.repeat(30_000) }, 'GRAPHQL_PARSE_FAILED'],
    ])('%s: 200 for application/json, 400 for application/graphql-response+json', async (_title, body, code) => {
      expect(await codes(body)).toEqual([200, code]);
      expect(await codes(body, SPEC)).toEqual([400, code]);
    });

    test.each([
      ['100,000 nested fields', '{info'.repeat(100_000)],
      ['100,000 aliases', `{${Array.from({ length: 100_000 }, (_, index) => `a${index}:__typename `).join('')}}`],
    ])('of %s is too large to be read', async (_title, query) => {
      expect((await post(JSON.stringify({ query }))).status).toBe(413);
    });

    test('of as many aliases as fit asks the upstream once', async () => {
      const aliases = Array.from({ length: 100 }, (_, index) => `a${index}:stores{id}`).join(' ');
      const { errors, status } = await gateway.query(`{info{${aliases}}}`, { token: 'sandbox-member' });
      expect([status, errors]).toEqual([200, []]);
    });

    test('for a region that is not there says which there are', async () => {
      const answer = await gateway.query('{info(region:"Mars"){stores{id}}}', { token: 'sandbox-member' });
      expect(answer).toMatchObject({
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

    test('by GET', async () => {
      const response = await gateway.fetch(`/graphql?query=${encodeURIComponent('{info{stores{id}}}')}`, {
        headers: { 'X-Auth-Token': 'sandbox-member', Accept: 'application/json', 'Apollo-Require-Preflight': '1' },
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ data: { info: { stores: expect.any(Array) } } });
    });

    test('kept by its hash is asked for by it alone from then on', async () => {
      const query = '{info{importMethods{type}}}';
      const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
      const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
      expect(await codes({ extensions })).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND']);
      expect(await codes({ query, extensions })).toEqual([200]);
      expect(await codes({ extensions })).toEqual([200]);
      expect(await codes({ query: '{info{__typename}}', extensions })).toEqual([400, 'BAD_REQUEST']);
    });
  });

  describe('an answer', () => {
    test.each(['once', 'again'])('is private to its caller, %s', async () => {
      const { headers } = await gateway.query('{info{stores{id}}}', {
        token: 'sandbox-member',
        headers: { 'X-Openstack-Request-Id': 'req-private' },
      });
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('vary')).toMatch(/X-Auth-Token, Authorization, Accept$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-openstack-request-id')).toBe('req-private');
    });

    test('to a body that is said to be too large comes before the body', async () => {
      const head =
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{';
      expect(await sendRaw(gateway, head)).toMatch(/^HTTP\/1.1 413 /);
    });

    test.each(['once', 'again'])('says how long its connection is kept, and keeps it, %s', async () => {
      const response = await post('{"query":"{info{importMethods{value}}}"}');
      expect(response.headers.get('keep-alive')).toBe('timeout=65');
    });
  });

  test('health and schema are served', async () => {
    expect(await (await gateway.fetch('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'ready' });
    const sdl = await gateway.fetch('/schema.graphql');
    expect(sdl.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await sdl.text()).toContain('type ImageStore @key(fields: "id region { id }")');
    await using alone = await startGateway({ GLANCE_URL: 'http://127.0.0.1:9' });
    const ready = await alone.fetch('/readyz');
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'upstream unreachable' }]);
  });
});

test('answers may be read by the pages of configured origins, and no others', async () => {
  await using portal = await startGateway({ CORS_ORIGINS: 'https://portal.example' });
  const allowedFor = async (origin: string) =>
    (await portal.query('{__typename}', { headers: { Origin: origin } })).headers.get('access-control-allow-origin');
  expect(await allowedFor('https://portal.example')).toBe('https://portal.example');
  expect(await allowedFor('https://evil.example')).toBeNull();
  const preflight = await portal.fetch('/graphql', {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://portal.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-auth-token',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('X-Auth-Token');
  await using closed = await startGateway();
  expect(
    (await closed.query('{__typename}', { headers: { Origin: 'https://portal.example' } })).headers.get(
      'access-control-allow-origin',
    ),
  ).toBeNull();
});
