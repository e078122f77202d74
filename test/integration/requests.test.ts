/** HTTP requests that are invalid, or valid but unusual, and the headers of responses. */
import { METHODS } from 'node:http';
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
const errorOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const body: { errors: { message: string; extensions: { code: string } }[] } = JSON.parse(await response.text());
  return [response.status, body.errors[0]?.extensions.code, body.errors[0]?.message];
};

/** CORS adds hooks to every request; the responses are the same with them and without. */
describe.each([
  ['without CORS_ORIGINS', {}],
  ['with CORS_ORIGINS', { CORS_ORIGINS: 'https://portal.example' }],
])('%s', (_title, env) => {
  beforeAll(async () => {
    gateway = await startGateway(env);
  });
  afterAll(() => gateway.close());

  describe('a body', () => {
    test.each<[string, string | Uint8Array<ArrayBuffer>, unknown[]]>([
      ['empty', '', [400, 'BAD_REQUEST', "Body cannot be empty when content-type is set to 'application/json'"]],
      ['not JSON', '{query: 1', [400, 'BAD_REQUEST', expect.stringContaining('JSON')]],
      ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), [400, 'BAD_REQUEST', 'The body is not UTF-8.']],
      ['JSON null', 'null', [400, 'BAD_REQUEST', expect.stringContaining('POST body missing')]],
      [
        'an array of requests',
        '[{"query":"{__typename}"}]',
        [400, 'BAD_REQUEST', expect.stringContaining('Operation batching disabled')],
      ],
      ['without a query', '{"variables":{}}', [400, 'BAD_REQUEST', expect.stringContaining('non-empty `query`')]],
      ['with a query that is not a string', '{"query": 7}', [400, 'BAD_REQUEST', 'GraphQL queries must be strings.']],
      [
        'with the key __proto__',
        '{"query":"{__typename}","__proto__":{"admin":true}}',
        [400, 'BAD_REQUEST', expect.stringContaining('not valid JSON')],
      ],
      [
        'larger than 100 kB',
        JSON.stringify({ query: `#${'x'.repeat(100_000)}` }),
        [413, 'PAYLOAD_TOO_LARGE', 'Request body is too large'],
      ],
    ])('that is %s is rejected', async (_title, body, expected) => {
      expect(await errorOf(await post(body))).toEqual(expected);
    });
  });

  describe('a request', () => {
    test('without content type and body is rejected', async () => {
      const [status, code] = await errorOf(await gateway.fetch('/graphql', { method: 'POST' }));
      expect([status, code]).toEqual([400, 'BAD_REQUEST']);
    });

    test.each([
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ])('of type %s is rejected with 415', async (type) => {
      const [status, code] = await errorOf(await post('{"query":"{__typename}"}', { 'Content-Type': type }));
      expect([status, code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });

    test('may have a charset in its content type', async () => {
      expect(
        (await post('{"query":"{__typename}"}', { 'Content-Type': 'application/json; charset=utf-8' })).status,
      ).toBe(200);
    });

    test('to an unknown path gets 404', async () => {
      expect(await errorOf(await gateway.fetch('/nowhere?token=x'))).toEqual([
        404,
        'NOT_FOUND',
        'There is nothing at GET /nowhere.',
      ]);
    });

    test('with any other method gets 405', async () => {
      const others = METHODS.filter((method) => !['GET', 'HEAD', 'POST', 'CONNECT'].includes(method));
      expect(others).toEqual(
        expect.arrayContaining(['DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'PUT', 'QUERY', 'TRACE']),
      );
      for (const method of others) {
        const head = 'Host: x\r\nConnection: close\r\nApollo-Require-Preflight: 1';
        const response = await sendRaw(gateway, `${method} /graphql?query={__typename} HTTP/1.1\r\n${head}\r\n\r\n`);
        expect([method, response.slice(9, 12)]).toEqual([method, '405']);
        expect(response).toMatch(/^allow: GET, HEAD, POST\r$/im);
      }
    });

    test('with 20 kB of headers gets 431', async () => {
      const response = await sendRaw(
        gateway,
        `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      );
      expect(response).toMatch(/^HTTP\/1\.1 431 /);
      expect(response).toContain('"code":"HEADERS_TOO_LARGE"');
    });

    test('that is not HTTP gets 400', async () => {
      const response = await sendRaw(gateway, 'EHLO gateway\r\n\r\n');
      expect(response).toMatch(/^HTTP\/1\.1 400 /);
      expect(response).toContain('"errors":[{"message":"This is not an HTTP request."');
    });

    test('that a form or an image of another site could send is rejected (CSRF)', async () => {
      const response = await gateway.fetch('/graphql?query={__typename}');
      expect(await errorOf(response)).toEqual([
        400,
        'BAD_REQUEST',
        expect.stringContaining('Cross-Site Request Forgery'),
      ]);
    });
  });

  describe('a response', () => {
    test.each(['the first', 'a repeated'])('to %s request is private to its caller', async () => {
      const { headers } = await gateway.query('{info{stores{id}}}', {
        token: 'sandbox-member',
        headers: { 'X-Openstack-Request-Id': 'req-private' },
      });
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('vary')).toMatch(/X-Auth-Token, Authorization, Accept$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-openstack-request-id')).toBe('req-private');
    });

    test('to a request with a too large Content-Length is sent before the body is read', async () => {
      const head =
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{';
      expect(await sendRaw(gateway, head)).toMatch(/^HTTP\/1.1 413 /);
    });

    test.each(['the first', 'a repeated'])('to %s request announces keep-alive', async () => {
      const response = await post('{"query":"{info{importMethods{value}}}"}');
      expect(response.headers.get('keep-alive')).toBe('timeout=65');
    });
  });

  test('health is served', async () => {
    expect(await (await gateway.fetch('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'ready' });
    await using unconnected = await startGateway({ GLANCE_URL: 'http://127.0.0.1:9' });
    const ready = await unconnected.fetch('/readyz');
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'upstream unreachable' }]);
  });
});

test('CORS allows the configured origins, and no others', async () => {
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
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-auth-token');
  await using closed = await startGateway();
  expect(
    (await closed.query('{__typename}', { headers: { Origin: 'https://portal.example' } })).headers.get(
      'access-control-allow-origin',
    ),
  ).toBeNull();
});
