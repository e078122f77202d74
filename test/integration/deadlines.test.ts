/** How long a request may take, and each of its calls. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createDiscovery } from '../../src/graphql/request-discovery.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { startGateway } from '../gateway.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';
import { after, type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const never: Behaviour = () => {};

test('the usage may have a deadline of its own', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': after(300, reply(200, { stores: [] })),
    '/v2/info/usage': never,
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_USAGE_MS: '100' });
  const { data, errors } = await gateway.query('{info{stores{id} usage{enabled}}}');
  expect(data).toEqual({ info: { stores: [], usage: null } });
  expect(errors).toMatchObject([
    { message: 'The Image service did not answer within 100 ms.', extensions: { code: 'UPSTREAM_TIMEOUT' } },
  ]);
});

test('who joins a call that may take longer waits no longer than it would for its own', async () => {
  await using upstream = await startUpstream(after(600, reply(200, { stores: [] })));
  const client = createUpstream(UPSTREAM_OPTIONS);
  const options = discoveryOptions(client, upstream.url);
  const patient = createDiscovery(options);
  const first = patient.load('stores', 'one');
  await expect.poll(() => upstream.seen.length).toBe(1);
  const hasty = createDiscovery({ ...options, deadlines: { ...options.deadlines, callMs: 100 } });
  await expect(hasty.load('stores', 'one')).rejects.toThrow('did not answer within 100 ms');
  expect(hasty.report.calls).toMatchObject([{ from: 'shared', result: 'late' }]);
  expect(await first).toEqual([]);
  expect(upstream.seen).toHaveLength(1);
  await client.close();
});

test('what Keystone takes is taken off the time of the calls', async () => {
  await using glance = await startUpstream(never);
  const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
  const token = { expires_at: '2100-01-01T00:00:00Z', project: { id: 'p' }, catalog };
  await using keystone = await startUpstream(after(2000, reply(200, { token })));
  await using gateway = await startGateway({
    OS_AUTH_URL: keystone.url,
    UPSTREAM_TIMEOUT_MS: '3000',
    REQUEST_TIMEOUT_MS: '3001',
  });
  const begin = performance.now();
  const { errors } = await gateway.query('{info{stores{id}}}', { token: 'a' });
  const ms = performance.now() - begin;
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT', service: 'image' } }]);
  expect(ms).toBeGreaterThan(2900);
  // The one after the other, they would take five seconds.
  expect(ms).toBeLessThan(4900);
});

test('a configuration whose calls outlive their request is refused', () => {
  expect(() => loadConfig({ UPSTREAM_TIMEOUT_MS: '15000' })).toThrow(
    'REQUEST_TIMEOUT_MS is 15000; accepted is more than UPSTREAM_TIMEOUT_MS and UPSTREAM_TIMEOUT_USAGE_MS, here 15000',
  );
  expect(() => loadConfig({ UPSTREAM_TIMEOUT_USAGE_MS: '20000' })).toThrow('here 20000');
  expect(loadConfig({ UPSTREAM_TIMEOUT_USAGE_MS: '14000' }).usageTimeoutMs).toBe(14_000);
});
