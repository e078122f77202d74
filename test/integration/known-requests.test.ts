/** Which requests go around Apollo: those that it has answered before, to the byte. */
import type { IncomingMessage } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createKnownRequests, type KnownRequests } from '../../src/graphql/known-requests.ts';
import { createRendering } from '../../src/graphql/rendering.ts';
import { createReporting } from '../../src/graphql/reporting.ts';
import { createDiscovery } from '../../src/graphql/request-discovery.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createLane } from '../../src/http/lane.ts';
import { createObserve, type Observed } from '../../src/http/observing.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

let asked = 0;
const faults: unknown[] = [];
const onFault = (fault: unknown) => void faults.push(fault);
let url: string;

async function startServer(
  hasLane: boolean,
  inLane: (known: KnownRequests) => KnownRequests = (known) => known,
): Promise<() => Promise<void>> {
  const glance = await startUpstream({ '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }) });
  const upstream = createUpstream(UPSTREAM_OPTIONS);
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
  const log = createLog('silent');
  const observe = createObserve({ log, metrics: createMetrics('0'), tracing: null });
  const known = createKnownRequests(rendering);
  const openDiscovery = (_request: IncomingMessage, observed: Observed) => {
    observed.discovery = createDiscovery({ ...options, requestId: observed.id });
    return observed.discovery;
  };
  const lane = createLane({
    observe,
    known: inLane(known),
    maxBodyBytes: 1000,
    openDiscovery,
    isClosed: () => !hasLane,
    onFault,
  });
  const app = await createHttpServer({ logger: log, corsOrigins: null, trustedProxies: null, observe, lane });
  serveGraphql(app, {
    apollo,
    reuse: { rendering, known },
    resolveDocument: null,
    hasPages: true,
    openDiscovery,
    contextOf: async (_request, discovery) => ({ requestId: 'req-1', discovery, reportFault: () => {} }),
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  return async () => {
    await app.close();
    await apollo.stop();
    await upstream.close();
    await glance[Symbol.asyncDispose]();
  };
}

async function askedFor(body: string, headers: Record<string, string> = {}): Promise<number> {
  const before = asked;
  for (let time = 0; time < 3; time += 1) {
    const init = { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } };
    await (await fetch(`${url}/graphql`, init)).text();
  }
  return asked - before;
}

describe.each([
  ['the lane', true],
  ['Fastify', false],
])('by %s', (_way, hasLane) => {
  let close = async () => {};
  beforeAll(async () => {
    close = await startServer(hasLane);
  });
  afterAll(() => close());

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
});

const fault = new TypeError('A fault of ours');

test.each<[string, KnownRequests['answer']]>([
  [
    'at once',
    () => {
      throw fault;
    },
  ],
  ['later', () => Promise.reject(fault)],
])('a fault of ours in the lane, %s, is reported, and Apollo answers', async (_when, answer) => {
  const close = await startServer(true, (known) => ({ ...known, answer }));
  faults.length = 0;
  expect(await askedFor('{"query":"{info{stores{id}}}"}')).toBe(3);
  expect(faults).toEqual([fault, fault]);
  const init = {
    method: 'POST',
    body: '{"query":"{info{stores{id}}}"}',
    headers: { 'Content-Type': 'application/json' },
  };
  expect(await (await fetch(`${url}/graphql`, init)).json()).toEqual({ data: { info: { stores: [{ id: 'a' }] } } });
  await close();
});
