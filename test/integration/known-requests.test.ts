/** Which requests go around Apollo: those that it has answered before, to the byte. */
import { ApolloServer } from '@apollo/server';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAnswers } from '../../src/glance/answers.ts';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createDiscovery } from '../../src/graphql/discovery.ts';
import { createRendering } from '../../src/graphql/rendering.ts';
import { reporting } from '../../src/graphql/reporting.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { fixedAccess } from '../../src/keystone/access.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream, type Upstream } from '../../src/upstream/client.ts';
import { parseEndpoint } from '../../src/upstream/endpoint.ts';
import { type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

let asked = 0;
let glance: RecordingUpstream;
let upstream: Upstream;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  glance = await startUpstream({ '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }) });
  upstream = createUpstream({
    ca: null,
    verify: true,
    connectTimeoutMs: 1000,
    connections: 5,
    maxConnections: 5,
    maxWaiting: 100,
    maxBodyBytes: 100_000,
  });
  const endpoint = parseEndpoint(glance.url);
  if (endpoint === null) throw new Error('no endpoint');
  const findAccess = fixedAccess(new Map([['one', endpoint]]), null);
  const answers = createAnswers(upstream, { versions: 0, importMethods: 0, stores: 0, storesDetail: 0, usage: 0 });
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
      reporting,
    ],
    stringifyResult: (result) => rendering.readyText(result.data ?? {}) ?? JSON.stringify(result),
  });
  await apollo.start();
  const app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    corsOrigins: null,
    metrics: createMetrics('0'),
  });
  serveGraphql(app, {
    apollo,
    rendering,
    hasPages: true,
    open({ id: requestId }) {
      const token = { kind: 'none' } as const;
      const options = {
        answers,
        findAccess,
        token,
        requestId,
        deadlines: { callMs: 1000, usageMs: 1000, requestMs: 2000 },
        anew: false,
        onFailure: () => {},
      };
      const discovery = createDiscovery(options);
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
