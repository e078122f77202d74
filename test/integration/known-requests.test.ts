/** Which requests go around Apollo: those that it has answered before, to the byte. */
import { ApolloServer } from '@apollo/server';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createDiscovery } from '../../src/graphql/discovery.ts';
import { createRendering } from '../../src/graphql/rendering.ts';
import { createReporting } from '../../src/graphql/reporting.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream, type Upstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';
import { type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

let asked = 0;
let glance: RecordingUpstream;
let upstream: Upstream;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  glance = await startUpstream({ '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }) });
  upstream = createUpstream(UPSTREAM_OPTIONS);
  const options = discoveryOptions(upstream, glance.url);
  const schema = createSchema(loadSdl());
  const rendering = createRendering(schema);
  const apollo = new ApolloServer<GatewayContext>({
    schema,
    plugins: [
      {
        async requestDidStart() {
          asked += 1;
        },
      },
      rendering.plugin,
      createReporting(false),
    ],
    stringifyResult: (result) => rendering.readyText(result.data ?? {}) ?? JSON.stringify(result),
  });
  await apollo.start();
  const app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    corsOrigins: null,
    trustedProxies: null,
    metrics: createMetrics('0'),
    tracing: null,
  });
  serveGraphql(app, {
    apollo,
    rendering,
    resolveDocument: null,
    hasPages: true,
    open({ id: requestId }) {
      const discovery = createDiscovery({ ...options, requestId });
      return { discovery, context: async () => ({ requestId, discovery, reportFault: () => {} }) };
    },
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  close = async () => {
    await app.close();
    await apollo.stop();
    await upstream.close();
    await glance[Symbol.asyncDispose]();
  };
});
afterAll(() => close());

async function askedFor(body: string, headers: Record<string, string> = {}): Promise<number> {
  const before = asked;
  for (let time = 0; time < 3; time += 1) {
    const init = { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } };
    await (await fetch(`${url}/graphql`, init)).text();
  }
  return asked - before;
}

test('a request that comes again is answered without Apollo', async () => {
  expect(await askedFor('{"query":"{info{stores{id}}}"}')).toBe(1);
  expect(await askedFor('{"query":"{info{stores{id}}}"}')).toBe(0);
});

test('one with other white space, another operation or another Accept is another one', async () => {
  expect(await askedFor('{"query": "{info{stores{id}}}"}')).toBe(1);
  const two = 'query A{info{stores{id}}} query B{info{stores{default}}}';
  expect(await askedFor(JSON.stringify({ query: two, operationName: 'A' }))).toBe(1);
  expect(await askedFor(JSON.stringify({ query: two, operationName: 'B' }))).toBe(1);
  expect(await askedFor('{"query":"{info{stores{id}}}"}', { Accept: 'application/graphql-response+json' })).toBe(1);
});

test('a document that is none is refused again without Apollo', async () => {
  expect(await askedFor('{"query":"{info{nothing}}"}')).toBe(1);
  expect(await askedFor('{"query":"{info{"}')).toBe(1);
});

test('what is refused for other reasons, and what is executed, always goes to Apollo', async () => {
  expect(await askedFor('{"query":"query A{__typename}","operationName":"B"}')).toBe(3);
  expect(await askedFor('{"query":"{info{stores{id}}}"}', { Accept: 'image/png' })).toBe(3);
  expect(await askedFor('{"query":"{info{availability{stores}}}"}')).toBe(3);
  expect(await askedFor('{"query":"{info{importMethods{value}}}"}')).toBe(3);
});
