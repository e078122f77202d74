/** Which calls are retried, and how often. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { after, type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [{ id: 'a' }] });
const disconnect: Behaviour = (request) => request.socket.destroy();
const truncate: Behaviour = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
  response.write('{"stores"', () => request.socket.destroy());
};

/** The behaviour of the first calls; the others succeed. */
function first(count: number, behaviour: Behaviour): Behaviour {
  let calls = 0;
  return (request, response) => {
    calls += 1;
    (calls <= count ? behaviour : good)(request, response);
  };
}

test.each<[string, Behaviour]>([
  ['a reset connection', disconnect],
  ['502', reply(502, '')],
  ['503', reply(503, '')],
  ['504', reply(504, '')],
])('%s is retried once', async (_title, behaviour) => {
  await using upstream = await startUpstream(first(1, behaviour));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { data, errors } = await gateway.query(STORES, { token: 'a' });
  expect([data, errors]).toEqual([{ info: { stores: [{ id: 'a' }] } }, []]);
  expect(upstream.seen).toHaveLength(2);
});

test('a retry is not retried', async () => {
  await using upstream = await startUpstream(first(2, reply(503, '')));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { errors } = await gateway.query(STORES);
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
  expect(upstream.seen).toHaveLength(2);
});

test.each<[string, Behaviour]>([
  ['400', reply(400, '')],
  ['401', reply(401, '')],
  ['403', reply(403, '')],
  ['404', reply(404, '')],
  ['413', reply(413, '')],
  ['429', reply(429, '')],
  ['500', reply(500, '')],
  ['503 with Retry-After', reply(503, '', { 'Retry-After': '7' })],
  ['a truncated response', truncate],
  ['a body that is not JSON', reply(200, 'no JSON')],
])('%s is not retried', async (_title, behaviour) => {
  await using upstream = await startUpstream(first(1, behaviour));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect((await gateway.query(STORES)).errors).toHaveLength(1);
  expect(upstream.seen).toHaveLength(1);
});

test('a call is not retried when its timeout leaves no time', async () => {
  await using upstream = await startUpstream(after(250, reply(503, '')));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '280' });
  expect((await gateway.query(STORES)).errors).toHaveLength(1);
  expect(upstream.seen).toHaveLength(1);
});

test('at most one call in ten is a retry', async () => {
  let calls = 0;
  await using upstream = await startUpstream((request, response) => {
    calls += 1;
    // Less than half of the calls: otherwise the circuit opens.
    (calls % 5 < 2 ? reply(503, '') : good)(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.query(STORES, { token: `${round}-${index}` })));
  }
  // The budget begins with ten retries.
  expect(upstream.seen.length).toBeGreaterThanOrEqual(220);
  expect(upstream.seen.length).toBeLessThanOrEqual(231);
});
