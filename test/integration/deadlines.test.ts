/** Deadlines of requests and of their calls. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { startGateway } from '../gateway.ts';
import { createRequestData, createServices } from '../parts.ts';
import { after, hang, hold, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

test('UPSTREAM_TIMEOUT_USAGE_MS applies to usage alone', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': after(300, reply(200, { stores: [] })),
    '/v2/info/usage': hang,
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_USAGE_MS: '100' });
  const { data, errors } = await gateway.query('{info{stores{id} usage{enabled}}}');
  expect(data).toEqual({ info: { stores: [], usage: null } });
  expect(errors).toMatchObject([
    { message: 'The Image service did not respond within 100 ms.', extensions: { code: 'UPSTREAM_TIMEOUT' } },
  ]);
});

test('a request that joins a call in flight keeps its own deadline', async () => {
  await using upstream = await startUpstream(after(600, reply(200, { stores: [] })));
  const { services, close } = createServices(upstream.url);
  const first = createRequestData(services).load('stores', 'one');
  await expect.poll(() => upstream.seen.length).toBe(1);
  const second = createRequestData({ ...services, requestTimeoutMs: 100 });
  await expect(second.load('stores', 'one')).rejects.toThrow('did not respond within 100 ms');
  expect(second.summary.calls).toMatchObject([{ cache: 'coalesced', result: 'timeout' }]);
  expect(await first).toEqual([]);
  expect(upstream.seen).toHaveLength(1);
  await close();
});

test('the time that Keystone takes counts towards the deadline of the request', async () => {
  await using glance = await startUpstream(hang);
  const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
  const token = { expires_at: '2100-01-01T00:00:00Z', project: { id: 'p' }, catalog };
  await using keystone = await startUpstream(after(1500, reply(200, { token })));
  await using gateway = await startGateway({
    OS_AUTH_URL: keystone.url,
    UPSTREAM_TIMEOUT_MS: '2000',
    REQUEST_TIMEOUT_MS: '2001',
  });
  const startedAt = performance.now();
  const { errors } = await gateway.query('{info{stores{id}}}', { token: 'a' });
  const ms = performance.now() - startedAt;
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT', service: 'image' } }]);
  expect(ms).toBeGreaterThan(1900);
  // Without a common deadline the two calls take 3.5 seconds.
  expect(ms).toBeLessThan(3400);
});

test('a region that hangs does not delay the calls of another', async () => {
  const detail = reply(200, { stores: [{ id: 'a', type: 'file', weight: 0, properties: {} }] });
  const stores = reply(200, { stores: [{ id: 'a' }] });
  const slow = hold(stores);
  await using one = await startUpstream({ '/v2/info/stores': stores, '/v2/info/stores/detail': detail });
  await using two = await startUpstream({ '/v2/info/stores': slow.behaviour, '/v2/info/stores/detail': detail });
  await using keystone = await startUpstream(reply(200, tokenInfo({ one: one.url, two: two.url })));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const response = gateway.query('{imageRegions{id info{stores{detail{type}}}}}', { token: 'a' });
  await expect.poll(() => one.seen.map(({ path }) => path)).toEqual(['/v2/info/stores', '/v2/info/stores/detail']);
  expect(two.seen.map(({ path }) => path)).toEqual(['/v2/info/stores']);
  slow.release();
  const info = { stores: [{ detail: { type: 'file' } }] };
  expect((await response).data).toEqual({ imageRegions: ['one', 'two'].map((id) => ({ id, info })) });
});

test('a call timeout that exceeds REQUEST_TIMEOUT_MS is rejected', () => {
  expect(() => loadConfig({ UPSTREAM_TIMEOUT_MS: '15000' })).toThrow(
    'REQUEST_TIMEOUT_MS is 15000; expected more than UPSTREAM_TIMEOUT_MS and UPSTREAM_TIMEOUT_USAGE_MS, here 15000',
  );
  expect(() => loadConfig({ UPSTREAM_TIMEOUT_USAGE_MS: '20000' })).toThrow('here 20000');
  expect(loadConfig({ UPSTREAM_TIMEOUT_USAGE_MS: '14000' }).usageTimeoutMs).toBe(14_000);
});

test('a request starts no further calls after its caller has disconnected', async () => {
  await using upstream = await startUpstream(reply(200, { stores: [] }));
  const { services, close } = createServices(upstream.url);
  const data = createRequestData(services);
  data.abort();
  await expect(data.load('stores', 'one')).rejects.toThrow('The request was aborted');
  expect(upstream.seen).toEqual([]);
  await close();
});
