/** Requests that are rejected before they reach a route have a request id, the form of all errors, a log line and a count. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { metricLines, requestLine, startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';

const CLOSE = 'Connection: close\r\n';
const POST = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const NOT_HTTP = 'This is not an HTTP request.';

type Case = [title: string, bytes: string | Buffer, status: number, code: string, message: string];

const CASES: Case[] = [
  [
    'a malformed percent-encoding',
    `GET /%zz HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`,
    400,
    'BAD_REQUEST',
    'The path of the URL is not valid percent-encoding.',
  ],
  ['no Host', `GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`, 400, 'BAD_REQUEST', 'A request must have a Host header.'],
  [
    'an Expect that is not supported',
    `${POST}Expect: nonsense\r\nContent-Length: 2\r\n\r\n{}`,
    417,
    'BAD_REQUEST',
    'The only supported value of Expect is 100-continue.',
  ],
  ['CONNECT', 'CONNECT cloud.example:443 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'BAD_REQUEST', 'CONNECT is for proxies.'],
  ['the beginning of TLS', Buffer.from('16030100c6010000c20303', 'hex'), 400, 'BAD_REQUEST', NOT_HTTP],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'BAD_REQUEST', NOT_HTTP],
  ['a method that does not exist', 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST', NOT_HTTP],
  [
    'two lengths of the body',
    `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
    NOT_HTTP,
  ],
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
    'The headers of a request may have 16 kB in all.',
  ],
  [
    'chunk extensions that are too large',
    `${POST}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n1\r\n0\r\n\r\n`,
    413,
    'PAYLOAD_TOO_LARGE',
    'The chunk extensions of a body may have 16 kB.',
  ],
  [
    'a body that is too large',
    `${POST}${CLOSE}Content-Length: 99999999\r\n\r\n`,
    413,
    'PAYLOAD_TOO_LARGE',
    'Request body is too large',
  ],
];

/** The sum of the counts of requests without a route that had this status. */
async function countOf(gateway: TestGateway, status: number): Promise<number> {
  const lines = await metricLines(gateway, new RegExp(`^glance_graphql_http_requests_total\\{.*status="${status}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test.each(CASES)('%s gets an error response, a log line and a count', async (_title, bytes, status, code, message) => {
  await using gateway = await startGateway();
  const response = await sendRaw(gateway, bytes);
  const [head = '', body = ''] = response.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^Content-Type: application\/json; charset=utf-8$/im);
  expect(head).toMatch(/^X-Content-Type-Options: nosniff$/im);
  expect(head).toMatch(/^Connection: close$/im);
  expect(head).toMatch(new RegExp(`^Content-Length: ${Buffer.byteLength(body)}$`, 'im'));
  expect(JSON.parse(body)).toEqual({ errors: [{ message, extensions: { code } }] });
  const requestId = /^X-Openstack-Request-Id: (req-\S+)$/im.exec(head)?.[1] ?? null;
  expect(await requestLine(gateway, requestId)).toMatchObject({ level: 'info', status });
  await expect.poll(() => countOf(gateway, status), { interval: 300 }).toBe(1);
});

test('responds to an unparsable URL in the JSON form of all errors, with the request id', async () => {
  await using gateway = await startGateway();
  const response = await gateway.fetch('/%zz', { headers: { 'X-Openstack-Request-Id': 'req-mine' } });
  expect(response.status).toBe(400);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-openstack-request-id': 'req-mine',
  });
  expect(await response.json()).toEqual({
    errors: [{ message: 'The path of the URL is not valid percent-encoding.', extensions: { code: 'BAD_REQUEST' } }],
  });
});

test('creates a request id for an unparsable URL when the client sends none', async () => {
  await using gateway = await startGateway();
  const { headers } = await gateway.fetch('/%zz');
  expect(headers.get('x-openstack-request-id')).toMatch(/^req-[\w-]{36}$/);
});

test.each([
  ['/graphql', {}],
  ['/graphql', { CORS_ORIGINS: 'https://portal.example' }],
  ['/mcp', { MCP: '1' }],
  ['/mcp', { MCP: '1', CORS_ORIGINS: 'https://portal.example' }],
])('OPTIONS %s that is not a preflight gets 405 with %o', async (path, env) => {
  await using gateway = await startGateway(env);
  for (const headers of [{}, { Origin: 'https://portal.example' }, { 'Access-Control-Request-Method': 'POST' }]) {
    const response = await gateway.fetch(path, { method: 'OPTIONS', headers });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    const line = await requestLine(gateway, response.headers.get('x-openstack-request-id'));
    expect(line).toMatchObject({ method: 'OPTIONS', path, status: 405 });
  }
  const other = await gateway.fetch('/nowhere', { method: 'OPTIONS' });
  expect([other.status, await other.json()]).toMatchObject([404, { errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
});

test('connections are closed although the client sends on or does not close its end', async () => {
  await using gateway = await startGateway();
  const { hostname, port } = new URL(gateway.url);
  const sockets = ['no HTTP\r\n\r\n', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'].flatMap((bytes) =>
    Array.from({ length: 10 }, () => {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }).pause();
      socket.on('error', () => {}).write(bytes);
      return socket;
    }),
  );
  const connections = () => new Promise((resolve) => gateway.server.getConnections((_error, count) => resolve(count)));
  await expect.poll(connections).toBe(20);
  await expect.poll(connections, { interval: 100 }).toBe(0);
  for (const socket of sockets) socket.destroy();
});
