/** Details of HTTP that clients and proxies rely on. */
import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { startGateway, type TestGateway } from '../gateway.ts';

test('a request that arrives too slowly gets 408, with a body in the form of other errors', async () => {
  await using gateway = await startGateway();
  gateway.server.headersTimeout = 300;
  gateway.server.requestTimeout = 300;
  const { hostname, port } = new URL(gateway.url);
  const response = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\n'));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
  const [head = '', body = ''] = response.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(head).toMatch(/^Content-Type: application\/json/im);
  expect(head).toMatch(new RegExp(`^Content-Length: ${Buffer.byteLength(body)}$`, 'im'));
  expect(head).toMatch(/^Connection: close$/im);
  expect(JSON.parse(body)).toEqual({
    errors: [{ message: 'The request took too long to arrive.', extensions: { code: 'REQUEST_TIMEOUT' } }],
  });
});

test('at the limit of connections, idle ones give way to new ones', async () => {
  await using gateway = await startGateway();
  gateway.server.maxConnections = 3;
  const { hostname, port } = new URL(gateway.url);
  const responses = Array.from({ length: 3 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
    return new Promise((resolve) => socket.on('error', () => {}).on('data', resolve));
  });
  await Promise.all(responses);
  const status = async () => (await gateway.fetch('/healthz').catch(() => null))?.status;
  await expect.poll(status).toBe(200);
});

describe('CORS_ORIGINS', () => {
  const origin = 'https://portal.example';
  const exposedBy = async (response: { readonly headers: Headers }) =>
    (response.headers.get('access-control-expose-headers') ?? '').split(',').map((name) => name.trim().toLowerCase());

  test('exposes the request id to pages, in each kind of response', async () => {
    await using gateway = await startGateway({ CORS_ORIGINS: origin });
    const headers = { Origin: origin };
    for (let time = 0; time < 3; time += 1) {
      const response = await gateway.query('{info{stores{id}}}', { token: 'sandbox-member', headers });
      expect(await exposedBy(response)).toContain('x-openstack-request-id');
      expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-/);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    }
    expect(await exposedBy(await gateway.query('{nothing}', { headers }))).toContain('x-openstack-request-id');
    expect(await exposedBy(await gateway.fetch('/nowhere', { headers }))).toContain('x-openstack-request-id');
  });

  test('allows the headers of clients and tracers, and exposes what pages need', async () => {
    await using gateway = await startGateway({ CORS_ORIGINS: origin, RATE_LIMIT_PER_TOKEN: '1' });
    const wanted =
      'apollographql-client-name,apollographql-client-version,apollo-require-preflight,x-apollo-operation-name,traceparent,tracestate,baggage,cache-control,if-none-match,content-type,x-auth-token,authorization,x-openstack-request-id';
    const preflight = (from: string) =>
      gateway.fetch('/graphql', {
        method: 'OPTIONS',
        headers: {
          Origin: from,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': wanted,
        },
      });
    const { status, headers } = await preflight(origin);
    expect([status, headers.get('access-control-allow-headers')]).toEqual([204, wanted]);
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST');
    expect(headers.get('vary')).toContain('Access-Control-Request-Headers');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();

    const send = () => gateway.query('{__typename}', { headers: { Origin: origin } });
    const limited = await vi.waitUntil(async () => {
      const responses = await Promise.all([send(), send()]);
      return responses.find((response) => response.status === 429);
    });
    for (const [name] of limited.headers) {
      if (/^(retry-after|x-ratelimit-.*|age|etag)$/.test(name)) expect(await exposedBy(limited)).toContain(name);
    }
    expect(limited.headers.get('retry-after')).toBe('1');
    expect(await exposedBy(limited)).toEqual(expect.arrayContaining(['retry-after', 'age', 'etag']));
  });

  test('varies by Origin and by caller', async () => {
    await using gateway = await startGateway({ CORS_ORIGINS: `${origin},https://other.example` });
    for (let time = 0; time < 3; time += 1) {
      const { headers } = await gateway.query('{info{stores{id}}}', { headers: { Origin: origin } });
      expect(headers.get('vary')).toMatch(/\bOrigin\b/);
      expect(headers.get('vary')).toMatch(/X-Auth-Token, Authorization, Accept/);
    }
  });
});

describe('HEAD', () => {
  test('gets what GET gets, without the body', async () => {
    await using gateway = await startGateway({ CACHE_TTL_STORES_MS: '60000' });
    const path = `/graphql?query=${encodeURIComponent('{info{stores{id}}}')}`;
    const headersOf = (response: Response) =>
      ['content-type', 'content-length', 'cache-control', 'etag', 'vary'].map((name) => response.headers.get(name));
    const headers = { 'X-Auth-Token': 'sandbox-member', 'Apollo-Require-Preflight': '1' };
    for (const _time of [1, 2, 3]) {
      const get = await gateway.fetch(path, { headers });
      const head = await gateway.fetch(path, { method: 'HEAD', headers });
      expect([head.status, await head.text(), headersOf(head)]).toEqual([200, '', headersOf(get)]);
      expect(Number(head.headers.get('content-length'))).toBe((await get.arrayBuffer()).byteLength);
      const etag = get.headers.get('etag') ?? '';
      const unchanged = await gateway.fetch(path, { method: 'HEAD', headers: { ...headers, 'If-None-Match': etag } });
      expect(unchanged.status).toBe(304);
    }
  });

  test('is checked against CSRF as GET is', async () => {
    await using gateway = await startGateway();
    expect((await gateway.fetch('/graphql?query={__typename}', { method: 'HEAD' })).status).toBe(400);
  });
});

describe('TRUST_PROXY', () => {
  const statusesOf = async (gateway: TestGateway) => {
    const headersOf = (address: string) => ({ 'Apollo-Require-Preflight': '1', 'X-Forwarded-For': address });
    const sent = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) =>
      gateway.fetch('/graphql?query={__typename}', { headers: headersOf(address) }),
    );
    return (await Promise.all(sent)).map(({ status }) => status).sort();
  };

  test.each(['127.0.0.1/32', '127.0.0.1', '10.9.0.0/16,127.0.0.1/32'])(
    'trusts X-Forwarded-For of the proxy of this test with %s',
    async (network) => {
      await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '2', TRUST_PROXY: network });
      expect(await statusesOf(gateway)).toEqual([200, 200, 200, 200]);
    },
  );

  test('trusts X-Forwarded-For of no other proxy with 127.0.0.2/32', async () => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '2', TRUST_PROXY: '127.0.0.2/32' });
    expect(await statusesOf(gateway)).toEqual([200, 200, 429, 429]);
  });

  test.each(['10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0/8'])('%s is rejected', (network) => {
    expect(() => loadConfig({ TRUST_PROXY: network })).toThrow('TRUST_PROXY is');
  });

  test.each(['10.0.0.0/32', '10.0.0.0/0', '::1/128', '::1'])('%s is accepted', (network) => {
    expect(() => loadConfig({ TRUST_PROXY: network })).not.toThrow();
  });
});
