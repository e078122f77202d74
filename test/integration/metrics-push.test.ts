/** Metrics as an OpenTelemetry collector receives them, and `/metrics` on a port of its own. */
import { expect, test } from 'vitest';
import { attributesOf, type ReceivedMetric, startCollector } from '../collector.ts';
import { startGateway } from '../gateway.ts';
import { failToStart, startProgram } from '../program.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const pointsOf = ({ sum, gauge, histogram }: ReceivedMetric) =>
  (sum ?? gauge ?? histogram ?? { dataPoints: [] }).dataPoints;

test('the collector receives every metric of /metrics, with the same values', async () => {
  await using collector = await startCollector();
  await using glance = await startUpstream(reply(200, { stores: [] }));
  const gateway = await startGateway({
    GLANCE_URL: glance.url,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/v1/metrics`,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production',
  });
  for (let time = 0; time < 3; time += 1) await gateway.query('{info{stores{id}}}', { token: 'a-token' });
  const text = await (await gateway.fetch('/metrics')).text();
  await gateway.close();

  expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/metrics']);
  expect(collector.resource).toMatchObject({
    'service.name': 'glance-graphql',
    'deployment.environment.name': 'production',
    'service.instance.id': expect.any(String),
  });
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type] as const);
  expect([...collector.metrics.keys()].sort()).toEqual(types.map(([name]) => name).sort());
  for (const [name, type] of types) {
    const metric = collector.metrics.get(name);
    expect([name, metric?.[type === 'counter' ? 'sum' : type === 'gauge' ? 'gauge' : 'histogram']]).toEqual([
      name,
      expect.objectContaining({}),
    ]);
    expect(metric?.description).toBe(new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  const results = collector.metrics.get('glance_graphql_cache_results_total');
  expect(results?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
  expect(results && pointsOf(results).map((point) => [attributesOf(point), point.asDouble])).toEqual([
    [{ call: 'stores', cache: 'miss' }, 3],
  ]);
  const upstream = collector.metrics.get('glance_graphql_upstream_request_duration_seconds');
  expect(upstream?.unit).toBe('s');
  const [point] = upstream ? pointsOf(upstream) : [];
  const line = (suffix: string) => new RegExp(`^glance_graphql_upstream_\\w+_${suffix} (.*)$`, 'm').exec(text)?.[1];
  expect(point && attributesOf(point)).toEqual({
    service: 'image',
    region: 'RegionOne',
    call: 'stores',
    result: '200',
  });
  expect([String(point?.count), String(point?.sum)]).toEqual([line('count\\{.*\\}'), line('sum\\{.*\\}')]);
  expect(point?.explicitBounds).toEqual(
    [...text.matchAll(/^glance_graphql_upstream_\w+_bucket\{.*le="([\d.]+)"\}/gm)].map(([, bound]) => Number(bound)),
  );
  expect(point?.bucketCounts).toHaveLength(15);
  expect(point?.bucketCounts?.reduce((sum, count) => sum + count)).toBe(3);
});

test('a collector that rejects data is logged when that begins and when it ends', async () => {
  await using collector = await startCollector();
  collector.status = 400;
  await using gateway = await startGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  });
  await expect.poll(() => collector.requests.length).toBeGreaterThan(3);
  collector.status = 200;
  const lines = () => gateway.log.filter(({ signal }) => signal === 'metrics');
  await expect.poll(() => lines().length).toBe(2);
  expect(lines().map(({ level }) => level)).toEqual(['warn', 'info']);
});

test('a redirect of the collector is not followed: the headers may have its API key', async () => {
  await using elsewhere = await startUpstream(reply(200, {}));
  await using collector = await startUpstream(reply(307, '', { Location: elsewhere.url }));
  await using gateway = await startGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=secret',
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  });
  await expect.poll(() => collector.seen.length).toBeGreaterThan(2);
  const lines = gateway.log.filter(({ signal }) => signal === 'metrics');
  expect(lines).toMatchObject([{ level: 'warn', err: { message: expect.any(String) } }]);
  expect(elsewhere.seen).toEqual([]);
});

test('metrics are sent at the interval', async () => {
  await using collector = await startCollector();
  await using gateway = await startGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  });
  await expect.poll(() => collector.requests.length).toBeGreaterThan(2);
  const inFlight = collector.metrics.get('glance_graphql_requests_in_flight');
  expect(inFlight && pointsOf(inFlight).map(({ asDouble }) => asDouble)).toEqual([0]);
  await expect.poll(() => gateway.log.filter(({ signal }) => signal === 'metrics').length).toBe(1);
});

test('METRICS_PORT moves /metrics to a port of its own', { timeout: 20_000 }, async () => {
  await using program = await startProgram({ METRICS_PORT: '0' });
  const address = () => /"address":"([^"]+)","msg":"metrics listening"/.exec(program.log())?.[1] ?? '';
  await expect.poll(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${program.url}/metrics`)).status).toBe(404);
  const metrics = await fetch(`${address()}/metrics`);
  expect([metrics.status, metrics.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await metrics.text()).toContain('glance_graphql_http_requests_total{route="none",status="404"} 1');
  expect((await fetch(`${address()}/graphql?query={__typename}`)).status).toBe(404);
  program.signal('SIGTERM');
  expect(await program.exit).toBe(0);
});

test('a METRICS_PORT that is in use is named', { timeout: 20_000 }, async () => {
  await using other = await startUpstream(reply(200, ''));
  const { port } = new URL(other.url);
  const [code, errors] = await failToStart({ PORT: '0', METRICS_PORT: port });
  expect(code).toBe(1);
  expect(errors).toContain(`METRICS_PORT is ${port}, which is in use at 127.0.0.1`);
});
