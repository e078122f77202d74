/** Connections to upstreams that fail, end or are aborted, and informational responses. */
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { startGateway } from '../gateway.ts';
import { startUpstream } from '../recording-upstream.ts';

const STORES = { stores: [{ id: 'a' }] };

test('an informational response (103) is skipped', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': (_request, response) =>
      response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end(JSON.stringify(STORES))),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect((await gateway.query('{info{stores{id}}}')).data).toEqual({ info: { stores: [{ id: 'a' }] } });
});

test('a refused connection is UPSTREAM_UNAVAILABLE, with the cause in the log only', async () => {
  await using gateway = await startGateway({ GLANCE_URL: `http://127.0.0.1:${await freePort()}` });
  const query = '{info{stores{id} availability{importMethods stores storesDetail usage}}}';
  const { data, errors, headers } = await gateway.query(query, { token: 'secret-token' });
  const [importMethods, stores, storesDetail, usage] = Array<string>(4).fill('UNAVAILABLE');
  expect(data).toEqual({ info: { stores: null, availability: { importMethods, stores, storesDetail, usage } } });
  expect(errors).toMatchObject([
    { message: "The Image service can't be reached.", extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
  ]);
  // Four calls fail, in any order.
  const line = gateway.log.find(({ msg, call }) => msg === 'upstream call failed' && call === 'stores');
  expect(line).toMatchObject({
    requestId: headers.get('x-openstack-request-id'),
    err: { code: 'ECONNREFUSED' },
  });
  expect(JSON.stringify(gateway.log)).not.toContain('secret-token');
});

test('an unknown host, and https to a port without TLS, are UPSTREAM_UNAVAILABLE', async () => {
  await using upstream = await startUpstream({});
  for (const url of ['http://glance.invalid', upstream.url.replace('http:', 'https:')]) {
    await using gateway = await startGateway({ GLANCE_URL: url });
    const { errors } = await gateway.query('{info{stores{id}}}');
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(errors[0]?.message).not.toMatch(/invalid|127/);
  }
});

test('upstream calls are aborted when their caller disconnects', async () => {
  const closed = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream((_request, response) => {
    response.on('close', () => closed.resolve());
    arrived.resolve();
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const caller = new AbortController();
  const response = gateway.query('{info{stores{id}}}', { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await expect(response).rejects.toThrow('abort');
  await closed.promise;
});

test('a connection that the upstream has closed is replaced by a new one', async () => {
  let connections = 0;
  await using upstream = await startUpstream((request, response) => {
    connections += 1;
    response.end(JSON.stringify(STORES), () => request.socket.end());
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let round = 0; round < 3; round += 1) {
    expect((await gateway.query('{info{stores{id}}}')).errors).toEqual([]);
    await expect.poll(() => upstream.connections(), { interval: 5 }).toBe(0);
  }
  expect(connections).toBe(3);
});
