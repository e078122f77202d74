import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type GraphqlError, startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, hang, reply, reset, startUpstream } from '../recording-upstream.ts';

const STORES = { stores: [{ id: 'a' }] };

/** Asks for stores, which fail as given, and for import methods, which must come through. */
async function askFaulty(
  behaviour: Behaviour,
  env: Record<string, string> = {},
): Promise<GraphqlError & { seen: string[] }> {
  await using upstream = await startUpstream({
    '/v2/info/stores': behaviour,
    '/v2/info/import': replay('api-2.16-multistore-member.import'),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '300', ...env });
  const { status, data, errors } = await gateway.query('{info{stores{id} importMethods{value}}}', {
    token: 'secret-token',
  });
  expect(status).toBe(200);
  expect(data).toEqual({
    info: { stores: null, importMethods: { value: ['glance-direct', 'web-download', 'copy-image'] } },
  });
  expect(errors).toHaveLength(1);
  const [error] = errors;
  if (error === undefined) throw new Error('no error');
  expect(error.path).toEqual(['info', 'stores']);
  expect(JSON.stringify(error)).not.toMatch(/127\.0\.0\.1|localhost|secret-token|node_modules|http:/);
  // Whatever happened, the gateway goes on.
  expect((await gateway.query('{info{importMethods{value}}}')).errors).toEqual([]);
  return { ...error, seen: upstream.seen.map(({ path }) => path) };
}

const slow =
  (after: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).write(after);
  };

const endless: Behaviour = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const chunk = Buffer.alloc(65_536, ' ');
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
};

const cutOff: Behaviour = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' }).write('{"stores"');
  setTimeout(() => request.socket.resetAndDestroy(), 20);
};

const raw =
  (bytes: string): Behaviour =>
  (request) => {
    request.socket.end(bytes);
  };

describe('an upstream that', () => {
  test.each<[string, Behaviour, Record<string, unknown>, string]>([
    ['resets', reset, { code: 'UPSTREAM_UNAVAILABLE', retryable: true }, "The Image service can't be reached."],
    ['resets midway', cutOff, { code: 'UPSTREAM_UNAVAILABLE', retryable: true }, "The Image service can't be reached."],
    [
      'is silent',
      hang,
      { code: 'UPSTREAM_TIMEOUT', retryable: true },
      'The Image service did not answer within 300 ms.',
    ],
    [
      'stops in the body',
      slow('{"stores": ['),
      { code: 'UPSTREAM_TIMEOUT' },
      'The Image service did not answer within 300 ms.',
    ],
    [
      'never ends',
      endless,
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is larger than 1048576 bytes.",
    ],
    [
      'announces a gigabyte',
      reply(200, '{}', { 'Content-Length': String(2 ** 30) }),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's answer is larger than 1048576 bytes.",
    ],
    [
      'compresses',
      reply(200, gzipSync(JSON.stringify(STORES)), { 'Content-Encoding': 'gzip' }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is compressed, which was not asked for.",
    ],
    [
      'sends half the JSON',
      reply(200, '{"stores": [{"id"'),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 200 },
      "The Image service's answer is not JSON.",
    ],
    [
      'sends null',
      reply(200, 'null'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer has a wrong shape: $ is not an object.",
    ],
    [
      'sends JSON nested without end',
      reply(200, '['.repeat(100_000)),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is not JSON.",
    ],
    [
      'sends another shape',
      reply(200, { stores: [{ name: 'a' }] }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer has a wrong shape: stores[0].id is not a string.",
    ],
    [
      'sends bytes that are not UTF-8',
      reply(200, Buffer.from([0x7b, 0xff, 0x7d])),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is not UTF-8.",
    ],
    [
      'sends HTML with 200',
      reply(200, '<html><h1>Login</h1></html>', { 'Content-Type': 'text/html' }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is not JSON.",
    ],
    [
      'sends nothing with 200',
      reply(200, ''),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is not JSON.",
    ],
    [
      'answers 204',
      (_request, response) => void response.writeHead(204).end(),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 204 },
      "The Image service's answer is 204 instead of 200.",
    ],
    [
      'answers 300',
      replay('api-2.16-versions-root.accept-json'),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 300 },
      "The Image service's answer is 300 Multiple Choices: the path of the configured endpoint is wrong.",
    ],
    [
      'redirects',
      reply(302, '', { Location: 'http://169.254.169.254/' }),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 302 },
      "The Image service's answer is 302 instead of 200.",
    ],
    [
      'speaks no HTTP',
      raw('SSH-2.0-OpenSSH_9.2\r\n'),
      { code: 'UPSTREAM_UNAVAILABLE' },
      "The Image service can't be reached.",
    ],
    [
      'sends a header that does not end',
      raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}`),
      { code: 'UPSTREAM_UNAVAILABLE' },
      "The Image service can't be reached.",
    ],
    [
      'answers 400 without a body',
      (_request, response) => void response.writeHead(400).end(),
      { code: 'BAD_REQUEST', status: 400, retryable: false },
      'The Image service answered 400.',
    ],
    [
      'answers 401 without a body',
      (_request, response) => void response.writeHead(401).end(),
      { code: 'UNAUTHENTICATED', status: 401 },
      'The Image service does not accept the token: it is missing, wrong, expired or revoked.',
    ],
    [
      'answers 401 with an empty object',
      reply(401, {}),
      { code: 'UNAUTHENTICATED', status: 401 },
      'The Image service does not accept the token: it is missing, wrong, expired or revoked.',
    ],
    [
      'answers 403 without a body',
      reply(403, ''),
      { code: 'FORBIDDEN', status: 403 },
      "The Image service does not allow this to the token's role.",
    ],
    [
      'answers 404 with text',
      reply(404, 'nope'),
      { code: 'NOT_FOUND', status: 404 },
      'The Image service does not know this call.',
    ],
    [
      'says a key twice',
      reply(200, '{"stores": [{"id": "a", "id": "b"}]}'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer has a wrong shape: $ is not free of keys that stand twice.",
    ],
    [
      'says __proto__',
      reply(200, '{"stores": [{"id": "a", "__proto__": {"default": true}}]}'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer has a wrong shape: $ is not free of __proto__.",
    ],
    [
      'names a million stores',
      reply(200, `{"stores": [${'{"id": "a"},'.repeat(1_000_000)}{"id": "a"}]}`),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's answer is larger than 1048576 bytes.",
    ],
    [
      'answers 405',
      replay('api-2.16-multistore-admin.post-import'),
      { code: 'BAD_REQUEST', status: 405 },
      'The method POST is not allowed for this resource.',
    ],
    [
      'answers 408',
      reply(408, ''),
      { code: 'UPSTREAM_TIMEOUT', status: 408, retryable: true },
      'The Image service did not answer in time (408).',
    ],
    [
      'answers 413',
      reply(413, ''),
      { code: 'RATE_LIMITED', status: 413, retryable: true },
      'The Image service is asked too often.',
    ],
    [
      'answers 429',
      reply(429, '', { 'Retry-After': '7' }),
      { code: 'RATE_LIMITED', status: 429, retryable: true, retryAfter: 7 },
      'The Image service is asked too often.',
    ],
    [
      'answers 500',
      reply(500, 'Traceback (most recent call last): File "/usr/lib/x.py"'),
      { code: 'UPSTREAM_ERROR', status: 500, retryable: true },
      'The Image service answered 500.',
    ],
    ['answers 501', reply(501, ''), { code: 'UPSTREAM_ERROR', status: 501 }, 'The Image service answered 501.'],
    [
      'answers 502 as nginx does',
      reply(
        502,
        '<html><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.22.1</center></body></html>',
        { 'Content-Type': 'text/html' },
      ),
      { code: 'UPSTREAM_UNAVAILABLE', status: 502, retryable: true },
      'The Image service is not available (502).',
    ],
    [
      'answers 503',
      reply(503, '', { 'Retry-After': '2' }),
      { code: 'UPSTREAM_UNAVAILABLE', status: 503, retryAfter: 2 },
      'The Image service is not available (503).',
    ],
    [
      'answers 504',
      reply(504, ''),
      { code: 'UPSTREAM_TIMEOUT', status: 504, retryable: true },
      'The Image service did not answer in time (504).',
    ],
  ])('%s', async (title, behaviour, extensions, message) => {
    const error = await askFaulty(behaviour);
    expect(error.extensions).toMatchObject({ service: 'image', region: 'RegionOne', ...extensions });
    expect(error.extensions.requestId).toMatch(/^req-/);
    expect(error.message).toBe(message);
    // The redirect's target is not asked, and a second try is made only where one can help.
    const tries = ['resets', 'answers 502 as nginx does', 'answers 504'].includes(title) ? 2 : 1;
    expect(error.seen.filter((path) => path === '/v2/info/stores')).toHaveLength(tries);
  });
});

test('a 103 before the answer is passed over', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': (_request, response) =>
      response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end(JSON.stringify(STORES))),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect((await gateway.query('{info{stores{id}}}')).data).toEqual({ info: { stores: [{ id: 'a' }] } });
});

test('nobody listening is UPSTREAM_UNAVAILABLE, with the cause in the log alone', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  server.close();
  await using gateway = await startGateway({ GLANCE_URL: `http://127.0.0.1:${port}` });
  const query = '{info{stores{id} availability{importMethods stores storesDetail usage}}}';
  const { data, errors, headers } = await gateway.query(query, { token: 'secret-token' });
  const [importMethods, stores, storesDetail, usage] = Array<string>(4).fill('UNAVAILABLE');
  expect(data).toEqual({ info: { stores: null, availability: { importMethods, stores, storesDetail, usage } } });
  expect(errors).toMatchObject([
    { message: "The Image service can't be reached.", extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
  ]);
  // Four calls fail, in whatever order.
  const line = gateway.log.find(({ msg, call }) => msg === 'upstream call failed' && call === 'stores');
  expect(line).toMatchObject({
    requestId: headers.get('x-openstack-request-id'),
    err: { code: 'ECONNREFUSED' },
  });
  expect(JSON.stringify(gateway.log)).not.toContain('secret-token');
});

test('a host that does not exist, and one that is not https, are UPSTREAM_UNAVAILABLE', async () => {
  await using upstream = await startUpstream({});
  for (const url of ['http://glance.invalid', upstream.url.replace('http:', 'https:')]) {
    await using gateway = await startGateway({ GLANCE_URL: url });
    const { errors } = await gateway.query('{info{stores{id}}}');
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(errors[0]?.message).not.toMatch(/invalid|127/);
  }
});

test('a caller that hangs up ends its upstream calls', async () => {
  const closed = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream((_request, response) => {
    response.on('close', () => closed.resolve());
    arrived.resolve();
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const caller = new AbortController();
  const answer = gateway.query('{info{stores{id}}}', { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await expect(answer).rejects.toThrow('abort');
  await closed.promise;
});

test('a connection kept too long is asked again on a new one', async () => {
  let connections = 0;
  await using upstream = await startUpstream((request, response) => {
    connections += 1;
    response.end(JSON.stringify(STORES), () => request.socket.end());
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let round = 0; round < 3; round += 1) {
    expect((await gateway.query('{info{stores{id}}}')).errors).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(connections).toBe(3);
});
