/** Details of HTTP that clients and proxies rely on. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
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

  test('varies by Origin and by caller', async () => {
    await using gateway = await startGateway({ CORS_ORIGINS: `${origin},https://other.example` });
    for (let time = 0; time < 3; time += 1) {
      const { headers } = await gateway.query('{info{stores{id}}}', { headers: { Origin: origin } });
      expect(headers.get('vary')).toMatch(/\bOrigin\b/);
      expect(headers.get('vary')).toMatch(/X-Auth-Token, Authorization, Accept/);
    }
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
    '%s is the proxy of this test',
    async (network) => {
      await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '2', TRUST_PROXY: network });
      expect(await statusesOf(gateway)).toEqual([200, 200, 200, 200]);
    },
  );

  test('127.0.0.2/32 is not', async () => {
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
