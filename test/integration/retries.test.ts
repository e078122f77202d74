/** A second attempt, where it can help and harms nobody. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { after, type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [{ id: 'a' }] });
const hangUp: Behaviour = (request) => request.socket.destroy();
const cutOff: Behaviour = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
  response.write('{"stores"', () => request.socket.destroy());
};

/** Answers the first so many calls in one way, and the others well. */
function first(count: number, behaviour: Behaviour): Behaviour {
  let calls = 0;
  return (request, response) => {
    calls += 1;
    (calls <= count ? behaviour : good)(request, response);
  };
}

test.each<[string, Behaviour]>([
  ['hung up without a word', hangUp],
  ['502', reply(502, '')],
  ['503', reply(503, '')],
  ['504', reply(504, '')],
])('an upstream that answered %s is asked once more', async (_title, behaviour) => {
  await using upstream = await startUpstream(first(1, behaviour));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { data, errors } = await gateway.query(STORES, { token: 'a' });
  expect([data, errors]).toEqual([{ info: { stores: [{ id: 'a' }] } }, []]);
  expect(upstream.seen).toHaveLength(2);
});

test('and not a third time', async () => {
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
  ['503 and said when to come again', reply(503, '', { 'Retry-After': '7' })],
  ['half an answer', cutOff],
  ['what is no JSON', reply(200, 'no JSON')],
])('one that answered %s is not', async (_title, behaviour) => {
  await using upstream = await startUpstream(first(1, behaviour));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect((await gateway.query(STORES)).errors).toHaveLength(1);
  expect(upstream.seen).toHaveLength(1);
});

test('nor where the deadline leaves no time for it', async () => {
  await using upstream = await startUpstream(after(250, reply(503, '')));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '280' });
  expect((await gateway.query(STORES)).errors).toHaveLength(1);
  expect(upstream.seen).toHaveLength(1);
});

test('an upstream that often fails is asked a tenth more, and no more', async () => {
  let calls = 0;
  await using upstream = await startUpstream((request, response) => {
    calls += 1;
    // Less than half of the time: otherwise it would not be asked at all for a while.
    (calls % 5 < 2 ? reply(503, '') : good)(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.query(STORES, { token: `${round}-${index}` })));
  }
  // Ten were saved up beforehand.
  expect(upstream.seen.length).toBeGreaterThanOrEqual(220);
  expect(upstream.seen.length).toBeLessThanOrEqual(231);
});
