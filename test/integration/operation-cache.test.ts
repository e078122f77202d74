/** Which operations bypass Apollo Server: those with the same bytes as an earlier request. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSummaryPlugin } from '../../src/graphql/apollo-plugins.ts';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createExecute, type Execute } from '../../src/graphql/execute.ts';
import { createOperationCache, type OperationState } from '../../src/graphql/fast-path/operation-cache.ts';
import { createPlanPlugin } from '../../src/graphql/fast-path/plan-plugin.ts';
import type { RequestData } from '../../src/graphql/request-data.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { serveGraphql } from '../../src/http/routes/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createRequestData, createServices } from '../parts.ts';
import { type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const schema = createSchema(loadSdl());
/** Requests that Apollo Server received, and operations that graphql-js executed. */
const counts = { received: 0, executed: 0 };
let url = '';

async function createContext(data: RequestData, operation: OperationState): Promise<GatewayContext> {
  return { data, operation, reportError: () => {} };
}

const GLANCE: Record<string, Behaviour> = { '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }) };

async function startServer(
  wrap: (execute: Execute) => Execute = (execute) => execute,
  behaviour: Record<string, Behaviour> = GLANCE,
): Promise<AsyncDisposable> {
  const glance = await startUpstream(behaviour);
  const { services, close } = createServices(glance.url);
  const persistedQueries = new InMemoryLRUCache();
  const apollo = new ApolloServer<GatewayContext>({
    schema,
    persistedQueries: { cache: persistedQueries },
    plugins: [
      {
        async requestDidStart() {
          counts.received += 1;
          return {
            async executionDidStart() {
              counts.executed += 1;
            },
          };
        },
      },
      createPlanPlugin(schema),
      createSummaryPlugin(false),
      ApolloServerPluginInlineTraceDisabled(),
      // It would wrap every field in a resolver, and fields with resolvers have no plan.
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await apollo.start();
  const logger = createLogger('silent');
  const options = {
    logger,
    metrics: createMetrics('0', logger.droppedLines),
    tracing: null,
    corsOrigins: null,
    trustedProxies: null,
    rewriteUrl: null,
  };
  const { app, isClosing } = await createHttpServer(options);
  const execute = createExecute({ apollo, createContext, operationCache: createOperationCache(), persistedQueries });
  serveGraphql(app, {
    execute: wrap(execute),
    createRequestData: () => createRequestData(services),
    resolveDocument: null,
    hasPages: true,
    isClosing,
    onWritten: () => {},
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    async [Symbol.asyncDispose]() {
      await app.close();
      await apollo.stop();
      await close();
      await glance[Symbol.asyncDispose]();
    },
  };
}

beforeEach(() => {
  Object.assign(counts, { received: 0, executed: 0 });
});

/** How many of four equal requests Apollo Server received, and how many were executed. */
async function countsOf(init: RequestInit, path = '/graphql'): Promise<readonly [received: number, executed: number]> {
  Object.assign(counts, { received: 0, executed: 0 });
  for (let time = 0; time < 4; time += 1) await (await fetch(url + path, init)).text();
  return [counts.received, counts.executed];
}

const post = (body: object | string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...headers },
});

describe('an operation', () => {
  test('is planned when it is sent again, and bypasses Apollo Server from the third request on', async () => {
    await using _server = await startServer();
    expect(await countsOf(post('{"query":"{info{stores{id}}}"}'))).toEqual([2, 2]);
    expect(await countsOf(post('{"query":"{info{stores{id}}}"}'))).toEqual([0, 0]);
  });

  test('is another one with other white space, operation name or Accept header', async () => {
    await using _server = await startServer();
    await countsOf(post('{"query":"{info{stores{id}}}"}'));
    expect(await countsOf(post('{"query": "{info{stores{id}}}"}'))).toEqual([2, 2]);
    const query = 'query A{info{stores{id}}} query B{info{stores{default}}}';
    expect(await countsOf(post({ query, operationName: 'A' }))).toEqual([2, 2]);
    expect(await countsOf(post({ query, operationName: 'B' }))).toEqual([2, 2]);
    const accept = { Accept: 'application/graphql-response+json' };
    expect(await countsOf(post('{"query":"{info{stores{id}}}"}', accept))).toEqual([2, 2]);
  });

  test('is cached when sent by GET, with a header that other origins cannot send', async () => {
    await using _server = await startServer();
    const search = `/graphql?query=${encodeURIComponent('{info{stores{id}}}')}`;
    expect(await countsOf({ headers: { 'Apollo-Require-Preflight': '1' } }, search)).toEqual([2, 2]);
    expect((await fetch(url + search)).status).toBe(400);
    // A body that equals the query string is another request, and no JSON.
    expect((await fetch(`${url}/graphql`, post(search.slice('/graphql'.length)))).status).toBe(400);
  });

  test('is planned once although its calls fail, and bypasses Apollo Server when they succeed', async () => {
    let calls = 0;
    await using _server = await startServer(undefined, {
      '/v2/info/import': (request, response) => {
        calls += 1;
        const isAllowed = calls > 2;
        const body = isAllowed ? { 'import-methods': { description: '', type: 'array', value: ['web-download'] } } : {};
        reply(isAllowed ? 200 : 403, body)(request, response);
      },
    });
    expect(await countsOf(post('{"query":"{info{importMethods{value}}}"}'))).toEqual([2, 2]);
  });

  test('is cached with its error when the document is invalid', async () => {
    await using _server = await startServer();
    expect(await countsOf(post('{"query":"{info{nothing}}"}'))).toEqual([2, 0]);
    expect(await countsOf(post('{"query":"{info{"}'))).toEqual([2, 0]);
  });

  test('is not cached when it fails for other reasons or has no plan', async () => {
    await using _server = await startServer();
    expect(await countsOf(post('{"query":"query A{__typename}","operationName":"B"}'))).toEqual([4, 4]);
    expect(await countsOf(post('{"query":"{info{stores{id}}}"}', { Accept: 'image/png' }))).toEqual([4, 4]);
    expect(await countsOf(post('{"query":"{info{availability{stores}}}"}'))).toEqual([4, 4]);
    expect(await countsOf(post('{"query":"{info{importMethods{value}}}"}'))).toEqual([4, 4]);
  });
});

test.each([
  [
    'thrown',
    () => {
      throw new TypeError('internal');
    },
  ],
  ['rejected', () => Promise.reject(new TypeError('internal'))],
])('an internal error that is %s ends its request alone', async (_title, fail) => {
  let fails = true;
  await using _server = await startServer(
    (execute) => (operation, data) => (fails ? fail() : execute(operation, data)),
  );
  const response = await fetch(`${url}/graphql`, post('{"query":"{info{stores{id}}}"}'));
  expect([response.status, await response.json()]).toEqual([
    500,
    { errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
  ]);
  fails = false;
  expect(await (await fetch(`${url}/graphql`, post('{"query":"{info{stores{id}}}"}'))).json()).toEqual({
    data: { info: { stores: [{ id: 'a' }] } },
  });
});
