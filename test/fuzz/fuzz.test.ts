/**
 * Random bodies, queries, headers and upstream answers: no crash, no 5xx that is the gateway's own fault, no answer that is no
 * JSON. `npm run fuzz` does more of it; a failure prints the seed.
 */
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';
import { recorded } from '../recorded.ts';
import { type Behaviour, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
const TIMEOUT_MS = 20_000 + RUNS * 100;

let gateway: TestGateway;
let upstream: RecordingUpstream;
let behaviour: Behaviour = reply(200, { stores: [] });
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);
beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  upstream = await startUpstream((request, response) => behaviour(request, response));
  gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '1000' });
});
afterAll(async () => {
  await gateway.close();
  await upstream[Symbol.asyncDispose]();
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { 'Content-Type': 'application/json', ...headers };
    const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: all }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on('error', reject).end(body);
  });
}

/** All is told as GraphQL tells it, and nothing is the gateway's own fault. */
function judge({ status, text }: Answer): void {
  expect(status).toBeLessThan(500);
  const { data, errors = [] } = JSON.parse(text);
  expect(data !== undefined || errors.length > 0).toBe(true);
  for (const { message, extensions } of errors) {
    expect(typeof message).toBe('string');
    expect(extensions.code).toMatch(/^[A-Z_]+$/);
    expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  }
  expect(gateway.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
}

const many = (property: fc.IAsyncProperty<unknown>) => fc.assert(property, { numRuns: RUNS });

test('bodies', { timeout: TIMEOUT_MS }, async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const json = fc.json().map((text) => Buffer.from(text));
  const parameters = fc
    .record(
      {
        query: fc.oneof(fc.jsonValue(), fc.constantFrom('{info{stores{id}}}', '{__typename}', '')),
        variables: fc.jsonValue(),
        operationName: fc.jsonValue(),
        extensions: fc.oneof(fc.jsonValue(), fc.record({ persistedQuery: fc.jsonValue() })),
        documentId: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value)));
  const deep = fc.nat(30_000).map((depth) => {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    return Buffer.from(`{"query":"query($r:ID){info(region:$r){__typename}}","variables":{"r":${nested}}}`);
  });
  await many(
    fc.asyncProperty(fc.oneof(bytes, json, parameters, deep), async (body) => {
      judge(await post(body));
    }),
  );
});

test('queries', { timeout: TIMEOUT_MS }, async () => {
  const word = fc.constantFrom(
    ...[
      '{',
      '}',
      '(',
      ')',
      ':',
      '...',
      '@skip',
      '@include',
      'if',
      'true',
      '$v',
      '"x"',
      '"""b"""',
      '1',
      '[',
      ']',
      '!',
      '=',
    ],
    ...[
      'query',
      'mutation',
      'subscription',
      'fragment',
      'on',
      'F',
      'Info',
      'Query',
      'Region',
      'ImageStore',
      '_Any',
      'ID',
    ],
    ...['info', 'stores', 'id', 'usage', 'quotas', 'name', 'region', 'imageRegions', 'availability', 'storesDetail'],
    ...[
      '__typename',
      '__schema',
      '__type',
      'types',
      'fields',
      '_entities',
      '_service',
      'representations',
      'sdl',
      '#',
      ',',
    ],
  );
  const soup = fc.array(word, { maxLength: 60 }).map((words) => words.join(' '));
  const near = fc
    .tuple(
      fc.constantFrom(
        '{info{stores{id region{id}} usage{quotas{name}}}}',
        'query Q($r: ID = "RegionOne") { a: info(region: $r) { ...F } } fragment F on Info { stores { id } }',
        '{_entities(representations: [{__typename: "Region", id: "x"}]) { ... on Region { id } }}',
      ),
      fc.nat(120),
      word,
    )
    .map(([query, at, insert]) => `${query.slice(0, at)} ${insert} ${query.slice(at)}`);
  await many(
    fc.asyncProperty(fc.oneof(soup, near, fc.string({ unit: 'binary', maxLength: 200 })), async (query) => {
      judge(await post(JSON.stringify({ query })));
    }),
  );
});

test('headers', { timeout: TIMEOUT_MS }, async () => {
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'azAZ09 ,;:=/*"\\()[]{}<>@?-_.~\t\u00e4\u00ff'), maxLength: 80 }),
    fc.constantFrom(
      '*/*',
      'application/json',
      'text/html',
      'application/graphql-response+json;q=0',
      'no-cache',
      'x'.repeat(9000),
    ),
  );
  const name = fc.constantFrom(
    ...[
      'Accept',
      'X-Auth-Token',
      'Authorization',
      'X-Openstack-Request-Id',
      'Cache-Control',
      'If-None-Match',
      'Origin',
    ],
    ...[
      'Content-Type',
      'Accept-Encoding',
      'Cookie',
      'X-Forwarded-For',
      'X_Auth_Token',
      'Apollo-Require-Preflight',
      'Forwarded',
    ],
  );
  const before = new Set(['X-Auth-Token', 'X-Openstack-Request-Id', 'Accept', 'host', 'connection']);
  await many(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 5 }), async (headers) => {
      const seen = upstream.seen.length;
      const answer = await post('{"query":"{info{stores{id}}}"}', headers);
      judge(answer);
      // Three headers go upstream, whatever came.
      for (const { headers: sent } of upstream.seen.slice(seen))
        for (const [header] of sent) expect(before).toContain(header);
    }),
  );
});

test('bytes that are no request, or two', { timeout: TIMEOUT_MS }, async () => {
  const body = '{"query":"{__typename}"}';
  const line = fc.constantFrom(
    ...[
      'Content-Length: 24',
      'Content-Length: 0',
      'Content-Length: 5, 24',
      'Content-Length: -1',
      'Content-Length: +24',
    ],
    ...['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked'],
    ...[
      'Transfer-Encoding : chunked',
      'Content-Type: application/json',
      'X-Auth-Token: a\u0000b',
      'X-Auth-Token: a',
      ' folded',
    ],
    ...['Host: y', 'Expect: 100-continue', 'Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'Content_Length: 3'],
  );
  await many(
    fc.asyncProperty(
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom(body, '', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'),
      async (lines, rest) => {
        const head = ['POST /graphql HTTP/1.1', 'Host: x', 'Connection: close', ...lines].join('\r\n');
        const text = await sendRaw(gateway, `${head}\r\n\r\n${rest}`).catch((error: Error) => error.message);
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
        for (const status of statuses) expect(status).toBeLessThan(500);
        expect(gateway.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
      },
    ),
  );
});

test('answers of an upstream', { timeout: TIMEOUT_MS }, async () => {
  const good = recorded('api-2.16-multistore-admin.stores').body;
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.record({ stores: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    fc
      .record({
        stores: fc.array(fc.record({ id: fc.jsonValue(), default: fc.jsonValue(), 'read-only': fc.jsonValue() })),
      })
      .map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.nat(good.length), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at)),
  );
  const type = fc.constantFrom('application/json', 'text/html', 'application/json; charset=latin1', '');
  const answer = fc.record({ status: fc.integer({ min: 200, max: 599 }), body, type });
  await many(
    fc.asyncProperty(answer, async ({ status, body: text, type: contentType }) => {
      // So many failures would open the circuit breaker, and nothing would be tried.
      const isOutage = [502, 503, 504].includes(status);
      behaviour = reply(isOutage ? 500 : status, text, { 'Content-Type': contentType });
      judge(await post('{"query":"{info{stores{id default readOnly} availability{stores}}}"}'));
    }),
  );
});
