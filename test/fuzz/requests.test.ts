/**
 * Random bodies, queries and headers: every response is JSON, none is an internal error, and nothing crashes.
 * `npm run fuzz` makes more runs; a failure prints the seed.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reply } from '../recording-upstream.ts';
import { check, type FuzzedGateway, startFuzzedGateway, TIMEOUT_MS } from './fuzzed-gateway.ts';

let gateway: FuzzedGateway;
beforeAll(async () => {
  gateway = await startFuzzedGateway(reply(200, { stores: [] }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('random bodies get valid responses', { timeout: TIMEOUT_MS }, async () => {
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
  await check(
    fc.asyncProperty(fc.oneof(bytes, json, parameters, deep), async (body) => {
      gateway.expectValid(await gateway.post(body));
    }),
  );
});

test('random queries get valid responses', { timeout: TIMEOUT_MS }, async () => {
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
  const randomTokens = fc.array(word, { maxLength: 60 }).map((words) => words.join(' '));
  const almostValid = fc
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
  await check(
    fc.asyncProperty(
      fc.oneof(randomTokens, almostValid, fc.string({ unit: 'binary', maxLength: 200 })),
      async (query) => {
        gateway.expectValid(await gateway.post(JSON.stringify({ query })));
      },
    ),
  );
});

test('random headers get valid responses, and are not sent upstream', { timeout: TIMEOUT_MS }, async () => {
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
  const allowed = new Set(['X-Auth-Token', 'X-Openstack-Request-Id', 'Accept', 'host', 'connection']);
  await check(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 5 }), async (headers) => {
      const seen = gateway.upstream.seen.length;
      const response = await gateway.post('{"query":"{info{stores{id}}}"}', headers);
      gateway.expectValid(response);
      // Only these headers are sent upstream, regardless of the request's headers.
      for (const { headers: sent } of gateway.upstream.seen.slice(seen))
        for (const [header] of sent) expect(allowed).toContain(header);
    }),
  );
});

test('malformed and concatenated requests cause no 5xx', { timeout: TIMEOUT_MS }, async () => {
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
  await check(
    fc.asyncProperty(
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom(body, '', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'),
      async (lines, rest) => {
        const head = ['POST /graphql HTTP/1.1', 'Host: x', 'Connection: close', ...lines].join('\r\n');
        const text = await gateway.sendRaw(`${head}\r\n\r\n${rest}`);
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
        for (const status of statuses) expect(status).toBeLessThan(500);
        gateway.expectNoLoggedErrors();
      },
    ),
  );
});
