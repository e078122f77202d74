/** What is seen of a request from outside: its log line, and the metrics. */
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

/** The line comes when the answer has gone out. */
const lineOf = (gateway: TestGateway, requestId: string | null) =>
  vi.waitFor(() => {
    const lines = gateway.log.filter((line) => line.msg === 'request' && line.requestId === requestId);
    expect(lines).toHaveLength(1);
    return lines[0];
  });

const metricsOf = async (gateway: TestGateway, pattern: RegExp) => {
  const text = await (await gateway.fetch('/metrics')).text();
  return text.split('\n').filter((line) => pattern.test(line));
};

const call = (name: string, from: string, result: number | string = 200) => ({
  call: name,
  region: 'RegionOne',
  from,
  ...(from !== 'kept' && { result, ms: expect.any(Number) }),
});

test('the log has one line a request, without query or token, whatever way it is answered', async () => {
  await using gateway = await startGateway({ CACHE_TTL_STORES_MS: '60000' });
  const query = 'query Portal { mine: info { stores { id } storesDetail { id } ... on Info { usage { enabled } } } }';
  for (const from of ['upstream', 'kept', 'kept']) {
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
      calls: [call('stores', from), call('storesDetail', 'upstream'), call('usage', 'upstream')],
      msg: 'request',
    });
  }
  expect(JSON.stringify(gateway.log)).not.toMatch(/sandbox-admin|mine/);
});

test('a caller has the same name in all of its lines, which nobody else has, and none without a token', async () => {
  await using gateway = await startGateway();
  const names: unknown[] = [];
  for (const token of ['sandbox-admin', 'sandbox-admin', 'sandbox-member', undefined, 'not a token']) {
    const { headers } = await gateway.query('{info{stores{id}}}', token === undefined ? {} : { token });
    names.push((await lineOf(gateway, headers.get('x-openstack-request-id')))?.caller);
  }
  const [one, again, other, ...none] = names;
  expect(again).toBe(one);
  expect(other).not.toBe(one);
  expect(none).toEqual([undefined, undefined]);
  // Another process has another key.
  expect(createHash('sha256').update('sandbox-admin').digest('base64url')).not.toContain(one);
});

test('with LOG_QUERIES it has the query too, however it is answered, and never the variables', async () => {
  await using gateway = await startGateway({ LOG_QUERIES: '1' });
  const query = 'query One($region: ID) { info(region: $region) { stores { id } } }';
  for (let time = 0; time < 3; time += 1) {
    const { headers } = await gateway.query(query, { token: 'sandbox-admin', variables: { region: 'RegionTwo' } });
    const line = await lineOf(gateway, headers.get('x-openstack-request-id'));
    expect(line?.query).toBe(query);
    expect(JSON.stringify(line)).not.toContain('"region":"RegionTwo"}');
  }
});

test('it tells what failed, and how', async () => {
  await using gateway = await startGateway();
  const { headers } = await gateway.query('{info{stores{id} storesDetail{id}} imageRegions{id}}', {
    token: 'sandbox-member',
  });
  expect(await lineOf(gateway, headers.get('x-openstack-request-id'))).toMatchObject({
    fields: ['info.stores', 'info.storesDetail', 'imageRegions'],
    outcome: 'partial',
    codes: ['FORBIDDEN'],
    calls: expect.arrayContaining([call('stores', 'upstream'), call('storesDetail', 'upstream', 403)]),
  });
  const invalid = await gateway.query('{nothing}');
  expect(await lineOf(gateway, invalid.headers.get('x-openstack-request-id'))).toMatchObject({
    outcome: 'failed',
    codes: ['GRAPHQL_VALIDATION_FAILED'],
    calls: [],
  });
});

test('a caller who hangs up leaves a line too', async () => {
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream(() => arrived.resolve());
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const caller = new AbortController();
  const headers = { 'X-Openstack-Request-Id': 'req-gone' };
  const answer = gateway.query('{info{stores{id}}}', { signal: caller.signal, headers });
  await arrived.promise;
  caller.abort();
  await expect(answer).rejects.toThrow();
  expect(await lineOf(gateway, 'req-gone')).toMatchObject({ status: 499, outcome: 'failed' });
  await vi.waitFor(async () =>
    expect(await metricsOf(gateway, /requests_in_flight \d|status="499"/)).toEqual([
      // The one that asks for the metrics.
      'glance_graphql_requests_in_flight 1',
      'glance_graphql_http_requests_total{route="/graphql",status="499"} 1',
    ]),
  );
});

test('the metrics count requests, operations, answers by origin, and upstream calls', async () => {
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
        await metricsOf(gateway, /^glance_graphql_(http_requests_total|answers|errors|\w+_seconds_count|build)/),
      ).toEqual([
        expect.stringMatching(/^glance_graphql_build_info\{version="\d+\.\d+\.\d+"\} 1$/),
        'glance_graphql_http_requests_total{route="/graphql",status="200"} 3',
        'glance_graphql_http_requests_total{route="none",status="404"} 2',
        expect.stringContaining('route="/metrics"'),
        'glance_graphql_answers_total{call="stores",from="upstream"} 1',
        'glance_graphql_answers_total{call="stores",from="kept"} 1',
        'glance_graphql_answers_total{call="usage",from="upstream"} 1',
        'glance_graphql_errors_total{code="UPSTREAM_ERROR"} 1',
        'glance_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="ok"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="partial"} 1',
        'glance_graphql_operation_duration_seconds_count{outcome="failed"} 1',
        'glance_graphql_upstream_duration_seconds_count{service="image",region="RegionOne",call="stores",result="200"} 1',
        'glance_graphql_upstream_duration_seconds_count{service="image",region="RegionOne",call="usage",result="500"} 1',
      ]),
    { timeout: 5000, interval: 600 },
  );
});

test('what callers make up is no label', async () => {
  await using gateway = await startGateway();
  for (let index = 0; index < 20; index += 1) {
    await gateway.fetch(`/made-up-${index}`);
    await gateway.query(`query MadeUp${index} { madeUp${index}: info(region: "made-up-${index}") { stores { id } } }`);
  }
  expect((await (await gateway.fetch('/metrics')).text()).toLowerCase()).not.toMatch(/made-?up/);
});
