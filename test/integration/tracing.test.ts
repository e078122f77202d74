/** Traces as an OpenTelemetry collector receives them. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { attributesOf, type ReceivedSpan, startCollector } from '../collector.ts';
import { startGateway } from '../gateway.ts';
import { hang, reply, startUpstream } from '../recording-upstream.ts';

const TRACE_ID = 'a'.repeat(32);
const FAILED = 2;

const onlySpan = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const [span, ...others] = spans.filter((one) => one.name === name);
  if (span === undefined || others.length > 0) throw new Error(`${name} among ${spans.map((one) => one.name)}`);
  return span;
};

test('a request, its operation and its upstream requests are spans of the caller’s trace, which continues upstream', async () => {
  await using collector = await startCollector();
  await using glance = await startUpstream({
    '/image/v2/info/stores': reply(200, { stores: [] }),
    '/image/v2/info/stores/detail': reply(403, ''),
  });
  const gateway = await startGateway({
    GLANCE_URL: `${glance.url}/image`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  await gateway.query('query Portal { info { stores { id } storesDetail { id } } }', {
    token: 'a-token-that-is-secret',
    headers: { Traceparent: `00-${TRACE_ID}-${'b'.repeat(16)}-01`, 'X-Openstack-Request-Id': 'req-of-a-test' },
  });
  // Closing sends the remaining spans.
  await gateway.close();

  const spans = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  const [http, operation] = [onlySpan(spans, 'POST /graphql'), onlySpan(spans, 'query')];
  const [stores, detail] = [onlySpan(spans, 'GET /v2/info/stores'), onlySpan(spans, 'GET /v2/info/stores/detail')];
  expect(http.parentSpanId).toBe('b'.repeat(16));
  expect(operation.parentSpanId).toBe(http.spanId);
  expect([stores.parentSpanId, detail.parentSpanId]).toEqual([operation.spanId, operation.spanId]);
  expect([http, operation, stores].map(({ kind }) => kind)).toEqual([2, 2, 3]);
  expect(attributesOf(http)).toEqual({
    'http.request.method': 'POST',
    'http.route': '/graphql',
    'http.response.status_code': 200,
    'url.path': '/graphql',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'openstack.request_id': 'req-of-a-test',
  });
  expect(attributesOf(operation)).toMatchObject({
    'graphql.operation.type': 'query',
    'graphql.operation.name': 'Portal',
    'glance_graphql.outcome': 'partial',
  });
  const { hostname, port } = new URL(glance.url);
  expect(attributesOf(detail)).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 403,
    'error.type': '403',
    'server.address': hostname,
    'server.port': Number(port),
    'url.full': `${glance.url}/image/v2/info/stores/detail`,
    'url.template': '/v2/info/stores/detail',
    'openstack.service': 'image',
    'openstack.call': 'storesDetail',
    'openstack.region': 'RegionOne',
  });
  expect([http, operation, stores, detail].map(({ status }) => status.code ?? 0)).toEqual([0, 0, 0, FAILED]);
  const sent = glance.seen.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]);
  expect(sent.sort()).toEqual([stores, detail].map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`).sort());
  expect(collector.requests.map(({ text }) => text).join('')).not.toMatch(/a-token-that-is-secret|storesDetail \{/);

  // The log leads to the trace.
  const lines = gateway.log.filter(({ requestId }) => requestId === 'req-of-a-test');
  expect(lines.map(({ msg, trace_id }) => [msg, trace_id])).toEqual([
    ['upstream call failed', TRACE_ID],
    ['request', TRACE_ID],
  ]);
  expect(lines.at(-1)?.span_id).toBe(http.spanId);
});

test('names of spans are bounded, whatever callers send', async () => {
  await using collector = await startCollector();
  const gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  for (let index = 0; index < 20; index += 1) {
    await gateway.query(`query Operation${index} { __typename }`);
    await gateway.query(`query Invalid${index} { nothing }`);
    await gateway.fetch(`/nowhere/${index}?secret=${index}`);
  }
  for (const path of ['/graphql', '/nowhere']) await gateway.fetch(path, { method: 'PROPFIND' });
  await gateway.close();
  expect(new Set(collector.spans.map(({ name }) => name))).toEqual(
    // The test gateway reads its own metrics.
    new Set(['POST /graphql', 'query', 'GraphQL Operation', 'GET', 'HTTP', 'HTTP /graphql', 'GET /metrics']),
  );
  const invalid = collector.spans.find(({ name }) => name === 'GraphQL Operation');
  expect(invalid && attributesOf(invalid)).toMatchObject({ 'error.type': 'GRAPHQL_VALIDATION_FAILED' });
  const webdav = collector.spans.find(({ name }) => name === 'HTTP');
  expect(webdav && attributesOf(webdav)).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PROPFIND',
  });
  expect(collector.requests.map(({ text }) => text).join('')).not.toContain('secret=');
});

test('each attempt has a span, and a retry says so', async () => {
  await using collector = await startCollector();
  let attempts = 0;
  await using glance = await startUpstream((request, response) => {
    attempts += 1;
    (attempts === 1 ? reply(503, '') : reply(200, { stores: [] }))(request, response);
  });
  const gateway = await startGateway({ GLANCE_URL: glance.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect((await gateway.query('{info{stores{id}}}', { token: 'a-token' })).errors).toEqual([]);
  await gateway.close();
  const spans = collector.spans.filter(({ name }) => name === 'GET /v2/info/stores');
  expect(
    spans.map((span) => [attributesOf(span)['error.type'], attributesOf(span)['http.request.resend_count']]),
  ).toEqual([
    ['503', undefined],
    [undefined, 1],
  ]);
});

test('a disconnected caller is distinguished from a response, and the cancelled call is not an error', async () => {
  await using collector = await startCollector();
  await using glance = await startUpstream(hang);
  const gateway = await startGateway({ GLANCE_URL: glance.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const body = '{"query":"{info{stores{id}}}"}';
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nX-Auth-Token: a-token\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await expect.poll(() => glance.seen.length).toBe(1);
  socket.destroy();
  await once(socket, 'close');
  await expect.poll(() => gateway.log.filter(({ msg }) => msg === 'request').length).toBe(1);
  await gateway.close();
  const http = onlySpan(collector.spans, 'POST /graphql');
  expect(attributesOf(http)['error.type']).toBe('caller_disconnected');
  expect(attributesOf(http)).not.toHaveProperty(['http.response.status_code']);
  const call = onlySpan(collector.spans, 'GET /v2/info/stores');
  expect([attributesOf(call)['error.type'], call.status.code ?? 0]).toEqual([undefined, 0]);
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, 2],
  [{}, 1],
])('%j samples %i of a request that its caller samples and one that its caller does not', async (env, sampled) => {
  await using collector = await startCollector();
  await using glance = await startUpstream(reply(200, { stores: [] }));
  const gateway = await startGateway({ GLANCE_URL: glance.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env });
  for (const flags of ['01', '00'])
    await gateway.query('{info{stores{id}}}', {
      token: `token-${flags}`,
      headers: { Traceparent: `00-${TRACE_ID}-${'b'.repeat(16)}-${flags}` },
    });
  await gateway.close();
  expect(collector.spans.filter(({ name }) => name === 'POST /graphql')).toHaveLength(sampled);
  // The upstream learns of the trace and of the decision.
  const sent = glance.seen.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]);
  expect(sent.map((header) => header?.slice(0, 35))).toEqual(Array(2).fill(`00-${TRACE_ID}`));
  expect(sent.filter((header) => header?.endsWith('-01'))).toHaveLength(sampled);
});

test('the headers and the attributes of the process are sent', async () => {
  await using collector = await startCollector();
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a-key%2Cwith-comma,other=1',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production,service.name=from-attributes',
  };
  const gateway = await startGateway(env);
  await gateway.query('{__typename}');
  await gateway.close();
  expect(collector.requests.map(({ path }) => path)).toEqual(['/custom']);
  expect(collector.requests[0]?.headers).toMatchObject({ 'x-api-key': 'a-key,with-comma', other: '1' });
  expect(collector.resource).toMatchObject({
    'deployment.environment.name': 'production',
    'service.name': 'from-attributes',
    'service.version': expect.any(String),
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(JSON.stringify(gateway.log)).not.toContain('a-key');
});

test('OTEL_SERVICE_NAME overrides the attributes', async () => {
  await using collector = await startCollector();
  const env = { OTEL_SERVICE_NAME: 'named', OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-attributes' };
  const gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env });
  await gateway.query('{__typename}');
  await gateway.close();
  expect(collector.resource['service.name']).toBe('named');
});

test('a collector that rejects spans is logged, once', async () => {
  await using collector = await startCollector();
  collector.status = 401;
  const gateway = await startGateway({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url });
  await gateway.query('{__typename}');
  await gateway.close();
  const lines = gateway.log.filter(({ msg }) => String(msg).includes('OpenTelemetry'));
  expect(lines).toMatchObject([{ level: 'warn', signal: 'traces', err: { message: expect.any(String) } }]);
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

test('without a collector no traceparent is sent upstream', async () => {
  await using glance = await startUpstream(reply(200, { stores: [] }));
  await using gateway = await startGateway({ GLANCE_URL: glance.url });
  await gateway.query('{info{stores{id}}}', { headers: { Traceparent: `00-${TRACE_ID}-${'b'.repeat(16)}-01` } });
  expect(glance.seen[0]?.headers.map(([name]) => name.toLowerCase())).not.toContain('traceparent');
});
