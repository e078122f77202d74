/** The labels of the metrics: their values are bounded, escaped, and never chosen by callers. */
import { describe, expect, test } from 'vitest';
import { metricLines, startGateway, type TestGateway } from '../gateway.ts';
import { reply, reset, startUpstream } from '../recording-upstream.ts';

const token = 'token-of-a-caller';
const good = reply(200, { stores: [] });
/** One text of the metrics serves for half a second. */
const POLLING = { interval: 300 };
const UPSTREAM = /^glance_graphql_upstream_request_duration_seconds_count/;

const regionsIn = (lines: readonly string[]) =>
  new Set(lines.map((line) => /region="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? ''));
/** Queries the stores of several regions in one operation. */
function queryStores(gateway: TestGateway, regions: readonly string[], token: string) {
  const parts = regions.map((region, index) => `a${index}: info(region: "${region}") { stores { id } }`);
  return gateway.query(`{ ${parts.join(' ')} }`, { token });
}

describe('region labels', { timeout: 60_000 }, () => {
  test('are at most a hundred, and one for all others', async () => {
    await using upstream = await startUpstream((request, response) =>
      (request.url?.startsWith('/down') ? reset : good)(request, response),
    );
    const names = Array.from({ length: 130 }, (_, index) => `region-${index}`);
    const endpoints = Object.fromEntries(names.map((name) => [name, `${upstream.url}/${name}`]));
    await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify(endpoints) });
    for (let begin = 0; begin < names.length; begin += 13)
      await queryStores(gateway, names.slice(begin, begin + 13), token);
    expect(upstream.seen).toHaveLength(130);
    const lines = () => metricLines(gateway, UPSTREAM);
    await expect.poll(async () => regionsIn(await lines()).size, POLLING).toBe(101);
    expect(regionsIn(await lines())).toContain('other');
    const total = (await lines()).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total).toBe(130);
    expect(regionsIn(await metricLines(gateway, /region="/)).size).toBeLessThanOrEqual(102);
  });

  test('of the circuit breaker are bounded too', async () => {
    await using upstream = await startUpstream(reply(503, '', { 'Retry-After': '1' }));
    const names = Array.from({ length: 104 }, (_, index) => `region-${index}`);
    const endpoints = Object.fromEntries(names.map((name) => [name, `${upstream.url}/${name}`]));
    await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify(endpoints), LOG_LEVEL: 'info' });
    for (let time = 0; time < 10; time += 1) {
      for (let begin = 0; begin < names.length; begin += 13)
        await queryStores(gateway, names.slice(begin, begin + 13), `token-of-caller-${time}`);
    }
    const lines = () => metricLines(gateway, /^glance_graphql_circuit_breaker_state\{/);
    await expect.poll(async () => (await lines()).length, POLLING).toBeGreaterThan(100);
    expect(regionsIn(await lines()).size).toBeLessThanOrEqual(101);
    expect(regionsIn(await lines())).toContain('other');
  });
});

test('quotes and backslashes in label values are escaped', async () => {
  await using upstream = await startUpstream({ '/v2/info/stores': reset });
  const name = 'Region "North" \\ one';
  await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify({ [name]: upstream.url }) });
  for (let time = 0; time < 12; time += 1)
    await gateway.query('{info{stores{id}}}', { token: `token-of-caller-${time}` });
  const escaped = 'region="Region \\"North\\" \\\\ one"';
  const durations = () => metricLines(gateway, UPSTREAM);
  await expect.poll(async () => (await durations()).length, POLLING).toBeGreaterThan(0);
  for (const line of await durations()) expect(line).toContain(escaped);
  const states = await metricLines(gateway, /^glance_graphql_circuit_breaker_state\{/);
  expect(states).toHaveLength(1);
  expect(states[0]).toContain(escaped);
  // Every line is a comment, or a name with labels and a number.
  const wrong = await metricLines(gateway, /^(?!#|$|[a-z_\d]+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? \S+$)/);
  expect(wrong).toEqual([]);
});

test('a page with status 200 that is no JSON counts as what the caller got', async () => {
  const page = '<html><body>Please log in</body></html>';
  await using upstream = await startUpstream({
    '/v2/info/stores': reply(200, page, { 'Content-Type': 'text/html' }),
    '/v2/info/usage': reply(200, { usage: 7 }),
    '/v2/info/import': reply(403, ''),
    '/versions': reply(200, { versions: [] }),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await gateway.query('{info{stores{id} usage{enabled} importMethods{type} apiVersions{id}}}', { token });
  const results = async () =>
    (await metricLines(gateway, UPSTREAM))
      .map((line) => `${/call="(\w+)"/.exec(line)?.[1]} ${/result="(\w+)"/.exec(line)?.[1]}`)
      .sort();
  await expect
    .poll(results, POLLING)
    .toEqual(['importMethods 403', 'stores invalid_response', 'usage invalid_response', 'versions 200']);
});

test('label values are the schema’s call names, and nothing that a caller sends', async () => {
  await using gateway = await startGateway();
  const all = 'importMethods{type} stores{id} storesDetail{id} usage{enabled} apiVersions{id}';
  await gateway.query(`query Invented { invented: info { ${all} } }`, { token: 'sandbox-admin' });
  await gateway.query('{info(region:"invented"){stores{id}}}', { token: 'invented-token' });
  await gateway.fetch('/invented', { headers: { 'X-Openstack-Request-Id': 'req-invented' } });
  await expect.poll(async () => (await metricLines(gateway, UPSTREAM)).length, POLLING).toBeGreaterThan(5);
  const calls = new Set((await metricLines(gateway, /call="/)).map((line) => /call="([^"]*)"/.exec(line)?.[1]));
  expect([...calls].sort()).toEqual(['authTokens', 'importMethods', 'stores', 'storesDetail', 'usage', 'versions']);
  expect(await metricLines(gateway, /invented/i)).toEqual([]);
});
