/** Each way in which a connection or a body of an upstream can be faulty, with the error that the caller gets. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { queryFaulty } from '../faulty-upstream.ts';
import { type Behaviour, hang, reply, reset } from '../recording-upstream.ts';

const STORES = { stores: [{ id: 'a' }] };

const stallAfter =
  (text: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).write(text);
  };

const endless: Behaviour = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const chunk = Buffer.alloc(65_536, ' ');
  const writeChunks = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', writeChunks);
  writeChunks();
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
    [
      'resets the connection',
      reset,
      { code: 'UPSTREAM_UNAVAILABLE', retryable: true },
      "The Image service can't be reached.",
    ],
    [
      'resets the connection within the body',
      cutOff,
      { code: 'UPSTREAM_UNAVAILABLE', retryable: true },
      "The Image service can't be reached.",
    ],
    [
      'does not respond',
      hang,
      { code: 'UPSTREAM_TIMEOUT', retryable: true },
      'The Image service did not respond within 1000 ms.',
    ],
    [
      'stalls within the body',
      stallAfter('{"stores": ['),
      { code: 'UPSTREAM_TIMEOUT' },
      'The Image service did not respond within 1000 ms.',
    ],
    [
      'sends an endless body',
      endless,
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is larger than 1048576 bytes.",
    ],
    [
      'announces a body of a gigabyte',
      reply(200, '{}', { 'Content-Length': String(2 ** 30) }),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is larger than 1048576 bytes.",
    ],
    [
      'compresses the body',
      reply(200, gzipSync(JSON.stringify(STORES)), { 'Content-Encoding': 'gzip' }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is compressed, which was not requested.",
    ],
    [
      'sends incomplete JSON',
      reply(200, '{"stores": [{"id"'),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 200 },
      "The Image service's response is not JSON.",
    ],
    [
      'sends null',
      reply(200, 'null'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: $ is not an object.",
    ],
    [
      'sends deeply nested JSON',
      reply(200, '['.repeat(100_000)),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: $ is not nested at most 100 levels deep.",
    ],
    [
      'sends more values than a cloud has',
      reply(200, `{"stores": [${'[],'.repeat(25_000)}[]]}`),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: $ is not a body of at most 50000 values.",
    ],
    [
      'sends JSON of another shape',
      reply(200, { stores: [{ name: 'a' }] }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: stores[0].id is not a string.",
    ],
    [
      'sends bytes that are not UTF-8',
      reply(200, Buffer.from([0x7b, 0xff, 0x7d])),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is not UTF-8.",
    ],
    [
      'sends HTML with 200',
      reply(200, '<html><h1>Login</h1></html>', { 'Content-Type': 'text/html' }),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is not JSON.",
    ],
    [
      'sends an empty body with 200',
      reply(200, ''),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is not JSON.",
    ],
    [
      'does not speak HTTP',
      raw('SSH-2.0-OpenSSH_9.2\r\n'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends an endless header',
      raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}`),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends interim responses without end',
      raw('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends Retry-After twice',
      raw('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n'),
      { code: 'RATE_LIMITED', retryAfter: 7 },
      'The Image service receives too many requests.',
    ],
    [
      'sends Content-Encoding twice',
      raw('HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is compressed, which was not requested.",
    ],
    [
      'sends both Content-Length and Transfer-Encoding',
      raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends two different lengths',
      raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends a chunk without a size',
      raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'sends a header with a control character',
      raw('HTTP/1.1 200 OK\r\nX-A: a\u0000b\r\n\r\n{}'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'switches protocols',
      raw('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
      { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
      "The Image service's response is not valid HTTP.",
    ],
    [
      'closes the connection within a chunk',
      raw('HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{'),
      { code: 'UPSTREAM_UNAVAILABLE', retryable: true },
      "The Image service can't be reached.",
    ],
    [
      'sends a duplicate key',
      reply(200, '{"stores": [{"id": "a", "id": "b"}]}'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: $ is not free of duplicate keys.",
    ],
    [
      'sends the key __proto__',
      reply(200, '{"stores": [{"id": "a", "__proto__": {"default": true}}]}'),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response has a wrong shape: $ is not free of __proto__.",
    ],
    [
      'lists a million stores',
      reply(200, `{"stores": [${'{"id": "a"},'.repeat(1_000_000)}{"id": "a"}]}`),
      { code: 'UPSTREAM_INVALID_RESPONSE' },
      "The Image service's response is larger than 1048576 bytes.",
    ],
  ])('%s', async (title, behaviour, extensions, message) => {
    // Short only where the upstream is silent: others fail by themselves.
    const error = await queryFaulty(behaviour, extensions.code === 'UPSTREAM_TIMEOUT' ? 1000 : undefined);
    expect(error.extensions).toMatchObject({ service: 'image', region: 'RegionOne', ...extensions });
    expect(error.extensions.requestId).toMatch(/^req-/);
    expect(error.message).toBe(message);
    // Only a connection that is reset before the response is retried.
    expect(error.storesCalls).toBe(title === 'resets the connection' ? 2 : 1);
  });
});
