/** Traces as an OTLP collector receives them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { startProgram } from '../program.ts';
import { hang, reply, startUpstream } from '../recording-upstream.ts';

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
  readonly status: { code?: number };
}

async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const texts: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    texts.push(text);
    const body: { resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[] } = JSON.parse(text);
    spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('Content-Type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    spans,
    texts,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const attributesOf = ({ attributes }: ReceivedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

test('a request, its operation and its upstream calls are spans of the caller’s trace, which continues upstream', async () => {
  await using collector = await startCollector();
  await using glance = await startUpstream({
    '/v2/info/stores': reply(200, { stores: [] }),
    '/v2/info/stores/detail': reply(403, ''),
  });
  const gateway = await startGateway({ GLANCE_URL: glance.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const traceId = 'a'.repeat(32);
  await gateway.query('query Portal { info { stores { id } storesDetail { id } } }', {
    token: 'a-token-that-is-secret',
    headers: { Traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  // Closing flushes the remaining spans.
  await gateway.close();

  const byName = new Map(collector.spans.filter((span) => span.traceId === traceId).map((span) => [span.name, span]));
  const [http, operation] = [byName.get('POST /graphql'), byName.get('query Portal')];
  const [stores, detail] = [byName.get('image stores'), byName.get('image storesDetail')];
  if (!http || !operation || !stores || !detail) throw new Error(`spans: ${[...byName.keys()]}`);
  expect(http.parentSpanId).toBe('b'.repeat(16));
  expect(operation.parentSpanId).toBe(http.spanId);
  expect([stores.parentSpanId, detail.parentSpanId]).toEqual([operation.spanId, operation.spanId]);
  expect(attributesOf(http)).toMatchObject({ 'http.route': '/graphql', 'http.response.status_code': 200 });
  expect(attributesOf(operation)).toMatchObject({ 'graphql.operation.name': 'Portal', 'graphql.outcome': 'partial' });
  expect(attributesOf(detail)).toMatchObject({ 'openstack.region': 'RegionOne', 'http.response.status_code': 403 });
  expect(detail.status.code).toBe(2);
  const sent = glance.seen.map(({ headers }) => headers.find(([name]) => name === 'Traceparent')?.[1]);
  expect(sent.sort()).toEqual([stores, detail].map(({ spanId }) => `00-${traceId}-${spanId}-01`).sort());
  const everything = collector.texts.join('');
  expect(everything).not.toMatch(/a-token-that-is-secret|storesDetail \{/);
  expect(everything).not.toContain(new URL(glance.url).host);
});

test('an invalid traceparent starts a new trace', async () => {
  await using collector = await startCollector();
  const gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  for (const traceparent of [
    'nonsense',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ])
    await gateway.query('{__typename}', { headers: { Traceparent: traceparent } });
  await gateway.close();
  const roots = collector.spans.filter(({ name }) => name === 'POST /graphql');
  expect(roots).toHaveLength(3);
  for (const { parentSpanId = '', traceId } of roots) {
    expect(parentSpanId).toBe('');
    expect(traceId).not.toMatch(/^(0+|a+)$/);
  }
});

test('a collector that does not respond delays no request, and the shutdown only briefly', {
  timeout: 15_000,
}, async () => {
  await using collector = await startUpstream(hang);
  const gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const { errors } = await gateway.query('{info{stores{id}}}', { token: 'sandbox-admin' });
  expect(errors).toEqual([]);
  const startedAt = performance.now();
  await gateway.close();
  expect(performance.now() - startedAt).toBeLessThan(4500);
});

/** Makes Node print each module of the OpenTelemetry SDK that it loads. */
const PRINT_LOADED = `import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { if (/@opentelemetry.(sdk|exporter|otlp)/.test(url)) console.error('LOADED ' + url); return next(url, context); } });`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(PRINT_LOADED)}`;

test('without a collector the SDK is not loaded, and no traceparent is sent upstream', {
  timeout: 20_000,
}, async () => {
  await using glance = await startUpstream(reply(200, { stores: [] }));
  await using program = await startProgram({ GLANCE_URL: glance.url, NODE_OPTIONS });
  await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    body: JSON.stringify({ query: '{info{stores{id}}}' }),
  });
  expect(glance.seen[0]?.headers.map(([name]) => name.toLowerCase())).not.toContain('traceparent');
  expect(program.banner).not.toContain('LOADED');
});

test('with a collector the SDK is loaded', { timeout: 20_000 }, async () => {
  await using program = await startProgram({ NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect(program.banner).toContain('LOADED');
});
