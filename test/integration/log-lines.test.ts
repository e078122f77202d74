/** The contract of a request's log line, for those who build dashboards and alerts on it. */
import { describe, expect, test } from 'vitest';
import { requestLine, requestsInFlight, startGateway, type TestGateway } from '../gateway.ts';
import { hang, hold, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const token = 'token-of-a-caller';
const good = reply(200, { stores: [] });

/** The line of a query. */
async function lineOf(gateway: TestGateway, query: string, options: { token?: string } = { token }) {
  const { headers } = await gateway.query(query, options);
  return requestLine(gateway, headers.get('x-openstack-request-id'));
}
const keysOf = (line: object) => Object.keys(line).sort();

const COMMON = ['level', 'method', 'ms', 'msg', 'path', 'requestId', 'status', 'time'];
const GRAPHQL = [...COMMON, 'calls', 'fields', 'outcome'];

describe('the keys of a line', () => {
  test('are these, and no others', async () => {
    await using gateway = await startGateway();
    const good = await lineOf(gateway, 'query Named { info { stores { id } } }', { token: 'sandbox-admin' });
    expect(keysOf(good)).toEqual([...GRAPHQL, 'caller', 'operation'].sort());
    const unnamed = await lineOf(gateway, STORES, { token: 'sandbox-admin' });
    expect(keysOf(unnamed)).toEqual([...GRAPHQL, 'caller'].sort());
    const failed = await lineOf(gateway, '{info{storesDetail{id}}}', { token: 'sandbox-member' });
    expect(keysOf(failed)).toEqual([...GRAPHQL, 'caller', 'codes'].sort());
    const invalid = await lineOf(gateway, '{nothing}', {});
    expect(keysOf(invalid)).toEqual([...GRAPHQL, 'codes'].sort());
  });

  test('are fewer for what is no GraphQL', async () => {
    await using gateway = await startGateway();
    for (const path of ['/healthz', '/metrics', '/nowhere?token=secret']) {
      const response = await gateway.fetch(path);
      const line = await requestLine(gateway, response.headers.get('x-openstack-request-id'));
      expect(keysOf(line)).toEqual(COMMON);
      expect(line).toMatchObject({ level: 'info', method: 'GET', path: path.split('?')[0], status: response.status });
    }
  });

  test('are the same on the fast path and without it', async () => {
    await using fast = await startGateway();
    await using plain = await startGateway({ FAST_PATH: '0' });
    for (let time = 0; time < 3; time += 1) {
      const query = 'query Named { info { stores { id } usage { enabled } } }';
      const [one, other] = await Promise.all(
        [fast, plain].map((gateway) => lineOf(gateway, query, { token: 'sandbox-admin' })),
      );
      expect(Object.keys(one ?? {})).toEqual(Object.keys(other ?? {}));
      expect(one).toMatchObject({ operation: 'Named', fields: ['info.stores', 'info.usage'], outcome: 'ok' });
    }
  });
});

describe('`calls`', () => {
  test('lists the calls of Keystone and of Glance, and where each result is from', async () => {
    await using glance = await startUpstream({ '/v2/info/stores': good, '/v2/info/usage': reply(500, '') });
    await using keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url })));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_STORES_MS: '60000' });
    const query = '{info{stores{id} usage{enabled}}}';
    const ms = expect.any(Number);
    const usage = { call: 'usage', region: 'RegionOne', cache: 'miss', result: 500, ms };
    const first = await lineOf(gateway, query);
    expect(first.calls).toHaveLength(3);
    expect(first.calls).toEqual(
      expect.arrayContaining([
        { call: 'authTokens', cache: 'miss', result: 200, ms },
        { call: 'stores', region: 'RegionOne', cache: 'miss', result: 200, ms },
        usage,
      ]),
    );
    const second = await lineOf(gateway, query);
    expect(second.calls).toHaveLength(3);
    expect(second.calls).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ call: 'authTokens', cache: 'hit' }),
        expect.objectContaining({ call: 'stores', region: 'RegionOne', cache: 'hit' }),
        usage,
      ]),
    );
  });

  test('lists both lookups when Keystone rejects the first', async () => {
    await using glance = await startUpstream(good);
    const { catalog } = tokenInfo({ RegionOne: glance.url }).token;
    await using keystone = await startUpstream({
      '/v3/auth/tokens': reply(403, ''),
      '/v3/auth/catalog': reply(200, { catalog }),
    });
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { calls } = await lineOf(gateway, STORES);
    expect(calls).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ call: 'authTokens', cache: 'miss', result: 403 }),
        expect.objectContaining({ call: 'authCatalog', cache: 'miss', result: 200 }),
        expect.objectContaining({ call: 'stores', cache: 'miss', result: 200 }),
      ]),
    );
    expect(calls).toHaveLength(3);
  });

  test('lists the reason when a call to Keystone or Glance fails', async () => {
    await using glance = await startUpstream(hang);
    await using keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url })));
    await using silent = await startGateway({ OS_AUTH_URL: keystone.url, UPSTREAM_TIMEOUT_MS: '600' });
    expect((await lineOf(silent, STORES)).calls).toContainEqual(
      expect.objectContaining({ call: 'stores', cache: 'miss', result: 'timeout' }),
    );
    await using absent = await startGateway({ OS_AUTH_URL: 'http://127.0.0.1:9' });
    expect((await lineOf(absent, STORES)).calls).toEqual([
      expect.objectContaining({ call: 'authTokens', cache: 'miss', result: 'connection_error' }),
    ]);
  });

  test('says which of two requests waited for the call of the other', async () => {
    const { behaviour, release } = hold(good);
    await using glance = await startUpstream(behaviour);
    await using gateway = await startGateway({ GLANCE_URL: glance.url });
    const one = lineOf(gateway, STORES);
    await expect.poll(() => glance.seen.length).toBe(1);
    const other = lineOf(gateway, STORES);
    await expect.poll(() => requestsInFlight(gateway), { interval: 300 }).toBe(2);
    release();
    expect((await one).calls).toEqual([expect.objectContaining({ call: 'stores', cache: 'miss' })]);
    expect((await other).calls).toEqual([expect.objectContaining({ call: 'stores', cache: 'coalesced', result: 200 })]);
  });
});

describe('`fields`', () => {
  test('are few and short, whatever is sent', async () => {
    await using gateway = await startGateway();
    const times = (count: number, text: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => text(index)).join(' ');
    const aliases = await lineOf(gateway, `{info{${times(90, (i) => `chosen${i}: stores{id}`)}}}`);
    expect(aliases.fields).toEqual(['info.stores']);
    for (const query of [
      `{${times(300, (i) => `unknown${i}`)}}`,
      `{info{${times(300, (i) => `unknown${i}`)}}}`,
      `{info{...${times(40, (i) => `F${i}`).replaceAll(' ', ' ...')}}} ${times(40, (i) => `fragment F${i} on Info {u${i}}`)}`,
    ]) {
      const line = await lineOf(gateway, query);
      expect(Array.isArray(line.fields) && line.fields.length <= 30).toBe(true);
      expect(JSON.stringify(line).length).toBeLessThan(2000);
    }
  });
});

test('a warning about the configuration is written once', async () => {
  await using gateway = await startGateway({ OS_ENDPOINT: 'http://127.0.0.1:9' });
  expect(gateway.log.filter(({ level }) => level === 'warn')).toMatchObject([
    { msg: 'OS_ENDPOINT is not supported: GLANCE_URL is used' },
  ]);
});

test('LOG_LEVEL=warn writes warnings, and no line for a request', async () => {
  await using glance = await startUpstream({ '/v2/info/stores': good, '/v2/info/usage': reply(500, '') });
  await using gateway = await startGateway({ GLANCE_URL: glance.url, LOG_LEVEL: 'warn' });
  for (let time = 0; time < 3; time += 1) await gateway.query(STORES, { token });
  await gateway.fetch('/healthz');
  expect((await gateway.query('{info{usage{enabled}}}', { token })).errors).toHaveLength(1);
  await expect.poll(() => gateway.log.length).toBeGreaterThan(0);
  expect(gateway.log.every(({ level }) => level === 'warn')).toBe(true);
  expect(gateway.log.filter(({ msg }) => msg === 'request')).toEqual([]);
});
