/** The log line of a request, and the metrics. */
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

/** The line is written after the response has been sent. */
const lineOf = (gateway: TestGateway, requestId: string | null) =>
  vi.waitFor(() => {
    const lines = gateway.log.filter((line) => line.msg === 'request' && line.requestId === requestId);
    expect(lines).toHaveLength(1);
    return lines[0];
  }, 5000);

const metricsOf = async (gateway: TestGateway, pattern: RegExp) => {
  const text = await (await gateway.fetch('/metrics')).text();
  return text.split('\n').filter((line) => pattern.test(line));
};

const call = (name: string, cache: string, result: number | string = 200) => ({
  call: name,
  region: 'RegionOne',
  cache,
  ...(cache !== 'hit' && { result, ms: expect.any(Number) }),
});

/** Calls of Keystone have no region. */
const authTokens = (cache: string) => ({
  call: 'authTokens',
  cache,
  ...(cache !== 'hit' && { result: 200, ms: expect.any(Number) }),
});

test('each request has one log line, without query or token, on the fast path and off it', async () => {
  await using gateway = await startGateway({ CACHE_TTL_STORES_MS: '60000' });
  const query = 'query Portal { mine: info { stores { id } storesDetail { id } ... on Info { usage { enabled } } } }';
  for (const cache of ['miss', 'hit', 'hit']) {
    const { headers } = await gateway.query(query, { token: 'sandbox-admin' });
    const requestId = headers.get('x-openstack-request-id');
    expect(await lineOf(gateway, requestId)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestId,
      method: 'POST',
      path: '/graphql',
      status: 200,
      ms: expect.any(Number),
      caller: expect.stringMatching(/^[\w-]{12}$/),
      operation: 'Portal',
      fields: ['info.stores', 'info.storesDetail', 'info.usage'],
      outcome: 'ok',
      calls: [authTokens(cache), call('stores', cache), call('storesDetail', 'miss'), call('usage', 'miss')],
      msg: 'request',
    });
  }
  expect(JSON.stringify(gateway.log)).not.toMatch(/sandbox-admin|mine/);
});

test('caller is the same in all lines of a token, unique to it, and absent without a token', async () => {
  await using gateway = await startGateway();
  const callers: unknown[] = [];
  for (const token of ['sandbox-admin', 'sandbox-admin', 'sandbox-member', undefined, 'not a token']) {
    const { headers } = await gateway.query('{info{stores{id}}}', token === undefined ? {} : { token });
    callers.push((await lineOf(gateway, headers.get('x-openstack-request-id')))?.caller);
  }
  const [one, again, other, ...none] = callers;
  expect(again).toBe(one);
  expect(other).not.toBe(one);
  expect(none).toEqual([undefined, undefined]);
  // The hash is keyed with a secret of the process.
  expect(createHash('sha256').update('sandbox-admin').digest('base64url')).not.toContain(one);
});

test('LOG_QUERIES adds the query, on the fast path and off it, but never the variables', async () => {
  await using gateway = await startGateway({ LOG_QUERIES: '1' });
  const query = 'query One($region: ID) { info(region: $region) { stores { id } } }';
  for (let time = 0; time < 3; time += 1) {
    const { headers } = await gateway.query(query, { token: 'sandbox-admin', variables: { region: 'RegionTwo' } });
    const line = await lineOf(gateway, headers.get('x-openstack-request-id'));
    expect(line?.query).toBe(query);
    expect(JSON.stringify(line)).not.toContain('"region":"RegionTwo"}');
  }
});

test('the line lists failed calls and error codes', async () => {
  await using gateway = await startGateway();
  const { headers } = await gateway.query('{info{stores{id} storesDetail{id}} imageRegions{id}}', {
    token: 'sandbox-member',
  });
  expect(await lineOf(gateway, headers.get('x-openstack-request-id'))).toMatchObject({
    fields: ['info.stores', 'info.storesDetail', 'imageRegions'],
    outcome: 'partial',
    codes: ['FORBIDDEN'],
    calls: expect.arrayContaining([call('stores', 'miss'), call('storesDetail', 'miss', 403)]),
  });
  const invalid = await gateway.query('{nothing}');
  expect(await lineOf(gateway, invalid.headers.get('x-openstack-request-id'))).toMatchObject({
    outcome: 'failed',
    codes: ['GRAPHQL_VALIDATION_FAILED'],
    calls: [],
  });
});

test('a request is logged with status 499 when its caller disconnects', async () => {
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream(() => arrived.resolve());
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const caller = new AbortController();
  const headers = { 'X-Openstack-Request-Id': 'req-gone' };
  const response = gateway.query('{info{stores{id}}}', { signal: caller.signal, headers });
  await arrived.promise;
  caller.abort();
  await expect(response).rejects.toThrow();
  expect(await lineOf(gateway, 'req-gone')).toMatchObject({ status: 499, outcome: 'failed' });
  await vi.waitFor(
    async () =>
      expect(await metricsOf(gateway, /requests_in_flight \d|status="499"/)).toEqual([
        // The request for the metrics itself.
        'glance_graphql_requests_in_flight 1',
        'glance_graphql_http_requests_total{route="/graphql",status="499"} 1',
      ]),
    5000,
  );
});

test('the metrics count requests, operations, cache results and upstream calls', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': reply(200, { stores: [] }),
    '/v2/info/usage': reply(500, ''),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, CACHE_TTL_STORES_MS: '60000' });
  for (const query of ['{info{stores{id}}}', '{info{stores{id} usage{enabled}}}', '{nothing}'])
    await gateway.query(query, { token: 'a' });
  await gateway.fetch('/nowhere');
  await gateway.fetch('/nowhere/else');
  await vi.waitFor(
    async () =>
      expect(
        await metricsOf(gateway, /^glance_graphql_(http_requests_total|cache_results|errors|\w+_seconds_count|build)/),
      ).toEqual([
        expect.stringMatching(/^glance_graphql_build_info\{version="\d+\.\d+\.\d+"\} 1$/),
        'glance_graphql_http_requests_total{route="/graphql",status="200"} 3',
        'glance_graphql_http_requests_total{route="none",status="404"} 2',
        expect.stringContaining('route="/metrics"'),
        'glance_graphql_cache_results_total{call="stores",cache="miss"} 1',
        'glance_graphql_cache_results_total{call="stores",cache="hit"} 1',
        'glance_graphql_cache_results_total{call="usage",cache="miss"} 1',
        'glance_graphql_errors_total{code="UPSTREAM_ERROR"} 1',
        'glance_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="ok"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="partial"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="failed"} 1',
        'glance_graphql_upstream_request_duration_seconds_count{service="image",region="RegionOne",call="stores",result="200"} 1',
        'glance_graphql_upstream_request_duration_seconds_count{service="image",region="RegionOne",call="usage",result="500"} 1',
      ]),
    { timeout: 10_000, interval: 600 },
  );
});

test('values that callers choose never become labels', async () => {
  await using gateway = await startGateway();
  for (let index = 0; index < 20; index += 1) {
    await gateway.fetch(`/invented-${index}`);
    await gateway.query(
      `query Invented${index} { invented${index}: info(region: "invented-${index}") { stores { id } } }`,
    );
  }
  expect((await (await gateway.fetch('/metrics')).text()).toLowerCase()).not.toContain('invented');
});
